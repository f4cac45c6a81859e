from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    name = "loa.newsroom"
    verbose_name = "Bản tin"
