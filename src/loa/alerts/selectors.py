"""Reading orders: what is in force where, what waits, and what became of one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum

from loa.alerts import rules
from loa.alerts.models import Answer, Area, Order, State, Target
from loa.alerts.orders import validity
from loa.alerts.rules import Known
from loa.lib import clock
from loa.outlets import selectors as outlets
from loa.people.rules import Action, Actor
from loa.places.selectors import inside, lineage, present, present_each
from loa.places.selectors import standing as standing_places
from loa_protocol import paths
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind

if TYPE_CHECKING:
    from loa.outlets.models import Outlet

_OPENING = [kind.value for kind in rules.OPENING]


def order_get(order_id: str) -> Order | None:
    """One order; None for an unknown one."""
    return Order.objects.filter(pk=order_id).first()


def targets_of(order: Order) -> tuple[str, ...]:
    """The order's places, as signed. Asked once for each order in hand: they never change."""
    return tuple(_targets(order))


def targets_of_orders(order_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The places of each of these orders, as signed. One query."""
    found: dict[str, list[str]] = {}
    rows = Target.objects.filter(order__in=list(order_ids)).order_by("pk")
    for order_id, path in rows.values_list("order_id", "path"):
        found.setdefault(order_id, []).append(path)
    return {order_id: tuple(where) for order_id, where in found.items()}


def _targets(order: Order) -> dict[str, bool]:
    """The targets in order, and whether a unit with that path stands."""
    known: dict[str, bool] | None = getattr(order, "_target_paths", None)
    if known is None:
        stands = Exists(standing_places().filter(path=OuterRef("path")))
        rows = order.targets.order_by("pk").annotate(stands=stands)
        known = dict(rows.values_list("path", "stands"))
        order._target_paths = known  # type: ignore[attr-defined]  # this instance's memory
    return known


def places_of(order: Order) -> list[str]:
    """The order's places as they are called today."""
    known = _targets(order)
    return list(known) if all(known.values()) else present(known)


def known(order_id: str) -> Known | None:
    """The issued alert or drill with this id (or that this update is about), as it stands now."""
    order = Order.objects.filter(pk=order_id, state=State.ISSUED).first()
    if order is not None and order.alert != order.pk:
        order = Order.objects.filter(pk=order.alert, state=State.ISSUED).first()
    if order is None or order.kind not in _OPENING:
        return None
    newest = newest_wording(order)
    halted = order.kind == Kind.FILL and order.ended_at is not None and not _cancelled(order)
    return Known(
        id=order.pk,
        drill=order.drill,
        level=order.level,
        path=order.path,
        targets=targets_of(order),
        expires=newest.expires_at,
        until=order.expires_at,
        ended=order.ended_at is not None,
        revision=newest.revision,
        halted=halted,
    )


def _cancelled(alert: Order) -> bool:
    return Order.objects.filter(alert=alert.pk, kind=Kind.CANCEL.value, state=State.ISSUED).exists()


def newest_wording(alert: Order) -> Order:
    """The alert itself or its newest issued update."""
    updates = Order.objects.filter(alert=alert.pk, kind=Kind.UPDATE.value, state=State.ISSUED)
    return updates.order_by("-revision").first() or alert


# In force


def in_force(area: str | None = None) -> list[Order]:
    """Issued orders that a device must still hear of: alerts and drills that stand,
    their newest update, cancels until what they end is over, mutes and resumes while they last.
    """
    now = clock.now()
    found = Order.objects.filter(state=State.ISSUED, expires_at__gt=now)
    if area is not None:
        found = found.filter(pk__in=_reaching(area))
    return validity.counting(list(found.order_by("issued_at", "pk")))


def _reaching(area: str) -> QuerySet[Target, str]:
    """Ids of orders with a target at, above or inside the commune at `area`."""
    above = list(paths.ancestors(area))
    reach = Q(path__in=above) | Q(path__startswith=area + "/")
    return Target.objects.filter(reach).values_list("order_id", flat=True)


def open_ids(area: str) -> list[str]:
    """The ids that the commune's `open` lists."""
    return [order.pk for order in in_force(area)]


@dataclass(frozen=True, slots=True)
class Opened:
    """What an `open` says of orders: their ids, and when the first of them was made."""

    ids: tuple[str, ...]
    first: datetime | None


def opened(area: str) -> Opened:
    """The orders in force in a commune, as many as fit."""
    found = validity.listed(in_force(area))
    return Opened(tuple(order.pk for order in found), min((o.made_at for o in found), default=None))


def envelopes(area: str) -> list[Envelope]:
    """The orders in force in a commune, as signed, as many as its `open` lists."""
    found = validity.listed(in_force(area))
    return [Envelope.parse(bytes(order.envelope or b"")) for order in found]


def areas_in_force() -> set[str]:
    """Communes with devices where something is in force."""
    reached = Target.objects.filter(
        order__state=State.ISSUED, order__expires_at__gt=clock.now()
    ).values_list("path", flat=True)
    return set(communes_of(set(reached)))


def communes_of(targets: Iterable[str]) -> list[str]:
    """The communes with live devices at, above or inside the targets."""
    wanted = tuple(targets)
    return [
        area
        for area in outlets.communes_with_devices()
        if any(paths.inside(area, t) or paths.inside(t, area) for t in wanted)
    ]


def unpublished() -> list[Order]:
    """Issued orders that the lane has not taken up, real before drill, higher class first."""
    found = Order.objects.filter(state=State.ISSUED, published_at=None).order_by("issued_at", "pk")
    return sorted(found, key=lambda o: (o.drill, -o.level, validity.rank(o)))


def is_order_media(sha256: str) -> bool:
    """Whether an issued order that still stands names this file: only then devices may have it."""
    return Order.objects.filter(
        speech_id=sha256, state=State.ISSUED, expires_at__gt=clock.now()
    ).exists()


def silent_areas(order: Order) -> list[str]:
    """Communes of the order where fewer outlets answered than it was meant for."""
    answered = dict(
        Answer.objects.filter(order=order)
        .values_list("area")
        .annotate(number=Count("pk"))
        .values_list("area", "number")
    )
    rows = Area.objects.filter(order=order).values_list("path", "targeted")
    return [path for path, targeted in rows if answered.get(path, 0) < targeted]


# For people


def orders_for(actor: Actor) -> QuerySet[Order]:
    """Orders that touch the asker's places, newest first: those they may write or approve."""
    mine = lineage((*actor.places(Action.ALERT_AUTHOR), *actor.places(Action.ALERT_APPROVE)))
    reach = inside(mine, "targets__path")
    for path in mine:
        reach |= Q(targets__path__in=list(paths.ancestors(path)))
    return Order.objects.filter(reach).distinct().order_by("-proposed_at", "-pk")


def order_for(actor: Actor, order_id: str) -> Order | None:
    """One order, if the asker may see it (see `orders_for`)."""
    order = order_get(order_id)
    if order is None:
        return None
    mine = (*actor.places(Action.ALERT_AUTHOR), *actor.places(Action.ALERT_APPROVE))
    touched = {*targets_of(order), *places_of(order)}
    seen = any(paths.inside(a, b) or paths.inside(b, a) for a in touched for b in mine)
    return order if seen else None


def titles(ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Kind and title of orders by id, for lists of what sounded; unknown ids are left out."""
    wanted = set(ids)
    rows = Order.objects.filter(pk__in=wanted).values_list("pk", "kind", "title") if wanted else ()
    return {pk: (kind, title) for pk, kind, title in rows}


def is_any_proposed() -> bool:
    """Whether an order waits for its second signature."""
    first = clock.now() - rules.PROPOSAL_LIFE
    return Order.objects.filter(state=State.PROPOSED, made_at__gt=first).exists()


def waiting_for(actor: Actor) -> list[Order]:
    """Proposed orders that the asker may sign as the second person, oldest first."""
    from loa.people.selectors import person_of

    now, me = clock.now(), person_of(actor)
    found = Order.objects.filter(
        state=State.PROPOSED, made_at__gt=now - rules.PROPOSAL_LIFE, expires_at__gt=now
    ).prefetch_related("targets")
    waiting = [order for order in found.order_by("proposed_at", "pk") if order.author != me]
    named = present_each(target.path for order in waiting for target in order.targets.all())
    return [
        order
        for order in waiting
        if all(
            actor.may(Action.ALERT_APPROVE, path)
            for target in order.targets.all()
            for path in named[target.path]
        )
    ]


def about(alert: str) -> list[Order]:
    """Everything issued or proposed about one alert, oldest first."""
    return list(Order.objects.filter(alert=alert).order_by("proposed_at", "pk"))


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of an order, by outlets. They overlap from left to right; `missing` are those
    that were meant and have said nothing."""

    targeted: int
    accepted: int
    sounding: int
    played: int
    refused: int
    missing: int
    first_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AreaTally:
    """The same for one commune."""

    path: str
    tally: Tally


def tally(order: Order) -> Tally:
    """The whole order in two queries."""
    targeted = order.areas.aggregate(number=Sum("targeted"))["number"] or 0
    row = Answer.objects.filter(order=order).aggregate(
        **COUNTS, answered=Count("pk"), first=Min("first_at")
    )
    return _tally(targeted, row, row["first"])


def tally_by_area(order: Order) -> list[AreaTally]:
    """By commune, those with most missing first."""
    meant = dict(order.areas.values_list("path", "targeted"))
    rows = (
        Answer.objects.filter(order=order).values("area").annotate(**COUNTS, answered=Count("pk"))
    )
    told = {row["area"]: row for row in rows}
    empty = dict.fromkeys((*COUNTS, "answered"), 0)
    found = [
        AreaTally(path, _tally(meant.get(path, 0), told.get(path, empty), None))
        for path in {*meant, *told}
    ]
    return sorted(found, key=lambda one: (-one.tally.missing, one.path))


def tally_sum(areas: Iterable[AreaTally]) -> Tally:
    """The whole order from its communes, without another query."""
    parts = [one.tally for one in areas]
    names = ("targeted", "accepted", "sounding", "played", "refused", "missing")
    return Tally(**{name: sum(getattr(part, name) for part in parts) for name in names})


COUNTS = {
    "accepted": Count("pk", filter=Q(accepted_at__isnull=False)),
    "sounding": Count("pk", filter=Q(started_at__isnull=False)),
    "played": Count("pk", filter=Q(plays__gt=0)),
    "refused": Count("pk", filter=~Q(refused="") & Q(accepted_at=None)),
}


def _tally(targeted: int, row: Mapping[str, Any], first: datetime | None) -> Tally:
    return Tally(
        targeted,
        row["accepted"],
        row["sounding"],
        row["played"],
        row["refused"],
        max(0, targeted - row["answered"]),
        first,
    )


def answers(order: Order, area: str | None = None) -> list[Answer]:
    """What outlets said, newest first."""
    found = Answer.objects.filter(order=order).select_related("outlet__station__place")
    if area is not None:
        found = found.filter(area=area)
    return list(found.order_by("-first_at", "-pk"))


def missing(order: Order, limit: int) -> "list[Outlet]":
    """Outlets that the order was meant for and that have said nothing, with their health."""
    said = Answer.objects.filter(order=order).values("outlet_id")
    return list(outlets.covered_outlets(targets_of(order)).exclude(pk__in=said)[:limit])


@dataclass(frozen=True, slots=True)
class Before:
    """The last order of the same nature in these places, to compare with."""

    order: Order
    tally: Tally


def before(order: Order) -> Before | None:
    """The one issued before it by the same office, drill with drill and real with real."""
    found = Order.objects.filter(
        kind=order.kind,
        path=order.path,
        state=State.ISSUED,
        issued_at__lt=order.issued_at or order.proposed_at,
    )
    last = found.order_by("-issued_at", "-pk").first()
    return Before(last, tally(last)) if last else None
