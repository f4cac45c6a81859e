"""A reorganisation's lines resolved against the gazetteer: who becomes whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q

from loa.places import rules
from loa.places.models import Boundary, Level, Place
from loa.places.reform import operations
from loa.places.reform.operations import Key, Known, ReformRefused, Row
from loa.places.reform.siting import Candidate

_LEVELS = (Level.PROVINCE, Level.COMMUNE)


@dataclass
class Successor:
    """A unit from the day on: one that stands already (`place`), or one to be made."""

    level: str
    code: str
    name: str
    province: str
    path: str
    place: Place | None = None
    formers: list[tuple[Place, str]] = field(default_factory=list)
    carried: bool = False
    """Named in no line: its province's path changes, and so does its own."""

    @property
    def key(self) -> Key:
        return (self.level, self.code)


@dataclass
class Change:
    """Former places with their successors. `whole` has one each, `split` several."""

    day: date
    successors: dict[Key, Successor]
    whole: dict[UUID, Successor] = field(default_factory=dict)
    split: dict[UUID, list[Successor]] = field(default_factory=dict)
    formers: dict[UUID, Place] = field(default_factory=dict)
    shares: dict[tuple[UUID, str], str] = field(default_factory=dict)
    """By former place and successor's code."""

    def main_of(self, former: UUID) -> str:
        """The code of the successor that took the main part."""
        return next(
            one.code for one in self.split[former] if self.shares[former, one.code] == "main"
        )

    def paths(self) -> dict[str, str | None]:
        """Former paths with the new one; None for a split unit."""
        found: dict[str, str | None] = {
            self.formers[pk].path: one.path for pk, one in self.whole.items()
        }
        return found | {self.formers[pk].path: None for pk in self.split}


def before(day: date) -> dict[Key, Place]:
    """The provinces and communes on the eve of `day`."""
    eve = day - timedelta(days=1)
    ended = Q(valid_to__isnull=False, valid_to__lte=eve)
    rows = Place.objects.filter(level__in=_LEVELS, valid_from__lte=eve).exclude(ended)
    return {(row.level, row.code): row for row in rows}


def known(rows: Sequence[Row], day: date) -> dict[Key, Known]:
    """What the gazetteer knows of the codes in `rows`, for `operations.check`."""
    codes = {row.former for row in rows} | {row.successor for row in rows}
    formers = set(operations.by_former(rows))
    standing = before(day)
    found: dict[Key, Known] = {}
    # Codes repeat over time; the newest row says what the unit is called.
    every = Place.objects.filter(level__in=_LEVELS).order_by("valid_from")
    for place in every if len(codes) > 500 else every.filter(code__in=codes):
        key = (place.level, place.code)
        if place.code not in codes:
            continue
        old = standing.get(key)
        stands = place.valid_from <= day and (place.valid_to is None or place.valid_to > day)
        ends = old is not None and old.pk == place.pk and key in formers
        earlier = found.get(key)
        found[key] = Known(
            place.name,
            place.path.split("/")[1] if "/" in place.path else "",
            before=old is not None,
            after=(stands and not ends) or (earlier is not None and earlier.after),
        )
    return found


def resolve(rows: Sequence[Row], day: date) -> Change:
    """The mapping of checked rows, with the communes that a province's change carries along.

    Raises ReformRefused: `no_province` for a successor whose province is not said, `left_over` for
    a commune of a split province that no line names.
    """
    standing = before(day)
    after = _standing_after(day, {standing[key].pk for key in operations.by_former(rows)})
    found = Change(day, {})
    provinces = [row for row in rows if row.level == Level.PROVINCE]
    communes = [row for row in rows if row.level == Level.COMMUNE]
    for key, group in operations.by_successor(provinces).items():
        _add(found, key, group, standing, after, key[1])
    _note_shares(found, provinces, standing)
    for key, group in operations.by_successor(communes).items():
        province = _province_of(found, key, group, standing, after)
        _add(found, key, group, standing, after, province)
    _note_shares(found, communes, standing)
    _carry(found, standing, after)
    return found


def _standing_after(day: date, ending: set[UUID]) -> dict[Key, Place]:
    """Units that stand from `day` on and are not among the ending ones."""
    ended = Q(valid_to__isnull=False, valid_to__lte=day)
    rows = Place.objects.filter(level__in=_LEVELS, valid_from__lte=day).exclude(ended)
    return {(row.level, row.code): row for row in rows if row.pk not in ending}


def _add(
    found: Change,
    key: Key,
    group: Sequence[Row],
    standing: Mapping[Key, Place],
    after: Mapping[Key, Place],
    province: str,
) -> None:
    level, code = key
    place = after.get(key)
    own = standing.get(key)
    name = next((row.name for row in group if row.name), "")
    if place is not None:
        name = place.name
    elif not name and own is not None:
        name = own.name
    path = place.path if place else _path(level, code, province)
    found.successors[key] = Successor(
        level,
        code,
        name,
        province,
        path,
        place,
        [(standing[level, row.former], row.share) for row in group],
    )


def _path(level: str, code: str, province: str) -> str:
    return f"vn/{code}" if level == Level.PROVINCE else f"vn/{province}/{code}"


def _province_of(
    found: Change,
    key: Key,
    group: Sequence[Row],
    standing: Mapping[Key, Place],
    after: Mapping[Key, Place],
) -> str:
    """The successor's province: as said, as it stands, or the one that all predecessors end in."""
    said = next((row.province for row in group if row.province), "")
    if not said and key in after:
        return after[key].path.split("/")[1]
    if not said:
        ends: set[str] = set()
        for row in group:
            old = standing[row.level, row.former].path.split("/")[1]
            ends |= _new_provinces(found, old, standing)
        if len(ends) != 1:
            raise ReformRefused(
                "no_province", "Đơn vị mới %(code)s chưa ghi thuộc tỉnh nào.", code=key[1]
            )
        return ends.pop()
    stands = ("province", said) in found.successors or (
        (("province", said) in standing and standing["province", said].pk not in found.formers)
        or ("province", said) in after
    )
    if not stands:
        raise ReformRefused(
            "dead_code", "Tỉnh mang mã %(code)s không tồn tại từ ngày sắp xếp.", code=said
        )
    return said


def _new_provinces(found: Change, old: str, standing: Mapping[Key, Place]) -> set[str]:
    place = standing.get(("province", old))
    if place is None or place.pk not in found.formers:
        return {old}
    whole = found.whole.get(place.pk)
    return {whole.code} if whole else {one.code for one in found.split[place.pk]}


def _note_shares(found: Change, rows: Sequence[Row], standing: Mapping[Key, Place]) -> None:
    for key, group in operations.by_former(rows).items():
        place = standing[key]
        found.formers[place.pk] = place
        ends = [found.successors[row.level, row.successor] for row in group]
        found.shares |= {(place.pk, row.successor): row.share for row in group}
        if len(group) == 1:
            found.whole[place.pk] = ends[0]
        else:
            found.split[place.pk] = ends


def _carry(found: Change, standing: Mapping[Key, Place], after: Mapping[Key, Place]) -> None:
    """Communes of a changed province that no line names go along under their own code."""
    provinces = {
        place.code: place for place in found.formers.values() if place.level == Level.PROVINCE
    }
    for key, place in standing.items():
        if key[0] != Level.COMMUNE or place.pk in found.formers:
            continue
        province = provinces.get(place.path.split("/")[1])
        if province is None:
            continue
        whole = found.whole.get(province.pk)
        if whole is None:
            raise ReformRefused(
                "left_over",
                "%(province)s bị chia mà chưa ghi %(name)s (%(code)s) về tỉnh nào.",
                province=province.name,
                name=place.name,
                code=place.code,
            )
        if whole.code == province.code:
            continue  # the path stays; the row only gets the province's new row above it
        path = _path(Level.COMMUNE, place.code, whole.code)
        taking = found.successors.get(key)
        if taking is not None:  # it takes in others and is carried along itself
            taking.path, taking.province, taking.place = path, whole.code, None
            taking.formers.append((place, "whole"))
            found.formers[place.pk], found.whole[place.pk] = place, taking
            found.shares[place.pk, taking.code] = "whole"
            continue
        there = after.get(key)
        one = Successor(
            Level.COMMUNE,
            place.code,
            place.name,
            whole.code,
            path,
            there if there is not None and there.path == path else None,
            [(place, "whole")],
            carried=True,
        )
        found.successors[key] = one
        found.formers[place.pk], found.whole[place.pk] = place, one
        found.shares[place.pk, one.code] = "whole"


def candidates(mapping: Change, former: UUID) -> list[Candidate]:
    """The successors of a split unit as `siting` wants them."""
    ends = mapping.split[former]
    places = [one.place for one in ends if one.place is not None]
    edges = {row.place_id: row.polygons for row in Boundary.objects.filter(place__in=places)}
    return [
        Candidate(
            one.code, centre_of(one), edges.get(one.place.pk) if one.place is not None else None
        )
        for one in ends
    ]


def centre_of(one: Successor) -> tuple[float, float] | None:
    """The centre of a successor: as the gazetteer has it; of one to be made, its predecessors'
    where it has only whole ones."""
    if one.place is not None:
        point = (one.place.latitude, one.place.longitude)
        return (point[0], point[1]) if point[0] is not None and point[1] is not None else None
    if any(share != "whole" for _, share in one.formers):
        return None
    return middle(place for place, _ in one.formers)


def middle(places: Iterable[Place]) -> tuple[float, float] | None:
    """The mean of the places' centres; None where one is not known."""
    points = [(place.latitude, place.longitude) for place in places]
    if not points or any(a is None or b is None for a, b in points):
        return None
    return (
        round(sum(a for a, _ in points if a is not None) / len(points), 6),
        round(sum(b for _, b in points if b is not None) / len(points), 6),
    )


def search_text(one: Successor) -> str:
    return rules.search_text(one.name, one.code)
