"""The addresses of the web process. Vietnamese words: people read them aloud on the telephone."""

from django.conf import settings
from django.urls import include, path, re_path

from loa.web.pages import closed

CLOSED = (
    *("signup", "email", "confirm-email", "password/reset", "password/set", "login/code"),
    *("sessions", "3rdparty/signup"),
)
"""The library's doors that stay shut: nobody registers by themselves, and no e-mail is sent."""

urlpatterns = [
    *(path("", include(f"{app}.urls")) for app in settings.ENV.extra_apps),
    re_path(rf"^tai-khoan/(?:{'|'.join(CLOSED)})/", closed),
    path("tai-khoan/3rdparty/", closed),
    path("tai-khoan/", include("allauth.urls")),
    path("", include("loa.hooks.urls")),
    path("", include("loa.console.urls")),
]
