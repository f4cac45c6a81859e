"""Giving back exactly what was before a reorganisation was applied. Inside one transaction."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import ProtectedError

from loa.lib import clock
from loa.lib.batches import batched
from loa.places.models import Boundary, Level, Place, Rehomed, Reorganisation, Succession
from loa.places.reform.carrying import touch, turning
from loa.places.reform.homes import Home, homes, noted_model
from loa.places.reform.operations import ReformRefused
from loa.places.reform.planning import HAMLET, rows_at
from loa.places.reform.rehoming import put


def undo(reform: Reorganisation, rest: Mapping[str, str]) -> None:
    """Every row back, then the gazetteer. Raises ReformRefused: `new_things`, `new_hamlets`."""
    made = {row.pk: row for row in _places(reform.made)}
    _check_hamlets(reform, made)
    paths = {row.path for row in made.values()} | {row.path for row in _places(reform.ended)}
    back = _ways_back(reform, made, rest)
    turned = turning(paths)
    for home in homes():
        if home.moves:
            put(home, reform.pk, "before")
    _restore_notes(reform)
    _take_back_copies(reform)
    _send_back_new(reform, made, back)
    Rehomed.objects.filter(reorganisation=reform).delete()
    _restore_gazetteer(reform, made)
    turned()
    touch(paths)


def _places(ids: Iterable[str]) -> list[Place]:
    found: list[Place] = []
    for some in batched(ids):
        found += Place.objects.filter(pk__in=some)
    return found


def _check_hamlets(reform: Reorganisation, made: Mapping[UUID, Place]) -> None:
    """A hamlet that was entered since has no unit to go back to."""
    known = {*reform.made, *(row for row, _ in reform.joined)}
    known |= {
        str(row)
        for row in Rehomed.objects.filter(reorganisation=reform, what=HAMLET).values_list(
            "row", flat=True
        )
    }
    for some in batched(sorted(made)):
        for hamlet in Place.objects.filter(parent__in=some, level=Level.HAMLET):
            if str(hamlet.pk) not in known:
                raise ReformRefused(
                    "new_hamlets",
                    "%(name)s được thêm sau khi sắp xếp nên chưa hoàn tác được. Chốt bản này rồi"
                    " lập một bản sắp xếp khác.",
                    name=hamlet.name,
                )


def _ways_back(
    reform: Reorganisation, made: Mapping[UUID, Place], rest: Mapping[str, str]
) -> dict[UUID, Place]:
    """For units that were made: the former unit that takes what is new there, where that is one."""
    found: dict[UUID, list[Place]] = {}
    for some in batched(sorted(made)):
        rows = Succession.objects.filter(successor__in=some).select_related("predecessor")
        for row in rows:
            found.setdefault(row.successor_id, []).append(row.predecessor)
    back = {}
    for pk, formers in found.items():
        said = rest.get(made[pk].code)
        chosen = [one for one in formers if one.code == said] if said else formers
        if len(chosen) == 1:
            back[pk] = chosen[0]
    return back


def _take_back_copies(reform: Reorganisation) -> None:
    """Delete what was made in the likeness of something else; what has a history by now is closed
    and stays."""
    for label, ids in reversed(reform.copies):
        model = apps.get_model(label)
        for pk in ids:
            try:
                with transaction.atomic():
                    model._default_manager.filter(pk=pk).delete()
            except ProtectedError:
                closing = {"closed_at": clock.now()}
                model._default_manager.filter(pk=pk).update(**closing)


def _restore_notes(reform: Reorganisation) -> None:
    for note in Rehomed.objects.filter(reorganisation=reform).exclude(was={}):
        model = Place if note.what == HAMLET else noted_model(note.what)
        if model is not None:
            model._default_manager.filter(pk=note.row).update(**note.was)


def _send_back_new(
    reform: Reorganisation, made: Mapping[UUID, Place], back: Mapping[UUID, Place]
) -> None:
    """Rows that came to a made unit since: to the one it was, or to the one a person names."""
    for home in homes():
        if not home.moves:
            continue
        staying: dict[UUID, list[UUID]] = {}
        for row, at in rows_at(home, made):
            staying.setdefault(at, []).append(row)
        for at, rows in staying.items():
            if at not in back:
                raise ReformRefused(
                    "new_things",
                    "%(name)s (%(code)s) có %(count)s %(what)s mới từ khi sắp xếp. Chọn đơn vị cũ"
                    " nhận những thứ mới này.",
                    name=made[at].name,
                    code=made[at].code,
                    count=len(rows),
                    what=home.label,
                )
            _put(home, rows, back[at])


def _put(home: Home, rows: list[UUID], place: Place) -> None:
    for some in batched(rows):
        home.model._default_manager.filter(pk__in=some).update(**{home.field: place})


def _restore_gazetteer(reform: Reorganisation, made: Mapping[UUID, Place]) -> None:
    for row, parent in reform.joined:
        Place.objects.filter(pk=row).update(parent=UUID(parent))
    _forget_successions(reform, made)
    for level in (Level.HAMLET, Level.COMMUNE, Level.PROVINCE):
        gone = [pk for pk, row in made.items() if row.level == level]
        for some in batched(gone):
            Boundary.objects.filter(place__in=some).delete()
            Place.objects.filter(pk__in=some).delete()
    for some in batched(reform.ended):
        Place.objects.filter(pk__in=some).update(valid_to=None)


def _forget_successions(reform: Reorganisation, made: Mapping[UUID, Place]) -> None:
    """Those of this reorganisation only: a unit that the gazetteer ended keeps its successors."""
    for some in batched(reform.ended):
        Succession.objects.filter(predecessor__in=some).delete()
    for some in batched(made):
        Succession.objects.filter(successor__in=some).delete()
