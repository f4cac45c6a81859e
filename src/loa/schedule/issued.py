"""The items that signed plans named: written as plans are issued, read when receipts are judged."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from loa.lib import clock, db
from loa.media import selectors as media
from loa.schedule.models import IssuedItem
from loa.schedule.selectors import StationRef
from loa_protocol.payloads import PlanItem, item_id

KEPT = timedelta(days=90)
"""After the item's time: devices keep their outcomes until the node has them."""


class Issued(NamedTuple):
    """One item as a plan named it. `ms` is the length of its sound, None for a relay."""

    at: datetime
    seconds: int
    bulletin: str
    media: str
    ms: int | None
    only: tuple[str, ...]


def note(station: StationRef, items: Sequence[PlanItem]) -> None:
    """Write down the items of a plan that is being issued, inside the caller's transaction."""
    lengths = media.lengths_of({item.media.sha256 for item in items if item.media})
    IssuedItem.objects.bulk_create(
        [
            IssuedItem(
                station_id=station.id,
                item=item_id(station.wire_id, item),
                at=item.at,
                seconds=item.seconds,
                bulletin=item.bulletin,
                media=item.media.sha256 if item.media else "",
                ms=lengths.get(item.media.sha256) if item.media else None,
                only=list(item.only or ()),
            )
            for item in items
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def named(station_id: UUID, items: Iterable[str]) -> dict[str, Issued]:
    """Those of these item identities that a plan of the station ever named."""
    rows = db.select(
        IssuedItem,
        ("item", "at", "seconds", "bulletin", "media", "ms", "only"),
        having=("item", list(items)),
        inside={"station_id": station_id},
    )
    return {
        item: Issued(at, seconds, bulletin, media, ms, tuple(only))
        for item, at, seconds, bulletin, media, ms, only in rows
    }


def number_since(station_id: UUID, since: datetime) -> int:
    """How many items the station's plans named from a moment on."""
    return IssuedItem.objects.filter(station_id=station_id, at__gte=since).count()


def forget() -> int:
    """Drop what is older than receipts may be; how many."""
    return int(IssuedItem.objects.filter(at__lt=clock.now() - KEPT).delete()[0])
