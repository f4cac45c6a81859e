"""What a reorganisation would do, thing by thing, and what nobody has decided yet. Reads only."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from loa.lib.batches import batched
from loa.lib.sentences import Sentence
from loa.places import rules
from loa.places.models import Decision, Level, Place, Reorganisation
from loa.places.reform import operations
from loa.places.reform.homes import Home, homes, rooms
from loa.places.reform.mapping import Change, Successor, candidates, known, resolve
from loa.places.reform.operations import Key, ReformRefused, Row
from loa.places.reform.siting import Candidate, Point, agreed, sited

HAMLET, OFFICE = "places.hamlet", "office"
LABELS = {
    HAMLET: Sentence("thôn, tổ dân phố"),
    OFFICE: Sentence("hồ sơ của đơn vị"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """Something of a split unit. `code` is its successor, None while nobody knows; `by` is
    `coordinates`, a person's journal name, or empty."""

    what: str
    row: UUID
    name: str
    former: Place
    code: str | None
    by: str = ""


@dataclass(frozen=True, slots=True)
class NewHamlet:
    """A standing hamlet of a unit that changes: `code` and `path` as they will be."""

    hamlet: Place
    successor: Successor
    code: str
    path: str
    name: str

    @property
    def stays(self) -> bool:
        """Whether its path stays, so that only the row above it changes."""
        return self.path == self.hamlet.path


@dataclass
class Plan:
    """The whole of it. `moving` holds (row, former place, successor or hamlet) for each home."""

    reorganisation: Reorganisation
    change: Change
    items: list[Item]
    hamlets: list[NewHamlet]
    moving: dict[str, list[tuple[UUID, UUID]]]
    blockers: list[Sentence] = field(default_factory=list)
    notices: list[Sentence] = field(default_factory=list)

    @property
    def undecided(self) -> list[Item]:
        return [item for item in self.items if item.code is None]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each home are touched, the hamlets first."""
        found = {HAMLET: len(self.hamlets)}
        return found | {what: len(rows) for what, rows in self.moving.items()}

    def decided(self) -> dict[tuple[str, UUID], str]:
        return {(item.what, item.row): item.code for item in self.items if item.code is not None}

    @property
    def digest(self) -> str:
        """Names what this preview says: another one is to be seen before it is applied."""
        said = [
            [[one.level, one.code, one.name, one.path] for one in self.change.successors.values()],
            sorted([str(a), b, c] for (a, b), c in self.change.shares.items()),
            sorted([item.what, str(item.row), item.code or ""] for item in self.items),
            sorted([str(one.hamlet.pk), one.path, one.name] for one in self.hamlets),
            sorted(self.counts.items()),
        ]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def rows_of(reorganisation: Reorganisation) -> list[Row]:
    return [Row(**row) for row in reorganisation.rows]


def change_of(rows: Sequence[Row], day: Any) -> Change:
    """The checked mapping of the rows. Raises ReformRefused."""
    operations.check(rows, known(rows, day))
    return resolve(rows, day)


def plan(reorganisation: Reorganisation) -> Plan:
    """What it would do now. Raises ReformRefused where the gazetteer no longer agrees with it."""
    change = change_of(rows_of(reorganisation), reorganisation.day)
    said = {
        (row.what, row.row): (row.code, row.by)
        for row in Decision.objects.filter(reorganisation=reorganisation)
    }
    sites = {former: candidates(change, former) for former in change.split}
    standing = _standing_hamlets(change)
    hamlet_items = _hamlet_items(change, standing, sites, said)
    hamlet_codes = {item.row: item.code for item in hamlet_items}
    items = [*_office_items(change, said), *hamlet_items]
    moving: dict[str, list[tuple[UUID, UUID]]] = {}
    wanted = {*change.formers, *(hamlet.pk for hamlet in standing)}
    for home in homes():
        rows = list(rows_at(home, wanted))
        moving[home.what] = rows
        if home.split == "each":
            split = [(row, at) for row, at in rows if at in change.split]
            items += _row_items(home, split, change, sites, said, hamlet_codes)
    found = Plan(reorganisation, change, items, [], moving)
    found.hamlets = _new_hamlets(change, standing, hamlet_codes)
    paths = change.paths()
    for room in rooms():
        found.blockers += room.blockers(paths) if room.blockers else ()
        found.notices += room.notices(paths) if room.notices else ()
    return found


def rows_at(home: Home, wanted: Collection[UUID]) -> Iterator[tuple[UUID, UUID]]:
    """(row, place) of the home's rows at one of the places, in the order they were made."""
    for some in batched(sorted(wanted)):
        rows = home.model._default_manager.filter(**{f"{home.field}__in": some}).order_by("pk")
        yield from rows.values_list("pk", home.field)


# What of a split unit goes where


def _office_items(change: Change, said: Mapping[tuple[str, UUID], tuple[str, str]]) -> list[Item]:
    found = []
    for former in change.split:
        place = change.formers[former]
        code, by = _valid(said.get((OFFICE, former)), change, former)
        found.append(Item(OFFICE, former, place.name, place, code, by))
    return found


def _valid(said: tuple[str, str] | None, change: Change, former: UUID) -> tuple[str | None, str]:
    """A decision counts while its successor is one of the unit's."""
    if said is None or said[0] not in {one.code for one in change.split[former]}:
        return None, ""
    return said


def _hamlet_items(
    change: Change,
    standing: Sequence[Place],
    sites: Mapping[UUID, list[Candidate]],
    said: Mapping[tuple[str, UUID], tuple[str, str]],
) -> list[Item]:
    found = []
    for hamlet in standing:
        former = hamlet.parent_id
        if former is None or former not in change.split:
            continue
        code, by = _valid(said.get((HAMLET, hamlet.pk)), change, former)
        point = _point(hamlet)
        if code is None and point is not None:
            code = sited(point, sites[former])
            by = "coordinates" if code else ""
        found.append(Item(HAMLET, hamlet.pk, hamlet.name, change.formers[former], code, by))
    return found


def _point(place: Place) -> Point | None:
    if place.latitude is None or place.longitude is None:
        return None
    return (place.latitude, place.longitude)


def _row_items(
    home: Home,
    rows: Sequence[tuple[UUID, UUID]],
    change: Change,
    sites: Mapping[UUID, list[Candidate]],
    said: Mapping[tuple[str, UUID], tuple[str, str]],
    hamlet_codes: Mapping[UUID, str | None],
) -> list[Item]:
    ids = [row for row, _ in rows]
    points = home.points(ids) if home.points and ids else {}
    names = home.names(ids) if home.names and ids else {}
    found = []
    for row, former in rows:
        code, by = _valid(said.get((home.what, row)), change, former)
        if code is None and points.get(row):
            code = agreed(
                hamlet_codes.get(at) if isinstance(at, UUID) else sited(at, sites[former])
                for at in points[row]
            )
            by = "coordinates" if code else ""
        name = names.get(row, "")
        found.append(Item(home.what, row, name, change.formers[former], code, by))
    return found


# Hamlets


def _standing_hamlets(change: Change) -> list[Place]:
    found: list[Place] = []
    for some in batched(sorted(change.formers)):
        rows = Place.objects.filter(parent__in=some, level=Level.HAMLET, valid_to=None)
        found += rows.order_by("code")
    return found


def _new_hamlets(
    change: Change, standing: Sequence[Place], decided: Mapping[UUID, str | None]
) -> list[NewHamlet]:
    """Numbers and names under the successors: those of the unit that keeps its code keep theirs,
    the others get the next free ones; a name that would stand twice says where it was."""
    coming: dict[Key, list[Place]] = {}
    for hamlet in standing:
        former = hamlet.parent_id
        if former is None:
            continue
        one = change.whole.get(former) or _end(change, former, decided.get(hamlet.pk))
        if one is not None:
            coming.setdefault(one.key, []).append(hamlet)
    there = _hamlets_there(change, coming)
    found: list[NewHamlet] = []
    for key, arriving in coming.items():
        found += _numbered(change, change.successors[key], arriving, there.get(key[1], []))
    return found


def _end(change: Change, former: UUID, code: str | None) -> Successor | None:
    return next((one for one in change.split[former] if one.code == code), None)


def _hamlets_there(change: Change, coming: Iterable[Key]) -> dict[str, list[Place]]:
    """Every hamlet that ever stood under the codes of the successors, by code: numbers are never
    given twice."""
    paths = {change.successors[key].path: key[1] for key in coming}
    found: dict[str, list[Place]] = {}
    for some in batched(sorted(paths)):
        rows = Place.objects.filter(parent__path__in=some, level=Level.HAMLET)
        for hamlet in rows.select_related("parent"):
            found.setdefault(paths[hamlet.path.rpartition("/")[0]], []).append(hamlet)
    return found


def _numbered(
    change: Change, one: Successor, arriving: Sequence[Place], there: Sequence[Place]
) -> list[NewHamlet]:
    taken = [hamlet.code[5:] for hamlet in there]
    coming = {hamlet.pk for hamlet in arriving}
    names = {
        rules.spelling(hamlet.name)
        for hamlet in there
        if hamlet.valid_to is None and hamlet.pk not in coming
    }
    found = []
    # Who keeps the code comes first, then as the former units' codes stand.
    for hamlet in sorted(arriving, key=lambda h: (h.code[:5] != one.code, h.code)):
        if hamlet.code[:5] == one.code:
            number = hamlet.code[5:]
        else:
            number = _next(one, taken)
            taken.append(number)
        name = hamlet.name
        if rules.spelling(name) in names:
            former = change.formers[hamlet.parent_id] if hamlet.parent_id else hamlet
            name = renamed(name, former.name, 80)
        names.add(rules.spelling(name))
        found.append(NewHamlet(hamlet, one, one.code + number, f"{one.path}/{number}", name))
    return found


def _next(one: Successor, taken: Sequence[str]) -> str:
    try:
        return rules.next_hamlet(taken)
    except ValueError as error:
        raise ReformRefused(
            "too_many_hamlets", "%(name)s sẽ có hơn 999 thôn, tổ dân phố.", name=one.name
        ) from error


def renamed(name: str, former: str, most: int) -> str:
    """A name that would stand twice, with where it was: "Thôn Đông (Xã Bên Cạnh)"."""
    tail = f" ({former})"
    return name[: most - len(tail)] + tail
