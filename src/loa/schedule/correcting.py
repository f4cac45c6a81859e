"""Writes: a correction takes the place of what it corrects, in every programme and library."""

from typing import Any
from uuid import UUID

from django.db import transaction

from loa.lib import clock
from loa.schedule.models import LibraryEntry, Slot
from loa.schedule.services import mark_dirty


def replace_in_programmes(
    *, old: UUID, content: dict[str, Any], seconds: int, class_name: str
) -> int:
    """Put the correction where the old bulletin still stands to be aired; how many items.

    What has begun to sound stays as it is. A fixed time is kept: the correction sounds then.
    """
    now = clock.now()
    changes = {name: content[name] for name in ("bulletin_id", "title", "opus_id", "ms")}
    changes |= {name: content[name] for name in ("valid_from", "valid_until")}
    with transaction.atomic():
        waiting = Slot.objects.filter(bulletin_id=old, removed_at=None, session_at__gte=now)
        waiting |= Slot.objects.filter(bulletin_id=old, removed_at=None, placed_at__gt=now)
        rows = list(waiting.select_related("station__place"))
        moved = Slot.objects.filter(pk__in=[row.pk for row in rows])
        moved.update(**changes, seconds=seconds, class_name=class_name, placed_at=None)
        LibraryEntry.objects.filter(
            bulletin_id=content["bulletin_id"],
            place__in={row.station.place_id for row in rows},
            picked_at=None,
        ).update(picked_at=now)
        mark_dirty(sorted({row.station_id for row in rows}), now)
    return len(rows)
