"""Rings and circles to communes by the coordinates of their centres. Pure.

A centre is a point, a commune is not: a small shape may hold no centre. Then the nearest commune is
named, and marked as such, for a person to judge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from loa.alerts.cap.model import Area, Point, circle_of, polygon_of
from loa.alerts.cap.rings import goes_around, loops

EARTH_KM = 6371.0
NEAREST_WITHIN_KM = 30.0

GEOCODES = frozenset({"vn.path", "vn.commune", "vn.province"})
"""The `valueName`s that are understood: a path of the protocol, five digits, two digits."""


@dataclass(frozen=True, slots=True)
class Centre:
    """A row of the gazetteer: path as on the wire, degrees."""

    path: str
    latitude: float
    longitude: float

    @property
    def code(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def point(self) -> Point:
        return (self.latitude, self.longitude)


@dataclass(frozen=True, slots=True)
class Found:
    """Places of one area. `nearest`: no centre lay inside. `unknown`: codes that are not ours."""

    paths: tuple[str, ...]
    nearest: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def places_of(area: Area, centres: Sequence[Centre]) -> Found:
    """The places that an area means: its codes as they are where it has any of ours, else its
    shapes."""
    codes = [code for code in area.geocodes if code.name in GEOCODES]
    if codes:
        known = _known(centres)
        said = [(code.value, known.get((code.name, _commune(code.value)))) for code in codes]
        good = [_with_hamlet(text, path) for text, path in said if path is not None]
        return Found(
            tuple(dict.fromkeys(good)), unknown=tuple(text for text, path in said if path is None)
        )
    inside: list[str] = []
    nearest: list[str] = []
    for text in area.polygons:
        ring = polygon_of(text)
        pieces = list(loops(ring))
        hit = [c.path for c in centres if any(goes_around(c.point, one) for one in pieces)]
        inside += hit
        nearest += [] if hit else _nearest(_middle(ring), centres)
    for text in area.circles:
        middle, radius_km = circle_of(text)
        hit = [c.path for c in centres if distance_km(c.point, middle) <= radius_km]
        inside += hit
        nearest += [] if hit else _nearest(middle, centres)
    near = tuple(dict.fromkeys(path for path in nearest if path not in inside))
    return Found((*dict.fromkeys(inside), *near), near)


def distance_km(one: Point, other: Point) -> float:
    """Great-circle distance on a sphere."""
    (a, b), (c, d) = (tuple(map(radians, point)) for point in (one, other))
    chord = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, chord)))


def _known(centres: Iterable[Centre]) -> dict[tuple[str, str], str]:
    known = {}
    for centre in centres:
        province = centre.path.rpartition("/")[0]
        known[("vn.commune", centre.code)] = centre.path
        known[("vn.path", centre.path)] = centre.path
        known[("vn.path", province)] = province
        known[("vn.province", province.rpartition("/")[2])] = province
    return known


def _commune(text: str) -> str:
    """A hamlet's path without the hamlet: hamlets are a node's own, no list has them."""
    return "/".join(text.split("/")[:3])


def _with_hamlet(text: str, path: str) -> str:
    return text if text.startswith(path + "/h") and text.count("/") == 3 else path


def _middle(ring: Sequence[Point]) -> Point:
    corners = ring[:-1]
    return (
        sum(latitude for latitude, _ in corners) / len(corners),
        sum(longitude for _, longitude in corners) / len(corners),
    )


def _nearest(point: Point, centres: Sequence[Centre]) -> list[str]:
    near = min(centres, key=lambda centre: distance_km(centre.point, point), default=None)
    if near is None or distance_km(near.point, point) > NEAREST_WITHIN_KM:
        return []
    return [near.path]
