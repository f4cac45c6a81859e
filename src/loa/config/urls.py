"""The addresses of the web process. Vietnamese words: people read them aloud on the telephone."""

from django.urls import include, path

urlpatterns = [
    path("tai-khoan/", include("allauth.urls")),
    path("", include("loa.console.urls")),
]
