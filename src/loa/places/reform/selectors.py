"""Reading reorganisations."""

from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from loa.places import gazetteer
from loa.places.models import Level, Place, Reorganisation, Share, Succession
from loa.places.reform.homes import homes
from loa.places.reform.mapping import Successor
from loa.places.reform.operations import Row
from loa.places.reform.planning import LABELS, Item, Plan


def reforms() -> list[Reorganisation]:
    """Every reorganisation, newest first."""
    return list(Reorganisation.objects.order_by("-made_at"))


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
