"""Revoking keys: who holds which, what stops when one is revoked, and the registrar's signature."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts import selectors as alerts
from loa.alerts.order_templates import wordings
from loa.alerts.orders.drafting import Draft
from loa.alerts.rules import OrderRefused
from loa.console.urgent.keys import registrars_only
from loa.people import revoking
from loa.people.models import PersonKey
from loa.people.revoking import Right
from loa.people.rules import Action
from loa.people.selectors import names_of_persons
from loa.people.services import PeopleError
from loa.places.selectors import places_named
from loa.web.middleware import actor
from loa.web.requests import done, refused
from loa.web.signing import drafts_json, registrar_kids, signed_of, to_sign
from loa_protocol.kinds import Kind

HOME = "/khan-cap/dang-ky/thu-hoi"


@registrars_only
def page(request: HttpRequest) -> HttpResponse:
    """Every key that counts here; then, of those chosen, what will stop, and the list to sign."""
    who = actor(request)
    own = who.places(Action.TRUST_SIGN)
    rights = revoking.rights_in(own)
    chosen = [kid for kid in request.GET.getlist("kid") if kid in {one.kid for one in rights}]
    context: dict[str, Any] = {
        "places": places_named(own),
        "path": own[0],
        "names": _names(rights),
        "keys": _by_key(rights),
        "chosen": chosen,
    }
    if chosen:
        path = request.GET.get("path", own[0])
        try:
            payload = revoking.revocation_ask(actor=who, path=path, kids=chosen)
        except PeopleError as refusal:
            return refused(request, refusal, HOME)
        context |= {
            "stops": [one for one in rights if one.kid in chosen],
            **_loses(chosen),
            "digest": revoking.digest_of(payload),
            "drafts": drafts_json([to_sign(Draft(Kind.TRUST, payload), registrar_kids(who))]),
        }
    return render(request, "urgent/revoke.html", context)


def _names(rights: list[Right]) -> dict[str, str]:
    people = names_of_persons({one.subject for one in rights})
    paths = {place.path: place.name for place in places_named({one.path for one in rights})}
    return {**people, **paths}


def _by_key(rights: list[Right]) -> list[tuple[str, list[Right], PersonKey | None]]:
    """Each key with its rights and what its owner said of the machine; the node's own last."""
    found: dict[str, list[Right]] = {}
    for one in rights:
        found.setdefault(one.kid, []).append(one)
    known = {key.kid: key for key in PersonKey.objects.filter(kid__in=list(found))}
    rows = sorted(found.items(), key=lambda row: row[1][0].type == "node")
    return [(kid, own, known.get(kid)) for kid, own in rows]


def _loses(kids: list[str]) -> dict[str, Any]:
    """What stops besides the right to sign: templates that stand on these signatures. Orders that
    were signed before stand until somebody cancels them."""
    signed = [
        row
        for row in wordings.standing()
        if {sig.kid for sig in wordings.stored_of(row).envelope.sigs} & set(kids)
    ]
    orders = [order for order in alerts.in_force() if order.author_kid in kids]
    return {"templates": signed, "orders": orders}


@registrars_only
@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """The registrar's signature puts the list in force."""
    try:
        (signed,) = signed_of(request)[:1]
        revoking.revocation_sign(
            actor=actor(request), payload=signed.payload, kid=signed.kid, sig=signed.sig
        )
    except (OrderRefused, PeopleError) as refusal:
        return refused(request, refusal, HOME)
    return done(request, _("Đã thu hồi. Máy chủ và mọi cụm loa không nhận khóa này nữa."), HOME)
