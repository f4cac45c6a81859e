"""The addresses behind the links of letters: no session."""

from django.urls import path

from loa.console import letter_pages

patterns = [
    path("thu/xac-nhan/<str:token>", letter_pages.confirm, name="letter_confirm"),
    path("thu/ngung/<str:token>", letter_pages.stop, name="letter_stop"),
]
