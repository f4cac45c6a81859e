from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "loa.places"
    verbose_name = "Đơn vị hành chính"
