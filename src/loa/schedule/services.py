"""Writes: timetables, slots, the library."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.ids import new_id
from loa.lib.sentences import clock_time, duration
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.schedule import events, rules, selectors
from loa.schedule.airable import check_airable
from loa.schedule.models import (
    Dirty,
    LibraryEntry,
    Plan,
    PlanMedia,
    Slot,
    Timetable,
)
from loa.schedule.rules import ScheduleRefused, Session
from loa.schedule.selectors import StationRef

if TYPE_CHECKING:
    from loa.places.models import Place

SERIES_DAYS_MAX = 31
WITHDRAWN = "tin đã thu hồi"
"""Why a slot left: its bulletin was taken back."""


def timetable_set(
    *,
    actor: Actor,
    name: str,
    days: Sequence[Sequence[rules.Hours]],
    quiet: Sequence[rules.Hours] = (),
    session_limit_min: int | None = None,
    station: StationRef | None = None,
    place: "Place | None" = None,
    special: bool = False,
    since: date | None = None,
    until: date | None = None,
) -> Timetable:
    """Set a station's timetable, or a province's template for all its stations, from a day on.

    Raises NotAllowed, ScheduleRefused.
    """
    path = station.path if station else place.path if place else ""
    ensure(actor, Action.TIMETABLE_EDIT, path)
    rules.check_hours(days, quiet)
    if special and until is None:
        raise ScheduleRefused("Lịch riêng cho dịp đặc biệt phải có ngày kết thúc.")
    now = clock.now()
    since = since or selectors.today(now)
    if until is not None and until <= since:
        raise ScheduleRefused("Ngày kết thúc phải sau ngày bắt đầu.")
    with transaction.atomic():
        table = Timetable.objects.create(
            station_id=station.id if station else None,
            place=place,
            name=name[:80],
            days=[[list(hours) for hours in day] for day in days],
            quiet=[list(hours) for hours in quiet],
            session_limit_min=session_limit_min,
            special=special,
            since=since,
            until=until,
            changed_at=now,
        )
        journal.record(
            actor=str(actor),
            kind=events.TIMETABLE_SET,
            place=path,
            subject=f"timetable:{table.pk}",
            payload={"station": str(station.id) if station else "", "name": table.name},
        )
    return table


def slot_add(
    *,
    actor: Actor,
    station: StationRef,
    content: dict[str, Any],
    seconds: int,
    session: Session,
    at: datetime | None = None,
    class_name: str = "normal",
    own: bool = True,
    filler: bool = False,
    series: UUID | None = None,
) -> Slot:
    """Put one item into a session: in line, or at the fixed time `at`.

    `content` holds the slot's own fields (bulletin, title, opus, relay...); of the places in its
    `only` those inside the commune narrow it to their outlets. Whoever calls: what is not approved
    now, was withdrawn or is not meant for the commune is refused (`airable`). A fixed time that
    overlaps another fixed item is refused with that item named; so is what is outside the
    session, too late, or over the session's limit. Raises NotAllowed, ScheduleRefused.
    """
    ensure(actor, Action.SCHEDULE_EDIT, station.path)
    now = clock.now()
    slot = Slot(
        station_id=station.id,
        seconds=seconds,
        session_at=session.start,
        fixed_at=at,
        class_name=class_name,
        own=own,
        filler=filler,
        series=series,
        made_by=str(actor),
        made_at=now,
        **content | {"only": rules.only_within(content.get("only", ()), station.path)},
    )
    with transaction.atomic():
        check_airable(slot, station.path)
        _refuse_twice(slot)
        check_fits(slot, session, at, now)
        slot.save(force_insert=True)
        _note_picked(station, slot, now)
        mark_dirty([station.id], now)
        note_added(actor, station, slot)
    return slot


def _refuse_twice(slot: Slot) -> None:
    """A button pressed twice airs a bulletin once."""
    if slot.bulletin_id is None or slot.fixed_at is not None:
        return
    line = Slot.objects.filter(session_at=slot.session_at, fixed_at=None, removed_at=None)
    mine = line.filter(station_id=slot.station_id, bulletin_id=slot.bulletin_id, only=slot.only)
    if mine.exists():
        raise ScheduleRefused("Tin đã có trong buổi phát ấy. Muốn phát thêm, chọn đúng ngày giờ.")


def _note_picked(station: StationRef, slot: Slot, now: datetime) -> None:
    """A bulletin of the source library that got a slot waits to be chosen no more."""
    if slot.bulletin_id and not slot.own:
        LibraryEntry.objects.filter(
            place__path=station.path, bulletin_id=slot.bulletin_id, picked_at=None
        ).update(picked_at=now)


def note_added(actor: Actor, station: StationRef, slot: Slot) -> None:
    """The fact that an item stands in a programme; last in the caller's transaction."""
    journal.record(
        actor=str(actor),
        kind=events.SLOT_ADDED,
        place=station.path,
        subject=subject_of(slot),
        payload={
            "slot": str(slot.pk),
            "station": str(station.id),
            "at": (slot.fixed_at or slot.session_at).isoformat(),
        },
    )


def subject_of(slot: Slot) -> str:
    """What a slot's facts are about: its bulletin where it has one."""
    return f"bulletin:{slot.bulletin_id}" if slot.bulletin_id else f"slot:{slot.pk}"


def check_fits(slot: Slot, session: Session, at: datetime | None, now: datetime) -> None:
    """Raise ScheduleRefused unless the session can hold the item, in line or at `at`.

    An item that stands in the session already does not stand in its own way. The time that it had
    counts no more.
    """
    seconds = slot.seconds
    if seconds <= 0 or seconds > session.capacity_s:
        raise ScheduleRefused(
            "Tin dài %(length)s, cả buổi phát chỉ có %(room)s.",
            length=duration(seconds),
            room=duration(session.capacity_s),
        )
    if session.end <= now:
        raise ScheduleRefused("Buổi phát này đã qua. Chọn buổi khác.")
    wish = replace(selectors.wish_of(slot), fixed_at=at, placed_at=None)
    if at is None:
        in_force = wish.meets(session.start, session.end)
    else:
        in_force = wish.holds(at, at + timedelta(seconds=seconds))
    if not in_force:
        raise ScheduleRefused("Tin không còn hoặc chưa có hiệu lực vào giờ này. Chọn buổi khác.")
    others = selectors.slots_between(
        slot.station_id, session.start, session.start + timedelta(seconds=1)
    ).exclude(pk=slot.pk)
    line = [selectors.wish_of(other) for other in others]
    if at is None:
        if not rules.takes(session, line, wish, now):
            why = rules.no_room(session, line, wish, now)
            raise ScheduleRefused(why.text, **why.values)
        return
    programme = rules.arrange(session, line, now)
    if at < session.start or at + timedelta(seconds=seconds) > session.end:
        raise ScheduleRefused("Giờ này nằm ngoài buổi phát.")
    if at < now:
        raise ScheduleRefused("Giờ này đã qua. Chọn giờ khác.")
    fixed = [item for item in programme.placed if item.wish.fixed_at is not None]
    other = rules.overlapping(at, seconds, fixed)
    if other is not None:
        raise ScheduleRefused(
            "Giờ này trùng với “%(title)s”, phát lúc %(at)s. Chọn giờ khác hoặc để tin xếp hàng"
            " trong buổi.",
            title=other.wish.title,
            at=clock_time(clock.local(other.at)),
        )


def slot_repeat(
    *,
    actor: Actor,
    station: StationRef,
    content: dict[str, Any],
    seconds: int,
    sessions: Sequence[Session],
    class_name: str = "normal",
    own: bool = True,
) -> list[Slot]:
    """The same item in several sessions, all or none. Raises as `slot_add`."""
    if len(sessions) > SERIES_DAYS_MAX:
        raise ScheduleRefused("Một tin lặp lại nhiều nhất %(most)s buổi.", most=SERIES_DAYS_MAX)
    series = new_id()
    with transaction.atomic():
        return [
            slot_add(
                actor=actor,
                station=station,
                content=content,
                seconds=seconds,
                session=session,
                class_name=class_name,
                own=own,
                series=series,
            )
            for session in sessions
        ]


def slot_move(*, actor: Actor, station: StationRef, slot_id: UUID, position: int) -> None:
    """Give an item its place in the line of its session (the commune's decision on a clash)."""
    ensure(actor, Action.SCHEDULE_EDIT, station.path)
    with transaction.atomic():
        slot = Slot.objects.get(pk=slot_id, station_id=station.id, removed_at=None)
        slot.position = position
        slot.save(update_fields=["position"])
        mark_dirty([station.id], clock.now())
        journal.record(
            actor=str(actor),
            kind=events.SLOT_MOVED,
            place=station.path,
            subject=subject_of(slot),
            payload={"slot": str(slot.pk), "position": position},
        )


def slot_remove(*, actor: Actor, station: StationRef, slot_id: UUID, why: str = "") -> None:
    """Take an item out of the programme. What has sounded stays in the history."""
    ensure(actor, Action.SCHEDULE_EDIT, station.path)
    now = clock.now()
    with transaction.atomic():
        slot = Slot.objects.get(pk=slot_id, station_id=station.id)
        removed = Slot.objects.filter(pk=slot.pk, removed_at=None).update(
            removed_at=now, removed_why=why[:120]
        )
        if not removed:
            return
        mark_dirty([station.id], now)
        journal.record(
            actor=str(actor),
            kind=events.SLOT_REMOVED,
            place=station.path,
            subject=subject_of(slot),
            payload={"slot": str(slot.pk), "why": why[:120]},
        )


def bulletin_offer(
    *, actor: Actor, bulletin_id: UUID, class_name: str, communes: Iterable["Place"]
) -> int:
    """A bulletin from above reaches the communes' source libraries. Returns how many are new."""
    now = clock.now()
    with transaction.atomic():
        rows = [
            LibraryEntry(place=place, bulletin_id=bulletin_id, arrived_at=now) for place in communes
        ]
        known = set(
            LibraryEntry.objects.filter(bulletin_id=bulletin_id).values_list("place_id", flat=True)
        )
        fresh = [row for row in rows if row.place_id not in known]
        LibraryEntry.objects.bulk_create(fresh, batch_size=500)
        if fresh:
            journal.record(
                actor=str(actor),
                kind=events.LIBRARY_ARRIVED,
                place="vn",
                subject=f"bulletin:{bulletin_id}",
                payload={"communes": len(fresh), "class": class_name},
            )
    return len(fresh)


def bulletin_leave(*, actor: Actor, bulletin_id: UUID) -> list[UUID]:
    """A withdrawn bulletin leaves every library, session and plan; so does each relay that has it
    as its fallback. What has begun to sound stays on its day's record (`selectors.slots_between`).
    Returns the stations touched."""
    now = clock.now()
    with transaction.atomic():
        LibraryEntry.objects.filter(bulletin_id=bulletin_id, withdrawn_at=None).update(
            withdrawn_at=now
        )
        slots = Slot.objects.filter(removed_at=None)
        slots = slots.filter(bulletin_id=bulletin_id) | slots.filter(fallback_id=bulletin_id)
        stations = sorted(set(slots.values_list("station_id", flat=True)))
        slots.update(removed_at=now, removed_why=WITHDRAWN)
        mark_dirty(stations, now)
        if stations:
            journal.record(
                actor=str(actor),
                kind=events.SLOT_REMOVED,
                place="vn",
                subject=f"bulletin:{bulletin_id}",
                payload={"stations": [str(station) for station in stations], "why": "withdrawn"},
            )
    return stations


def plans_forget(*, before: datetime) -> int:
    """Drop the bytes of plans that expired before, and their claim on files; how many.

    The row stays, with number and hash: a bulletin's page names the plan that brought it out, and
    the journal holds the same hash.
    """
    old = Plan.objects.filter(expires_at__lt=before).exclude(envelope=b"")
    with transaction.atomic():
        PlanMedia.objects.filter(plan__expires_at__lt=before).delete()
        return old.update(envelope=b"")


def stations_touched(stations: Iterable[UUID]) -> None:
    """Have the builder look at these stations' plans again."""
    with transaction.atomic():
        mark_dirty(list(stations), clock.now())


def mark_dirty(stations: Sequence[UUID], now: datetime) -> None:
    """Note inside the caller's transaction that these stations' plans must be looked at again."""
    Dirty.objects.bulk_create(
        [Dirty(station_id=station, since=now) for station in stations],
        update_conflicts=True,
        update_fields=["since"],
        unique_fields=["station"],
    )
