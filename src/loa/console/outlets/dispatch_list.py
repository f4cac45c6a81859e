"""Lượt gửi: what went to outlets of other channels, what failed, what a person does then."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from loa.channels import dispatches, selectors
from loa.channels.contract import AnyChannel, Mode
from loa.channels.failures import ChannelError
from loa.channels.registry import channels
from loa.lib.sentences import Refusal
from loa.newsroom.renditions import ApprovalVoid
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.web.middleware import actor
from loa.web.requests import desk_of, done, page_number, refused, signed_in

if TYPE_CHECKING:
    from loa.channels.models import Dispatch

PAGE = 30
STATES = (
    ("failed", gettext_lazy("không gửi được")),
    ("unknown", gettext_lazy("không rõ đã tới chưa")),
    ("waiting", gettext_lazy("chờ gửi")),
    ("carried", gettext_lazy("đã chuyển")),
    ("shown", gettext_lazy("đã hiện")),
)


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """The newest dispatches, by state and kind."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_VIEW, path or "vn")
    state, kind = request.GET.get("tinh-trang", "")[:8], request.GET.get("loai", "")[:20]
    number = page_number(request)
    rows = selectors.dispatches_of(who)
    rows = rows.filter(state=state) if state in dict(STATES) else rows
    rows = rows.filter(outlet__account__kind=kind) if kind in channels() else rows
    start = (number - 1) * PAGE
    found = list(rows[start : start + PAGE + 1])
    context = {
        "rows": [_row(row) for row in found[:PAGE]],
        "more": len(found) > PAGE,
        "number": number,
        "state": state,
        "kind": kind,
        "states": STATES,
        "kinds": [(key, _(one.label)) for key, one in channels().items() if key != "speaker"],
        "may_act": who.may(Action.OUTLET_COMMAND, path),
        "may_enrol": who.may(Action.OUTLET_ENROL, path),
        "tab": "dispatches",
    }
    return render(request, "outlets/dispatches.html", context)


def _row(row: "Dispatch") -> dict[str, object]:
    channel: AnyChannel | None = channels().get(row.outlet.account.kind)
    version = row.bulletin.approved_version if row.bulletin else None
    title = row.order.title if row.order else version.title if version else ""
    by_person = channel is not None and Mode.PULL in channel.modes
    return {
        "row": row,
        "reach": selectors.reach_of_row(row),
        "title": title,
        "may_retry": row.state in {"failed", "unknown"} and not row.withdrawn and row.form,
        "sheet": by_person and row.state in {"carried", "shown"} and not row.withdrawn,
        "may_confirm": by_person and row.state == "carried" and not row.withdrawn,
        "may_remove": by_person and row.withdrawn in {"wanted", "asked"},
    }


ACTS = {
    "lai": (dispatches.retry, gettext_lazy("Sẽ gửi lại ngay.")),
    "da-dang": (dispatches.confirm_shown, gettext_lazy("Đã ghi: tờ tin đã được dán.")),
    "da-go": (dispatches.confirm_removed, gettext_lazy("Đã ghi: tờ tin đã được gỡ.")),
}


@signed_in
@require_POST
def act(request: HttpRequest, key: UUID, do: str) -> HttpResponse:
    """Send it again, or say that it hangs there or is gone."""
    if do not in ACTS or not selectors.dispatches_of(actor(request)).filter(pk=key).exists():
        raise Http404
    work, said = ACTS[do]
    to = reverse("console:dispatches")
    try:
        work(actor=actor(request), key=key)
    except Refusal as refusal:
        return refused(request, refusal, to)
    return done(request, str(said), to)


@signed_in
def sheet(request: HttpRequest, key: UUID) -> HttpResponse:
    """The file that the outlet gets, to be printed."""
    if not selectors.dispatches_of(actor(request)).filter(pk=key).exists():
        raise Http404
    try:
        content = dispatches.content_of(actor=actor(request), key=key).content
    except (ChannelError, ApprovalVoid):
        return redirect("console:dispatches")
    if not content.data:
        raise Http404
    response = HttpResponse(content.data, content_type=content.mime)
    response["Content-Disposition"] = f'inline; filename="to-tin-{str(key)[:8]}.pdf"'
    return response
