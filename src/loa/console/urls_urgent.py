"""The addresses of the urgent room."""

from django.urls import path

from loa.console import (
    feeds,
    urgent,
    urgent_keys,
    urgent_order,
    urgent_paper,
    urgent_sound,
    urgent_templates,
)

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
    path("nguon/nhap", feeds.draft, name="feed_draft"),
    path("nguon/dien", feeds.fill, name="feed_fill"),
    path("khan-cap/mau/", urgent_templates.index, name="urgent_templates"),
    path("khan-cap/mau/soan", urgent_templates.compose, name="urgent_template_new"),
    path("khan-cap/mau/gui", urgent_templates.send, name="urgent_template_send"),
    path("khan-cap/mau/<str:template_id>/", urgent_templates.page, name="urgent_template"),
    path(
        "khan-cap/mau/<str:template_id>/duyet",
        urgent_templates.approve,
        name="urgent_template_approve",
    ),
    path(
        "khan-cap/mau/<str:template_id>/ngung",
        urgent_templates.close,
        name="urgent_template_close",
    ),
    path(
        "khan-cap/mau/<str:template_id>/tep",
        urgent_templates.draft_file,
        name="urgent_template_file",
    ),
    path("khan-cap/lenh/<str:order_id>/", urgent_order.page, name="urgent_order"),
    path("khan-cap/lenh/<str:order_id>/duyet", urgent_order.approve, name="urgent_approve"),
    path("khan-cap/lenh/<str:order_id>/tu-choi", urgent_order.decline, name="urgent_decline"),
    path("khan-cap/lenh/<str:order_id>/tep", urgent_paper.draft_file, name="urgent_file"),
    path("khan-cap/lenh/<str:order_id>/dinh-chinh", urgent_order.correct, name="urgent_correct"),
    path("khan-cap/lenh/<str:order_id>/bao-cao", urgent_paper.report, name="urgent_report"),
    path("khan-cap/lenh/<str:order_id>/nhap/<str:work>", urgent_order.drafts, name="urgent_drafts"),
    path("khan-cap/lenh/<str:order_id>/<str:work>", urgent_order.act, name="urgent_act"),
]
