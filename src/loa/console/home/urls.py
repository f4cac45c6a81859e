"""The addresses of Hôm nay and what leads on from it."""

from django.urls import path

from loa.console.home import band_pages, first_day, ledger, more, search, set_aside, today

patterns = [
    path("hom-nay/", today.page, name="today"),
    path("dang-phat/", band_pages.page, name="on_air"),
    path("dang-phat/bang", band_pages.part, name="band"),
    path("dang-phat/dau", band_pages.stamp, name="band_stamp"),
    path("hom-nay/ngay-dau", first_day.page, name="first_day"),
    path("hom-nay/thu-tu/<uuid:station_id>", today.clash, name="clash"),
    path("nhat-ky/", ledger.page, name="ledger"),
    path("nhat-ky/kiem", ledger.verify, name="verify"),
    path("nhat-ky/xuat", ledger.export, name="ledger_export"),
    path("tim", search.page, name="search"),
    path("them/", more.page, name="more"),
    path("them/gac-lai/", set_aside.page, name="set_aside"),
    path("them/gac-lai/<uuid:set_aside_id>", set_aside.act, name="set_aside_act"),
    path("them/chua-gui", more.unsent, name="unsent"),
    path("them/noi-lam-viec", more.desk, name="desk"),
    path("them/thon", more.hamlets, name="hamlets"),
    path("them/tu-dien", more.dictionary, name="dictionary"),
]
