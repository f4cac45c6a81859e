"""The addresses of the guide."""

from django.urls import path

from loa.console.help import gallery, guide

patterns = [
    path("huong-dan/anh/<str:name>", guide.picture, name="help_picture"),
    path("huong-dan/", guide.page, name="help"),
    path("huong-dan/<str:name>/", guide.page, name="help"),
    path("them/thanh-phan", gallery.page, name="components"),
]
