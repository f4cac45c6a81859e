"""One order: the second person's page, the live screen, stop, correction, end, report."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts import cap_desk, drafting, hazards, rules, selectors, services, sound
from loa.alerts.drafting import Draft, Wish
from loa.alerts.models import CapMessage, Order
from loa.alerts.rules import Known, OrderRefused
from loa.channels import carrying
from loa.console import urgent
from loa.console.asking import done, live, refused, uuid_or_404
from loa.console.middleware import actor
from loa.console.urgent_calls import calls_of, note_look
from loa.console.urgent_room import (
    KINDS,
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
from loa.console.urgent_silence import silence_of
from loa.console.urgent_why import why_silent
from loa.delivery.selectors import attempts_of
from loa.lib import clock
from loa.outlets import selectors as outlets
from loa.people.rules import Action, Actor
from loa.people.selectors import names_of_persons, person_of
from loa.places.selectors import names_of
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Sounding, parse_payload

if TYPE_CHECKING:
    from loa.delivery.models import Attempt

OPENING = frozenset(kind.value for kind in rules.OPENING)
ANSWERS_MAX = 100
COMMUNES_MAX = 200


@entrants_only
def page(request: HttpRequest, order_id: str) -> HttpResponse:
    """Before the second signature: what will be sent, and to sign it. After: what became of it."""
    who = actor(request)
    order = order_or_404(who, order_id)
    if order.state == "issued" and order.kind in OPENING:
        return live(
            request,
            page="console/urgent/live.html",
            part="console/urgent/live_part.html",
            context=live_context(who, order),
        )
    if order.state == "issued":
        return redirect("console:urgent_order", order.alert)
    note_look(who, order)
    context = {**_second(who, order), "calls": calls_of(request, who, order)}
    return render(request, "console/urgent/second.html", context)


def _second(who: Actor, order: Order) -> dict[str, Any]:
    """What the second person must see: everything, from the bytes themselves."""
    targets = selectors.targets_of(order)
    mine = all(who.may(Action.ALERT_APPROVE, path) for path in selectors.places_of(order))
    author = person_of(who) == order.author
    kind = Kind(order.kind)
    draft = Draft(kind, bytes(order.payload))
    doc = parse_payload(kind, bytes(order.payload))
    now = clock.now()
    return {
        **_what(order),
        **urgent.echo_of(targets),
        "doc": doc if isinstance(doc, Sounding) else None,
        "may_sign": mine and not author and order.state == "proposed",
        "author_here": author,
        "stale": now - order.made_at > rules.PROPOSAL_LIFE,
        "drafts": drafts_json([to_sign(draft, kids_for(who, kind))]),
        "waited_s": int((now - order.proposed_at).total_seconds()),
    }


def _what(order: Order, later: Sequence[Order] = ()) -> dict[str, Any]:
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
    later = [o for o in selectors.about(order.pk) if o.pk != order.pk]
    updates = [o for o in later if o.kind == "update" and o.state == "issued"]
    wording = max(updates, key=lambda o: o.revision, default=order)
    by_area = selectors.tally_by_area(wording)
    names = names_of(a.path for a in by_area)
    now = clock.now()
    return {
        **_what(order, later),
        "wording": wording,
        "tally": selectors.tally_sum(by_area),
        "on_air": outlets.sounding_now((order.pk, wording.pk), now),
        "areas": [(names.get(a.path, a.path), a.tally) for a in by_area[:COMMUNES_MAX]],
        "answers": selectors.answers(wording)[:ANSWERS_MAX],
        "missing": [(one, why_silent(one, now)) for one in selectors.missing(wording, ANSWERS_MAX)],
        "attempts": _attempts(order, wording),
        "later": later,
        "kinds": KINDS,
        **silence_of(order, later, now),
        "over": order.ended_at is not None or wording.expires_at <= now,
        **_stoppable(who, order),
        "may_write": all(who.may(Action.ALERT_AUTHOR, path) for path in selectors.places_of(order)),
        "every": "1s",
        **_window(order, later, now),
    }


def _attempts(order: Order, wording: Order) -> "list[Attempt]":
    """How the text fares on other channels, where this installation has any."""
    return attempts_of([order.pk, wording.pk])[:ANSWERS_MAX] if carrying.texts() else []


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


def _stoppable(who: Actor, order: Order) -> dict[str, Any]:
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


# What is drafted at the moment of the press: bytes with the time of the press in them.


def _known_or_refuse(order: Order) -> Known:
    known = selectors.known(order.pk)
    if known is None:
        raise OrderRefused("unknown_order", _("Không có lệnh này."))
    return known


def _stop_drafts(who: Actor, known: Known) -> list[ToSign]:
    """Silence at once in the asker's part of its places, and the cancel opened for a second person
    where the asker may cancel."""
    mute = Kind.DRILL_MUTE if known.drill else Kind.MUTE
    here = _here(who, known)
    draft = drafting.mute_draft(here, speaker(who, mute, here.targets), clock.now())
    found = [to_sign(draft, kids_for(who, mute))]
    return found if here != known else [*found, *_cancel_drafts(who, known, quietly=True)]


def _here(who: Actor, known: Known) -> Known:
    """The order in the asker's part of its places. Raises OrderRefused where there is none."""
    own = own_part(who, known.targets)
    if not own:
        raise OrderRefused("not_here", _("Lệnh này không phát ở nơi anh chị phụ trách."))
    return replace(known, targets=own)


def _cancel_drafts(who: Actor, known: Known, *, quietly: bool = False) -> list[ToSign]:
    kind = Kind.DRILL_CANCEL if known.drill else Kind.CANCEL
    now = clock.now()
    if quietly and _in_window(known, now):
        return []  # the mute alone ends it; two signatures are only for what has sounded
    try:
        draft = drafting.cancel_draft(known, speaker(who, kind, known.targets), _("Dừng lệnh"), now)
        doc = parse_payload(kind, draft.payload)
        rules.check_about(doc, kind, known, now)
    except OrderRefused:
        if quietly:
            return []
        raise
    return [to_sign(draft, kids_for(who, kind))]


def _in_window(known: Known, now: datetime) -> bool:
    order = selectors.order_get(known.id)
    return order is not None and order.begins_at is not None and now < order.begins_at


def _resume_drafts(who: Actor, known: Known) -> list[ToSign]:
    here = _here(who, known)
    draft = drafting.resume_draft(here, speaker(who, Kind.RESUME, here.targets), clock.now())
    return [to_sign(draft, kids_for(who, Kind.RESUME))]


DRAFTS: dict[str, Callable[[Actor, Known], list[ToSign]]] = {
    "dung": _stop_drafts,
    "phat-tiep": _resume_drafts,
    "huy": _cancel_drafts,
}


@entrants_only
@require_POST
def drafts(request: HttpRequest, order_id: str, work: str) -> HttpResponse:
    """Fresh bytes to sign for a press of a button."""
    who = actor(request)
    order = order_or_404(who, order_id)
    if work not in DRAFTS:
        raise Http404
    try:
        found = DRAFTS[work](who, _known_or_refuse(order))
    except OrderRefused as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    return JsonResponse({"drafts": [one.plain() for one in found]})


@entrants_only
def act(request: HttpRequest, order_id: str, work: str) -> HttpResponse:
    """Stop, resume or cancel: the signed bytes of `drafts`. Without script: a page with a draft."""
    who = actor(request)
    order = order_or_404(who, order_id)
    if work not in DRAFTS:
        raise Http404
    to = reverse("console:urgent_order", args=[order.pk])
    try:
        if request.method != "POST":
            known = _known_or_refuse(order)
            context = {
                **_what(order),
                **_stoppable(who, order),
                "work": work,
                "drafts": drafts_json(DRAFTS[work](who, known)),
            }
            return render(request, "console/urgent/act.html", context)
        for signed in signed_of(request):
            services.order_propose(
                actor=who,
                kind=signed.kind,
                payload=signed.payload,
                kid=signed.kid,
                sig=signed.sig,
            )
    except OrderRefused as refusal:
        return refused(request, refusal, to)
    fresh, where = selectors.known(order.pk), _stoppable(who, order)["stop_where"]
    if work == "dung" and where:
        said = _("Đã ra lệnh dừng tiếng 10 phút ở %(where)s. Muốn hủy hẳn, gọi cấp ban hành lệnh.")
        return done(request, said % {"where": where}, to)
    if work == "dung" and fresh is not None and fresh.halted:
        return done(request, _("Đã dừng hẳn trước khi loa phát."), to)
    return done(request, _DONE[work](), to)


_DONE: dict[str, Callable[[], str]] = {
    "dung": lambda: _("Đã ra lệnh dừng tiếng 10 phút. Chờ người thứ hai ký để hủy hẳn."),
    "phat-tiep": lambda: _("Đã ra lệnh phát tiếp."),
    "huy": lambda: _("Đã ký hủy. Chờ người thứ hai ký."),
}


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
        known = _known_or_refuse(order)
        rules.check_stands(known, clock.now())
        if request.method == "POST":
            return urgent.review(
                request, _correction(request, known, wording), nature="that", update_of=known
            )
    except OrderRefused as refusal:
        error = str(refusal)
    began = _from_cap(who, request.GET.get("cap", ""))
    context = {
        **_what(order),
        "wording": began or wording,
        "error": error,
        "spoken_max": rules.SPOKEN_MAX,
    }
    status = 422 if error else 200
    return render(request, "console/urgent/correct.html", context, status=status)


def _from_cap(who: Actor, asked: str) -> CapMessage | None:
    """The CAP update whose words a correction begins with."""
    if not asked:
        return None
    return cap_desk.messages_for(who).filter(pk=uuid_or_404(asked), draft="update").first()


def _correction(request: HttpRequest, known: Known, wording: Order) -> Wish:
    title, text = request.POST.get("title", "")[:300], request.POST.get("text", "")[:8000]
    rules.check_text(title, text)
    file = request.FILES.get("recording")
    made = sound.speech_again(request.POST.get("speech", "")[:64])
    speech = urgent.recording_taken(file) if file is not None else made
    left = (known.until - clock.now()).total_seconds() / 3600
    return Wish(
        targets=known.targets,
        hazard=wording.hazard,
        title=title,
        text=text,
        level=known.level,
        hours=left,
        speech=speech or sound.voice_if_any(f"{title}. {text}"),
    )
