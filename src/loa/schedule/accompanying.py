"""Writes: a commune's own words stand beside the bulletin from above that they go with."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from loa.lib import clock
from loa.lib.ids import new_id
from loa.people.rules import NODE
from loa.schedule.airable import check_airable
from loa.schedule.models import Slot
from loa.schedule.selectors import StationRef
from loa.schedule.services import mark_dirty, note_added

_BESIDE = timedelta(milliseconds=1)


def slots_of(bulletin_id: UUID, path: str) -> list[Slot]:
    """Where the bulletin stands to be aired in a commune and has not begun."""
    now = clock.now()
    rows = Slot.objects.filter(
        bulletin_id=bulletin_id, station__place__path=path, removed_at=None, fixed_at=None
    )
    return [slot for slot in rows if slot.placed_at is None or slot.placed_at > now]


def slot_named(slot_id: UUID) -> Slot | None:
    """A slot that stands; None for one that was taken out."""
    rows = Slot.objects.filter(pk=slot_id, removed_at=None).select_related("station__place")
    return rows.first()


def stand_beside(
    *, slot: Slot, station: StationRef, content: dict[str, Any], seconds: int, before: bool
) -> bool:
    """Put a companion directly before or after the slot, in the same line; False if it is there.

    The line's order is class, place in line, time of making: one of a moment earlier or later, of
    the same class and place, is its neighbour.
    """
    with transaction.atomic():
        there = Slot.objects.filter(
            station_id=slot.station_id,
            session_at=slot.session_at,
            bulletin_id=content["bulletin_id"],
            removed_at=None,
        )
        if there.exists():
            return False
        beside = Slot(
            id=new_id(),
            station_id=slot.station_id,
            seconds=seconds,
            session_at=slot.session_at,
            class_name=slot.class_name,
            own=slot.own,
            position=slot.position,
            made_by=str(NODE),
            made_at=slot.made_at + (-_BESIDE if before else _BESIDE),
            **content | {"only": slot.only},
        )
        check_airable(beside, station.path)
        beside.save(force_insert=True)
        mark_dirty([slot.station_id], clock.now())
        note_added(NODE, station, beside)
    return True
