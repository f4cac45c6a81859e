"""Carrying a plan out: the gazetteer first, then every room's rows. Inside one transaction."""

from collections.abc import Callable, Collection, Iterable, Sequence
from uuid import UUID

from loa.lib.batches import SIZE, batched
from loa.places import rules
from loa.places.models import Boundary, Level, Place, Rehomed, Share, Succession
from loa.places.reform import rehoming
from loa.places.reform.homes import Moving, homes, rooms
from loa.places.reform.mapping import Successor, centre_of, search_text
from loa.places.reform.planning import HAMLET, OFFICE, NewHamlet, Plan


def carry_out(plan: Plan) -> None:
    """Do it, and note on the reorganisation's row all that undoing needs."""
    reform = plan.reorganisation
    turned = turning(_touched(plan))
    _make_units(plan)
    moving = Moving(reform, _targets(plan), {}, _decided(plan))
    _end_units(plan)
    _succeed(plan)
    _join(plan)
    _make_hamlets(plan, moving)
    moving.paths = {
        former.path: moving.places[pk].path
        for pk, former in plan.change.formers.items()
        if pk in moving.places
    }
    for home in homes():
        if home.moves:
            rehoming.rehome(plan, home, moving)
    changed = _changed_paths(plan, moving)
    for room in rooms():
        for column in room.columns:
            rehoming.follow(column, changed, moving)
        if room.settle is not None:
            room.settle(moving)
    _keep_notes(moving)
    turned()
    touch(_touched(plan))


def turning(paths: Collection[str]) -> Callable[[], None]:
    """What the rooms have to remember of the units at these paths while everything moves."""
    ends = [room.turning(paths) for room in rooms() if room.turning is not None]

    def turned() -> None:
        for end in ends:
            end()

    return turned


def touch(paths: Collection[str]) -> None:
    """Tell every room that the units at these paths are not what they were."""
    for room in rooms():
        if room.touched is not None:
            room.touched(paths)


def _touched(plan: Plan) -> set[str]:
    former = {place.path for place in plan.change.formers.values()}
    return former | {one.path for one in plan.change.successors.values()}


def _targets(plan: Plan) -> dict[UUID, Place]:
    return {pk: one.place for pk, one in plan.change.whole.items() if one.place is not None}


def _decided(plan: Plan) -> dict[tuple[str, UUID], Place]:
    found = {}
    for item in plan.items:
        ends = plan.change.split[item.former.pk]
        place = next((one.place for one in ends if one.code == item.code), None)
        if place is not None:
            found[item.what, item.row] = place
    return found


# The gazetteer


def _make_units(plan: Plan) -> None:
    """Rows for successors that do not stand yet, provinces first."""
    change, reform = plan.change, plan.reorganisation
    nation = Place.objects.get(level=Level.NATION, valid_to=None)
    for level in (Level.PROVINCE, Level.COMMUNE):
        making = [one for one in change.successors.values() if one.level == level and not one.place]
        provinces = _provinces(plan) if level == Level.COMMUNE and making else {}
        rows = []
        for one in making:
            above = nation if level == Level.PROVINCE else provinces[one.province]
            one.place = _unit(plan, one, above)
            rows.append(one.place)
        Place.objects.bulk_create(rows, batch_size=SIZE)
        reform.made += [str(row.pk) for row in rows]
        _copy_boundaries(making)


def _provinces(plan: Plan) -> dict[str, Place]:
    """The provinces by code as they stand from the day on."""
    ending = {pk for pk, place in plan.change.formers.items() if place.level == Level.PROVINCE}
    rows = Place.objects.filter(level=Level.PROVINCE, valid_to=None).exclude(pk__in=ending)
    found = {row.code: row for row in rows}
    for one in plan.change.successors.values():
        if one.level == Level.PROVINCE and one.place is not None:
            found[one.code] = one.place
    return found


def _unit(plan: Plan, one: Successor, above: Place) -> Place:
    centre = centre_of(one)
    reform = plan.reorganisation
    alone = one.formers[0][0] if len(one.formers) == 1 and one.formers[0][1] == "whole" else None
    return Place(
        level=one.level,
        code=one.code,
        name=one.name,
        folded=search_text(one),
        path=one.path,
        parent=above,
        valid_from=reform.day,
        latitude=centre[0] if centre else None,
        longitude=centre[1] if centre else None,
        languages=alone.languages if alone else None,
        source=reform.document,
        source_date=reform.day,
    )


def _copy_boundaries(made: Sequence[Successor]) -> None:
    """A unit that only changed its name or province keeps its boundary."""
    alone = {
        one.formers[0][0].pk: one.place
        for one in made
        if len(one.formers) == 1 and one.formers[0][1] == "whole"
    }
    for row in Boundary.objects.filter(place__in=alone):
        row.place = alone[row.place_id]  # type: ignore[assignment]  # made above
        row.pk = row.place.pk
        row.save(force_insert=True)


def _end_units(plan: Plan) -> None:
    ending = [place for place in plan.change.formers.values() if place.valid_to is None]
    for some in batched([place.pk for place in ending]):
        Place.objects.filter(pk__in=some).update(valid_to=plan.reorganisation.day)
    plan.reorganisation.ended += [str(place.pk) for place in ending]


def _succeed(plan: Plan) -> None:
    known = set(
        Succession.objects.filter(predecessor__level__in=[Level.PROVINCE, Level.COMMUNE])
        .values_list("predecessor_id", "successor_id")
        .iterator()
    )
    rows = [
        Succession(predecessor=former, successor=one.place, share=share)
        for one in plan.change.successors.values()
        for former, share in one.formers
        if one.place is not None and (former.pk, one.place.pk) not in known
    ]
    Succession.objects.bulk_create(rows, batch_size=SIZE)


def _join(plan: Plan) -> None:
    """Communes that stay as they are while the row of their province changes."""
    for pk, one in plan.change.whole.items():
        if one.level != Level.PROVINCE or one.place is None:
            continue
        rows = Place.objects.filter(parent=pk, level=Level.COMMUNE, valid_to=None)
        _put_under(plan, rows, one.place)


def _put_under(plan: Plan, rows: Iterable[Place], above: Place) -> None:
    moving = [(row.pk, row.parent_id) for row in rows if row.parent_id != above.pk]
    for some in batched([pk for pk, _ in moving]):
        Place.objects.filter(pk__in=some).update(parent=above)
    plan.reorganisation.joined += [[str(pk), str(parent)] for pk, parent in moving]


def _make_hamlets(plan: Plan, moving: Moving) -> None:
    """Hamlets whose path stays get the new row above them; the others a row of their own from the
    day on. One that was entered since that day never stood before: its row is changed."""
    day = plan.reorganisation.day
    under: dict[UUID, list[Place]] = {}
    fresh: list[NewHamlet] = []
    for one in plan.hamlets:
        above = one.successor.place
        if above is None:
            continue
        if one.stays and one.name == one.hamlet.name:
            under.setdefault(above.pk, []).append(one.hamlet)
        elif one.stays or one.hamlet.valid_from >= day:
            _change_hamlet(one, above, moving)
        else:
            fresh.append(one)
    for successor in plan.change.successors.values():
        if successor.place is not None and successor.place.pk in under:
            _put_under(plan, under[successor.place.pk], successor.place)
    _fresh_hamlets(plan, fresh, moving)


def _change_hamlet(one: NewHamlet, above: Place, moving: Moving) -> None:
    row = one.hamlet
    moving.note(
        HAMLET,
        row.pk,
        {
            "code": row.code,
            "path": row.path,
            "name": row.name,
            "folded": row.folded,
            "parent_id": str(row.parent_id),
        },
    )
    Place.objects.filter(pk=row.pk).update(
        code=one.code,
        path=one.path,
        name=one.name,
        folded=rules.search_text(one.name, one.code),
        parent=above,
    )


def _fresh_hamlets(plan: Plan, fresh: Sequence[NewHamlet], moving: Moving) -> None:
    reform = plan.reorganisation
    rows = []
    for one in fresh:
        old = one.hamlet
        row = Place(
            level=Level.HAMLET,
            code=one.code,
            name=one.name,
            folded=rules.search_text(one.name, one.code),
            path=one.path,
            parent=one.successor.place,
            valid_from=reform.day,
            latitude=old.latitude,
            longitude=old.longitude,
            households=old.households,
            people=old.people,
            languages=old.languages,
            source=old.source,
            source_date=old.source_date,
        )
        rows.append(row)
        moving.places[old.pk] = row
    Place.objects.bulk_create(rows, batch_size=SIZE)
    Succession.objects.bulk_create(
        [
            Succession(predecessor=one.hamlet, successor=row, share=Share.WHOLE)
            for one, row in zip(fresh, rows, strict=True)
        ],
        batch_size=SIZE,
    )
    for some in batched([one.hamlet.pk for one in fresh]):
        Place.objects.filter(pk__in=some).update(valid_to=reform.day)
    reform.made += [str(row.pk) for row in rows]
    reform.ended += [str(one.hamlet.pk) for one in fresh]


def _changed_paths(plan: Plan, moving: Moving) -> dict[str, str]:
    """Former paths of units and hamlets with the one they became, where it is another one."""
    found = dict(moving.paths)
    for (what, row), place in moving.homes.items():
        if what == OFFICE:
            found[plan.change.formers[row].path] = place.path
    found |= {one.hamlet.path: one.path for one in plan.hamlets}
    return {old: new for old, new in found.items() if old != new}


def _keep_notes(moving: Moving) -> None:
    """What the rooms' own steps changed and made, beside the declared keys."""
    for what, row, was in moving.notes:
        Rehomed.objects.update_or_create(
            reorganisation=moving.reorganisation,
            what=what,
            row=row,
            defaults={"was": was},
        )
    moving.reorganisation.copies += [[label, ids] for label, ids in moving.copies]
