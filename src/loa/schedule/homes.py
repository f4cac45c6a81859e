"""What of the programme hangs on a place, for a reorganisation of units (`places.reform`).

Nothing sounds otherwise because a unit got another name: stations keep their sessions and what they
were going to play.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from loa.lib import clock
from loa.lib.ids import new_id
from loa.lib.sentences import Sentence
from loa.outlets import selectors as outlets
from loa.places.reform.homes import Home, Moving, RoomHomes
from loa.places.reform.planning import OFFICE
from loa.schedule import services
from loa.schedule.models import LibraryEntry, Slot, Timetable

STATION = "outlets.station"
TIMETABLE, SLOT = "schedule.timetable", "schedule.slot"


def _settle(moving: Moving) -> None:
    _templates(moving)
    for new, old in moving.copied.get(STATION, {}).items():
        _copy_timetables(moving, Timetable.objects.filter(station=old), new)
        _copy_slots(moving, old, new)
    _widen_slots(moving)


@dataclass(frozen=True, slots=True)
class _Template:
    """A place's own timetables: from which former unit, to which place."""

    former: UUID
    path: str
    place: UUID
    keeps: bool


def _templates(moving: Moving) -> None:
    """Of several former units' timetables, one's go with the new unit (that which keeps its code,
    else the first by path). The stations under the others get theirs as their own."""
    held = Timetable.objects.filter(place__isnull=False).values_list("place_id", "place__path")
    coming: dict[UUID, list[_Template]] = {}
    for former, path in sorted(set(held), key=lambda one: one[1]):
        place = moving.places.get(former) or moving.homes.get((OFFICE, former))
        if place is not None:
            keeps = path.endswith(f"/{place.code}")
            coming.setdefault(place.pk, []).append(_Template(former, path, place.pk, keeps))
    for found in coming.values():
        first, *others = sorted(found, key=lambda one: not one.keeps)
        for row in Timetable.objects.filter(place=first.former):
            moving.note(TIMETABLE, row.pk, {"place_id": str(first.former)})
        Timetable.objects.filter(place=first.former).update(place=first.place)
        for other in others:
            _keep_sessions(moving, other)


def _keep_sessions(moving: Moving, template: _Template) -> None:
    """Stations that stood under the former unit and had no timetable of their own."""
    new = {new: old for old, new in moving.paths.items() if old.startswith(template.path)}
    own = set(Timetable.objects.filter(station__isnull=False).values_list("station_id", flat=True))
    before = moving.reorganisation.rehomed.filter(what=STATION).values_list("row", "before__path")
    came = dict(before)
    for station in outlets.stations_at(new):
        was = came.get(station.pk, "")
        if station.pk not in own and (was + "/").startswith(template.path + "/"):
            _copy_timetables(moving, Timetable.objects.filter(place=template.former), station.pk)


def _copy_timetables(moving: Moving, rows: Iterable[Timetable], station: UUID) -> None:
    made = []
    for row in rows:
        row.pk, row.place_id, row.station_id = new_id(), None, station
        row._state.adding = True
        made.append(row)
    Timetable.objects.bulk_create(made)
    moving.made(Timetable, [row.pk for row in made])


def _copy_slots(moving: Moving, old: UUID, new: UUID) -> None:
    """What was still going to be played."""
    made = []
    for row in Slot.objects.filter(station=old, session_at__gte=clock.now(), removed_at=None):
        row.pk, row.station_id, row.placed_at = new_id(), new, None
        row._state.adding = True
        made.append(row)
    Slot.objects.bulk_create(made, batch_size=500)
    moving.made(Slot, [row.pk for row in made])


def _widen_slots(moving: Moving) -> None:
    """An item for some hamlets names them by the former path and by the new one: a device plays it
    before and after it has learnt its new place."""
    changed = {
        **{old: new for old, new in moving.paths.items() if old != new},
        **_hamlet_paths(moving),
    }
    if not changed:
        return
    for row in Slot.objects.filter(session_at__gte=clock.now(), removed_at=None).exclude(only=[]):
        more = [changed[path] for path in row.only if path in changed]
        if more:
            moving.note(SLOT, row.pk, {"only": row.only})
            Slot.objects.filter(pk=row.pk).update(only=[*row.only, *more])


def _hamlet_paths(moving: Moving) -> dict[str, str]:
    from loa.places.selectors import paths_of

    former = paths_of(moving.places)
    return {
        path: moving.places[pk].path
        for pk, path in former.items()
        if path != moving.places[pk].path
    }


def _touched(paths: Collection[str]) -> None:
    services.stations_touched([station.pk for station in outlets.stations_at(paths)])


HOMES = RoomHomes(
    homes=(
        Home(
            what=TIMETABLE,
            label=Sentence("lịch tuần của đơn vị"),
            model=Timetable,
            split="office",
            moves=False,
        ),
        Home(
            what="schedule.library",
            label=Sentence("tin trong thư viện nguồn"),
            model=LibraryEntry,
            split="office",
            twins=("bulletin_id",),
            prefer="picked_at",
        ),
    ),
    settle=_settle,
    touched=_touched,
    notes=((SLOT, Slot),),
)
