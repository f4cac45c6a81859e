from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "loa.federation"
    verbose_name = "Liên thông"
