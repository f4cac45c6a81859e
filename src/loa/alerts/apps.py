from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "loa.alerts"
    verbose_name = "Lệnh khẩn cấp"
