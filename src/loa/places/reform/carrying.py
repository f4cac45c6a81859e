"""Carrying a plan out: the gazetteer first, then every room's rows. Inside one transaction."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import OuterRef, Subquery

from loa.lib.batches import SIZE, batched
from loa.places import rules
from loa.places.models import Boundary, Level, Place, Rehomed, Share, Succession
from loa.places.reform.homes import Home, Moving, PathColumn, homes, rooms
from loa.places.reform.mapping import Successor, centre_of, search_text
from loa.places.reform.planning import HAMLET, OFFICE, NewHamlet, Plan, renamed


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
            _rehome(plan, home, moving)
    changed = _changed_paths(plan, moving)
    for room in rooms():
        for column in room.columns:
            _follow(column, changed, moving)
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


# The rooms


def _rehome(plan: Plan, home: Home, moving: Moving) -> None:
    wanted = [
        (row, at, target)
        for row, at in plan.moving[home.what]
        if (target := _target(home, row, at, moving)) is not None
    ]
    was: dict[UUID, dict[str, object]] = {}
    if home.twins:
        wanted, was = _twins(plan, home, wanted)
    Rehomed.objects.bulk_create(
        [
            Rehomed(
                reorganisation=plan.reorganisation,
                what=home.what,
                row=row,
                before_id=at,
                after=target,
                was=was.get(row, {}),
            )
            for row, at, target in wanted
        ],
        batch_size=SIZE,
    )
    put(home, plan.reorganisation.pk, "after")


def _target(home: Home, row: UUID, at: UUID, moving: Moving) -> Place | None:
    whole = moving.places.get(at)
    if whole is not None:
        return whole
    return moving.homes.get((OFFICE, at) if home.split == "office" else (home.what, row))


def put(home: Home, reorganisation: UUID, side: str) -> None:
    """Set the home's key of every row that was noted to `before` or `after`, in one statement."""
    noted = Rehomed.objects.filter(reorganisation=reorganisation, what=home.what)
    column = home.model._meta.get_field(home.field).attname  # type: ignore[union-attr]  # a key
    home.model._default_manager.filter(pk__in=noted.values("row")).update(
        **{column: Subquery(noted.filter(row=OuterRef("pk")).values(f"{side}_id")[:1])}
    )


Wanted = list[tuple[UUID, UUID, Place]]


def _twins(plan: Plan, home: Home, wanted: Wanted) -> tuple[Wanted, dict[UUID, dict[str, object]]]:
    """Those that can move without being another one's double, and what was renamed for it."""
    columns = [*home.twins, *([home.prefer] if home.prefer else [])]
    columns += ["folded"] if home.refold is not None else []
    facts = _facts(home, [row for row, _, _ in wanted], columns)
    taken = _taken(home, {target.pk for _, _, target in wanted})
    order = sorted(wanted, key=lambda one: _rank(plan, home, one, facts))
    moved: Wanted = []
    was: dict[UUID, dict[str, object]] = {}
    for row, at, target in order:
        mine = (target.pk, *(facts[row][name] for name in home.twins))
        if mine in taken:
            if home.on_twin == "leave":
                continue
            was[row] = _rename(plan, home, facts[row], at, target, taken)
        else:
            taken.add(mine)
        moved.append((row, at, target))
    return moved, was


def _facts(
    home: Home, rows: Sequence[UUID], columns: Sequence[str]
) -> dict[UUID, dict[str, object]]:
    found: dict[UUID, dict[str, object]] = {}
    for some in batched(rows):
        for values in home.model._default_manager.filter(pk__in=some).values("pk", *columns):
            found[values["pk"]] = values
    return found


def _taken(home: Home, targets: Collection[UUID]) -> set[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for some in batched(sorted(targets)):
        rows = home.model._default_manager.filter(**{f"{home.field}__in": some})
        found |= set(rows.values_list(home.field, *home.twins))
    return found


def _rank(
    plan: Plan, home: Home, one: tuple[UUID, UUID, Place], facts: dict[UUID, dict[str, object]]
) -> tuple[bool, bool, str, str]:
    """What was preferred first, then that of the unit that keeps its code, then as they stand."""
    row, at, target = one
    former = plan.change.formers.get(at)
    code = former.code if former else ""
    preferred = bool(home.prefer and facts[row][home.prefer] is not None)
    return (not preferred, code != target.code, code, str(row))


def _rename(
    plan: Plan,
    home: Home,
    row: dict[str, object],
    at: UUID,
    target: Place,
    taken: set[tuple[object, ...]],
) -> dict[str, object]:
    former, name = plan.change.formers[at], str(row["name"])
    fresh, number = renamed(name, former.name, 120), 2
    while (target.pk, fresh) in taken:
        fresh, number = renamed(name, f"{former.name}, {number}", 120), number + 1
    taken.add((target.pk, fresh))
    was: dict[str, object] = {"name": name}
    changes: dict[str, object] = {"name": fresh}
    if home.refold is not None:
        was["folded"], changes["folded"] = row["folded"], home.refold(fresh)
    home.model._default_manager.filter(pk=row["pk"]).update(**changes)
    return was


def _changed_paths(plan: Plan, moving: Moving) -> dict[str, str]:
    """Former paths of units and hamlets with the one they became, where it is another one."""
    found = dict(moving.paths)
    for (what, row), place in moving.homes.items():
        if what == OFFICE:
            found[plan.change.formers[row].path] = place.path
    found |= {one.hamlet.path: one.path for one in plan.hamlets}
    return {old: new for old, new in found.items() if old != new}


def _follow(column: PathColumn, changed: Mapping[str, str], moving: Moving) -> None:
    rows = column.model._default_manager.all()
    if column.many:
        for pk, paths in rows.values_list("pk", column.field):
            more = [changed[path] for path in paths if path in changed]
            more = [path for path in dict.fromkeys(more) if path not in paths]
            if more:
                _set(column, pk, paths, [*paths, *more], moving)
        return
    names = [column.field, *column.twins]
    taken = set(rows.values_list(*names))
    for some in batched(sorted(changed)):
        for pk, path, *twins in rows.filter(**{f"{column.field}__in": some}).values_list(
            "pk", *names
        ):
            mine = (changed[path], *twins)
            if not column.twins or mine not in taken:
                taken.add(mine)
                _set(column, pk, path, changed[path], moving)


def _set(column: PathColumn, pk: UUID, was: object, now: object, moving: Moving) -> None:
    moving.note(column.what, pk, {column.field: was})
    column.model._default_manager.filter(pk=pk).update(**{column.field: now})


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
