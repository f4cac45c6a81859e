"""The band on top of every page: orders in force at the asker's places, and those that wait for
the asker's own signature."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode

from loa.alerts.models import Order
from loa.alerts.orders import in_force
from loa.alerts.selectors import waiting_for
from loa.people.rules import Action, Actor
from loa.web.orders_in_force import InForce, orders_at, widest

ROWS_MAX = 3
TICKET_LIFE_S = 24 * 3600
_SALT = "loa.web.alert_band"


@dataclass(frozen=True, slots=True)
class Band:
    """What stands on top of a page now: `html`, and its `digest`. `ask` is where an open page asks
    for the stamp; `without` the order that the page itself shows."""

    orders: list[InForce]
    calls: list[Order]
    ask: str
    without: str
    html: str
    digest: str


def stamp_of(request: HttpRequest) -> in_force.Stamp:
    """What stands on this node at the moment of the request, asked for once."""
    held = vars(request)
    if "order_stamp" not in held:
        held["order_stamp"] = in_force.stamp()
    found: in_force.Stamp = held["order_stamp"]
    return found


def band_of(request: HttpRequest, who: Actor, paths: Iterable[str], without: str = "") -> Band:
    """The asker's band. A drill that every outlet has read is over for the eye. One query while
    nothing stands or waits on this node."""
    stamped = stamp_of(request)
    orders = [
        one
        for one in orders_at(who, widest(paths), stamped)
        if one.id != without and not (one.drill and one.finished)
    ]
    asked = stamped.waiting and who.places(Action.ALERT_APPROVE)
    calls = [one for one in waiting_for(who) if one.pk != without] if asked else []
    context = {
        "rows": orders[:ROWS_MAX],
        "more": max(0, len(orders) - ROWS_MAX),
        "calls": calls[:ROWS_MAX],
    }
    html = render_to_string("web/parts/band.html", context, request)
    digest = hashlib.sha256(html.encode()).hexdigest()[:16]
    ask = f"{reverse('console:band_stamp')}?{urlencode({'phieu': _signer().sign('band')})}"
    return Band(orders, calls, ask, without, html, digest)


def ticket_holds(ticket: str) -> bool:
    """Whether this node gave the ticket to somebody signed in, within the last day."""
    try:
        return bool(_signer().unsign(ticket, max_age=TICKET_LIFE_S))
    except signing.BadSignature:
        return False


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=_SALT)
