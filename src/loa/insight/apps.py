from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "loa.insight"
    verbose_name = "Số liệu"
