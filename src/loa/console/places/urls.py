"""The addresses of reorganisations."""

from django.urls import path

from loa.console.places import reform

patterns = [
    path("them/dia-gioi/", reform.index, name="reforms"),
    path("them/dia-gioi/<uuid:reform_id>/", reform.page, name="reform"),
]
