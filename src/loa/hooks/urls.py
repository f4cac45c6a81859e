"""The addresses that machines call."""

from django.urls import path

from loa.hooks import calendars, cap, feeds

app_name = "hooks"
urlpatterns = [
    path("cap/phat.atom", cap.atom, name="cap_atom"),
    path("cap/chung-thu.pem", cap.certificate, name="cap_certificate"),
    path("cap/nhan/<uuid:source_id>", cap.take, name="cap_take"),
    path("cap/<str:order_id>.xml", cap.document, name="cap_document"),
    path("nguon/nhap", feeds.draft, name="feed_draft"),
    path("nguon/dien", feeds.fill, name="feed_fill"),
    path("lich/<uuid:station_id>/lich.ics", calendars.feed, name="calendar"),
]
