"""Rings as weather offices draw them: also twice around, or crossing themselves. Pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

Point = tuple[float, float]

_COMPARED_MAX = 300_000
"""Pairs of edges of one ring that are looked at; the ring of a coast needs a tenth of it."""


def goes_around(point: Point, ring: Sequence[Point]) -> bool:
    """Whether the closed ring goes around the point, however often: the non-zero rule in degrees,
    good for a country's size."""
    y, x = point
    winds = 0
    for (y1, x1), (y2, x2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            winds += 1 if y2 > y1 else -1
    return winds != 0


def loops(ring: Sequence[Point]) -> Iterator[list[Point]]:
    """The ring cut where it comes back to one of its own corners; each piece is closed."""
    way: list[Point] = []
    places: dict[Point, int] = {}
    for point in ring:
        at = places.get(point)
        if at is not None:
            loop = [*way[at:], point]
            if len(loop) > 3:
                yield loop
            for gone in way[at + 1 :]:
                places.pop(gone, None)
            del way[at + 1 :]
            continue
        places[point] = len(way)
        way.append(point)


def crosses_itself(ring: Sequence[Point]) -> bool:
    """Whether two of its edges cross, or it comes back to a corner before its end. A ring that is
    too long to be looked at whole counts as one that does not."""
    edges = sorted((min(a[1], b[1]), max(a[1], b[1]), a, b) for a, b in pairwise(ring) if a != b)
    corners = [a for a, b in pairwise(ring) if a != b]
    if len(set(corners)) < len(corners):
        return True
    open_ones: list[tuple[float, float, Point, Point]] = []
    compared = 0
    for edge in edges:
        open_ones = [one for one in open_ones if one[1] >= edge[0]]
        compared += len(open_ones)
        if compared > _COMPARED_MAX:
            return False
        if any(_cross(edge[2], edge[3], one[2], one[3]) for one in open_ones):
            return True
        open_ones.append(edge)
    return False


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the insides of two edges cross; touching at an end is none."""
    if max(a[0], b[0]) <= min(c[0], d[0]) or max(c[0], d[0]) <= min(a[0], b[0]):
        return False
    left, right = _side(a, b, c), _side(a, b, d)
    over, under = _side(c, d, a), _side(c, d, b)
    return left * right < 0 and over * under < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
