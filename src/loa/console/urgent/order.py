"""One order: the second person's page, the live screen, stop, correction, end, report."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts import hazards, rules, selectors, services
from loa.alerts.cap import desk
from loa.alerts.models import CapMessage, Order
from loa.alerts.orders import acts, sound
from loa.alerts.orders.drafting import Draft, Wish
from loa.alerts.rules import Known, OrderRefused
from loa.channels.selectors import Reach, reach_of_orders
from loa.console.urgent import cap_remarks, compose
from loa.console.urgent.acted_order import acted_on, standing
from loa.console.urgent.calls import calls_of, note_look
from loa.console.urgent.machine import machine_of
from loa.console.urgent.reasons import why_silent
from loa.console.urgent.silence import silence_of, stop_of
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.people.selectors import names_of_persons, person_of
from loa.places.selectors import names_of
from loa.web.middleware import actor
from loa.web.requests import done, live, refused, uuid_or_404
from loa.web.signing import (
    KINDS,
    drafts_json,
    entrants_only,
    kids_for,
    order_or_404,
    own_part,
    signed_of,
    to_sign,
)
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Sounding, parse_payload

OPENING = frozenset(kind.value for kind in rules.OPENING)
ANSWERS_MAX = 100
COMMUNES_MAX = 200


@entrants_only
def page(request: HttpRequest, order_id: str) -> HttpResponse:
    """Before the second signature: what will be sent, and to sign it. After: what became of it."""
    who = actor(request)
    order = order_or_404(who, order_id)
    if order.state == "issued" and order.kind in OPENING:
        context = live_context(who, order)
        if not getattr(request, "htmx", False):
            mute = Kind.DRILL_MUTE if order.drill else Kind.MUTE
            context |= machine_of(who, mute, selectors.places_of(order))
        return live(
            request,
            page="urgent/live.html",
            part="urgent/live_part.html",
            context=context,
        )
    if order.state == "issued":
        return redirect("console:urgent_order", order.alert)
    note_look(who, order)
    context = {**_second(who, order), "calls": calls_of(request, who, order)}
    if context["may_sign"]:
        context |= machine_of(who, Kind(order.kind), selectors.places_of(order))
    return render(request, "urgent/second.html", context)


def _second(who: Actor, order: Order) -> dict[str, Any]:
    """What the second person must see: everything, from the bytes themselves."""
    targets = selectors.targets_of(order)
    mine = all(who.may(Action.ALERT_APPROVE, path) for path in selectors.places_of(order))
    author = person_of(who) == order.author
    kind = Kind(order.kind)
    draft = Draft(kind, bytes(order.payload))
    doc = parse_payload(kind, bytes(order.payload))
    now = clock.now()
    about = selectors.order_get(order.alert) if order.alert != order.pk else None
    return {
        **what(order),
        **(acted_on(about) if about is not None else {}),
        **compose.echo_of(targets),
        "doc": doc if isinstance(doc, Sounding) else None,
        "cancels": kind in rules.CANCELS,
        "may_sign": mine and not author and order.state == "proposed",
        "author_here": author,
        "stale": now - order.made_at > rules.PROPOSAL_LIFE,
        "drafts": drafts_json([to_sign(draft, kids_for(who, kind))]),
        "cap_remarks": cap_remarks.remarks_of_order(order),
        "waited_s": int((now - order.proposed_at).total_seconds()),
    }


def what(order: Order, later: Sequence[Order] = ()) -> dict[str, Any]:
    signers = {one.author for one in later} | {one.approver for one in later}
    names = names_of_persons({order.author, order.approver, order.declined_by, *signers} - {""})
    return {
        "order": order,
        "drill": order.drill,
        "kind": KINDS[order.kind],
        "hazard": hazards.BY_ID.get(order.hazard),
        "author_name": names.get(order.author, order.author),
        "approver_name": names.get(order.approver, ""),
        "declined_name": names.get(order.declined_by, ""),
        "later_names": names,
    }


def live_context(who: Actor, order: Order) -> dict[str, Any]:
    now, me = clock.now(), person_of(who) or ""
    about, presses = acts.about_and_presses(order.pk, me, now)
    later = [o for o in about if o.pk != order.pk]
    later.sort(key=lambda o: (o.issued_at or o.proposed_at, o.pk))
    stands = standing(order, later)
    wording = stands["wording"]
    by_area = selectors.tally_by_area(wording)
    names = names_of(a.path for a in by_area)
    return {
        **what(order, later),
        **stands,
        **silence_of(stands["acted"], later),
        "tally": selectors.tally_sum(by_area),
        "areas": [(names.get(a.path, a.path), a.tally) for a in by_area[:COMMUNES_MAX]],
        "answers": selectors.answers(wording)[:ANSWERS_MAX],
        "missing": [(one, why_silent(one, now)) for one in selectors.missing(wording, ANSWERS_MAX)],
        "later": later,
        "kinds": KINDS,
        **stoppable(who, order),
        **stop_of(stands["acted"], later, presses, own_part(who, stands["acted"].targets), me, now),
        "may_write": all(who.may(Action.ALERT_AUTHOR, path) for path in selectors.places_of(order)),
        "every": "1s",
        "now_ms": round(now.timestamp() * 1000),
        **_window(order, later, now),
    }


def reach_of(order: Order) -> list[Reach]:
    """How the order and its corrections fare on the channels beside loudspeakers."""
    wordings = {one.pk for one in selectors.about(order.pk)} | {order.pk}
    return reach_of_orders(sorted(wordings))[:ANSWERS_MAX]


@entrants_only
def reach(request: HttpRequest, order_id: str) -> HttpResponse:
    """The other channels' part of an order's page; asked apart, so that the part that is renewed
    every second stays small."""
    order = order_or_404(actor(request), order_id)
    return render(request, "web/parts/reach.html", {"reach": reach_of(order)})


def _window(order: Order, later: list[Order], now: datetime) -> dict[str, Any]:
    """Of a filled template: how many seconds one person still has to stop it for good, and whether
    one did."""
    if order.begins_at is None:
        return {"window_s": 0, "template": None, "halted": False}
    cancelled = any(o.kind == "cancel" and o.state == "issued" for o in later)
    left_s = 0 if order.ended_at else int((order.begins_at - now).total_seconds())
    return {
        "window_s": max(0, left_s),
        "template": order.template,
        "halted": order.ended_at is not None and not cancelled,
    }


def stoppable(who: Actor, order: Order) -> dict[str, Any]:
    """Whether the asker may silence it, and the names of the places where that is not everywhere
    it sounds."""
    targets = selectors.targets_of(order)
    own = own_part(who, targets)
    part = set(own) != set(targets)
    return {"may_stop": bool(own), "stop_where": ", ".join(names_of(own).values()) if part else ""}


@entrants_only
@require_POST
def approve(request: HttpRequest, order_id: str) -> HttpResponse:
    """The second signature, over the bytes that the page showed."""
    to = reverse("console:urgent_order", args=[order_id])
    try:
        (signed,) = signed_of(request)[:1]
        draft = Draft(signed.kind, signed.payload)
        services.order_approve(
            actor=actor(request),
            order_id=order_id,
            digest=draft.id,
            kid=signed.kid,
            sig=signed.sig,
            seen=request.POST.get("seen", "")[:80],
        )
    except OrderRefused as refusal:
        return refused(request, refusal, to)
    return redirect(to)


@entrants_only
@require_POST
def decline(request: HttpRequest, order_id: str) -> HttpResponse:
    """No, with a reason. Nothing was sent."""
    order_or_404(actor(request), order_id)
    try:
        services.order_decline(
            actor=actor(request), order_id=order_id, reason=request.POST.get("reason", "")
        )
    except OrderRefused as refusal:
        return refused(request, refusal, reverse("console:urgent_order", args=[order_id]))
    return done(request, _("Không gửi lệnh này. Chưa có gì được phát."), "/khan-cap/")


@entrants_only
def correct(request: HttpRequest, order_id: str) -> HttpResponseBase:
    """Another text for the same places: an update by two persons."""
    who = actor(request)
    order = order_or_404(who, order_id)
    if order.kind not in {"alert", "fill"}:
        raise Http404
    wording = selectors.newest_wording(order)
    error = ""
    try:
        known = selectors.known(order.pk)
        if known is None:
            raise OrderRefused("unknown_order", _("Không có lệnh này."))
        rules.check_stands(known, clock.now())
        if request.method == "POST":
            wish = _correction(request, known, wording)
            return compose.review(request, wish, nature="that", update_of=known, about=order)
    except OrderRefused as refusal:
        error = str(refusal)
    clear = bool(request.GET.get("yen") or request.POST.get("yen"))
    began = _from_cap(who, request.GET.get("cap", "")) or (_all_clear(order) if clear else None)
    context = {
        **what(order),
        **acted_on(order),
        "words": began or wording,
        "clear": clear,
        "error": error,
        "spoken_max": rules.SPOKEN_MAX,
    }
    status = 422 if error else 200
    return render(request, "urgent/correct.html", context, status=status)


def _from_cap(who: Actor, asked: str) -> CapMessage | None:
    """The CAP update whose words a correction begins with."""
    if not asked:
        return None
    return desk.messages_for(who).filter(pk=uuid_or_404(asked), draft="update").first()


def _all_clear(order: Order) -> hazards.Hazard:
    """The words by which people hear that it is over, with the order's places in them."""
    names = ", ".join(names_of(selectors.targets_of(order)).values())
    said = hazards.ALL_CLEAR
    return replace(
        said, title=said.title.replace("{nơi}", names), text=said.text.replace("{nơi}", names)
    )


def _correction(request: HttpRequest, known: Known, wording: Order) -> Wish:
    title, text = request.POST.get("title", "")[:300], request.POST.get("text", "")[:8000]
    rules.check_text(title, text)
    file = request.FILES.get("recording")
    made = sound.speech_again(request.POST.get("speech", "")[:64])
    speech = compose.recording_taken(file) if file is not None else made
    clear = bool(request.POST.get("yen"))
    left = (known.until - clock.now()).total_seconds() / 3600
    return Wish(
        targets=known.targets,
        hazard=hazards.ALL_CLEAR.id if clear else wording.hazard,
        title=title,
        text=text,
        level=known.level,
        hours=left,
        plays=rules.PLAYS,
        every_s=None if clear else rules.EVERY_S,
        speech=speech or sound.voice_if_any(f"{title}. {text}"),
    )
