"""What stands where, by commune: the registry's own figures, without any telemetry."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, Sum

from loa.outlets.models import Outlet, Station, Technology
from loa.outlets.rules import CommuneCount
from loa.places.selectors import inside, standing

_REAL = Q(retired_at=None, station__closed_at=None)


def communes(path: str) -> dict[str, CommuneCount]:
    """Every standing commune at or below a place, with what stands in it; four queries.

    Of the whole country only the communes that have a station here: of the others this node knows
    nothing, which is not none.
    """
    stations = _by(
        Station.objects.filter(inside([path], "place__path"), closed_at=None)
        .values("place__path")
        .annotate(stations=Count("pk"), ip_stations=Count("pk", filter=_has_ip())),
        "place__path",
    )
    outlets = _by(
        Outlet.objects.filter(_REAL, inside([path], "station__place__path"))
        .values("station__place__path")
        .annotate(
            boards=Count("pk", filter=Q(kind="board")),
            pages=Count("pk", filter=Q(kind="page")),
            zalo=Count("pk", filter=Q(kind="zalo")),
            propagandists=Count("pk", filter=Q(kind="propagandist")),
            clusters=Count("pk", filter=Q(kind="speaker")),
            speakers_known=Count("speakers", filter=Q(kind="speaker")),
            speakers=Sum("speakers", filter=Q(kind="speaker")),
            hamlets_covered=Count("hamlet", filter=Q(kind="speaker"), distinct=True),
        ),
        "station__place__path",
    )
    here = standing().filter(inside([path]))
    hamlets = _by(
        here.filter(level="hamlet").values("parent__path").annotate(hamlets=Count("pk")),
        "parent__path",
    )
    known = here.filter(level="commune").values_list("path", flat=True)
    paths = stations if path == "vn" else known
    nothing: dict[str, int] = {}
    return {
        one: CommuneCount(
            **stations.get(one, nothing), **outlets.get(one, nothing), **hamlets.get(one, nothing)
        )
        for one in paths
    }


def kinds() -> frozenset[str]:
    """The sorts of outlet of which at least one is entered."""
    return frozenset(Outlet.objects.filter(_REAL).values_list("kind", flat=True).distinct())


def _has_ip() -> Q:
    return Q(technology__in=(Technology.IP, Technology.MIXED))


def _by(rows: Any, key: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        numbers: Mapping[str, Any] = row
        found[row[key]] = {name: number or 0 for name, number in numbers.items() if name != key}
    return found
