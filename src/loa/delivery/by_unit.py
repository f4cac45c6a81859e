"""What was aired, by day and unit, under the map of any day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from loa.delivery.models import Play
from loa.lib import clock
from loa.outlets import selectors as outlets
from loa.places.reform import figures
from loa.places.reform.selectors import homes_on
from loa.places.selectors import inside

STATION = "outlets.station"


@dataclass(frozen=True, slots=True)
class Aired:
    """One unit's day. `path` and `name` are those of the map; both empty for what has no place on
    it (see `places.reform.figures`)."""

    path: str
    name: str
    day: date
    plays: int
    ms: int


def aired_by_unit(*, within: Iterable[str], first: date, last: date, map_day: date) -> list[Aired]:
    """Whole and broken-off plays of the days `first` to `last` (Vietnamese days, both included) at
    stations that are inside `within` today, by the communes of `map_day`; by day, then path."""
    start = datetime.combine(first, time(0), clock.VIETNAM)
    end = datetime.combine(last + timedelta(days=1), time(0), clock.VIETNAM)
    rows = (
        Play.objects.filter(
            inside(within, "station__place__path"),
            result__in=["played", "interrupted"],
            at__gte=start,
            at__lt=end,
        )
        .annotate(day=TruncDate("at", tzinfo=clock.VIETNAM))
        .values_list("station_id", "day")
        .annotate(plays=Count("pk"), ms=Sum("played_ms"))
    )
    counted = [(station, day, plays, ms or 0) for station, day, plays, ms in rows]
    units = _units({station for station, _, _, _ in counted}, map_day)
    plays = figures.gathered(((row[0], row[1], row[2]) for row in counted), units)
    lengths = figures.gathered(((row[0], row[1], row[3]) for row in counted), units)
    return sorted(
        (
            Aired(*(unit or ("", "")), day, number, lengths[unit, day])
            for (unit, day), number in plays.items()
        ),
        key=lambda one: (one.day, one.path),
    )


def _units(stations: set[UUID], map_day: date) -> dict[UUID, tuple[str, str] | None]:
    """(path, name) of each station's commune on that map."""
    homes = homes_on(STATION, map_day, outlets.places_of_stations(stations))
    return {row: (place.path, place.name) if place else None for row, place in homes.items()}
