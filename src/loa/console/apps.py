from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "loa.console"
    verbose_name = "Bàn làm việc"
