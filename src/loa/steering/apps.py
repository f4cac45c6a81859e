from django.apps import AppConfig


class SteeringConfig(AppConfig):
    name = "loa.steering"
    verbose_name = "Chỉ đạo và báo cáo"
