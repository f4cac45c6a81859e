"""What of the newsroom hangs on a place, for a reorganisation of units (`places.reform`).

Papers of an office go with it: bulletins with their whole history, the dictionary, what it decided
about itself. Versions are never changed: a place they name is read through `places.successors`.
"""

from uuid import UUID

from loa.lib.sentences import Sentence
from loa.newsroom.models import (
    Bulletin,
    DictionaryEntry,
    OfficeRule,
    ReceiverList,
    WorkingCopy,
)
from loa.places.reform.homes import Home, Moving, PathColumn, RoomHomes
from loa.places.reform.planning import OFFICE

COPY = "newsroom.sheet"


def _settle(moving: Moving) -> None:
    _office_rules(moving)
    _sheets(moving)


def _office_rules(moving: Moving) -> None:
    """An author may approve their own text only where every former office had decided so: of two
    rules the stricter holds. A successor that decided for itself keeps its own."""
    coming: dict[UUID, list[UUID]] = {}
    for former, place in moving.places.items():
        coming.setdefault(place.pk, []).append(former)
    for (what, former), place in moving.homes.items():
        if what == OFFICE:
            coming.setdefault(place.pk, []).append(former)
    free = set(
        OfficeRule.objects.filter(author_may_approve=True).values_list("place_id", flat=True)
    )
    decided = set(OfficeRule.objects.values_list("place_id", flat=True))
    fresh = [
        OfficeRule(place_id=place, author_may_approve=True)
        for place, formers in coming.items()
        if place not in decided and free.issuperset(formers)
    ]
    OfficeRule.objects.bulk_create(fresh)
    moving.made(OfficeRule, [row.place_id for row in fresh])


def _sheets(moving: Moving) -> None:
    """What somebody is typing for an office is found again at its successor."""
    changed = {f"new:{old}": f"new:{new}" for old, new in moving.paths.items() if old != new}
    for row in WorkingCopy.objects.filter(sheet__startswith="new:"):
        new = changed.get(row.sheet)
        if new is None or WorkingCopy.objects.filter(account=row.account_id, sheet=new).exists():
            continue
        moving.note(COPY, row.pk, {"sheet": row.sheet})
        WorkingCopy.objects.filter(pk=row.pk).update(sheet=new)


HOMES = RoomHomes(
    homes=(
        Home(what="newsroom.bulletin", label=Sentence("bản tin"), model=Bulletin, split="office"),
        Home(
            what="newsroom.word",
            label=Sentence("từ trong từ điển đọc"),
            model=DictionaryEntry,
            split="office",
            twins=("written",),
        ),
        Home(
            what="newsroom.receivers",
            label=Sentence("danh sách xã"),
            model=ReceiverList,
            split="office",
            twins=("name",),
            on_twin="rename",
        ),
    ),
    columns=(
        PathColumn(what="newsroom.receivers_of", model=ReceiverList, field="paths", many=True),
    ),
    settle=_settle,
    notes=((COPY, WorkingCopy),),
)
