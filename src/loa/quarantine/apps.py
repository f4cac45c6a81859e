from django.apps import AppConfig


class QuarantineConfig(AppConfig):
    name = "loa.quarantine"
    verbose_name = "Mục đang gác lại"
