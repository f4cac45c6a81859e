"""Official boundaries from GeoJSON, for maps. None is shipped: a province loads what it was given.

A file's features are matched to standing units by a property that holds the official code. What is
kept is thinned: a screen does not show ten metres.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.places import events
from loa.places.models import Boundary, Level, Place
from loa.places.services import PlaceError

FILE_MAX_BYTES = 300 << 20
POINTS_MAX = 2_000_000
TOLERANCE_DEGREES = 0.0002
"""About 20 metres."""
SHOWN_MAX = 400

Ring = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many boundaries were kept, and the codes that name no standing unit."""

    kept: int
    unknown: tuple[str, ...]


def boundaries_load(
    *, actor: str, path: Path, level: str, code_property: str, document: str
) -> Loaded:
    """Keep the boundaries of a GeoJSON file, each replacing the former one of its unit.

    All or none. Raises PlaceError with a sentence.
    """
    if not document.strip():
        raise PlaceError("Xin ghi số, ký hiệu của văn bản ban hành ranh giới.")
    features = _features(path)
    day = clock.local(clock.now()).date()
    standing = Place.objects.filter(level=level, valid_from__lte=day).exclude(valid_to__lte=day)
    places = {place.code: place for place in standing}
    kept, unknown, points = 0, [], 0
    with transaction.atomic():
        for feature in features:
            code = str((feature.get("properties") or {}).get(code_property, "")).strip()
            place = places.get(code)
            if place is None:
                unknown.append(code[:20])
                continue
            polygons = [_polygon(rings) for rings in _polygons(feature.get("geometry"))]
            points += sum(len(ring) for polygon in polygons for ring in polygon)
            if points > POINTS_MAX:
                raise PlaceError("Tệp có quá nhiều điểm. Chia theo từng tỉnh.")
            _keep(place, polygons, document)
            kept += 1
        if kept:
            journal.record(
                actor=actor,
                kind=events.BOUNDARIES_LOADED,
                place="vn",
                payload={"count": kept, "level": level, "document": document.strip()[:120]},
            )
    return Loaded(kept, tuple(unknown))


def _features(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_size > FILE_MAX_BYTES:
        raise PlaceError("Tệp ranh giới lớn hơn 300 MB. Chia theo từng tỉnh.")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise PlaceError("Tệp không phải GeoJSON đọc được.") from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise PlaceError("Tệp không phải GeoJSON dạng FeatureCollection.")
    return features


def _polygons(geometry: Any) -> Iterator[list[Any]]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if kind else None
    if kind == "Polygon" and isinstance(coordinates, list):
        yield coordinates
    elif kind == "MultiPolygon" and isinstance(coordinates, list):
        yield from coordinates
    else:
        raise PlaceError("Mỗi ranh giới phải là Polygon hoặc MultiPolygon.")


def _polygon(rings: Any) -> list[Ring]:
    return [_thinned([_point(point) for point in ring]) for ring in rings]


def _point(point: Any) -> tuple[float, float]:
    """Longitude and latitude inside the country. A file in metres is refused, not drawn wrongly."""
    try:
        longitude, latitude = float(point[0]), float(point[1])
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise PlaceError("Có điểm không phải là kinh độ, vĩ độ.") from error
    if not (100 <= longitude <= 120 and 5 <= latitude <= 25):
        raise PlaceError(
            "Có điểm nằm ngoài Việt Nam. Chuyển tệp sang hệ tọa độ WGS 84 (EPSG:4326)."
        )
    return round(longitude, 5), round(latitude, 5)


def _thinned(ring: Ring) -> Ring:
    """Douglas and Peucker, without recursion: no point kept is farther than the tolerance."""
    if len(ring) < 5:
        return ring
    keep = {0, len(ring) - 1, len(ring) // 2}
    stack = [(0, len(ring) // 2), (len(ring) // 2, len(ring) - 1)]
    while stack:
        first, last = stack.pop()
        far, at = 0.0, 0
        for number in range(first + 1, last):
            away = _off(ring[number], ring[first], ring[last])
            if away > far:
                far, at = away, number
        if far > TOLERANCE_DEGREES:
            keep.add(at)
            stack += [(first, at), (at, last)]
    return [ring[number] for number in sorted(keep)]


def _off(point: Sequence[float], one: Sequence[float], other: Sequence[float]) -> float:
    """How far a point is off the segment."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    length = dx * dx + dy * dy
    share = 0.0
    if length:
        share = ((point[0] - one[0]) * dx + (point[1] - one[1]) * dy) / length
        share = max(0.0, min(1.0, share))
    return math.hypot(point[0] - one[0] - share * dx, point[1] - one[1] - share * dy)


def _keep(place: Place, polygons: list[list[Ring]], document: str) -> None:
    points = [point for polygon in polygons for ring in polygon for point in ring]
    if not points:
        raise PlaceError("Ranh giới của %(place)s không có điểm nào.", place=place.name)
    Boundary.objects.update_or_create(
        place=place,
        defaults={
            "polygons": polygons,
            "west": min(x for x, _ in points),
            "east": max(x for x, _ in points),
            "south": min(y for _, y in points),
            "north": max(y for _, y in points),
            "document": document.strip()[:120],
            "loaded_at": clock.now(),
        },
    )


def any_loaded() -> bool:
    """Whether there is anything to draw."""
    return Boundary.objects.exists()


def inside_box(box: Sequence[float], level: str) -> dict[str, Any]:
    """Boundaries that touch the box (south, west, north, east), as GeoJSON; at most SHOWN_MAX."""
    south, west, north, east = box
    rows = Boundary.objects.filter(
        place__level=level if level in Level.values else Level.PROVINCE,
        south__lte=north,
        north__gte=south,
        west__lte=east,
        east__gte=west,
    ).select_related("place")[:SHOWN_MAX]
    features = [
        {
            "type": "Feature",
            "properties": {"name": row.place.name},
            "geometry": {"type": "MultiPolygon", "coordinates": row.polygons},
        }
        for row in rows
    ]
    return {"type": "FeatureCollection", "features": features}
