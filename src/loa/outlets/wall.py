"""The wall: how the outlets of every place stand, counted by the worker, read at once by a screen.

A screen that is open all night must not count a country at every look. The worker counts some times
a minute and writes only what changed; the screen says when that was.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Q

from loa.outlets import rules
from loa.outlets.models import AreaCount, Outlet, ToldCount
from loa.people.rules import Action, Actor
from loa.places.selectors import inside

TROUBLE = ("fault", "muted")
STOPPED_AFTER = timedelta(minutes=5)
"""A count that is this old was not followed by another one: whoever looks must be told."""
_LAST = "wall:last-count"


def count(now: datetime) -> int:
    """Count all standing outlets and keep the sums by place. Returns how many rows changed.

    Telemetry, not a fact: nothing of it goes into the journal.
    """
    found = rules.tallies(_hamlets(now))
    _add_told(found)
    rows = {row.path: row for row in AreaCount.objects.all()}
    changed = []
    for path, tally in found.items():
        values = asdict(tally)
        row = rows.pop(path, None)
        if row is None or any(getattr(row, name) != value for name, value in values.items()):
            above = path.rpartition("/")[0]
            changed.append(AreaCount(path=path, above=above, counted_at=now, **values))
    with transaction.atomic():
        AreaCount.objects.filter(pk__in=list(rows)).delete()
        AreaCount.objects.bulk_create(
            changed,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["path"],
            update_fields=["above", "counted_at", *asdict(rules.AreaTally())],
        )
    cache.set(_LAST, now, None)
    return len(changed) + len(rows)


@dataclass(frozen=True, slots=True)
class Counting:
    """When the counting ended last, None where that is not known, and whether it goes on."""

    last: datetime | None
    goes_on: bool


def counting(now: datetime) -> Counting:
    """Whether the wall's numbers are being counted: a quiet night looks like a dead counter."""
    last: datetime | None = cache.get(_LAST)
    return Counting(last, last is not None and now - last < STOPPED_AFTER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One commune's numbers from the node that has it; what plays this moment stays there."""

    path: str
    outlets: int
    silent: int
    trouble: int
    never: int
    people_unreached: int
    hamlets_unreached: int
    hamlets_unknown: int


def take(*, origin: str, told: Sequence[Told], now: datetime) -> None:
    """Keep what a node below says; the caller has seen that the communes are that node's."""
    rows = [ToldCount(origin=origin, told_at=now, **asdict(one)) for one in told]
    names = [name for name in Told.__slots__ if name != "path"]
    ToldCount.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["path"],
        update_fields=["origin", "told_at", *names],
    )


def own_since(since: datetime | None) -> list[AreaCount]:
    """The communes of this node's own outlets whose numbers changed since a moment (None: all)."""
    rows = AreaCount.objects.exclude(pk__in=ToldCount.objects.values("path"))
    if since is not None:
        rows = rows.filter(counted_at__gte=since)
    return [row for row in rows.order_by("path") if row.path.count("/") == 2]


def _add_told(found: dict[str, rules.AreaTally]) -> None:
    """What the nodes below said, in every place above as well."""
    for row in ToldCount.objects.all():
        tally = rules.AreaTally(
            **{name: getattr(row, name) for name in Told.__slots__ if name != "path"}
        )
        parts = row.path.split("/")
        for depth in range(1, len(parts) + 1):
            found.setdefault("/".join(parts[:depth]), rules.AreaTally()).plus(tally)


def hamlets_under(targets: Sequence[str], now: datetime) -> list[rules.HamletCount]:
    """The outlets that an order for `targets` covers, counted as the wall counts them, now."""
    wide = [path for path in targets if path.count("/") < 3]
    narrow = [path for path in targets if path.count("/") == 3]
    return _hamlets(now, inside(wide, "station__place__path") | Q(hamlet__path__in=narrow))


def _hamlets(now: datetime, covered: Q | None = None) -> list[rules.HamletCount]:
    fresh = Q(health__online=True, health__seen_at__gt=now - rules.SILENT_AFTER)
    rows = (
        Outlet.objects.filter(covered or Q(), retired_at=None, station__closed_at=None)
        .values("station__place__path", "hamlet_id", "hamlet__path", "hamlet__people")
        .annotate(
            outlets=Count("pk"),
            heard=Count("pk", filter=Q(health__isnull=False)),
            fresh=Count("pk", filter=fresh),
            trouble=Count("pk", filter=fresh & Q(health__state__in=TROUBLE)),
            playing=Count("pk", filter=fresh & Q(health__state="playing")),
        )
    )
    return [
        rules.HamletCount(
            commune=row["station__place__path"],
            hamlet=row["hamlet_id"],
            people=row["hamlet__people"],
            outlets=row["outlets"],
            heard=row["heard"],
            fresh=row["fresh"],
            trouble=row["trouble"],
            playing=row["playing"],
            hamlet_path=row["hamlet__path"] or "",
        )
        for row in rows
    ]


def of_place(actor: Actor, path: str) -> AreaCount | None:
    """The sums of one place; None where nothing was counted or the asker may not see it."""
    seen = inside(actor.places(Action.OUTLET_VIEW))
    return AreaCount.objects.filter(seen, pk=path).first()


def below(actor: Actor, path: str, limit: int | None) -> list[AreaCount]:
    """The places one level below, those with most people unreached first; None: all of them."""
    seen = inside(actor.places(Action.OUTLET_VIEW))
    rows = AreaCount.objects.filter(seen, above=path)
    return list(rows.order_by("-people_unreached", "-silent", "path")[:limit])
