"""The addresses of the links between nodes."""

from django.urls import path

from loa.console.federation import links

patterns = [
    path("lien-thong/", links.page, name="links"),
    path("lien-thong/cap-ma", links.admit, name="link_admit"),
    path("lien-thong/vao", links.join, name="link_join"),
    path("lien-thong/ngat", links.unlink, name="link_end"),
]
