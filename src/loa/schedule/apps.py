from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    name = "loa.schedule"
    verbose_name = "Lịch phát"
