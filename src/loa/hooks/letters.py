"""Pages behind the links of letters: to agree to a list, and to leave it.

No session and no cookie: the link itself names one member of one list. Opening a page changes
nothing, because mail systems open links by themselves; a press does, and so does the one-click
POST of RFC 8058.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from loa.channels import members
from loa.channels.email import links


def _page(
    title: str, text: str, *, button: str = "", quiet: str = "", status: int = 200
) -> HttpResponse:
    """A page without the console's frame: nobody is signed in, and nothing asks who it is."""
    said = {"title": title, "text": text, "button": button, "quiet": quiet}
    return HttpResponse(render_to_string("web/letter_page.html", said), status=status)


def _unknown() -> HttpResponse:
    return _page(
        _("Liên kết không dùng được"),
        _("Liên kết này thiếu hoặc sai. Mở lại đúng liên kết trong thư đã nhận."),
        status=404,
    )


def _member(purpose: str, token: str) -> UUID | None:
    return links.member_of(purpose, token)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Agree to get a list's letters."""
    member = _member(links.CONFIRM, token)
    if member is None:
        return _unknown()
    if request.method != "POST":
        return _page(
            _("Đồng ý nhận tin qua thư"),
            _("Bấm Đồng ý để nhận bản tin và thông báo khẩn cấp của địa phương qua thư điện tử."),
            button=_("Đồng ý"),
            quiet=_("Nếu không muốn nhận, đóng trang này. Địa chỉ của ông, bà sẽ được xóa."),
        )
    if not members.confirm(member):
        return _page(
            _("Liên kết đã hết hạn"),
            _("Chưa ghi nhận. Liên hệ Ủy ban nhân dân xã, phường nếu ông, bà vẫn muốn nhận tin."),
            status=410,
        )
    return _page(
        _("Đã ghi nhận"),
        _("Từ nay ông, bà nhận tin qua thư. Mỗi thư có liên kết để ngừng nhận."),
    )


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Leave a list: by a press, or by the mail program's own button."""
    member = _member(links.STOP, token)
    if member is None:
        return _unknown()
    if request.method != "POST":
        return _page(
            _("Ngừng nhận tin qua thư"),
            _("Bấm Ngừng nhận thì sẽ không gửi thư nào nữa tới địa chỉ này."),
            button=_("Ngừng nhận"),
        )
    if not members.stop(member, why="asked"):
        return _unknown()
    return _page(
        _("Đã ngừng gửi"),
        _("Địa chỉ của ông, bà đã được xóa khỏi danh sách. Không cần làm gì thêm."),
    )
