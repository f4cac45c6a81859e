"""Reading the programme: sessions of a day, the day as it will be, the newest plan."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Length

from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.places.selectors import inside
from loa.schedule import rules
from loa.schedule.models import Dirty, LibraryEntry, Plan, PlanMedia, Slot, Timetable
from loa.schedule.rules import Programme, Session, Wish
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Plan as PlanPayload
from loa_protocol.payloads import parse_payload


@dataclass(frozen=True, slots=True)
class StationRef:
    """What the schedule needs to know of a station, wherever the row lives."""

    id: UUID
    wire_id: str
    path: str


def timetables_for(station: StationRef) -> list[Timetable]:
    """The station's own timetables, then templates of its commune, province and the nation."""
    return timetables_of([station])[station.id]


def timetables_of(stations: Iterable[StationRef]) -> dict[UUID, list[Timetable]]:
    """The timetables of each station, as of one, by its id. One query."""
    above = {one.id: _down_to(one.path) for one in stations}
    paths = {path for found in above.values() for path in found}
    rows = Timetable.objects.filter(Q(place__path__in=paths) | Q(station_id__in=above))
    held = list(rows.select_related("place"))
    return {
        station_id: _by_nearness(
            [
                row
                for row in held
                if row.station_id == station_id or (row.place and row.place.path in found)
            ]
        )
        for station_id, found in above.items()
    }


def templates_for(path: str) -> list[Timetable]:
    """The timetables set for a place as such, then those of the places above it."""
    rows = Timetable.objects.filter(place__path__in=_down_to(path))
    return _by_nearness(rows.select_related("place"))


def _down_to(path: str) -> list[str]:
    """The paths of the places that hold a place, from the nation down to itself."""
    parts = path.split("/")
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def _by_nearness(rows: Iterable[Timetable]) -> list[Timetable]:
    """Special before ordinary, the station's own before its place's and those above, then the
    newest."""

    def nearness(row: Timetable) -> tuple[bool, bool, int, float]:
        depth = row.place.path.count("/") if row.place else 0
        return (not row.special, row.station_id is None, -depth, -row.changed_at.timestamp())

    return sorted(rows, key=nearness)


def timetable_on(tables: Iterable[Timetable], day: date) -> Timetable | None:
    """The one that holds on `day`: special before ordinary, the nearest, then the newest."""
    for table in tables:
        if table.since <= day and (table.until is None or day < table.until):
            return table
    return None


def sessions_between(station: StationRef, first: date, days: int) -> list[Session]:
    """The station's sessions that begin on `first` or one of the `days - 1` days after."""
    return _sessions(timetables_for(station), first, days)


def _sessions(tables: Iterable[Timetable], first: date, days: int) -> list[Session]:
    found: list[Session] = []
    for shift in range(days):
        day = first + timedelta(days=shift)
        table = timetable_on(tables, day)
        if table is None:
            continue
        limit_s = table.session_limit_min * 60 if table.session_limit_min else None
        found += [
            Session(*rules.window(day, tuple(hours), clock.VIETNAM), limit_s)
            for hours in table.days[day.weekday()]
        ]
    return sorted(found, key=lambda session: session.start)


def quiet_between(station: StationRef, first: date, days: int) -> list[tuple[datetime, datetime]]:
    """Quiet hours that touch the days, as spans."""
    return _quiet(timetables_for(station), first, days)


def _quiet(tables: Iterable[Timetable], first: date, days: int) -> list[tuple[datetime, datetime]]:
    spans: list[tuple[datetime, datetime]] = []
    for shift in range(-1, days):
        day = first + timedelta(days=shift)
        table = timetable_on(tables, day)
        if table is not None:
            spans += [rules.window(day, tuple(hours), clock.VIETNAM) for hours in table.quiet]
    return sorted(spans)


def slots_between(station_id: UUID, start: datetime, end: datetime) -> QuerySet[Slot]:
    """Slots in sessions that begin in the span: those that stand, and those that left after they
    had begun to sound. What was aired is the place's record and never disappears."""
    stood = Q(removed_at=None) | Q(placed_at__lt=F("removed_at"))
    return Slot.objects.filter(
        stood, station_id=station_id, session_at__gte=start, session_at__lt=end
    ).order_by("session_at", "position", "made_at", "pk")


def wish_of(slot: Slot) -> Wish:
    """What the slot wants of its session; of one that left while it sounded, the part before."""
    seconds = slot.seconds
    if slot.removed_at is not None and slot.placed_at is not None:
        sounded_s = math.ceil((slot.removed_at - slot.placed_at).total_seconds())
        seconds = max(1, min(seconds, sounded_s))
    return Wish(
        key=slot.pk,
        title=slot.title,
        seconds=seconds,
        class_name=slot.class_name,
        own=slot.own,
        filler=slot.filler,
        fixed_at=slot.fixed_at,
        position=slot.position,
        made_at=slot.made_at,
        placed_at=slot.placed_at,
        valid_from=slot.valid_from,
        valid_until=slot.valid_until,
    )


def programmes(
    station: StationRef, first: date, days: int, now: datetime | None = None
) -> list[Programme]:
    """The station's days as they will be: every session with its items at their times."""
    now = now or clock.now()
    sessions = sessions_between(station, first, days)
    if not sessions:
        return []
    start, end = sessions[0].start, sessions[-1].end
    by_session: dict[datetime, list[Wish]] = {}
    for slot in slots_between(station.id, start, end):
        by_session.setdefault(slot.session_at, []).append(wish_of(slot))
    return [rules.arrange(session, by_session.get(session.start, []), now) for session in sessions]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a station: its sessions laid out, their slots by id, and its quiet hours."""

    programmes: tuple[Programme, ...]
    slots: dict[UUID, Slot]
    quiet: tuple[tuple[datetime, datetime], ...]


def days_of(
    station: StationRef,
    first: date,
    days: int,
    now: datetime,
    tables: Sequence[Timetable] | None = None,
) -> list[Day]:
    """The days as they were and will be, in two queries, in one where the caller has the station's
    timetables. A session over midnight belongs to the day it begins on."""
    tables = timetables_for(station) if tables is None else tables
    sessions = _sessions(tables, first, days)
    rows: Iterable[Slot] = ()
    if sessions:
        rows = slots_between(station.id, sessions[0].start, sessions[-1].end)
    slots = {slot.pk: slot for slot in rows}
    laid = [
        rules.arrange(
            session,
            [wish_of(slot) for slot in slots.values() if slot.session_at == session.start],
            now,
        )
        for session in sessions
    ]
    found = []
    for shift in range(days):
        day = first + timedelta(days=shift)
        own = tuple(one for one in laid if clock.local(one.session.start).date() == day)
        found.append(Day(own, slots, tuple(_quiet(tables, day, 1))))
    return found


def day_of(
    station: StationRef, day: date, now: datetime, tables: Sequence[Timetable] | None = None
) -> Day:
    """One day, in two queries, in one where the caller has the station's timetables."""
    return days_of(station, day, 1, now, tables)[0]


def today(now: datetime | None = None) -> date:
    return clock.local(now or clock.now()).date()


def next_session(station: StationRef, now: datetime | None = None) -> Session | None:
    """The open session, or the next one within 14 days; None where there is no timetable."""
    coming = coming_sessions(timetables_for(station), now or clock.now(), 14)
    return next(iter(coming), None)


def coming_sessions(tables: Iterable[Timetable], now: datetime, days: int) -> list[Session]:
    """By these timetables: the open session and those of today and the next `days` days."""
    sessions = _sessions(tables, today(now) - timedelta(days=1), days + 2)
    return [session for session in sessions if session.end > now]


def newest_plan(station_id: UUID) -> Plan | None:
    """The station's newest plan; None where there is none, or only forgotten ones."""
    plans = Plan.objects.filter(station_id=station_id).exclude(envelope=b"")
    return plans.order_by("-version").first()


def library(actor: Actor, path: str) -> QuerySet[LibraryEntry]:
    """The source library of a commune, newest first; empty for who may not see it."""
    if not actor.may(Action.SCHEDULE_VIEW, path):
        return LibraryEntry.objects.none()
    return (
        LibraryEntry.objects.filter(inside([path], "place__path"), withdrawn_at=None)
        .select_related("bulletin__approved_version__production", "bulletin__place")
        .order_by("-arrived_at", "-pk")
    )


def slots_of(bulletin_id: UUID, within: Iterable[str] = ("vn",)) -> QuerySet[Slot]:
    """All slots ever made of a bulletin inside `within`, soonest first; `in_plan` is the number of
    the first plan issued after the slot was made: the one that brought it to the devices."""
    plans = Plan.objects.filter(station=OuterRef("station"), issued_at__gte=OuterRef("made_at"))
    return (
        Slot.objects.filter(inside(within, "station__place__path"), bulletin_id=bulletin_id)
        .annotate(in_plan=Subquery(plans.order_by("version").values("version")[:1]))
        .select_related("station__place")
        .order_by("session_at", "position", "pk")
    )


def has_begun(bulletin_id: UUID) -> bool:
    """Whether the bulletin has begun to sound anywhere, by the plans."""
    return Slot.objects.filter(bulletin_id=bulletin_id, placed_at__lte=clock.now()).exists()


def source_entry(actor: Actor, bulletin_id: UUID) -> LibraryEntry | None:
    """The entry by which a bulletin from above reached a commune of the asker's; None where it
    reached none of them."""
    return (
        LibraryEntry.objects.filter(
            inside(actor.places(Action.SCHEDULE_VIEW), "place__path"), bulletin_id=bulletin_id
        )
        .select_related("bulletin__place", "bulletin__author", "bulletin__approved_version")
        .first()
    )


def dirty_stations() -> list[tuple[UUID, datetime]]:
    """Stations whose plan must be looked at, and since when, the oldest first."""
    return list(Dirty.objects.order_by("since").values_list("station_id", "since"))


def stations_of_slots(slots: Iterable[UUID]) -> dict[UUID, UUID]:
    """The station of each of these slots that stands in a programme still to come."""
    rows = Slot.objects.filter(
        pk__in=list(slots), removed_at=None, session_at__gt=clock.now() - timedelta(days=1)
    )
    return dict(rows.values_list("pk", "station_id"))


def is_issued(sha256: str) -> bool:
    """Whether an issued plan names this file: only then devices may fetch it."""
    return PlanMedia.objects.filter(file_id=sha256).exists()


@dataclass(frozen=True, slots=True)
class PlanRef:
    """A station's newest plan without its bytes."""

    station: str
    version: int
    sha256: str
    size: int


def newest_plans() -> list[PlanRef]:
    """The newest plan of every open station."""
    newest = Plan.objects.filter(station=OuterRef("station")).order_by("-version").values("pk")[:1]
    rows = (
        Plan.objects.filter(pk=Subquery(newest), station__closed_at=None)
        .annotate(size=Length("envelope"))
        .values_list("station__wire_id", "version", "sha256", "size")
    )
    return [PlanRef(*row) for row in rows]


def plan_with_slot(slot_id: UUID) -> int | None:
    """The version of the newest plan once it holds the slot; None before."""
    slot = Slot.objects.filter(pk=slot_id, placed_at__isnull=False).first()
    plan = newest_plan(slot.station_id) if slot else None
    return plan.version if plan else None


def session_of(station: StationRef, start: datetime) -> Session | None:
    """The station's session that begins at `start`; None where there is none."""
    sessions = sessions_between(station, clock.local(start).date(), 1)
    return next((session for session in sessions if session.start == start), None)


def session_at(station: StationRef, at: datetime, seconds: int) -> Session | None:
    """The session that holds an item of this length at `at`; None where there is none."""
    first = clock.local(at).date() - timedelta(days=1)
    for session in sessions_between(station, first, 2):
        if session.start <= at and at + timedelta(seconds=seconds) <= session.end:
            return session
    return None


def planned_version(station_id: UUID, bulletin_id: UUID, at: datetime) -> int | None:
    """The newest plan's version if it holds the bulletin at that moment; None otherwise."""
    plan = newest_plan(station_id)
    if plan is None:
        return None
    payload = parse_payload(Kind.PLAN, Envelope.parse(bytes(plan.envelope)).payload)
    items = payload.items if isinstance(payload, PlanPayload) else ()
    held = any(item.bulletin == str(bulletin_id) and item.at == at for item in items)
    return plan.version if held else None


def slot_get(station_id: UUID, slot_id: UUID) -> Slot | None:
    """A standing slot of the station; None for any other."""
    return Slot.objects.filter(pk=slot_id, station_id=station_id, removed_at=None).first()


def removed_slot_get(station_id: UUID, slot_id: UUID) -> Slot | None:
    """A slot of the station that was taken out; None for any other."""
    return Slot.objects.filter(pk=slot_id, station_id=station_id, removed_at__isnull=False).first()


def presets() -> dict[str, Any]:
    """The timetables that ship as data, by name."""
    file = Path(__file__).with_name("presets.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def left_after_sounding(slots: "Iterable[Slot]") -> set[UUID]:
    """The bulletins of slots that left their programme after they had begun to sound: only they can
    have been withdrawn."""
    return {slot.bulletin_id for slot in slots if slot.removed_at and slot.bulletin_id}
