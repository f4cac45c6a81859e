from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "loa.media"
    verbose_name = "Âm thanh và hình ảnh"
