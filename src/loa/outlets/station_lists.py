"""Stations among many: found by words, cut into pages, with how their outlets are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from loa.lib.text import fold
from loa.outlets import finding, rules
from loa.outlets.models import Station, Technology
from loa.people.rules import Actor
from loa.places.selectors import inside


def stations_page(
    actor: Actor, path: str, technology: str, text: str, now: datetime, number: int
) -> tuple[list[dict[str, Any]], bool]:
    """One page of stations with their outlets by state, worst first; whether more follow.

    Stations are chosen first and counted then, so that a page costs the same in a country.
    """
    found, more = _ids(actor, path, technology, text, number)
    fresh = Q(outlets__health__online=True) & Q(
        outlets__health__seen_at__gt=now - rules.SILENT_AFTER
    )
    standing = Q(outlets__retired_at=None)
    counted = (
        Station.objects.filter(pk__in=found)
        .select_related("place")
        .annotate(
            standing=Count("outlets", filter=standing),
            heard=Count("outlets", filter=standing & Q(outlets__health__isnull=False)),
            fresh=Count("outlets", filter=standing & fresh),
        )
        .order_by("place__name", "name")
    )
    lines = [
        {
            "station": row,
            "outlets": row.standing,
            "silent": row.heard - row.fresh,
            "never": row.standing - row.heard,
        }
        for row in counted
    ]
    lines.sort(key=_silent_first)
    return lines, more


def stations_named(
    actor: Actor, path: str, technology: str, text: str, number: int
) -> tuple[list[Station], bool]:
    """One page of stations with their places, in the order of the units' codes; whether more
    follow."""
    found, more = _ids(actor, path, technology, text, number)
    read = Station.objects.select_related("place").in_bulk(found)
    return [read[pk] for pk in found if pk in read], more


def _ids(
    actor: Actor, path: str, technology: str, text: str, number: int
) -> tuple[list[UUID], bool]:
    """Chosen first, read then: a country's stations are not sorted with all that is known of
    them."""
    rows = stations_of(actor, path, technology, text).order_by("place__path", "name")
    start = (max(1, min(finding.PAGES_MAX, number)) - 1) * finding.PAGE
    found = list(rows.values_list("pk", flat=True)[start : start + finding.PAGE + 1])
    return found[: finding.PAGE], len(found) > finding.PAGE


def stations_of(actor: Actor, path: str, technology: str, text: str) -> QuerySet[Station]:
    """The stations the asker may see at or below a place, of one technology where one is asked for,
    whose name or place holds every word of the text; in no order."""
    rows = Station.objects.filter(finding.seen(actor, "place__path"), closed_at=None)
    if path and path != "vn":
        rows = rows.filter(inside([path], "place__path"))
    if technology in Technology.values:
        rows = rows.filter(technology=technology)
    for word in fold(text[:100]).split():
        rows = rows.filter(Q(folded__contains=word) | Q(place__folded__contains=word))
    return rows


def only_station(actor: Actor, path: str) -> UUID | None:
    """The one station the asker may see at or below a place; None for none, or for several."""
    rows = Station.objects.filter(finding.seen(actor, "place__path"), closed_at=None)
    few = list(rows.filter(inside([path], "place__path")).values_list("pk", flat=True)[:2])
    return few[0] if len(few) == 1 else None


def _silent_first(line: dict[str, Any]) -> int:
    return -int(line["silent"])
