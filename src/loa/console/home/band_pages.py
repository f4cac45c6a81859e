"""How the band comes to an open page by itself within two seconds, and everything in force in full.

An open page asks for the stamp alone, with a ticket instead of a session: one query serves all
pages, so that hundreds may ask each second. It asks for the band when the stamp is another one.
"""

import hashlib

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from loa.alerts.orders import in_force
from loa.lib import clock
from loa.web.alert_band import band_of, ticket_holds
from loa.web.context import own_paths
from loa.web.middleware import actor
from loa.web.orders_in_force import orders_at, widest
from loa.web.requests import signed_in

HELD_S = 0.3
_KEY = "orders-stamp"


@signed_in
def part(request: HttpRequest) -> HttpResponse:
    """The band alone, or 204 while it says the same as what the page shows."""
    who = actor(request)
    band = band_of(request, who, own_paths(who), request.GET.get("tru", "")[:64])
    if request.GET.get("seen") == band.digest:
        return HttpResponse(status=204)
    return render(request, "web/parts/band_live.html", {"band": band})


def stamp(request: HttpRequest) -> HttpResponse:
    """A digest that changes whenever an order is proposed, issued, ended or over; it tells nothing
    else. 403 for a ticket that is not ours or is older than a day."""
    if not ticket_holds(request.GET.get("phieu", "")[:200]):
        return HttpResponse(status=403)
    return HttpResponse(_digest(), content_type="text/plain", headers={"Cache-Control": "no-store"})


def _digest() -> str:
    """The stamp's digest, asked of the database three times a second at most, for all pages."""
    now_s = clock.current().monotonic()
    held = cache.get(_KEY)
    if held is not None and 0 <= now_s - held[0] < HELD_S:
        return str(held[1])
    told = hashlib.sha256(in_force.stamp().text.encode()).hexdigest()[:16]
    cache.set(_KEY, (now_s, told), 60)
    return told


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """Everything in force at the asker's places, with its words, for people of every role."""
    who = actor(request)
    found = orders_at(who, widest(own_paths(who)))
    return render(request, "home/on_air.html", {"orders": found})
