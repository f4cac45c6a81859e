"""Which successor a point lies in, where that is beyond doubt. Pure.

The rule, in this order; whatever it does not decide, a person does:

1. the point is inside the loaded official boundary of exactly one candidate;
2. no candidate has a boundary, every candidate has a centre, and the nearest one is at least
   `NEARER_BY` times as near as the next and not farther than `NEAREST_MAX_KM`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from loa.places.rules import distance_km

NEARER_BY = 2.0
NEAREST_MAX_KM = 15.0

Point = tuple[float, float]
"""Latitude, longitude."""
Polygons = Sequence[Sequence[Sequence[Sequence[float]]]]
"""Polygons of rings of (longitude, latitude), as `places.Boundary` keeps them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One successor of a split unit."""

    code: str
    centre: Point | None = None
    polygons: Polygons | None = None


def sited(point: Point, candidates: Sequence[Candidate]) -> str | None:
    """The code of the successor that the point is in; None where the rule does not tell."""
    bounded = [one for one in candidates if one.polygons is not None]
    if bounded:
        inside = [one.code for one in bounded if holds(one.polygons or (), point)]
        return inside[0] if len(inside) == 1 else None
    if not candidates or any(one.centre is None for one in candidates):
        return None
    near = sorted((distance_km(point, one.centre), one.code) for one in candidates if one.centre)
    if near[0][0] > NEAREST_MAX_KM:
        return None
    if len(near) > 1 and near[0][0] * NEARER_BY > near[1][0]:
        return None
    return near[0][1]


def agreed(codes: Iterable[str | None]) -> str | None:
    """The one code that all say; None where one says nothing, they differ, or there is none."""
    said = set(codes)
    return said.pop() if len(said) == 1 else None


def holds(polygons: Polygons, point: Point) -> bool:
    """Whether the point is inside, by the even-odd rule: holes are outside."""
    latitude, longitude = point
    return any(
        sum(_crosses(ring, longitude, latitude) for ring in polygon) % 2 for polygon in polygons
    )


def _crosses(ring: Sequence[Sequence[float]], x: float, y: float) -> int:
    closed = ring if ring and tuple(ring[0]) == tuple(ring[-1]) else [*ring, ring[0]]
    return sum(
        (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1)
        for (x1, y1), (x2, y2) in pairwise(closed)
    )
