from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "loa.exchange"
    verbose_name = "Trao đổi chính thức"
