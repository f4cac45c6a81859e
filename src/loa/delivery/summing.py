"""Plays summed up by bulletin and commune, for a node above."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, Sum

from loa.delivery.models import Play
from loa.delivery.rules import GRADES
from loa.delivery.selectors import HEARD
from loa_protocol.paths import ancestors


@dataclass(frozen=True, slots=True)
class Line:
    """One bulletin in one commune. `rows` results stand behind it; grades are kept apart."""

    bulletin: UUID
    commune: str
    outlets: int
    failed: int
    grades: dict[str, int]
    seconds: int
    rows: int
    first_at: datetime | None
    last_at: datetime | None


def sums(*, of_offices_above: str, since: datetime | None) -> list[Line]:
    """The bulletins of offices at or above a path of which receipts came since a moment (None:
    ever), in full. Made-up plays do not count."""
    offices = list(ancestors(of_offices_above))
    plays = Play.objects.filter(bulletin__place__path__in=offices, simulated=False)
    if since is not None:
        fresh = plays.filter(receipt__received_at__gte=since).values("bulletin").distinct()
        plays = plays.filter(bulletin__in=list(fresh.values_list("bulletin", flat=True)))
    grades = {
        f"grade_{grade}": Count("outlet", distinct=True, filter=HEARD & Q(grade=grade))
        for grade in GRADES
    }
    rows = (
        plays.values("bulletin_id", "station__place__path")
        .annotate(
            told=Count("outlet", distinct=True),
            heard=Count("outlet", distinct=True, filter=HEARD),
            ms=Sum("played_ms", filter=HEARD),
            number=Count("pk"),
            first=Min("started_at", filter=HEARD),
            last=Max("at", filter=HEARD),
            **grades,
        )
        .order_by("bulletin_id", "station__place__path")
    )
    return [_line(row) for row in rows]


def _line(row: Mapping[str, Any]) -> Line:
    return Line(
        bulletin=row["bulletin_id"],
        commune=row["station__place__path"],
        outlets=row["heard"],
        failed=row["told"] - row["heard"],
        grades={g: row[f"grade_{g}"] for g in GRADES if row[f"grade_{g}"]},
        seconds=(row["ms"] or 0) // 1000,
        rows=row["number"],
        first_at=row["first"],
        last_at=row["last"],
    )
