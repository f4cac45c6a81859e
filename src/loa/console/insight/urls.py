"""The addresses of figures."""

from django.urls import path

from loa.console.insight import figures

patterns = [
    path("so-lieu/", figures.page, name="figures"),
    path("so-lieu/<str:code>/", figures.one, name="figure"),
]
