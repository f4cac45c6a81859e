"""The addresses of protocol.md, section 8."""

from django.urls import path, re_path

from loa.device import enrolment, files, orders, views

urlpatterns = [
    path("device/v1/enrol", enrolment.enrol),
    path("device/v1/time", views.time),
    path("device/v1/orders", orders.orders),
    path("device/v1/trust", views.trust),
    path("device/v1/policy", views.policy),
    path("device/v1/plan", views.plan),
    path("device/v1/commands", views.commands),
    path("device/v1/receipts", views.receipts),
    re_path(r"^media/(?P<sha256>[0-9a-f]{64})$", files.media),
    path("open/1/<str:commune>", files.open_document),
    path("open/1/<str:commune>/orders", files.open_orders),
    path("open/1/<str:commune>/trust", files.open_trust),
    path("health", views.alive),
]

handler400 = views.bad_request
handler404 = views.not_found
handler500 = views.broken
