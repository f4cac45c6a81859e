"""Thành phần: one page that shows every component of the console, for who builds and translates."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from loa.lib import clock
from loa.web.context import ICONS
from loa.web.requests import signed_in


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """All components with made-up content. No query of its own."""
    now = clock.now()
    context = {
        "kinds": [("normal", _("Thường")), ("priority", _("Ưu tiên"))],
        "steps": [
            {"words": _("Viết"), "state": "done"},
            {"words": _("Duyệt"), "state": "now"},
            {"words": _("Phát"), "state": ""},
        ],
        "events": [
            {"title": _("Đã gửi duyệt"), "at": now - timedelta(hours=2), "state": "done"},
            {"title": _("Chờ người duyệt"), "at": now, "state": "waits"},
            {"title": _("Một cụm loa không phát"), "text": _("mất điện"), "state": "failed"},
        ],
        "heads": [_("Cụm loa"), _("Thôn, tổ"), _("Âm lượng")],
        "rows": [
            [_("Cụm loa nhà văn hóa"), _("Thôn Đông"), "80 %"],
            [_("Cụm loa ngã ba"), _("Thôn Đoài"), "100 %"],
        ],
        "icon": ICONS["channels"],
    }
    return render(request, "help/components.html", context)
