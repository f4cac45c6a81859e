"""Where a bulletin stands in the programmes: stations, outlets, times, and who holds the plan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db.models import Count, F, Min, Q

from loa.outlets.selectors import live_outlets_at
from loa.places.selectors import inside
from loa.schedule import rules
from loa.schedule.models import Plan, Slot


@dataclass(frozen=True, slots=True)
class PlannedAt:
    """A bulletin at one station: its slots, the outlets with a device there, its times."""

    station_id: UUID
    station: str
    place: str
    slots: int
    outlets: int
    first_at: datetime | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Planned:
    """Where a bulletin stands in the programmes, station by station."""

    stations: tuple[PlannedAt, ...]

    @property
    def outlets(self) -> int:
        return sum(one.outlets for one in self.stations)

    @property
    def slots(self) -> int:
        return sum(one.slots for one in self.stations)

    @property
    def first_at(self) -> datetime | None:
        return min((one.first_at for one in self.stations if one.first_at), default=None)

    @property
    def next_at(self) -> datetime | None:
        return min((one.next_at for one in self.stations if one.next_at), default=None)


def planned(bulletin_id: UUID, now: datetime, within: Iterable[str]) -> Planned:
    """What the programmes inside `within` hold of a bulletin, in one query; removed slots that
    never got a time do not count."""
    live = Q(
        station__outlets__retired_at=None,
        station__outlets__devices__isnull=False,
        station__outlets__devices__revoked_at=None,
    )
    rows = (
        Slot.objects.filter(
            Q(removed_at=None) | Q(placed_at__lte=F("removed_at")),
            inside(within, "station__place__path"),
            bulletin_id=bulletin_id,
        )
        .values("station_id", "station__name", "station__place__name")
        .annotate(
            slots=Count("pk", distinct=True),
            outlets=Count("station__outlets", distinct=True, filter=live),
            first_at=Min("placed_at"),
            next_at=Min("placed_at", filter=Q(placed_at__gt=now, removed_at=None)),
        )
        .order_by("station__place__name", "station__name")
    )
    narrowed = _narrowed(bulletin_id, within)
    return Planned(
        tuple(
            PlannedAt(
                station_id=row["station_id"],
                station=row["station__name"],
                place=row["station__place__name"],
                slots=row["slots"],
                outlets=narrowed.get(row["station_id"], row["outlets"]),
                first_at=row["first_at"],
                next_at=row["next_at"],
            )
            for row in rows
        )
    )


def _narrowed(bulletin_id: UUID, within: Iterable[str]) -> dict[UUID, int]:
    """How many outlets with a device a bulletin is for, at stations where all its slots are for
    some hamlets only. No query more where there is none."""
    rows = Slot.objects.filter(
        inside(within, "station__place__path"), bulletin_id=bulletin_id, removed_at=None
    ).values_list("station_id", "only")
    limits: dict[UUID, list[list[str]]] = {}
    for station_id, only in rows:
        limits.setdefault(station_id, []).append(only)
    parts = {key: list(chain(*some)) for key, some in limits.items() if all(some)}
    found = dict.fromkeys(parts, 0)
    for station_id, wire_id, hamlet in live_outlets_at(parts) if parts else ():
        found[station_id] += rules.reaches(parts[station_id], wire_id, hamlet)
    return found


def outlets_with_plan(bulletin_id: UUID, within: Iterable[str]) -> int:
    """How many outlets inside `within` said that they hold a plan issued with this bulletin in
    it. One query."""
    stood = Q(station__slots__removed_at=None) | Q(issued_at__lt=F("station__slots__removed_at"))
    held = Plan.objects.filter(
        stood,
        inside(within, "station__place__path"),
        station__slots__bulletin_id=bulletin_id,
        station__slots__placed_at__isnull=False,
        issued_at__gte=F("station__slots__made_at"),
        station__outlets__retired_at=None,
        station__outlets__health__plan_version__gte=F("version"),
    )
    return int(held.aggregate(outlets=Count("station__outlets", distinct=True))["outlets"])
