"""Who may sign an order, and what became of calling each of them, in words."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.alerts import selectors
from loa.alerts.models import Call, Order
from loa.alerts.orders import approver_notifications, calls
from loa.alerts.orders.approver_roster import roster
from loa.alerts.orders.calls import Called
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.web.formats import hour
from loa.web.middleware import actor
from loa.web.signing import entrants_only, order_or_404

_NO_LETTER = {
    approver_notifications.NO_SERVER: gettext_lazy(
        "không gửi được thư: máy chủ này chưa có máy chủ thư"
    ),
    approver_notifications.NO_ADDRESS: gettext_lazy("không gửi được thư: chưa có địa chỉ thư"),
    approver_notifications.BAD_ADDRESS: gettext_lazy("không gửi được thư: địa chỉ thư không đúng"),
    approver_notifications.UNSENT: gettext_lazy("không gửi được thư: máy chủ thư không nhận"),
}
_NO_PUSH = {
    "no_bell": gettext_lazy("chưa bật thông báo trên máy nào"),
    "unsent": gettext_lazy("thông báo không tới được máy"),
}
CALLED_WITHIN = timedelta(seconds=10)
"""The worker calls within seconds: an order older than that without a call was called by nobody."""


@dataclass(frozen=True, slots=True)
class Row:
    """One person: how they are reached by telephone, and what became of the call."""

    name: str
    place: str
    phone: str
    own: bool
    has_key: bool
    state: str
    """watching, opened, called, failed or waits."""
    words: str


@dataclass(frozen=True, slots=True)
class Calls:
    """The roster of an order that waits: `html`, and its `digest`."""

    html: str
    digest: str


def calls_of(request: HttpRequest, who: Actor, order: Order) -> Calls:
    """The roster in words. Only for who writes or approves at the order's places: the telephone
    numbers are theirs alone."""
    people = roster(order, selectors.places_of(order))
    rows = [_row(order, one, who) for one in calls.called(order, people)]
    context = {"rows": rows, "mail_on": settings.ENV.mail_on, "drill": order.drill}
    html = render_to_string("urgent/parts_calls.html", context, request)
    return Calls(html, hashlib.sha256(html.encode()).hexdigest()[:16])


def note_look(who: Actor, order: Order) -> None:
    """Whoever may sign has the order before them."""
    mine = all(who.may(Action.ALERT_APPROVE, path) for path in selectors.places_of(order))
    if mine and who.account_id is not None and order.state == "proposed":
        calls.looked(order, who.account_id)


@entrants_only
def part(request: HttpRequest, order_id: str) -> HttpResponse:
    """The roster alone, or 204 while it says the same. Once the order waits no longer, the page
    that asks is loaded anew: what it shows is over."""
    who = actor(request)
    order = order_or_404(who, order_id)
    if order.state != "proposed":
        return HttpResponse(headers={"HX-Refresh": "true"})
    note_look(who, order)
    found = calls_of(request, who, order)
    if request.GET.get("seen") == found.digest:
        return HttpResponse(status=204)
    return render(request, "urgent/calls_live.html", {"calls": found, "order": order})


def _row(order: Order, called: Called, who: Actor) -> Row:
    one, call = called.approver, called.call
    own = one.account_id == who.account_id
    state, words = _said(order, called, call)
    if own:
        state, words = "watching", _("là anh chị, đang xem lệnh này")
    return Row(one.name, one.place, one.phone, own, one.has_key, state, words)


def _said(order: Order, called: Called, call: Call | None) -> tuple[str, str]:
    if called.watching:
        return "watching", _("đang xem lệnh này")
    if call is not None and call.opened_at is not None:
        return "opened", _("đã mở xem lúc %(at)s") % {"at": hour(call.opened_at)}
    sent, failed = _sent(call), _failed(call)
    if sent:
        return "called", "; ".join([_("%(sent)s, chưa mở") % {"sent": _and(sent)}, *failed])
    if failed:
        return "failed", "; ".join(failed)
    if clock.now() - order.proposed_at > CALLED_WITHIN:
        return "failed", _("chưa gọi được: máy chủ chưa gửi gì")
    return "waits", _("đang gửi thông báo")


def _sent(call: Call | None) -> list[str]:
    if call is None:
        return []
    found = []
    if call.push_at:
        found.append(_("đã gửi thông báo tới máy lúc %(at)s") % {"at": hour(call.push_at)})
    if call.mail_at:
        found.append(_("đã gửi thư lúc %(at)s") % {"at": hour(call.mail_at)})
    return found


def _failed(call: Call | None) -> list[str]:
    if call is None:
        return []
    words = [_NO_PUSH.get(call.push_failure), _NO_LETTER.get(call.mail_failure)]
    return [str(one) for one in words if one]


def _and(parts: Sequence[str]) -> str:
    return ", ".join(parts)
