from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "loa.tasks"
    label = "steering"
    """The room's former name: its tables and the facts of existing journals carry it."""
    verbose_name = "Chỉ đạo và báo cáo"
