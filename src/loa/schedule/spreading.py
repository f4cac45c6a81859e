"""Writes: a priority bulletin from above goes into one station after the other."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from loa.lib import clock
from loa.people.rules import NODE, Actor
from loa.schedule.coming import coming_at, newcomer
from loa.schedule.models import Slot, Spread
from loa.schedule.rules import ScheduleRefused
from loa.schedule.selectors import StationRef
from loa.schedule.services import slot_add


@dataclass(frozen=True, slots=True)
class Way:
    """A bulletin on its way, and the last station that was dealt with."""

    bulletin: UUID
    after: UUID | None


def begin(*, bulletin_id: UUID) -> None:
    """Note that the bulletin is to be taken to every station; twice is once."""
    Spread.objects.get_or_create(bulletin_id=bulletin_id, defaults={"begun_at": clock.now()})


def unfinished() -> Way | None:
    """The bulletin that has been on its way longest; None where none is."""
    row = Spread.objects.filter(done_at=None).order_by("begun_at", "pk").first()
    return Way(row.bulletin_id, row.after) if row else None


def step(*, way: Way, station: StationRef, content: dict[str, Any], seconds: int) -> None:
    """One station, in one transaction with the note that it was dealt with. A station none
    of whose sessions of two weeks takes the bulletin keeps it in its library."""
    with transaction.atomic():
        rows = Spread.objects.filter(pk=way.bulletin, done_at=None)
        behind = rows.filter(after=None) | rows.filter(after__lt=station.id)
        if not behind.update(after=station.id):
            return
        offer_once(station=station, bulletin_id=way.bulletin, content=content, seconds=seconds)


def offer_once(
    *, station: StationRef, bulletin_id: UUID, content: dict[str, Any], seconds: int
) -> None:
    """Put the bulletin into the station's next session with room, where one takes it."""
    try:
        with transaction.atomic():
            priority_insert(
                station=station,
                bulletin_id=bulletin_id,
                actor=NODE,
                content=content,
                seconds=seconds,
            )
    except ScheduleRefused:
        return


def end(*, bulletin_id: UUID) -> None:
    """Every station was dealt with."""
    Spread.objects.filter(pk=bulletin_id, done_at=None).update(done_at=clock.now())


def priority_insert(
    *, station: StationRef, bulletin_id: UUID, content: dict[str, Any], seconds: int, actor: Actor
) -> Slot | None:
    """A priority bulletin from above goes to the front of the station's next session with room.

    None where the station already has it, or has no session in the next 14 days. On a clash with
    the commune's own priority item the commune is asked; until it answers its own goes first.
    """
    if Slot.objects.filter(station_id=station.id, bulletin_id=bulletin_id).exists():
        return None
    item = newcomer(content, seconds, class_name="priority", own=False)
    session = coming_at(station).session_for(item)
    if session is None or seconds > session.capacity_s:
        return None
    return slot_add(
        actor=actor,
        station=station,
        content=content,
        seconds=seconds,
        session=session,
        class_name="priority",
        own=False,
    )
