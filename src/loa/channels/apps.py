from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "loa.channels"
    label = "channels"
    verbose_name = "Kênh"

    def ready(self) -> None:
        from loa.channels import checks  # noqa: F401  registers the check of broken channels
