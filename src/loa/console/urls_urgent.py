"""The addresses of the urgent room."""

from django.urls import path

from loa.console import urgent, urgent_keys, urgent_order, urgent_sound

patterns = [
    path("khan-cap/", urgent.home, name="urgent"),
    path("khan-cap/soan/<str:nature>/", urgent.compose, name="urgent_compose"),
    path("khan-cap/ket-qua", urgent.scores, name="urgent_scores"),
    path("khan-cap/gui", urgent.send, name="urgent_send"),
    path("khan-cap/noi", urgent.find, name="urgent_find"),
    path("khan-cap/giong", urgent_sound.take, name="urgent_voice"),
    path("khan-cap/nghe/<str:sha256>", urgent_sound.listen, name="urgent_listen"),
    path("khan-cap/khoa", urgent_keys.page, name="urgent_keys"),
    path("khan-cap/khoa/thach-thuc", urgent_keys.challenge, name="urgent_challenge"),
    path("khan-cap/khoa/mat", urgent_keys.lost, name="urgent_key_lost"),
    path("khan-cap/dang-ky", urgent_keys.office, name="urgent_office"),
    path("khan-cap/dang-ky/nhap", urgent_keys.ask, name="urgent_ask"),
    path("khan-cap/dang-ky/ky", urgent_keys.sign, name="urgent_delegate"),
    path("khan-cap/dang-ky/tu-choi", urgent_keys.decline, name="urgent_delegation_decline"),
    path("khan-cap/lenh/<str:order_id>/", urgent_order.page, name="urgent_order"),
    path("khan-cap/lenh/<str:order_id>/duyet", urgent_order.approve, name="urgent_approve"),
    path("khan-cap/lenh/<str:order_id>/tu-choi", urgent_order.decline, name="urgent_decline"),
    path("khan-cap/lenh/<str:order_id>/tep", urgent_order.draft_file, name="urgent_file"),
    path("khan-cap/lenh/<str:order_id>/dinh-chinh", urgent_order.correct, name="urgent_correct"),
    path("khan-cap/lenh/<str:order_id>/bao-cao", urgent_order.report, name="urgent_report"),
    path("khan-cap/lenh/<str:order_id>/nhap/<str:work>", urgent_order.drafts, name="urgent_drafts"),
    path("khan-cap/lenh/<str:order_id>/<str:work>", urgent_order.act, name="urgent_act"),
]
