from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "loa_lab.demo"
    label = "lab"
    verbose_name = "Trình diễn"
