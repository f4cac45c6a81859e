"""The console's addresses. Vietnamese words: people read them aloud on the telephone."""

from importlib import import_module

from django.urls import URLPattern, path
from django.views.i18n import set_language

from loa.web import pages

AREAS = (
    "home",
    "bulletins",
    "schedule",
    "outlets",
    "tasks",
    "urgent",
    "insight",
    "federation",
    "places",
    "people",
    "spreadsheets",
    "help",
)
"""Each a folder here with its own `urls.py`, views, forms, templates and static files."""


def patterns(area: str) -> list[URLPattern]:
    """The addresses of one area."""
    found: list[URLPattern] = import_module(f"loa.console.{area}.urls").patterns
    return found


app_name = "console"
urlpatterns = [
    path("song", pages.alive, name="alive"),
    path("qua-lon", pages.too_large, name="too_large"),
    path("", pages.front, name="front"),
    path("bell-worker.js", pages.service_worker, name="bell_worker"),
    path("ngon-ngu", set_language, name="language"),
    *(pattern for area in AREAS for pattern in patterns(area)),
]
