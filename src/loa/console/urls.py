"""The console's addresses. Vietnamese words: people read them aloud on the telephone."""

from django.urls import path
from django.views.i18n import set_language

from loa.console import (
    approval,
    bulletin,
    calendar_feed,
    front,
    gallery,
    ledger,
    more,
    programme,
    rearranging,
    relay,
    timetable,
    today,
    views,
    writing,
)
from loa.console.urls_bench import patterns as bench_patterns
from loa.console.urls_people import patterns as people_patterns

app_name = "console"
urlpatterns = [
    path("song", views.alive, name="alive"),
    path("", front.front, name="front"),
    path("vao-nhanh/<str:token>", front.enter, name="enter"),
    path("nghe/", front.listen, name="listen"),
    path("nghe/ghep", front.claim, name="claim"),
    path("hom-nay/", today.page, name="today"),
    path("hom-nay/thu-tu/<uuid:station_id>", today.clash, name="clash"),
    path("soan/", writing.index, name="write"),
    path("soan/moi", writing.new, name="new"),
    path("soan/noi-nhan", writing.find_places, name="find_places"),
    path("soan/doc", writing.read_aloud, name="read_aloud"),
    path("soan/<uuid:bulletin_id>/", writing.edit, name="edit"),
    path("duyet/", approval.index, name="approval"),
    path("duyet/<uuid:bulletin_id>/", approval.page, name="approve"),
    path("tin/<uuid:bulletin_id>/", bulletin.page, name="bulletin"),
    path("tin/<uuid:bulletin_id>/lich-su", bulletin.history, name="history"),
    path("tin/<uuid:bulletin_id>/am-thanh", bulletin.sound, name="sound"),
    path("tin/<uuid:bulletin_id>/nghe/<str:kind>", bulletin.sound_file, name="sound_file"),
    path("tin/<uuid:bulletin_id>/anh/<int:position>", bulletin.picture, name="picture"),
    path("tin/<uuid:bulletin_id>/thu-hoi", bulletin.withdraw, name="withdraw"),
    path("tin/<uuid:bulletin_id>/len-lich", bulletin.put_on_air, name="put_on_air"),
    path("chung-nhan/<uuid:play_id>", bulletin.receipt, name="receipt"),
    path("lich/", programme.index, name="schedule"),
    path("lich/mau", timetable.template, name="timetable_template"),
    path("lich/<uuid:station_id>/", programme.page, name="programme"),
    path("lich/<uuid:station_id>/muc/<uuid:slot_id>", rearranging.item, name="item"),
    path("lich/<uuid:station_id>/lich.ics", calendar_feed.feed, name="calendar"),
    path("lich/<uuid:station_id>/chep", rearranging.copy_day, name="copy_day"),
    path("lich/<uuid:station_id>/them", rearranging.add, name="add"),
    path("lich/<uuid:station_id>/tiep-am", relay.page, name="relay"),
    path("lich/<uuid:station_id>/lich-tuan", timetable.page, name="timetable"),
    *bench_patterns,
    path("nhat-ky/", ledger.page, name="ledger"),
    path("nhat-ky/kiem", ledger.verify, name="verify"),
    path("nhat-ky/xuat", ledger.export, name="ledger_export"),
    path("them/", more.page, name="more"),
    path("them/thanh-phan", gallery.page, name="components"),
    path("them/noi-lam-viec", more.desk, name="desk"),
    path("them/thon", more.hamlets, name="hamlets"),
    path("them/tu-dien", more.dictionary, name="dictionary"),
    *people_patterns,
    path("ngon-ngu", set_language, name="language"),
]
