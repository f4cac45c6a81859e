"""The console's addresses."""

from django.urls import path

from loa.console import front, views

app_name = "console"
urlpatterns = [
    path("song", views.alive, name="alive"),
    path("", front.front, name="front"),
    path("vao-nhanh/<str:token>", front.enter, name="enter"),
    path("nghe/", front.listen, name="listen"),
    path("nghe/ghep", front.claim, name="claim"),
]
