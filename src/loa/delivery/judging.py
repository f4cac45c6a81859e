"""Whether what a device's receipts say can be true, and how much it may say in a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import F, OuterRef, Subquery, Sum

from loa.delivery import events
from loa.delivery.models import DeviceDay
from loa.delivery.rules import Planned, Said, doubt, quota
from loa.journal import services as journal
from loa.lib import clock, db
from loa.outlets.selectors import area_of
from loa.schedule import issued
from loa.schedule.rules import reaches
from loa_protocol.envelope import Envelope
from loa_protocol.payloads import Receipt, ReceiptItem

if TYPE_CHECKING:
    from loa.outlets.models import Device

LOOK_BACK = timedelta(days=60)
SHOWN_FOR = timedelta(days=7)
Good = tuple[Envelope, Receipt]


@dataclass(frozen=True, slots=True)
class Told:
    """The receipts that an outlet may still tell on its day, and those over its quota. `first` is
    whether nothing doubtful was told on the day before them."""

    taken: list[Good]
    over: list[Good]
    day: date
    first: bool


def within_quota(device: "Device", good: Sequence[Good], now: datetime) -> Told:
    """Add what receipts tell to the outlet's day, as far as its quota goes. Inside the caller's
    transaction: two that come at once are counted one after the other."""
    day = clock.local(now).date()
    number = _lines(good)
    key = {"outlet_id": device.outlet_id, "day": day}
    counted = db.add_up(DeviceDay, key, {"items": number, "doubtful": 0, "refused": 0})
    station, before = device.outlet.station_id, counted["items"] - number
    first = not counted["doubtful"]
    if counted["items"] <= _quota_on(station, day):
        return Told(list(good), [], day, first)
    # Plans that were issued since may allow more.
    left = max(0, quota(issued.number_since(station, now - LOOK_BACK)) - before)
    taken: list[Good] = []
    over: list[Good] = []
    for one in good:
        if len(one[1].items) <= left and not over:
            taken.append(one)
            left -= len(one[1].items)
        else:
            over.append(one)
    if over:
        refused = _lines(over)
        DeviceDay.objects.filter(**key).update(
            items=F("items") - refused, refused=F("refused") + refused
        )
    return Told(taken, over, day, first)


def _lines(good: Sequence[Good]) -> int:
    return sum(len(payload.items) for _, payload in good)


@lru_cache(maxsize=4096)
def _quota_on(station_id: UUID, day: date) -> int:
    """At least so much may be told on a day: as the plans stood when it was asked first."""
    end = datetime.combine(day + timedelta(days=1), time.min, clock.VIETNAM)
    return quota(issued.number_since(station_id, end - LOOK_BACK))


def doubts(device: "Device", items: Sequence[tuple[str, ReceiptItem]], now: datetime) -> list[str]:
    """For each (issuer's place, item) why it cannot be true; empty for a plausible one."""
    outlet = device.outlet
    programme = {item.id for _, item in items if len(item.id) == 32}
    named = issued.named(outlet.station_id, programme) if programme else {}
    hamlet = outlet.hamlet.path if outlet.hamlet else None
    # A device that does not know its commune yet signs for the nation.
    places = {outlet.station.place.path, area_of(device), "vn"}
    found = []
    for path, item in items:
        row = named.get(item.id)
        why = doubt(
            _said(item),
            planned=Planned(
                at=row.at,
                seconds=row.seconds,
                bulletin=row.bulletin,
                media=row.media,
                ms=row.ms,
                reaches=reaches(row.only, outlet.wire_id, hamlet),
            )
            if row
            else None,
            in_place=path in places,
            kind=outlet.kind,
            enrolled_at=device.enrolled_at,
            now=now,
        )
        found.append(why.value if why else "")
    return found


def _said(item: ReceiptItem) -> Said:
    return Said(
        programme=len(item.id) == 32,
        at=item.at,
        started=item.started,
        from_ms=item.from_ms or 0,
        played_ms=item.played_ms or 0,
        grade=item.grade or "",
        run=item.run or 0,
        bulletin=item.bulletin or "",
        media=item.media or "",
    )


def note_doubtful(device: "Device", told: Told, doubtful: Sequence[str]) -> None:
    """Add doubtful items to the outlet's day, inside the caller's transaction. The first one of a
    day is a fact of the journal: somebody must look at that device."""
    if not doubtful:
        return
    DeviceDay.objects.filter(outlet_id=device.outlet_id, day=told.day).update(
        doubtful=F("doubtful") + len(doubtful)
    )
    if told.first:
        outlet = device.outlet
        journal.record(
            actor="node",
            kind=events.RECEIPTS_DOUBTED,
            place=outlet.station.place.path,
            subject=f"outlet:{outlet.pk}",
            payload={"outlet": outlet.wire_id, "why": doubtful[0]},
        )


def doubtful_lately(now: datetime) -> Subquery:
    """For a query over plays: how many items of their outlet's receipts of the last seven days
    cannot be true; null where it told nothing."""
    since = clock.local(now - SHOWN_FOR).date()
    rows = DeviceDay.objects.filter(outlet_id=OuterRef("outlet_id"), day__gte=since)
    return Subquery(rows.values("outlet_id").annotate(number=Sum("doubtful")).values("number"))


def forget(now: datetime) -> int:
    """Drop the days that are older than a quarter; how many."""
    day = clock.local(now - timedelta(days=92)).date()
    return int(DeviceDay.objects.filter(day__lt=day).delete()[0])
