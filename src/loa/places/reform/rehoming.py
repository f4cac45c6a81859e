"""Putting the rooms' rows under the successors, each with a note of where it was."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.db.models import OuterRef, Subquery

from loa.lib.batches import SIZE, batched
from loa.places.models import Place, Rehomed
from loa.places.reform.homes import Home, Moving, PathColumn
from loa.places.reform.planning import OFFICE, Plan, renamed


def rehome(plan: Plan, home: Home, moving: Moving) -> None:
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


def follow(column: PathColumn, changed: Mapping[str, str], moving: Moving) -> None:
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
