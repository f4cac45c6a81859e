"""Hôm nay: on air, next, failed and why, what waits; for a province its communes, worst first."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts.orders import in_force as order_views
from loa.alerts.orders.in_force import OnAir
from loa.console.home import set_aside, tiles
from loa.delivery import rules as delivery_rules
from loa.delivery import selectors as delivery
from loa.delivery.selectors import StationResult
from loa.lib import clock
from loa.newsroom import selectors as newsroom
from loa.outlets import selectors as outlets
from loa.outlets import wall
from loa.outlets.history import OutletSpan, outlet_spans
from loa.people.rules import Action, Actor
from loa.places.selectors import inside
from loa.schedule import rules, selectors, services
from loa.schedule.handlers import station_ref
from loa.schedule.rules import Placed, Programme
from loa.schedule.selectors import Day, left_after_sounding
from loa.web import timeline
from loa.web.alert_band import stamp_of
from loa.web.middleware import actor
from loa.web.orders_in_force import orders_at
from loa.web.outlet_states import outlet_state
from loa.web.requests import REFUSALS, desk_of, done, live, refused, signed_in

if TYPE_CHECKING:
    from loa.outlets.models import Station

TILES_SHOWN = 120
WAITING_SHOWN = 5
PROOF_LATE = timedelta(minutes=5)
"""Receipts come within seconds; what has none by now is worth a look."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that an outlet did not sound, and why."""

    title: str
    outlet: str
    outlet_id: UUID
    words: str
    why: str
    at: datetime


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """The commune's day, or the communes of whoever looks from above."""
    who, path = desk_of(request)
    if path.count("/") >= 2 and who.may(Action.SCHEDULE_VIEW, path):
        context = _commune(request, who, path)
    else:
        context = _above(request, who, path)
    context |= set_aside.alarms(who)
    return live(request, page="home/today.html", part="home/parts/today.html", context=context)


def _commune(request: HttpRequest, who: Actor, path: str) -> dict[str, Any]:
    now = clock.now()
    rows = outlets.stations(who).filter(inside([path], "place__path"))
    stations = list(rows.annotate(sounded=delivery.ever_sounded()))
    chosen = request.GET.get("dai", "")
    station = next((one for one in stations if str(one.pk) == chosen), None)
    station = station or (stations[0] if stations else None)
    context: dict[str, Any] = {
        "commune": True,
        "in_force": [
            one
            for one in orders_at(who, [path], stamp_of(request))
            if not (one.drill and one.finished)
        ],
        "now": now,
        "stations": stations,
        "station": station,
        **_waiting(who),
        "library_new": selectors.library(who, path).filter(picked_at=None).count(),
        "first_day": station is None or not station.sounded,
        "may_schedule": who.may(Action.SCHEDULE_EDIT, path),
    }
    return context | _station_day(who, station, now) if station else context


def _waiting(who: Actor) -> dict[str, Any]:
    """What waits for this approver, the oldest; whether there is more than is shown."""
    if not who.places(Action.BULLETIN_APPROVE):
        return {"waiting": []}
    found = list(newsroom.waiting_for(who)[: WAITING_SHOWN + 1])
    return {"waiting": found[:WAITING_SHOWN], "waiting_more": len(found) > WAITING_SHOWN}


def _station_day(who: Actor, station: "Station", now: datetime) -> dict[str, Any]:
    today = selectors.today(now)
    day, ahead = _day(station, now)
    heads = list(outlets.outlets(who).filter(station=station).prefetch_related(None))
    states = _states(heads, now)
    midnight = datetime.combine(today, datetime.min.time(), clock.VIETNAM)
    plays = delivery.station_results(station.pk, midnight, midnight + timedelta(days=1))
    items = [
        placed
        for programme in day.programmes
        for placed in programme.placed
        if placed.end > midnight
    ]
    fate = _fates(items, day, plays, now)
    on_air = next((item for item in items if item.at <= now < item.end), None)
    ended = [item for item in items if item.end <= now][::-1][:6]
    spans = outlet_spans(station.pk) if ended else []
    taken_back = newsroom.taken_back(left_after_sounding(day.slots[i.wish.key] for i in ended))
    return {
        "picture": timeline.draw(today, day.programmes, day.quiet, fate, now),
        "on_air": on_air,
        "on_air_bulletin": _bulletin_of(day, on_air),
        "remaining": (on_air.end - now).total_seconds() // 5 * 5 if on_air else None,
        "playing": sum(state == "playing" for state in states.values()),
        "outlets_count": len(heads),
        "silent": [head for head in heads if states[head.pk] in {"silent", "fault"}],
        "coming": [item for item in items if item.at > now][:4],
        "done": [_line(item, day, plays, spans, taken_back) for item in ended],
        "failures": _failures(day, plays),
        "clash": _clash(ahead, now),
        "open_session": next(
            (one.session for one in day.programmes if one.session.start <= now < one.session.end),
            None,
        ),
        "next_session": next((one.session for one in ahead if one.session.start > now), None),
    }


def _day(station: "Station", now: datetime) -> tuple[Day, tuple[Programme, ...]]:
    """Today of a station, and its programmes of today and tomorrow: what sounds before the office
    opens is decided the evening before. A session that began yesterday and went on after midnight
    is today's, too."""
    first = selectors.today(now)
    midnight = datetime.combine(first, datetime.min.time(), clock.VIETNAM)
    before, day, after = selectors.days_of(station_ref(station), first - timedelta(days=1), 3, now)
    over = tuple(one for one in before.programmes if one.session.end > midnight)
    today = replace(day, programmes=(*over, *day.programmes))
    return today, (*today.programmes, *after.programmes)


def _states(heads: list[Any], now: datetime) -> dict[UUID, str]:
    return {head.pk: outlet_state(head, now) for head in heads}


def _bulletin_of(day: Day, placed: Placed | None) -> UUID | None:
    slot = day.slots.get(placed.wish.key) if placed else None
    return slot.bulletin_id if slot else None


def _results(
    plays: list[StationResult], bulletin_id: UUID | None, placed: Placed
) -> dict[UUID, str]:
    """What every outlet made of one item: the best of its words about it."""
    told: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for play in plays:
        near = play.started_at or play.at
        if play.bulletin_id == bulletin_id and abs(near - placed.at) < timedelta(
            seconds=placed.wish.seconds + 600
        ):
            heard = play.result == "played" and not delivery_rules.is_silent(
                play.level_lufs, play.volume_pct
            )
            told[play.outlet_id].append(("played" if heard else play.result or "", play.grade))
    return {outlet: delivery_rules.outlet_result(rows)[0] for outlet, rows in told.items()}


def _fates(
    items: list[Placed], day: Day, plays: list[StationResult], now: datetime
) -> dict[UUID, str]:
    fates = {}
    for item in items:
        if item.at > now:
            continue
        if now < item.end:
            fates[item.wish.key] = "now"
            continue
        results = _results(plays, day.slots[item.wish.key].bulletin_id, item)
        if "played" in results.values():
            fates[item.wish.key] = "done"
        elif results or now - item.end > PROOF_LATE:
            fates[item.wish.key] = "failed"
        else:
            fates[item.wish.key] = "done"
    return fates


def _line(
    item: Placed,
    day: Day,
    plays: list[StationResult],
    spans: list[OutletSpan],
    taken_back: dict[UUID, Literal["withdrawn", "corrected"]],
) -> dict[str, Any]:
    """A past item: how many of the outlets that it was for sounded it, of those that stood then;
    whether its bulletin was withdrawn or corrected afterwards."""
    slot = day.slots[item.wish.key]
    bulletin = slot.bulletin_id
    meant = {
        span.id
        for span in spans
        if span.stood(item.at) and rules.reaches(slot.only, span.wire_id, span.hamlet)
    }
    results = {
        outlet: result
        for outlet, result in _results(plays, bulletin, item).items()
        if outlet in meant
    }
    return {
        "title": item.wish.title,
        "at": item.at,
        "bulletin": bulletin,
        "played": sum(result == "played" for result in results.values()),
        "told": len(results),
        "meant": len(meant),
        "taken_back": taken_back.get(bulletin, "") if bulletin else "",
    }


def _failures(day: Day, plays: list[StationResult]) -> list[Failure]:
    """What did not sound today, newest first; an outlet that sounded it later is not named."""
    titles = {slot.bulletin_id: slot.title for slot in day.slots.values()}
    heard = {(play.outlet_id, play.item) for play in plays if play.result == "played"}
    found = []
    for play in reversed(plays):
        silent = delivery_rules.is_silent(play.level_lufs, play.volume_pct)
        ended_well = play.result in {"played", "accepted"} and not silent
        made_good = (play.outlet_id, play.item) in heard and not silent
        # An order that broke off was stopped, corrected or cancelled by people, who know it.
        given_up = _is_order(play.item) and play.result == "interrupted"
        if ended_well or made_good or given_up or play.simulated:
            continue
        title = titles.get(play.bulletin_id, "") if play.bulletin_id else ""
        why = "volume_zero" if play.volume_pct == 0 else play.reason
        found.append(Failure(title, play.outlet, play.outlet_id, play.result, why, play.at))
    return found[:10]


def _is_order(item: str) -> bool:
    """Whether a result is about an urgent order, whose id is a hash."""
    return len(item) == 64


def _clash(ahead: Iterable[Programme], now: datetime) -> dict[str, Any] | None:
    """The first session to come whose order the commune is asked for."""
    for programme in ahead:
        if programme.session.end <= now:
            continue
        wishes = _priority(programme)
        if rules.clashes(wishes):
            return {
                "session": programme.session,
                "own": next(wish for wish in wishes if wish.own),
                "other": next(wish for wish in wishes if not wish.own),
            }
    return None


def _priority(programme: Programme) -> list[rules.Wish]:
    wishes = [item.wish for item in programme.placed] + list(programme.left_over)
    return [wish for wish in wishes if wish.class_name == "priority" and not wish.filler]


def _above(request: HttpRequest, who: Actor, path: str) -> dict[str, Any]:
    now, stamped = clock.now(), stamp_of(request)
    standing = order_views.on_air_at([path], stamped) if path else []
    orders = [one for one in standing if not _drilled(one, path)]
    rows = wall.below(who, path, None if orders else TILES_SHOWN) if path else []
    return {
        "commune": False,
        "whole": wall.of_place(who, path) if path else None,
        "tiles": tiles.of(path, rows, orders, now)[:TILES_SHOWN],
        "orders": sum(not one.drill for one in orders),
        "drills": sum(one.drill for one in orders),
        "sounding": sum((one.counts([path]).sounding for one in orders), 0),
        "counting": wall.counting(now),
        **_waiting(who),
        "has_role": bool(path),
    }


def _drilled(order: OnAir, path: str) -> bool:
    """Whether it is a drill that every outlet there has read: over for the eye."""
    return order.drill and order.finished([path])


@signed_in
@require_POST
def clash(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """The commune's decision on the clash that it was asked about: its own priority item first, or
    the other's. One that is decided already stays so."""
    who = actor(request)
    try:
        station = outlets.station_get(who, station_id)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    own_first = request.POST.get("first") == "own"
    try:
        decided = _decide(who, station, request.POST.get("session", ""), own_first=own_first)
    except REFUSALS as refusal:
        return refused(request, refusal, reverse("console:today"))
    words = _("Buổi ấy đã được xếp thứ tự, hoặc đã qua. Không có gì thay đổi.")
    if decided:
        words = _("Đã xếp thứ tự theo ý của xã.")
    return done(request, words, reverse("console:today"))


def _decide(who: Actor, station: "Station", session: str, *, own_first: bool) -> bool:
    """Put the clash of the session that begins at `session` in order; False where none stands."""
    now = clock.now()
    _today, ahead = _day(station, now)
    for programme in ahead:
        wishes = _priority(programme)
        asked = programme.session.start.isoformat() == session
        if not asked or programme.session.end <= now or not rules.clashes(wishes):
            continue
        line = sorted(wishes, key=lambda wish: (wish.own != own_first, wish.made_at, wish.key))
        for position, wish in enumerate(line, start=1):
            services.slot_move(
                actor=who, station=station_ref(station), slot_id=wish.key, position=position
            )
        return True
    return False
