"""The acts on an order that sounds: stop, resume, cancel. Bytes are drafted at the press, with the
time of the press in them; only a stop takes effect whatever has changed since the page was shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts import selectors, services
from loa.alerts.models import Order
from loa.alerts.orders import acts, drafting
from loa.alerts.rules import Known, OrderRefused
from loa.console.urgent.acted_order import acted_on
from loa.console.urgent.order import OPENING, stoppable, what
from loa.lib import clock
from loa.people.rules import Actor
from loa.web.formats import moment
from loa.web.middleware import actor
from loa.web.requests import done, refused
from loa.web.signing import (
    ToSign,
    drafts_json,
    entrants_only,
    kids_for,
    order_or_404,
    own_part,
    signed_of,
    speaker,
    to_sign,
)
from loa_protocol.kinds import Kind

REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class Press:
    """One press: who, on which order, and why, where a reason is asked for."""

    who: Actor
    order: Order
    known: Known
    reason: str = ""


def _press(request: HttpRequest, order: Order) -> Press:
    known = selectors.known(order.pk)
    if known is None:
        raise OrderRefused("unknown_order", _("Không có lệnh này."))
    reason = " ".join(request.POST.get("reason", "").split())[:REASON_MAX]
    return Press(actor(request), order, known, reason)


def _stop_drafts(press: Press) -> list[ToSign]:
    """Silence at once in the asker's part of its places, and nothing else."""
    kind = Kind.DRILL_MUTE if press.known.drill else Kind.MUTE
    here = _here(press)
    draft = drafting.mute_draft(here, speaker(press.who, kind, here.targets), clock.now())
    return [to_sign(draft, kids_for(press.who, kind))]


def _here(press: Press) -> Known:
    """The order in the asker's part of its places. Raises OrderRefused where there is none."""
    own = own_part(press.who, press.known.targets)
    if not own:
        raise OrderRefused("not_here", _("Lệnh này không phát ở nơi anh chị phụ trách."))
    return replace(press.known, targets=own)


def _resume_drafts(press: Press) -> list[ToSign]:
    here = _here(press)
    speaking = speaker(press.who, Kind.RESUME, here.targets)
    draft = drafting.resume_draft(here, speaking, clock.now())
    return [to_sign(draft, kids_for(press.who, Kind.RESUME))]


def _cancel_drafts(press: Press) -> list[ToSign]:
    """The end of the order, in words that name it: who signs second reads them in every list."""
    kind = Kind.DRILL_CANCEL if press.known.drill else Kind.CANCEL
    title = selectors.newest_wording(press.order).title
    said = _("Hủy lệnh “%(title)s”") % {"title": title}
    reason = f"{said}: {press.reason}" if press.reason else said
    speaking = speaker(press.who, kind, press.known.targets)
    draft = drafting.cancel_draft(press.known, speaking, reason, clock.now())
    return [to_sign(draft, kids_for(press.who, kind))]


DRAFTS: dict[str, Callable[[Press], list[ToSign]]] = {
    "dung": _stop_drafts,
    "phat-tiep": _resume_drafts,
    "huy": _cancel_drafts,
}
_KINDS = {"phat-tiep": Kind.RESUME, "huy": Kind.CANCEL}


def _order_of(request: HttpRequest, order_id: str, work: str) -> Order:
    order = order_or_404(actor(request), order_id)
    if work not in DRAFTS or order.kind not in OPENING or order.state != "issued":
        raise Http404
    return order


@entrants_only
@require_POST
def drafts(request: HttpRequest, order_id: str, work: str) -> HttpResponse:
    """Fresh bytes to sign for a press of a button."""
    order = _order_of(request, order_id, work)
    try:
        if work in _KINDS:
            acts.check_seen(_KINDS[work], order.pk, _seen(request), clock.now())
        found = DRAFTS[work](_press(request, order))
    except OrderRefused as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    return JsonResponse({"drafts": [one.plain() for one in found]})


def _seen(request: HttpRequest) -> str:
    return request.POST.get("seen", "")[:80]


@entrants_only
def act(request: HttpRequest, order_id: str, work: str) -> HttpResponse:
    """Stop, resume or cancel: a page that shows the order and asks for the signature, and what it
    signed."""
    order = _order_of(request, order_id, work)
    to = reverse("console:urgent_order", args=[order.pk])
    try:
        if request.method != "POST":
            return _act_page(request, order, work)
        for signed in signed_of(request):
            services.order_propose(
                actor=actor(request),
                kind=signed.kind,
                payload=signed.payload,
                kid=signed.kid,
                sig=signed.sig,
                seen=_seen(request),
            )
    except OrderRefused as refusal:
        return refused(request, refusal, to)
    return done(request, _said(actor(request), order, work), to)


def _act_page(request: HttpRequest, order: Order, work: str) -> HttpResponse:
    who = actor(request)
    context = {
        **what(order),
        **acted_on(order),
        **stoppable(who, order),
        "work": work,
        "reason_max": REASON_MAX,
        "drafts": drafts_json(DRAFTS[work](_press(request, order))),
    }
    return render(request, "urgent/act.html", context)


def _said(who: Actor, order: Order, work: str) -> str:
    """What the press did, and what comes next."""
    if work == "phat-tiep":
        return _("Đã ra lệnh phát tiếp.")
    if work == "huy":
        return _("Đã ký hủy. Loa còn phát cho đến khi người thứ hai ký.")
    now = clock.now()
    fresh = selectors.known(order.pk)
    if fresh is not None and fresh.halted:
        return _("Đã dừng hẳn trước khi loa phát.")
    until = acts.acted(order, now).silence.until
    told = {"where": stoppable(who, order)["stop_where"], "at": moment(until) if until else ""}
    if told["where"]:
        return (
            _(
                "Đã im ở %(where)s đến %(at)s, sau đó loa tự phát tiếp. Muốn hủy hẳn, gọi cấp ban"
                " hành lệnh."
            )
            % told
        )
    return (
        _(
            "Đã im đến %(at)s, sau đó loa tự phát tiếp. Muốn loa im hẳn, bấm Hủy hẳn và nhờ người"
            " thứ hai ký."
        )
        % told
    )
