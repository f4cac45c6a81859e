"""Writes that change a programme that stands: moving an item, copying a day."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.sentences import Refusal
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.schedule import events, rules, selectors
from loa.schedule.airable import check_airable, not_airable
from loa.schedule.models import Slot
from loa.schedule.rules import ScheduleRefused, Session
from loa.schedule.selectors import StationRef
from loa.schedule.services import (
    WITHDRAWN,
    check_fits,
    mark_dirty,
    note_added,
    slot_add,
    subject_of,
)

CONTENT = (
    "kind",
    "bulletin_id",
    "fallback_id",
    "title",
    "opus_id",
    "ms",
    "gain_db",
    "only",
    "relay_url",
    "line_input",
    "silence_s",
    "valid_from",
    "valid_until",
)
"""What of a slot is said; the rest is when."""


def slot_shift(
    *,
    actor: Actor,
    station: StationRef,
    slot_id: UUID,
    session: Session,
    at: datetime | None = None,
    index: int | None = None,
) -> None:
    """Move an item into `session`: to the fixed time `at`, or into the line there.

    `index` is its place among the items of the same rank that stand in line (0 is the front);
    None is the end. What has begun, or will within seconds, stays. Raises NotAllowed,
    ScheduleRefused; Slot.DoesNotExist for an item that is not this station's.
    """
    ensure(actor, Action.SCHEDULE_EDIT, station.path)
    now = clock.now()
    with transaction.atomic():
        slot = Slot.objects.get(pk=slot_id, station_id=station.id, removed_at=None)
        if rules.is_sounding(selectors.wish_of(slot), now):
            raise ScheduleRefused("Mục này đã phát hoặc sắp phát ngay, không dời được nữa.")
        slot.position = rules.LAST
        if slot.session_at != session.start or at is not None:
            check_fits(slot, session, at, now)
        slot.session_at, slot.fixed_at, slot.placed_at = session.start, at, None
        slot.position = 0
        slot.save(update_fields=["session_at", "fixed_at", "placed_at", "position"])
        if at is None:
            _stand_in_line(slot, session, index, now)
        mark_dirty([station.id], now)
        journal.record(
            actor=str(actor),
            kind=events.SLOT_MOVED,
            place=station.path,
            subject=subject_of(slot),
            payload={
                "slot": str(slot.pk),
                "at": (at or session.start).isoformat(),
                "position": slot.position,
            },
        )


def slot_restore(*, actor: Actor, station: StationRef, slot_id: UUID) -> None:
    """Put an item back that was taken out, where it stood, if there is still room.

    Raises NotAllowed, ScheduleRefused; Slot.DoesNotExist for one that was not taken out. What left
    because its bulletin was withdrawn stays out.
    """
    ensure(actor, Action.SCHEDULE_EDIT, station.path)
    now = clock.now()
    with transaction.atomic():
        slot = Slot.objects.get(pk=slot_id, station_id=station.id, removed_at__isnull=False)
        session = selectors.session_of(station, slot.session_at)
        if session is None:
            raise ScheduleRefused("Buổi phát ấy không còn trong lịch tuần.")
        if slot.removed_why == WITHDRAWN:
            raise ScheduleRefused("Tin đã thu hồi nên không đưa trở lại lịch được.")
        check_airable(slot, station.path)
        slot.removed_at, slot.removed_why, slot.placed_at = None, "", None
        check_fits(slot, session, slot.fixed_at, now)
        slot.save(update_fields=["removed_at", "removed_why", "placed_at"])
        mark_dirty([station.id], now)
        note_added(actor, station, slot)


def _stand_in_line(slot: Slot, session: Session, index: int | None, now: datetime) -> None:
    """Number the line anew with the item at `index`, or at its end."""
    line = [other for other in waiting_with(slot, session, now) if other.pk != slot.pk]
    line.insert(len(line) if index is None else min(max(index, 0), len(line)), slot)
    for position, other in enumerate(line, start=1):
        other.position = position
    Slot.objects.bulk_update(line, ["position"])


def waiting_with(slot: Slot, session: Session, now: datetime) -> list[Slot]:
    """The session's line at the item's rank, in its order; the item itself included."""
    rank = rules.rank(selectors.wish_of(slot))[0]
    slots = {
        other.pk: other
        for other in selectors.slots_between(
            slot.station_id, session.start, session.start + rules.GAP
        )
    }
    wishes = [selectors.wish_of(other) for other in slots.values()]
    line = [
        wish
        for wish in wishes
        if wish.fixed_at is None
        and rules.rank(wish)[0] == rank
        and not rules.is_sounding(wish, now)
    ]
    return [slots[wish.key] for wish in sorted(line, key=rules.rank)]


def day_copy(*, actor: Actor, station: StationRef, source: date, target: date) -> int:
    """Copy the commune's own items of one day into the sessions of another, in their order.

    A session takes the items of the one that begins at the same hour, or of the one with the same
    number in the day. What was withdrawn meanwhile is not copied. All or nothing: an item that does
    not fit is named. Returns how many. Raises NotAllowed, ScheduleRefused.
    """
    ensure(actor, Action.SCHEDULE_EDIT, station.path)
    now = clock.now()
    day = selectors.day_of(station, source, now)
    pairs = rules.matched(
        [one.session for one in day.programmes], selectors.sessions_between(station, target, 1)
    )
    withdrawn = not_airable(day.slots.values())
    copied = 0
    with transaction.atomic():
        for before, after in pairs:
            slots = [
                slot
                for slot in day.slots.values()
                if slot.session_at == before.start and slot.pk not in withdrawn
            ]
            for slot in sorted(slots, key=lambda one: rules.rank(selectors.wish_of(one))):
                if slot.own:
                    _copy(actor, station, slot, before, after)
                    copied += 1
    if not copied:
        raise ScheduleRefused(
            "Ngày được chép không có mục nào của xã, hoặc ngày kia không có buổi."
        )
    return copied


def _copy(actor: Actor, station: StationRef, slot: Slot, before: Session, after: Session) -> None:
    at = after.start + (slot.fixed_at - before.start) if slot.fixed_at else None
    content: dict[str, Any] = {name: getattr(slot, name) for name in CONTENT}
    try:
        slot_add(
            actor=actor,
            station=station,
            content=content,
            seconds=slot.seconds,
            session=after,
            at=at,
            class_name=slot.class_name,
            filler=slot.filler,
        )
    except ScheduleRefused as refusal:
        why = refusal.sentence if isinstance(refusal, Refusal) else str(refusal)
        raise ScheduleRefused(
            "Chưa chép được ngày này, “%(title)s”: %(why)s", title=slot.title, why=why
        ) from refusal
