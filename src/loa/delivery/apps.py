from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "loa.delivery"
    verbose_name = "Phát và chứng nhận"
