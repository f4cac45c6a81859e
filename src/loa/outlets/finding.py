"""Finding outlets among many: by state, technology, place and words; as a list, as a tree.

Every function takes the asker and answers in a fixed number of queries, however many outlets there
are. Pages are cut, not counted: whether more follow is known by asking for one row more.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Substr

from loa.lib.text import fold
from loa.outlets import rules
from loa.outlets.models import Health, Outlet, Station, Technology
from loa.outlets.selectors import outlet_lines
from loa.people.rules import Action, Actor
from loa.places.selectors import hamlets_named, inside, places_named

PAGE = 20
"""What a page shows costs most of its time: of a country as of a commune."""
PAGES_MAX = 200
COUNTED_S = 30
"""For how long a count of a wide place may be shown: it is a picture, not a proof."""

STATES = ("trouble", "silent", "fault", "muted", "alert", "playing", "idle", "never")
"""What a list can be narrowed to; `trouble` is everything that does not sound and should."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What the asker looks for. Empty fields narrow nothing."""

    path: str = ""
    state: str = ""
    technology: str = ""
    station: UUID | None = None
    text: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether a whole province or more is looked at."""
        return self.path.count("/") < 2


def seen(actor: Actor, field: str) -> Q:
    """What the asker may see. Who sees the nation is asked for no place: an index can sort."""
    paths = actor.places(Action.OUTLET_VIEW)
    return Q() if "vn" in paths else inside(paths, field)


def _state_filter(state: str, now: datetime, prefix: str = "health__") -> Q:
    """What holds of the health of an outlet in this state; of the outlet itself with `prefix`."""

    def says(**what: Any) -> Q:
        return Q(**{prefix + field: value for field, value in what.items()})

    fresh = says(online=True, seen_at__gt=now - rules.SILENT_AFTER)
    heard = ~says(outlet=None)
    if state == "never":
        return ~heard
    if state == "silent":
        return heard & ~fresh
    if state == "trouble":
        return (heard & ~fresh) | (fresh & says(state__in=("fault", "muted")))
    if state == "idle":
        return fresh & says(state__in=("idle", ""))
    return fresh & says(state=state)


def _in_state(rows: QuerySet[Outlet], state: str, now: datetime) -> QuerySet[Outlet]:
    """Those in this state. Each outlet's health is looked up as it comes up: a page of a country
    is full after a few, and nothing has to be sorted."""
    health = Health.objects.filter(outlet=OuterRef("pk"))
    if state == "never":
        return rows.filter(~Exists(health))
    return rows.filter(Exists(health.filter(_state_filter(state, now, ""))))


def _stations(actor: Actor, wanted: Wanted) -> QuerySet[Station] | None:
    """The stations in question; None for all there are.

    A few thousand stations are looked through for their places instead of all their outlets: what
    a commune asks must not grow with the country.
    """
    rows = Station.objects.all()
    mine = actor.places(Action.OUTLET_VIEW)
    wide = wanted.path in {"", "vn"}
    if "vn" in mine and wide:
        return None
    if "vn" not in mine:
        rows = rows.filter(inside(mine, "place__path"))
    if not wide:
        commune = "/".join(wanted.path.split("/")[:3])
        rows = rows.filter(inside([commune], "place__path"))
    return rows


def outlets_of(actor: Actor, wanted: Wanted, now: datetime) -> QuerySet[Outlet]:
    """The standing outlets the asker may see and looks for, in no order; one query for the
    stations in question."""
    rows = Outlet.objects.filter(retired_at=None)
    stations = _stations(actor, wanted)
    if stations is not None:
        # Looked up before: a database that has to guess how many they are guesses a handful.
        rows = rows.filter(station__in=list(stations.values_list("pk", flat=True)))
    if wanted.path.count("/") == 3:
        rows = rows.filter(hamlet__path=wanted.path)
    if wanted.station is not None:
        rows = rows.filter(station_id=wanted.station)
    if wanted.technology in Technology.values:
        rows = rows.filter(station__technology=wanted.technology)
    for word in fold(wanted.text[:100]).split():
        rows = rows.filter(_named(word, actor))
    if wanted.state in STATES:
        rows = _in_state(rows, wanted.state, now)
    return rows


def _named(word: str, actor: Actor) -> Q:
    """Whose name, station or hamlet holds the word. Stations and hamlets are found first: to join
    them to every outlet takes a country's hamlets for a province's outlets."""
    hamlets = hamlets_named(word, actor.places(Action.OUTLET_VIEW))
    stations = Station.objects.filter(folded__contains=word)
    return (
        Q(folded__contains=word)
        | Q(station__in=stations.values("pk"))
        | Q(hamlet__in=hamlets.values("pk"))
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One page of outlets; `number` counts from 1."""

    rows: tuple[Outlet, ...]
    number: int
    more: bool


def page_of(actor: Actor, wanted: Wanted, now: datetime, number: int) -> Page:
    """One page, station by station; silent ones that reach most people first, unless the whole
    country is looked at. Chosen first, read then, so that a country's outlets are not
    joined and sorted for the twenty of a page. Which are the worst of a wide place may have been
    looked at COUNTED_S ago; how each of them is, is of now."""
    number = max(1, min(PAGES_MAX, number))
    ids: list[UUID]
    if wanted.state in {"trouble", "silent"} and wanted.path not in {"", "vn"}:
        order = (F("hamlet__people").desc(nulls_last=True), "health__seen_at", "pk")
        name = f"page:{number}"
        ids = kept(actor, wanted, name, lambda: _ids(actor, wanted, now, number, order))
    else:
        ids = _ids(actor, wanted, now, number, ("station_id", "code"))
    read = outlet_lines().in_bulk(ids[:PAGE])
    found = tuple(read[pk] for pk in ids[:PAGE] if pk in read)
    return Page(found, number, len(ids) > PAGE)


def _ids(
    actor: Actor, wanted: Wanted, now: datetime, number: int, order: Sequence[Any]
) -> list[UUID]:
    """A page's outlets and the next one's first."""
    rows = outlets_of(actor, wanted, now).order_by(*order)
    start = (number - 1) * PAGE
    return list(rows.values_list("pk", flat=True)[start : start + PAGE + 1])


def chosen(actor: Actor, ids: Iterable[UUID], limit: int) -> list[Outlet]:
    """The outlets of these ids that the asker may see; strangers' are left out."""
    rows = Outlet.objects.filter(
        seen(actor, "station__place__path"),
        pk__in=list(ids)[:limit],
        retired_at=None,
    )
    return list(rows.select_related("station__place", "hamlet").order_by("station_id", "code"))


def sums(now: datetime) -> dict[str, Count]:
    states = ("trouble", "silent", "fault", "muted", "playing", "never")
    sums = {name: Count("pk", filter=_state_filter(name, now)) for name in states}
    return {"outlets": Count("pk"), **sums}


def counts(actor: Actor, wanted: Wanted, now: datetime) -> dict[str, int]:
    """How many outlets there are in all and by state, whatever state is looked for. Of a wide
    place the count may be COUNTED_S old."""
    narrowed = Wanted(path=wanted.path, station=wanted.station)
    found: dict[str, int]
    found = kept(actor, narrowed, "counts", lambda: _counted(actor, narrowed, now))
    return found


def _counted(actor: Actor, wanted: Wanted, now: datetime) -> dict[str, int]:
    return outlets_of(actor, wanted, now).aggregate(**sums(now))


@dataclass(frozen=True, slots=True)
class Branch:
    """One place of the tree with its outlets by state. `path` is empty for poles whose hamlet is
    not known."""

    path: str
    name: str
    people: int | None
    outlets: int
    silent: int
    fault: int
    playing: int
    never: int


def branches(actor: Actor, path: str, now: datetime) -> list[Branch]:
    """What stands right below a place: provinces, communes, or the commune's hamlets, those with
    most silent outlets first. Three queries, which count every outlet of the place."""
    depth = path.count("/")
    below: Any = F("hamlet__path")
    if depth < 2:
        below = Substr("station__place__path", 1, 5 if depth == 0 else 11)
    rows: Any = outlets_of(actor, Wanted(path=path), now)
    rows = (
        rows.annotate(below=below)
        .values("below")
        .annotate(**sums(now))
        .order_by("-silent", "-fault", "below")
    )
    found: list[dict[str, Any]] = list(rows)
    names = {place.path: place for place in places_named(row["below"] for row in found)}
    return [
        Branch(
            path=row["below"] or "",
            name=names[row["below"]].name if row["below"] in names else row["below"] or "",
            people=names[row["below"]].people if row["below"] in names else None,
            outlets=row["outlets"],
            silent=row["silent"],
            fault=row["fault"],
            playing=row["playing"],
            never=row["never"],
        )
        for row in found
    ]


def kept(actor: Actor, wanted: Wanted, name: str, count: Callable[[], Any]) -> Any:
    """What `count` says; of a wide place what it said within the last COUNTED_S, for the same
    asker's places."""
    if not wanted.is_wide:
        return count()
    scope = ",".join(actor.places(Action.OUTLET_VIEW))
    key = "finding:" + hashlib.sha256(f"{name}|{scope}|{wanted}".encode()).hexdigest()
    found = cache.get(key)
    if found is None:
        found = count()
        cache.set(key, found, COUNTED_S)
    return found
