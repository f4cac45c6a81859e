from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "loa.people"
    verbose_name = "Tài khoản và vai trò"
