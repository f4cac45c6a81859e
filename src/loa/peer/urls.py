"""The addresses of `loa_protocol.peer_api`."""

from django.urls import path

from loa.peer import views

urlpatterns = [
    path("peer/v1/join", views.join),
    path("peer/v1/cursor", views.cursor),
    path("peer/v1/pull", views.pull),
    path("peer/v1/push", views.push),
    path("peer/v1/media/<str:sha256>", views.media),
]
