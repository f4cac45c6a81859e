"""The console's addresses."""

from django.urls import path

from loa.console import views

urlpatterns = [path("song", views.alive)]
