from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "loa.journal"
    verbose_name = "Nhật ký hệ thống"
