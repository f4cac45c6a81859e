"""Reading: where an item is, which outlets confirmed, what the accounts can do."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from loa.channels.models import ChannelAccount, ChannelOutlet, Dispatch, DispatchRecipient
from loa.channels.registry import channel_of
from loa.channels.rules import State, Withdrawn
from loa.delivery import selectors as delivery
from loa.people.rules import Action, Actor
from loa.places.selectors import inside


@dataclass(frozen=True, slots=True)
class Reach:
    """One outlet that an item is for, whatever its channel: what is known, by the word of which
    grade, and how taking it back stands. `people` counts the copies of a list by state."""

    key: str
    kind: str
    label: str
    outlet: str
    place: str
    state: str
    grade: str
    at: datetime | None
    withdrawn: str = ""
    code: str = ""
    error: str = ""
    people: dict[str, int] = field(default_factory=dict)

    @property
    def had_it(self) -> bool:
        """Whether the item may have reached people there."""
        return self.state not in {State.WAITING, State.FAILED}


def reach_of_bulletin(bulletin_id: UUID) -> list[Reach]:
    """Every outlet of every channel that a bulletin is for, loudspeakers included: what failed
    first. Loudspeakers are asked from their plans and signed receipts; five queries."""
    rows = _reach(Dispatch.objects.filter(bulletin=bulletin_id))
    return _worst_first([*rows, *_poles(bulletin_id)])


def reach_of_orders(order_ids: Sequence[str]) -> list[Reach]:
    """Every outlet of the channels beside loudspeakers that these orders are for: what failed
    first. An order's loudspeakers have their own answers (`alerts.selectors.tally`)."""
    return _worst_first(_reach(Dispatch.objects.filter(order__in=order_ids)))


def confirmed(reach: Iterable[Reach]) -> tuple[list[Reach], list[Reach]]:
    """Of the outlets that had an item which was taken back: those that confirmed that it is gone,
    and those that did not."""
    had = [one for one in reach if one.had_it or one.withdrawn]
    gone = [one for one in had if one.withdrawn == Withdrawn.CONFIRMED]
    return gone, [one for one in had if one.withdrawn != Withdrawn.CONFIRMED]


def _reach(rows: QuerySet[Dispatch]) -> list[Reach]:
    found = list(rows.select_related("outlet__account", "outlet__place"))
    if not found:
        return []
    people: dict[UUID, Counter[str]] = {}
    copies = DispatchRecipient.objects.filter(dispatch__in=[row.pk for row in found])
    counts = copies.values("dispatch", "state").annotate(number=Count("pk"))
    for dispatch, state, number in counts.values_list("dispatch", "state", "number"):
        people.setdefault(dispatch, Counter())[state] = number
    return [_reached(row, people.get(row.pk, Counter())) for row in found]


def _reached(row: Dispatch, people: Counter[str]) -> Reach:
    channel = channel_of(row.outlet.account.kind)
    return Reach(
        key=str(row.pk),
        kind=row.outlet.account.kind,
        label=channel.label if channel else row.outlet.account.kind,
        outlet=row.outlet.name,
        place=row.outlet.place.name,
        state=row.state,
        grade=row.grade,
        at=row.done_at or row.begun_at,
        withdrawn=row.withdrawn,
        code=row.code,
        error=row.error or row.withdraw_error,
        people=dict(people),
    )


def reach_of_row(row: Dispatch) -> Reach:
    """One dispatch as it is shown in a list, without counting a list's people. No query where
    `dispatches_of` gave the row."""
    return _reached(row, Counter())


def _poles(bulletin_id: UUID) -> list[Reach]:
    """The loudspeakers, by what their receipts say. Of results of one pole the best word counts."""
    best: dict[UUID, Reach] = {}
    for play in delivery.plays_of(bulletin_id):
        shown = play.result == "played" and not play.simulated
        told = Reach(
            key=str(play.outlet_id),
            kind="speaker",
            label="Cụm loa",
            outlet=play.outlet.name,
            place=play.station.name,
            state=State.SHOWN if shown else State.FAILED,
            grade=play.grade if shown else "",
            at=play.at,
            code="" if shown else play.reason,
        )
        known = best.get(play.outlet_id)
        if known is None or (told.state == State.SHOWN and known.state != State.SHOWN):
            best[play.outlet_id] = told
    return list(best.values())


_ORDER = {State.FAILED: 0, State.UNKNOWN: 1, State.WAITING: 2, State.SENDING: 3}


def _worst_first(reach: Iterable[Reach]) -> list[Reach]:
    return sorted(reach, key=lambda one: (_ORDER.get(State(one.state), 4), one.label, one.outlet))


def accounts_of(actor: Actor) -> QuerySet[ChannelAccount]:
    """The accounts of places whose outlets the actor may see."""
    paths = actor.places(Action.OUTLET_VIEW)
    rows = ChannelAccount.objects.filter(inside(paths, "place__path"))
    return rows.select_related("place").order_by("kind", "name", "pk")


def outlets_of(actor: Actor) -> QuerySet[ChannelOutlet]:
    """The standing outlets in places that the actor may see."""
    paths = actor.places(Action.OUTLET_VIEW)
    rows = ChannelOutlet.objects.filter(inside(paths, "place__path"), retired_at=None)
    return rows.select_related("account", "place").order_by("account__kind", "name", "pk")


def dispatches_of(actor: Actor) -> QuerySet[Dispatch]:
    """What went, or should go, to the outlets that the actor may see; the newest first."""
    paths = actor.places(Action.OUTLET_VIEW)
    rows = Dispatch.objects.filter(inside(paths, "outlet__place__path"))
    return rows.select_related(
        "outlet__account", "outlet__place", "order", "bulletin__approved_version"
    ).order_by("-begun_at", "-pk")


def names_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    """What accounts and outlets are called, for the journal's pages; two queries."""
    wanted = list(ids)
    return {
        pk: name
        for model in (ChannelAccount, ChannelOutlet)
        for pk, name in model.objects.filter(pk__in=wanted).values_list("pk", "name")
    }
