"""Outlets on a map: put together where they stand close at a zoom, with the worst state to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, F, Max, Min
from django.db.models.functions import Floor

from loa.outlets import finding
from loa.outlets.models import Outlet
from loa.people.rules import Actor

CELLS_MAX = 1500


@dataclass(frozen=True, slots=True)
class Cell:
    """Outlets that stand close together at a map's zoom. `outlet` is the one, where it is alone."""

    latitude: float
    longitude: float
    outlets: int
    state: str
    outlet: str = ""
    name: str = ""
    people: int | None = None


def cells(
    actor: Actor, wanted: finding.Wanted, now: datetime, box: Sequence[float], zoom: int
) -> list[Cell]:
    """The outlets inside the box (south, west, north, east), put together by a grid of the zoom:
    at most CELLS_MAX, two queries. Of a wide place it may be COUNTED_S old."""
    name = f"cells:{zoom}:{[round(edge, 3) for edge in box]}"
    found: list[Cell] = finding.kept(
        actor, wanted, name, lambda: _cells(actor, wanted, now, box, zoom)
    )
    return found


def _cells(
    actor: Actor, wanted: finding.Wanted, now: datetime, box: Sequence[float], zoom: int
) -> list[Cell]:
    south, west, north, east = box
    size = 360 / 2 ** max(3, min(19, zoom)) * 48 / 256
    inside_box: Any = finding.outlets_of(actor, wanted, now).filter(
        latitude__gte=south, latitude__lte=north, longitude__gte=west, longitude__lte=east
    )
    rows = (
        inside_box.annotate(x=Floor(F("longitude") / size), y=Floor(F("latitude") / size))
        .values("x", "y")
        .annotate(
            **finding.sums(now), lat=Avg("latitude"), lon=Avg("longitude"), one=Min("wire_id")
        )
        .order_by("-silent")[:CELLS_MAX]
    )
    found: list[dict[str, Any]] = list(rows)
    alone = [row["one"] for row in found if row["outlets"] == 1]
    single = {
        row.wire_id: row
        for row in Outlet.objects.filter(wire_id__in=alone[:CELLS_MAX]).select_related("hamlet")
    }
    return [_cell(row, single.get(row["one"])) for row in found]


def _cell(row: dict[str, Any], outlet: Outlet | None) -> Cell:
    """The worst state of the cell colours it: one silent loudspeaker among twenty is seen."""
    order = ("silent", "fault", "muted", "playing")
    state = next((name for name in order if row[name]), "")
    if not state:
        state = "never" if row["never"] == row["outlets"] else "idle"
    alone = outlet if row["outlets"] == 1 else None
    return Cell(
        latitude=row["lat"],
        longitude=row["lon"],
        outlets=row["outlets"],
        state=state,
        outlet=str(alone.pk) if alone else "",
        name=alone.name if alone else "",
        people=alone.hamlet.people if alone and alone.hamlet else None,
    )


def bounds(
    actor: Actor, wanted: finding.Wanted, now: datetime
) -> tuple[float, float, float, float] | None:
    """South, west, north and east of what is looked for; None where nothing has a position. Of a
    wide place it may be COUNTED_S old."""
    found: list[tuple[float, float, float, float] | None]
    found = finding.kept(actor, wanted, "bounds", lambda: [_bounds(actor, wanted, now)])
    return found[0]


def _bounds(
    actor: Actor, wanted: finding.Wanted, now: datetime
) -> tuple[float, float, float, float] | None:
    rows = finding.outlets_of(actor, wanted, now)
    edge = rows.filter(latitude__isnull=False).aggregate(
        south=Min("latitude"),
        west=Min("longitude"),
        north=Max("latitude"),
        east=Max("longitude"),
    )
    if edge["south"] is None:
        return None
    return edge["south"], edge["west"], edge["north"], edge["east"]


def without_position(actor: Actor, wanted: finding.Wanted, now: datetime) -> int:
    """How many of the outlets looked for cannot be on a map. Of a wide place it may be old."""
    rows = finding.outlets_of(actor, wanted, now).filter(latitude__isnull=True)
    found: int = finding.kept(actor, wanted, "nowhere", rows.count)
    return found
