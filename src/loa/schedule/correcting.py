"""Writes: a correction takes the place of what it corrects, in every programme and library."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from loa.lib import clock
from loa.newsroom import selectors as newsroom
from loa.people.rules import NODE
from loa.schedule import rules
from loa.schedule.airable import meant_for
from loa.schedule.coming import coming_at, newcomer
from loa.schedule.models import AiringWish, LibraryEntry, Slot
from loa.schedule.rules import ScheduleRefused
from loa.schedule.selectors import StationRef
from loa.schedule.services import mark_dirty, slot_add

NEVER = datetime.min.replace(tzinfo=UTC)


def replace_in_programmes(
    *, old: UUID, content: dict[str, Any], seconds: int, class_name: str
) -> int:
    """Put the correction where the old bulletin still stands to be aired; how many items.

    What has begun to sound stays as it is. A fixed time is kept: the correction sounds then, in the
    hamlets that it is for. Where it is not meant for a commune, nothing takes the old one's place.
    Nothing is put anywhere if the correction was withdrawn meanwhile.
    """
    now = clock.now()
    new = content["bulletin_id"]
    changes = {name: content[name] for name in ("bulletin_id", "title", "opus_id", "ms")}
    changes |= {name: content[name] for name in ("valid_from", "valid_until")}
    with transaction.atomic():
        correction = newsroom.airable([new], lock=True).get(new)
        version = correction.approved_version if correction else None
        if correction is None or version is None:
            return 0
        rows = [
            slot
            for slot in _waiting(old, now)
            if meant_for(correction, version, slot.station.place.path)
        ]
        for slot in rows:
            only = rules.only_within(content.get("only", ()), slot.station.place.path)
            Slot.objects.filter(pk=slot.pk).update(
                **changes, only=only, seconds=seconds, class_name=class_name, placed_at=None
            )
        LibraryEntry.objects.filter(
            bulletin_id=new,
            place__in={slot.station.place_id for slot in rows},
            picked_at=None,
        ).update(picked_at=now)
        mark_dirty(sorted({slot.station_id for slot in rows}), now)
    return len(rows)


def air_where_it_sounded(
    *, old: UUID, content: dict[str, Any], seconds: int, class_name: str
) -> list[UUID]:
    """Put the correction into the next session of each station where the old bulletin has begun to
    sound, the first with room; returns those stations.

    Who heard the wrong words hears the right ones at the next moment allowed. What the author said
    of a station after that, a time or that it is decided later, holds there.
    """
    new = content["bulletin_id"]
    wishes = AiringWish.objects.filter(bulletin_id=new)
    decided = dict(wishes.values_list("station_id", "made_at"))
    sounded = Slot.objects.filter(bulletin_id=old, placed_at__lte=clock.now())
    stations = {
        slot.station_id: slot
        for slot in sounded.select_related("station__place").order_by("-placed_at")
    }
    aired = []
    for station_id, slot in sorted(stations.items()):
        first_sounded_at = slot.placed_at
        if first_sounded_at and decided.get(station_id, NEVER) >= first_sounded_at:
            continue
        station = StationRef(station_id, slot.station.wire_id, slot.station.place.path)
        own = slot.own
        session = coming_at(station).session_for(
            newcomer(content, seconds, class_name=class_name, own=own), new
        )
        if session is None:
            continue
        with suppress(ScheduleRefused), transaction.atomic():  # it stands there, or not for here
            slot_add(
                actor=NODE,
                station=station,
                content=content,
                seconds=seconds,
                session=session,
                class_name=class_name,
                own=own,
            )
            aired.append(station_id)
    return aired


def _waiting(bulletin_id: UUID, now: datetime) -> list[Slot]:
    """The bulletin's slots that have not begun to sound, with their stations and places."""
    standing = Slot.objects.filter(bulletin_id=bulletin_id, removed_at=None)
    waiting = standing.filter(session_at__gte=now) | standing.filter(placed_at__gt=now)
    return list(waiting.select_related("station__place"))
