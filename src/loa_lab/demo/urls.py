"""The demo's own addresses, before those of the console."""

from django.urls import path

from loa_lab.demo import front, officer_keys, sentence

app_name = "lab"
urlpatterns = [
    path("", front.front, name="front"),
    path("vao-nhanh/<str:token>", front.enter, name="enter"),
    path("nghe/", front.listen, name="listen"),
    path("nghe/ghep", front.claim, name="claim"),
    path("noi", sentence.say, name="say"),
    path("noi/buoc", sentence.step, name="step"),
    path("khan-cap/khoa", officer_keys.page, name="keys"),
]
