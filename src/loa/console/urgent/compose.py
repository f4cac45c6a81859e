"""Khẩn cấp: the room's door, and an order from its template to the author's signature."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts import hazards, rules, selectors, services
from loa.alerts.cap import desk
from loa.alerts.models import Order
from loa.alerts.order_templates import wordings
from loa.alerts.orders import drafting, reorganised_targets, rights, sound
from loa.alerts.orders.acts import words_by_alert
from loa.alerts.orders.approver_roster import approvers
from loa.alerts.orders.drafting import Wish
from loa.alerts.orders.hearing import hearing
from loa.alerts.orders.phases import read_through
from loa.alerts.orders.silence import Word
from loa.alerts.rules import SPOKEN_MAX, Known, OrderRefused
from loa.console.urgent import cap_remarks
from loa.console.urgent.acted_order import acted_on
from loa.console.urgent.choices import DRILL_HOURS, HOURS, REPEAT, REPEATS
from loa.console.urgent.compose_form import BLANK_LABELS, CHOSEN_MAX, Form, typed
from loa.console.urgent.endings import said_of
from loa.console.urgent.machine import machine_of
from loa.lib import clock
from loa.newsroom import push
from loa.people import keys
from loa.people.rules import Action, Actor
from loa.people.selectors import names_of_persons
from loa.places import selectors as places
from loa.places.models import Place
from loa.web.hearing_words import LEVELS, phrase, rows, told
from loa.web.middleware import actor
from loa.web.requests import refused, uuid_or_404
from loa.web.signing import KINDS, drafts_json, entrants_only, kids_for, signed_of, speaker, to_sign
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside_any
from loa_protocol.payloads import Speech

NATURES = {"that": False, "dien-tap": True}
RECENT_MAX = 20
FOUND_MAX = 12
ENDINGS_SHOWN = 6
CAP_NEW = timedelta(hours=24)


@entrants_only
def home(request: HttpRequest) -> HttpResponse:
    """What is in force, what waits for me, and the two doors: real, and drill."""
    who = actor(request)
    now = clock.now()
    orders = list(selectors.orders_for(who)[:200])
    registers = who.places(Action.TRUST_SIGN)
    words = words_by_alert(orders)
    standing = [o for o in orders if o.kind in {"alert", "drill", "fill"} and _standing(o)]
    sounding = [o for o in standing if not (o.drill and _read(o, words.get(o.pk, []), now))]
    waiting = selectors.waiting_for(who)
    own = [o for o in orders if o.state == "proposed" and o.made_at > now - rules.PROPOSAL_LIFE]
    people = names_of_persons({o.author for o in orders})
    approves = who.places(Action.ALERT_APPROVE)
    mine = _places(who)
    ending = said_of(
        [one for one in keys.endings(now) if any(_near(one.path, path) for path in mine)]
    )
    context = {
        "sounding": sounding,
        "current": _current(orders),
        "windows": [o for o in sounding if o.begins_at is not None and o.begins_at > now],
        "waiting": waiting,
        "own": [o for o in own if o not in waiting],
        "recent": [o for o in orders if o.state == "issued"][:RECENT_MAX],
        "people": people,
        "kinds": KINDS,
        "author": bool(who.places(Action.ALERT_AUTHOR)),
        "registrar": bool(registers),
        "entrant": bool(who.places(Action.ALERT_AUTHOR) or who.places(Action.ALERT_APPROVE)),
        "has_right": bool(kids_for(who, Kind.ALERT)),
        "endings": ending[:ENDINGS_SHOWN],
        "endings_more": max(0, len(ending) - ENDINGS_SHOWN),
        "caps": desk.waiting(who, now - CAP_NEW),
        "templates": wordings.templates_waiting(who),
        "drafts": len(keys.drafts_waiting(registers)) if registers else 0,
        "phone": getattr(request.user, "phone", ""),
        "push_key": push.public_key(settings.ENV.keys) if approves else "",
    }
    return render(request, "urgent/home.html", context)


def _standing(order: Order) -> bool:
    return order.state == "issued" and order.ended_at is None and order.expires_at > clock.now()


def _current(orders: Sequence[Order]) -> dict[str, str]:
    """By alert that was corrected: the title that stands now."""
    updates = [o for o in orders if o.kind == "update" and o.state == "issued"]
    return {o.alert: o.title for o in sorted(updates, key=lambda o: o.revision)}


def _read(order: Order, words: Sequence[Word], now: datetime) -> bool:
    return read_through(order, words, selectors.targets_of(order) if words else (), now)


def _places(who: Actor) -> tuple[str, ...]:
    return tuple({*who.places(Action.ALERT_AUTHOR), *who.places(Action.TRUST_SIGN)})


def _near(path: str, mine: str) -> bool:
    return path == mine or path.startswith(mine + "/")


@entrants_only
def compose(request: HttpRequest, nature: str) -> HttpResponse:
    """The template, the blanks, the places, the voice; then the author sees what will be sent."""
    drill = _nature(nature)
    who = actor(request)
    own = places.places_named(who.places(Action.ALERT_AUTHOR))
    if not own:
        raise Http404
    if request.method == "POST":
        form = typed(request)
        form = form.placed([place.name for place in places.places_named(form.targets)])
        try:
            return review(request, _wish(request, form, drill=drill), nature=nature)
        except OrderRefused as refusal:
            return _compose_page(request, nature, own, form, str(refusal), status=422)
    began = from_cap(request, drill=drill)
    if began is not None:
        return _compose_page(request, nature, own, began)
    hazard = hazards.BY_ID.get(request.GET.get("mau", ""))
    if hazard is None:
        context = {"nature": nature, "drill": drill, "hazards": hazards.HAZARDS}
        context |= machine_of(who, Kind.DRILL if drill else Kind.ALERT)
        return render(request, "urgent/choose.html", context)
    form = Form.empty(hazard)
    if drill:
        form = replace(form, hours=1.0, level=min(form.level, 3), repeat="1")
    elif hazard is hazards.ALL_CLEAR:
        form = replace(form, repeat="3")
    return _compose_page(request, nature, own, form)


def from_cap(request: HttpRequest, *, drill: bool) -> Form | None:
    """What a CAP message gives an order to begin with; 404 where it may not become one."""
    asked = request.GET.get("cap", "")
    if not asked:
        return None
    who = actor(request)
    row = desk.messages_for(who).filter(pk=uuid_or_404(asked)).first()
    if row is None or row.draft != ("drill" if drill else "alert"):
        raise Http404
    parts = desk.parts_of(row)
    number = request.GET.get("phan", "0")
    if not (number.isdecimal() and len(number) < 4 and int(number) < len(parts)):
        raise Http404
    part = parts[int(number)]
    left_s = (part.ends - clock.now()).total_seconds() if part.ends else 3600.0
    choices = DRILL_HOURS if drill else HOURS
    return Form(
        hazard=part.hazard or "",
        title=part.title[:300],
        text=part.text[:8000],
        blanks={},
        targets=desk.inside_mine(who, part.targets),
        level=min(part.level or 4, 3) if drill else part.level or 4,
        hours=float(next((h for h in choices if h * 3600 >= left_s), choices[-1])),
        repeat="1" if drill else REPEAT,
        speech="",
        cap=str(row.pk),
    )


def _nature(nature: str) -> bool:
    if nature not in NATURES:
        raise Http404
    return NATURES[nature]


def _compose_page(
    request: HttpRequest,
    nature: str,
    own: list[Place],
    form: Form,
    error: str = "",
    *,
    status: int = 200,
) -> HttpResponse:
    drill = _nature(nature)
    context = {
        "nature": nature,
        "drill": drill,
        "form": form,
        "hazard": hazards.BY_ID.get(form.hazard),
        "hazards": hazards.HAZARDS,
        "own": own,
        "below": places.below(own),
        **chosen_of(form.targets),
        "levels": LEVELS,
        "labels": BLANK_LABELS,
        "mail_on": settings.ENV.mail_on,
        "hours": DRILL_HOURS if drill else HOURS,
        **machine_of(actor(request), Kind.DRILL if drill else Kind.ALERT),
        "spoken_max": SPOKEN_MAX,
        "cap_remarks": cap_remarks.remarks_asked(actor(request), form.cap),
        "error": error,
    }
    return render(request, "urgent/compose.html", context, status=status)


def _wish(request: HttpRequest, form: Form, *, drill: bool) -> Wish:
    plays, every_s = REPEATS[form.repeat]
    wish = Wish(
        targets=form.targets,
        hazard=form.hazard or "other",
        title=form.filled(form.title),
        text=form.filled(form.text),
        level=form.level,
        hours=form.hours,
        plays=plays if plays or not drill else 1,
        every_s=every_s,
        drill=drill,
    )
    # Judged before anything is made of it: the voice takes a second, a refusal none.
    named = {place.path: place.name for place in places.places_named(form.targets)}
    rules.check_places(form.targets, named, {p: phrase([name]) for p, name in named.items()})
    rules.check_text(wish.title, wish.text)
    return replace(wish, speech=_speech(request, form, wish))


def _speech(request: HttpRequest, form: Form, wish: Wish) -> Speech | None:
    """The recording that came with the form, the one made before, or the node's voice, if it can
    speak."""
    file = request.FILES.get("recording")
    if file is not None:
        return recording_taken(file)
    made = sound.speech_again(form.speech) if form.speech else None
    return made or sound.voice_if_any(f"{wish.title}. {wish.text}")


def recording_taken(file: "UploadedFile[bytes]") -> Speech:
    """An uploaded recording as an order's sound. Raises OrderRefused."""
    if (file.size or 0) > sound.RECORDING_MAX_BYTES:
        raise OrderRefused("too_large", _("Bản ghi quá lớn. Ghi lại ngắn hơn."))
    with tempfile.NamedTemporaryFile(suffix=".upload", dir=sound.scratch()) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return sound.speech_of_recording(Path(copy.name))


def review(
    request: HttpRequest,
    wish: Wish,
    *,
    nature: str,
    update_of: Known | None = None,
    about: Order | None = None,
) -> HttpResponse:
    """What the author signs: the node's own reading of it, place by place, with its sound; of a
    correction also what sounds now (`about`)."""
    who = actor(request)
    kind = Kind.UPDATE if update_of else Kind.DRILL if wish.drill else Kind.ALERT
    speaking = speaker(who, kind, wish.targets)
    reached = reorganised_targets.Reached(wish.targets)
    if update_of is None:
        reached = reorganised_targets.with_former(
            wish.targets, rights.entitled_with(kind, speaking.person, wish.targets)
        )
    draft = drafting.sounding_draft(
        replace(wish, targets=reached.targets), speaking, clock.now(), update_of=update_of
    )
    context = {
        "former": [path for path in reached.targets if path not in wish.targets],
        "unreached": reached.unreached,
        "nature": nature,
        "drill": wish.drill,
        "wish": wish,
        "kind": KINDS[str(kind)],
        "update_of": update_of,
        "hazard": hazards.BY_ID.get(wish.hazard),
        **echo_of(wish.targets),
        **(acted_on(about) if about is not None else {}),
        "signers": approvers(wish.targets, speaking.person, kind),
        "mail_on": settings.ENV.mail_on,
        "draft": draft,
        "drafts": drafts_json([to_sign(draft, kids_for(who, kind))]),
        "cap": request.POST.get("cap", "")[:40],
        "cap_remarks": cap_remarks.remarks_asked(who, request.POST.get("cap", "")[:40]),
    }
    return render(request, "urgent/review.html", context)


def echo_of(targets: tuple[str, ...]) -> dict[str, Any]:
    """The places as the node understood them: who hears, who does not, and each with its
    numbers."""
    whole, each = hearing(targets, clock.now())
    return {"told": told(whole), "rows": rows(each)}


@entrants_only
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """The author's signature: an order waits for its second person. Nothing is sent yet."""
    try:
        (signed,) = signed_of(request)[:1]
        order = services.order_propose(
            actor=actor(request),
            kind=signed.kind,
            payload=signed.payload,
            kid=signed.kid,
            sig=signed.sig,
            seen=request.POST.get("seen", "")[:80],
        )
        if request.POST.get("cap"):
            desk.used(request.POST["cap"], order)
    except OrderRefused as refusal:
        return refused(request, refusal, "/khan-cap/")
    return redirect("console:urgent_order", order.pk)


def chosen_of(targets: Sequence[str]) -> dict[str, Any]:
    """The chosen places with their numbers, and how a sentence names them."""
    whole, each = hearing(targets, clock.now())
    names = [one.name for one in each]
    return {"chosen": rows(each), "told": told(whole) if each else None, "phrase": phrase(names)}


@entrants_only
def chosen(request: HttpRequest) -> HttpResponse:
    """The places that are ticked now, of the asker's own, as chips with their numbers."""
    own = actor(request).places(Action.ALERT_AUTHOR)
    asked = dict.fromkeys(request.GET.getlist("target")[:CHOSEN_MAX])
    mine = [path for path in asked if inside_any(path, own)]
    return render(request, "urgent/chosen.html", chosen_of(mine))


@entrants_only
def find(request: HttpRequest) -> HttpResponse:
    """Places by name, inside the asker's own, as boxes to tick."""
    own = actor(request).places(Action.ALERT_AUTHOR)
    found = places.place_search(request.GET.get("q", ""), within=own, limit=FOUND_MAX)
    return render(request, "urgent/found.html", {"found": found})
