from django.apps import AppConfig


class OutletsConfig(AppConfig):
    name = "loa.outlets"
    verbose_name = "Đài và kênh"
