"""The addresses that machines call, and those behind the links of letters."""

from django.urls import path

from loa.hooks import calendars, cap, feeds, letters

app_name = "hooks"
urlpatterns = [
    path("cap/phat.atom", cap.atom, name="cap_atom"),
    path("cap/chung-thu.pem", cap.certificate, name="cap_certificate"),
    path("cap/nhan/<uuid:source_id>", cap.take, name="cap_take"),
    path("cap/<str:order_id>.xml", cap.document, name="cap_document"),
    path("nguon/nhap", feeds.draft, name="feed_draft"),
    path("nguon/dien", feeds.fill, name="feed_fill"),
    path("thu/xac-nhan/<str:token>", letters.confirm, name="letter_confirm"),
    path("thu/ngung/<str:token>", letters.stop, name="letter_stop"),
    path("lich/<uuid:station_id>/lich.ics", calendars.feed, name="calendar"),
]
