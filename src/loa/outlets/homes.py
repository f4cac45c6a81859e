"""What of stations and outlets hangs on a place, for a reorganisation of units (`places.reform`).

A station goes to one successor. Where a split leaves some of its clusters in another, these join
the station that stands there, or one that is made for them in the likeness of their own.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from loa.lib.batches import batched
from loa.lib.sentences import Sentence
from loa.outlets import rules
from loa.outlets.models import AreaCount, Device, Outlet, Station
from loa.places.reform.homes import Home, Moving, RoomHomes
from loa.places.reform.siting import Point

if TYPE_CHECKING:
    from loa.places.models import Place

STATION, OUTLET, HAMLET = "outlets.station", "outlets.outlet", "outlets.hamlet"


def _where(outlet: Outlet) -> Point | UUID | None:
    """The pole's own position, or else its hamlet."""
    if outlet.latitude is not None and outlet.longitude is not None:
        return (outlet.latitude, outlet.longitude)
    hamlet: UUID | None = outlet.hamlet_id
    return hamlet


def _outlet_points(ids: Collection[UUID]) -> Mapping[UUID, Sequence[Point | UUID]]:
    found = {row.pk: _where(row) for row in Outlet.objects.filter(pk__in=ids)}
    return {pk: [where] for pk, where in found.items() if where is not None}


def _station_points(ids: Collection[UUID]) -> Mapping[UUID, Sequence[Point | UUID]]:
    """Where all its clusters are; nothing while one of them is nowhere."""
    found: dict[UUID, list[Point | UUID | None]] = {}
    for row in Outlet.objects.filter(station__in=ids, retired_at=None):
        found.setdefault(row.station_id, []).append(_where(row))
    return {
        pk: [where for where in known if where is not None]
        for pk, known in found.items()
        if None not in known
    }


def _station_names(ids: Collection[UUID]) -> Mapping[UUID, str]:
    return dict(Station.objects.filter(pk__in=ids).values_list("pk", "name"))


def _outlet_names(ids: Collection[UUID]) -> Mapping[UUID, str]:
    return dict(Outlet.objects.filter(pk__in=ids).values_list("pk", "name"))


def _settle(moving: Moving) -> None:
    """Clusters whose successor is not their station's change the station."""
    apart = {row: place for (what, row), place in moving.homes.items() if what == OUTLET}
    rows = Outlet.objects.filter(pk__in=apart).select_related("station__place", "hamlet")
    new_stations: dict[tuple[UUID, UUID], Station] = {}
    for outlet in rows.order_by("station_id", "code"):
        place = apart[outlet.pk]
        if outlet.station.place_id != place.pk:
            _change_station(moving, outlet, place, new_stations)
    _drop_far_hamlets(moving, apart)


def _change_station(
    moving: Moving, outlet: Outlet, place: "Place", fresh: dict[tuple[UUID, UUID], Station]
) -> None:
    key = (outlet.station_id, place.pk)
    station = fresh.get(key)
    if station is None:
        station = fresh[key] = _station_there(moving, outlet.station, place)
    code, number = outlet.code, 2
    while Outlet.objects.filter(station=station, code=code).exists():
        code, number = f"{outlet.code[:16]}-{number}", number + 1
    was = {"station_id": str(outlet.station_id), "code": outlet.code, "folded": outlet.folded}
    moving.note(OUTLET, outlet.pk, was)
    Outlet.objects.filter(pk=outlet.pk).update(
        station=station, code=code, folded=rules.search_text(outlet.name, code)
    )


def _station_there(moving: Moving, old: Station, place: "Place") -> Station:
    """The one open station of the place, or a new one like `old`."""
    there = list(Station.objects.filter(place=place, closed_at=None).order_by("pk")[:2])
    if len(there) == 1:
        return there[0]
    name = f"{old.name} ({place.name})"[:120]
    made = Station.objects.create(
        place=place,
        name=name,
        folded=rules.search_text(name),
        technology=old.technology,
        simulated=old.simulated,
    )
    moving.made(Station, [made.pk])
    moving.copied.setdefault(STATION, {})[made.pk] = old.pk
    return made


def _drop_far_hamlets(moving: Moving, apart: Mapping[UUID, "Place"]) -> None:
    """A cluster never names a hamlet of another commune than its own."""
    for outlet in Outlet.objects.filter(pk__in=apart, hamlet__isnull=False).select_related(
        "hamlet"
    ):
        hamlet = outlet.hamlet
        if hamlet is not None and hamlet.parent_id != apart[outlet.pk].pk:
            moving.note(HAMLET, outlet.pk, {"hamlet_id": str(outlet.hamlet_id)})
            Outlet.objects.filter(pk=outlet.pk).update(hamlet=None)


def _touched(paths: Collection[str]) -> None:
    """Counted figures of a place that changed are counted again by the worker."""
    for some in batched(sorted(paths)):
        AreaCount.objects.filter(path__in=some).delete()


def _turning(paths: Collection[str]) -> Callable[[], None]:
    """Where each live device takes itself to be; afterwards, who has to be told otherwise."""
    believed: dict[UUID, str] = {}
    for some in batched(sorted(paths)):
        rows = Device.objects.filter(outlet__station__place__path__in=some, revoked_at=None)
        for pk, former, path in rows.values_list(
            "pk", "former_area", "outlet__station__place__path"
        ):
            believed[pk] = former or path

    def turned() -> None:
        changed: dict[str, list[UUID]] = {}
        for some in batched(sorted(believed)):
            now = Device.objects.filter(pk__in=some)
            for pk, former, path in now.values_list(
                "pk", "former_area", "outlet__station__place__path"
            ):
                wanted = "" if believed[pk] == path else believed[pk]
                if wanted != former:
                    changed.setdefault(wanted, []).append(pk)
        for area, devices in changed.items():
            for few in batched(devices):
                Device.objects.filter(pk__in=few).update(former_area=area)

    return turned


HOMES = RoomHomes(
    homes=(
        Home(
            what=STATION,
            label=Sentence("đài truyền thanh"),
            model=Station,
            points=_station_points,
            names=_station_names,
            twins=("name",),
            on_twin="rename",
            refold=rules.search_text,
        ),
        Home(
            what=OUTLET,
            label=Sentence("cụm loa"),
            model=Outlet,
            field="station__place",
            points=_outlet_points,
            names=_outlet_names,
            moves=False,
        ),
        Home(
            what=HAMLET,
            label=Sentence("cụm loa ghi theo thôn"),
            model=Outlet,
            field="hamlet",
        ),
    ),
    settle=_settle,
    touched=_touched,
    turning=_turning,
)
