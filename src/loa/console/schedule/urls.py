"""The addresses of programmes and weekly hours."""

from django.urls import path

from loa.console.schedule import programme, rearranging, relay, timetable

patterns = [
    path("lich/", programme.index, name="schedule"),
    path("lich/mau", timetable.template, name="timetable_template"),
    path("lich/<uuid:station_id>/", programme.page, name="programme"),
    path("lich/<uuid:station_id>/muc/<uuid:slot_id>", rearranging.item, name="item"),
    path("lich/<uuid:station_id>/chep", rearranging.copy_day, name="copy_day"),
    path("lich/<uuid:station_id>/them", rearranging.add, name="add"),
    path("lich/<uuid:station_id>/tiep-am", relay.page, name="relay"),
    path("lich/<uuid:station_id>/lich-tuan", timetable.page, name="timetable"),
]
