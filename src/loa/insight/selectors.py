"""Reading figures: published beside counted, a number's way down to its communes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Substr

from loa.insight import rules
from loa.insight.models import Measure, Published
from loa.insight.rules import DEFINITIONS, Definition, Figure, Finding
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import inside, lineage, standing

PROVINCE_CHARS = len("vn/25")


@dataclass(frozen=True, slots=True)
class Total:
    """One indicator of one place: `communes` said something, `rows` raw rows stand behind it."""

    value: int
    base: int
    rows: int
    communes: int
    counted_at: datetime | None

    @property
    def percent(self) -> float | None:
        return 100 * self.value / self.base if self.base else None


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator: as published, as counted; either may be missing."""

    definition: Definition
    published: Published | None
    counted: Total | None


@dataclass(frozen=True, slots=True)
class Table:
    """All indicators of a place, and where the published ones contradict.

    `communes` stood on `day`; `communes_then` on the day of the published figures (None where the
    gazetteer has no map of that day).
    """

    day: date
    communes: int
    rows: tuple[Row, ...]
    published_on: date | None
    communes_then: int | None
    findings: tuple[Finding, ...]


def table(actor: Actor, path: str, day: date) -> Table:
    """The figures of a place on a day. Raises NotAllowed."""
    ensure(actor, Action.FIGURE_VIEW, path)
    newest = published(path, day)
    on = _main_day(newest.values())
    # The gazetteer begins with 2025: of an older day it has no map, which is not no communes.
    then = (_communes(path, on) or None) if on else None
    figures = [
        Figure(one.indicator, one.numerator, one.denominator, one.percent)
        for one in newest.values()
        if one.as_of == on
    ]
    counted = totals(path, day)
    rows = [Row(one, newest.get(code), counted.get(code)) for code, one in DEFINITIONS.items()]
    return Table(
        day=day,
        communes=_communes(path, day),
        rows=tuple(row for row in rows if row.published or row.counted or row.definition.counted),
        published_on=on,
        communes_then=then,
        findings=tuple(rules.contradictions(figures, then)),
    )


def _main_day(figures: Iterable[Published]) -> date | None:
    """The day most of the figures are of: only what was published of one day is compared."""
    days = [one.as_of for one in figures]
    return max(set(days), key=lambda day: (days.count(day), day)) if days else None


def published(place: str, day: date) -> dict[str, Published]:
    """The newest published figure of each indicator up to a day."""
    rows = Published.objects.filter(place=place, as_of__lte=day).order_by("as_of")
    return {row.indicator: row for row in rows}


def _communes(path: str, day: date) -> int:
    return standing(day).filter(inside([path]), level="commune").count()


def _of_day(path: str, day: date) -> QuerySet[Measure]:
    stands = Q(until=None) | Q(until__gt=day)
    # Of a day before a reorganisation: what stood at the units that went into this one, too.
    return Measure.objects.filter(stands, inside(lineage([path]), "commune"), since__lte=day)


_SUMS: dict[str, Any] = {
    "value_sum": Sum("value"),
    "base_sum": Sum("base"),
    "rows_sum": Sum("rows"),
    "communes": Count("pk"),
    "counted": Max("counted_at"),
}


def totals(path: str, day: date) -> dict[str, Total]:
    """Every counted indicator of a place on a day, by code."""
    rows: Any = _of_day(path, day).values("indicator").annotate(**_SUMS).order_by("indicator")
    return {row["indicator"]: _total(row) for row in rows}


def below(actor: Actor, path: str, code: str, day: date) -> dict[str, Total]:
    """One indicator by the places right below: provinces of the nation, communes of a province; a
    commune by itself. Those with the smallest share first. Raises NotAllowed."""
    ensure(actor, Action.FIGURE_VIEW, path)
    place: Any = Substr("commune", 1, PROVINCE_CHARS) if path == "vn" else Substr("commune", 1)
    rows: Any = _of_day(path, day).filter(indicator=code).annotate(below=place)
    grouped = rows.values("below").annotate(**_SUMS).order_by("below")
    found = {row["below"]: _total(row) for row in grouped}
    return dict(sorted(found.items(), key=lambda pair: (pair[1].percent or 0, pair[1].value)))


def _total(row: dict[str, Any]) -> Total:
    return Total(
        value=row["value_sum"],
        base=row["base_sum"],
        rows=row["rows_sum"],
        communes=row["communes"],
        counted_at=row["counted"],
    )


def own_since(path: str, since: datetime | None) -> dict[str, list[Measure]]:
    """This node's own standing measures, by commune, of the communes at or below a place where
    one changed since a moment (None: of all)."""
    rows = Measure.objects.filter(inside([path], "commune"), until=None, origin="")
    found: dict[str, list[Measure]] = {}
    changed: set[str] = set()
    for row in rows.order_by("commune", "indicator"):
        found.setdefault(row.commune, []).append(row)
        if since is None or row.counted_at >= since:
            changed.add(row.commune)
    return {commune: measures for commune, measures in found.items() if commune in changed}
