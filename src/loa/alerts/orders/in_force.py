"""Orders in force as people everywhere above them see them: where, with which counts, by whom.

Every open page asks; so the answer is made once a second for all of them. The stamp costs one
query by index and says whether there is anything to ask for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Q, Sum

from loa.alerts import rules, selectors
from loa.alerts.models import Answer, Area, Order, State
from loa.alerts.orders.acts import words_by_alert
from loa.alerts.orders.phases import read_through
from loa.alerts.orders.silence import WORDS, Word, silence
from loa.lib import clock
from loa.outlets.rules import SILENT_AFTER
from loa.people.selectors import names_of_persons
from loa.places.selectors import names_of, present_each
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside, inside_any
from loa_protocol.payloads import Sounding, parse_payload
from loa_protocol.refusals import Refused

SOUNDING = (Kind.ALERT.value, Kind.FILL.value, Kind.DRILL.value, Kind.UPDATE.value)
COUNTED_FOR_S = 1.0
_KEY = "orders-on-air"


@dataclass(frozen=True, slots=True)
class Counts:
    """Outlets of an order in some communes: that must sound it, that have it, that sound it at
    this moment, that have read it, that refuse it, that have not answered."""

    targeted: int = 0
    accepted: int = 0
    sounding: int = 0
    played: int = 0
    refused: int = 0
    missing: int = 0
    finished: int = 0
    """Outlets that have read it as often as the order says."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, n) + getattr(other, n) for n in Counts.__slots__))


@dataclass(frozen=True, kw_only=True, slots=True)
class OnAir:
    """An alert or drill in force by its newest words. `targets` are the places as they are called
    today, `words` its silences and resumptions, oldest first, `communes` its counts by commune."""

    alert: str
    drill: bool
    level: int
    title: str
    text: str
    path: str
    since: datetime | None
    until: datetime
    signers: tuple[str, ...]
    """The names of the two who signed, as far as this node knows them."""
    targets: tuple[str, ...]
    names: dict[str, str]
    """What `path` and `targets` are called."""
    made_at: datetime
    begins: datetime | None = None
    """When a filled template begins to sound, unless somebody stops it before."""
    words: tuple[Word, ...] = ()
    communes: dict[str, Counts] = field(default_factory=dict)
    read: bool = False
    """Whether its readings are over and none follow, by its signed words and the clock."""

    def concerns(self, path: str) -> bool:
        """Whether it sounds at, below or above the place."""
        return any(inside(target, path) or inside(path, target) for target in self.targets)

    def counts(self, paths: Sequence[str]) -> Counts:
        """The counts of its communes at or below `paths`, or that hold one of them."""
        total = Counts()
        for commune, counts in self.communes.items():
            if inside_any(commune, paths) or any(inside(path, commune) for path in paths):
                total += counts
        return total

    def finished(self, paths: Sequence[str]) -> bool:
        """Whether nothing more of it is read there: every outlet that has it has read it as often
        as it says, or its time for that is over. An outlet that sounds it is believed first."""
        counts = self.counts(paths)
        done = self.read or 0 < counts.accepted == counts.finished
        return done and not counts.sounding

    def ended_by_real(self, path: str, orders: Iterable["OnAir"]) -> bool:
        """Whether this is a drill that later real orders ended everywhere at the place."""
        later = [one for one in orders if not one.drill and one.made_at > self.made_at]
        if not self.drill or not later:
            return False
        near = [one for one in self.targets if inside(one, path) or inside(path, one)]
        here = [one if inside(one, path) else path for one in near]
        return all(any(inside_any(place, one.targets) for one in later) for place in here)

    def silent_until(self, path: str, now: datetime) -> datetime | None:
        """When it sounds again at `path`, where it is silent everywhere there; else None."""
        meant = [one for one in self.targets if inside(one, path)] or [path]
        found = silence(meant, self.words, now)
        return found.until if found.whole and not found.but else None


@dataclass(frozen=True, slots=True)
class Stamp:
    """`text` changes whenever an order is proposed, issued, climbs, is declined, ended or over."""

    text: str
    issued: int
    waiting: int


def stamp() -> Stamp:
    """What stands and waits on this node at this moment. One query by index."""
    now = clock.now()
    issued = Q(state=State.ISSUED)
    waits = Q(state=State.PROPOSED, made_at__gt=now - rules.PROPOSAL_LIFE)
    found = Order.objects.filter(issued | waits, expires_at__gt=now).aggregate(
        issued=Count("pk", filter=issued),
        last=Max("issued_at"),
        ended=Max("ended_at"),
        waiting=Count("pk", filter=waits),
        asked=Max("proposed_at", filter=waits),
        climbed=Sum("climbed", filter=waits),
    )
    text = "-".join(_plain(part) for part in found.values())
    return Stamp(text, found["issued"], found["waiting"])


def _plain(part: object) -> str:
    if isinstance(part, datetime):
        return f"{part.timestamp():.6f}"
    return "0" if part is None else str(part)


def on_air(stamped: Stamp | None = None) -> tuple[OnAir, ...]:
    """The orders in force on this node, real ones first, with counts at most a second old."""
    stamped = stamped or stamp()
    if not stamped.issued:
        return ()
    now_s = clock.current().monotonic()
    held = cache.get(_KEY)
    if held is not None and held[0] == stamped.text and 0 <= now_s - held[1] < COUNTED_FOR_S:
        kept: tuple[OnAir, ...] = held[2]
        return kept
    found = _now()
    cache.set(_KEY, (stamped.text, now_s, found), 60)
    return found


def on_air_at(paths: Sequence[str], stamped: Stamp | None = None) -> list[OnAir]:
    """Of these, those that concern one of the places; a drill only where no real order ended it."""
    found = on_air(stamped)
    return [
        one
        for one in found
        if any(one.concerns(path) and not one.ended_by_real(path, found) for path in paths)
    ]


def _now() -> tuple[OnAir, ...]:
    now = clock.now()
    standing = selectors.in_force()
    found = [order for order in standing if order.kind in SOUNDING]
    # A correction stands for its alert.
    updated = {order.alert for order in found if order.kind == Kind.UPDATE.value}
    found = [o for o in found if o.kind == Kind.UPDATE.value or o.pk not in updated]
    if not found:
        return ()
    said = [order for order in standing if order.kind in WORDS]
    targets = selectors.targets_of_orders(one.pk for one in found)
    today = present_each(path for order in found for path in targets.get(order.pk, ()))
    words = words_by_alert(said)
    plays = {order.pk: _plays(order) for order in found}
    places = names_of({*(p for some in today.values() for p in some), *(o.path for o in found)})
    people = names_of_persons({*(o.author for o in found), *(o.approver for o in found)} - {""})
    communes = _communes({order.pk: order.alert for order in found}, plays)
    return tuple(
        OnAir(
            alert=order.alert,
            drill=order.drill,
            level=order.level,
            title=order.title,
            text=order.text,
            path=order.path,
            since=order.issued_at,
            made_at=order.made_at,
            until=order.expires_at,
            signers=tuple(people[p] for p in (order.author, order.approver) if p in people),
            targets=tuple(p for one in targets.get(order.pk, ()) for p in today[one]),
            names=places,
            begins=order.begins_at,
            words=tuple(words.get(order.alert, ())),
            communes=communes[order.pk],
            read=read_through(order, words.get(order.alert, []), targets.get(order.pk, ()), now),
        )
        for order in sorted(found, key=lambda order: (order.drill, -order.level))
    )


def _plays(order: Order) -> int:
    """How often it is read; 0 where it goes on until it ends, also at intervals, and for words that
    cannot be read here: then it never counts as finished."""
    try:
        doc = parse_payload(Kind(order.kind), bytes(order.payload))
    except Refused:
        return 0
    if not isinstance(doc, Sounding) or getattr(doc, "every_s", None):
        return 0
    return doc.plays or 0


def _communes(alerts: dict[str, str], plays: dict[str, int]) -> dict[str, dict[str, Counts]]:
    """By order, the counts of each of its communes. Two queries. `alerts` names the alert of each
    order, `plays` how often it is read."""
    found = defaultdict[str, dict[str, Counts]](dict)
    meant = Area.objects.filter(order__in=list(plays)).values_list("order_id", "path", "targeted")
    for order_id, path, targeted in meant:
        found[order_id][path] = Counts(targeted=targeted, missing=targeted)
    sounds = enough = Q(pk__in=[])
    for order_id, often in plays.items():
        # A device names the alert or its newest words; what it says of itself is a hint.
        sounds |= Q(order=order_id, outlet__health__item__in=[order_id, alerts[order_id]])
        if often:
            enough |= Q(order=order_id, plays__gte=often)
    fresh = clock.now() - SILENT_AFTER
    sounds &= Q(outlet__health__state="alert", outlet__health__seen_at__gt=fresh)
    rows: Iterable[Mapping[str, Any]] = (
        Answer.objects.filter(order__in=list(plays))
        .values("order_id", "area")
        .annotate(**selectors.COUNTS, answered=Count("pk"))
        .annotate(now=Count("pk", filter=sounds), finished=Count("pk", filter=enough))
    )
    for row in rows:
        known = found[row["order_id"]].get(row["area"], Counts())
        found[row["order_id"]][row["area"]] = Counts(
            targeted=known.targeted,
            accepted=row["accepted"],
            sounding=row["now"],
            played=row["played"],
            refused=row["refused"],
            missing=max(0, known.targeted - row["answered"]),
            finished=row["finished"],
        )
    return found
