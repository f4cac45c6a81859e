"""Reading reorganisations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from loa.lib.batches import batched
from loa.places import gazetteer
from loa.places.models import (
    Level,
    Place,
    ReformState,
    Rehomed,
    Reorganisation,
    Share,
    Succession,
)
from loa.places.reform.figures import Move, home_on
from loa.places.reform.homes import homes
from loa.places.reform.mapping import Successor
from loa.places.reform.operations import Row
from loa.places.reform.planning import LABELS, Item, Plan


def reforms() -> list[Reorganisation]:
    """Every reorganisation, newest first."""
    return list(Reorganisation.objects.order_by("-made_at", "-pk"))


def reform_get(reform_id: UUID | str) -> Reorganisation | None:
    return Reorganisation.objects.filter(pk=reform_id).first()


def reform_found(text: str) -> Reorganisation | None:
    """By its id or the beginning of it, as the command line shows it; None unless exactly one."""
    found = [one for one in reforms() if str(one.pk).startswith(text.lower())]
    return found[0] if text and len(found) == 1 else None


def july_2025_rows(*, held_only: bool) -> list[Row]:
    """The reform of 1 July 2025 as lines: every former unit, or those under which something of a
    room still hangs (an older system's data that was taken in under the codes of then)."""
    rows = Succession.objects.filter(
        predecessor__level__in=[Level.PROVINCE, Level.COMMUNE],
        predecessor__valid_to=gazetteer.REFORM_DAY,
    ).select_related("predecessor", "successor")
    if held_only:
        rows = rows.filter(predecessor__in=held_places())
    return [
        Row(
            level=row.predecessor.level,
            former=row.predecessor.code,
            successor=row.successor.code,
            share=row.share,
        )
        for row in rows.order_by("predecessor__level", "predecessor__code", "share")
    ]


def held_places() -> list[UUID]:
    """Former units of July 2025 that something hangs on: in any room, or a hamlet."""
    found = set(
        Place.objects.filter(
            level=Level.HAMLET, valid_to=None, parent__valid_to__isnull=False
        ).values_list("parent_id", flat=True)
    )
    former = Place.objects.filter(valid_to=gazetteer.REFORM_DAY)
    for home in homes():
        held = home.model._default_manager.filter(**{f"{home.field}__in": former})
        found |= set(held.values_list(home.field, flat=True))
    return list(found)


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One successor as a preview shows it: what it comes from, with the shares in words."""

    successor: Successor
    formers: tuple[tuple[Place, str], ...]
    what: str

    @property
    def kept(self) -> bool:
        """Whether it goes on under the code of one of its predecessors."""
        return any(former.code == self.successor.code for former, _ in self.formers)


def unit_lines(plan: Plan) -> list[UnitLine]:
    """Every successor that is named in a line, provinces first; carried communes are only counted
    (`carried`)."""
    words = {value: str(label) for value, label in Share.choices}
    return [
        UnitLine(
            one,
            tuple((former, words[share]) for former, share in one.formers),
            _kind(one),
        )
        for one in sorted(
            plan.change.successors.values(), key=lambda s: (s.level != Level.PROVINCE, s.path)
        )
        if not one.carried
    ]


def _kind(one: Successor) -> str:
    if len(one.formers) > 1:
        return "merge"
    former, share = one.formers[0]
    if share != "whole":
        return "split"
    return "rename" if former.code == one.code else "replace"


def carried(plan: Plan) -> int:
    return sum(one.carried for one in plan.change.successors.values())


@dataclass(frozen=True, slots=True)
class Choice:
    """A split unit with what is to be decided of it, and its successors."""

    former: Place
    ends: tuple[Successor, ...]
    items: tuple[Item, ...]

    @property
    def open(self) -> int:
        return sum(item.code is None for item in self.items)


def choices(plan: Plan) -> list[Choice]:
    """By unit, those with most undecided first."""
    items = sorted(plan.items, key=lambda item: (item.former.code, str(item.former.pk)))
    found = [
        Choice(rows[0].former, tuple(plan.change.split[former]), tuple(rows))
        for former, group in groupby(items, key=lambda item: item.former.pk)
        for rows in [list(group)]
    ]
    return sorted(found, key=lambda choice: (-choice.open, choice.former.code))


def label_of(what: str) -> str:
    """A home's name in words."""
    found = next((home.label for home in homes() if home.what == what), None)
    return str(found or LABELS[what])


def made_of(reform: Reorganisation) -> list[tuple[Place, list[Place]]]:
    """The provinces and communes that applying it made, each with what it came from."""
    rows = Succession.objects.filter(
        successor__in=reform.made, successor__level__in=[Level.PROVINCE, Level.COMMUNE]
    ).select_related("predecessor", "successor")
    found: dict[Place, list[Place]] = {}
    for row in rows.order_by("successor__path", "predecessor__path"):
        found.setdefault(row.successor, []).append(row.predecessor)
    return list(found.items())


def homes_on(what: str, day: date, now: Mapping[UUID, UUID]) -> dict[UUID, Place | None]:
    """Where the rows of a home belong on the map of `day`, from where they are now (row to place).
    None for what came to a unit later that was made of several: nobody knows which it would have
    been."""
    moves: dict[UUID, list[Move[UUID]]] = {}
    for some in batched(now):
        rows = Rehomed.objects.filter(
            what=what,
            row__in=some,
            before__isnull=False,
            reorganisation__state__in=[ReformState.APPLIED, ReformState.CONFIRMED],
        )
        for row, at, before, after in rows.values_list(
            "row", "reorganisation__day", "before_id", "after_id"
        ):
            moves.setdefault(row, []).append(Move(at, before, after))
    homes = {row: home_on(day, place, moves.get(row, ())) for row, place in now.items()}
    units = _units_on(day, set(homes.values()))
    return {row: units[place] for row, place in homes.items()}


def _units_on(day: date, ids: set[UUID]) -> dict[UUID, Place | None]:
    """Each place as it stood on `day`: itself, or the one unit it wholly came from or went into."""
    found: dict[UUID, Place | None] = {}
    for some in batched(sorted(ids)):
        for place in Place.objects.filter(pk__in=some):
            found[place.pk] = _unit_on(day, place)
    return found


def _unit_on(day: date, place: Place) -> Place | None:
    for _ in range(8):
        if place.valid_from <= day and (place.valid_to is None or place.valid_to > day):
            return place
        rows = Succession.objects.select_related("predecessor", "successor")
        if place.valid_from > day:
            near = [(row.share, row.predecessor) for row in rows.filter(successor=place)[:2]]
        else:
            near = [(row.share, row.successor) for row in rows.filter(predecessor=place)[:2]]
        if len(near) != 1 or near[0][0] != Share.WHOLE:
            return None
        place = near[0][1]
    return None
