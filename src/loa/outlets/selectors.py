"""Reading stations, outlets and devices."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from loa.lib.batches import batched
from loa.outlets import rules
from loa.outlets.models import (
    Claim,
    Command,
    Device,
    HealthHour,
    Outlet,
    Photo,
    Station,
    Technology,
)
from loa.people.rules import Action, Actor
from loa.places.selectors import inside
from loa_protocol.keys import PublicKey


def stations(actor: Actor) -> QuerySet[Station]:
    """The stations the asker may see."""
    return (
        Station.objects.filter(
            inside(actor.places(Action.OUTLET_VIEW), "place__path"), closed_at=None
        )
        .select_related("place")
        .order_by("place__name", "name")
    )


def outlets(actor: Actor) -> QuerySet[Outlet]:
    """The standing outlets the asker may see, with their live device and health."""
    live = Prefetch("devices", Device.objects.filter(revoked_at=None), to_attr="live_devices")
    return (
        Outlet.objects.filter(
            inside(actor.places(Action.OUTLET_VIEW), "station__place__path"), retired_at=None
        )
        .select_related("station__place", "hamlet", "health")
        .prefetch_related(live)
        .order_by("station__name", "code")
    )


def outlet_lines() -> QuerySet[Outlet]:
    """Outlets with what a line of a list says of each, and nothing else: to read all of the four
    tables takes longer than to show it."""
    return Outlet.objects.select_related("station__place", "hamlet", "health").only(
        *("code", "name", "volume_pct", "station__place__name", "hamlet__name", "hamlet__people"),
        *("health__seen_at", "health__online", "health__state", "health__level_lufs"),
    )


def stations_in(paths: Iterable[str]) -> list[Station]:
    """Every open station at or below the paths; for the node's own work, not for askers."""
    return list(
        Station.objects.filter(inside(paths, "place__path"), closed_at=None).select_related("place")
    )


def stations_at(paths: Iterable[str]) -> list[Station]:
    """Every open station of these very communes, however many; for the node's own work."""
    found: list[Station] = []
    for some in batched(sorted(set(paths))):
        rows = Station.objects.filter(place__path__in=some, closed_at=None)
        found += rows.select_related("place")
    return found


def places_of_stations(ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The commune of each station, closed ones too."""
    found: dict[UUID, UUID] = {}
    for some in batched(ids):
        found |= dict(Station.objects.filter(pk__in=some).values_list("pk", "place_id"))
    return found


def station_by_id(station_id: UUID) -> Station:
    return Station.objects.select_related("place").get(pk=station_id)


def station_if_any(station_id: UUID) -> Station | None:
    """The station with its place; None for an unknown one."""
    return Station.objects.select_related("place").filter(pk=station_id).first()


def device_of(outlet_wire_id: str) -> Device | None:
    """The live device at an outlet; None for an unknown, retired or revoked one."""
    return (
        Device.objects.filter(outlet__wire_id=outlet_wire_id, revoked_at=None)
        .select_related("outlet__station__place", "outlet__hamlet")
        .first()
    )


def devices_at(wire_ids: Iterable[str]) -> dict[str, Device]:
    """The live devices at these outlets, by the outlet's wire id."""
    rows = Device.objects.filter(outlet__wire_id__in=set(wire_ids), revoked_at=None)
    found = rows.select_related("outlet__station__place")
    return {device.outlet.wire_id: device for device in found}


def device_key(device: Device) -> PublicKey:
    return PublicKey("ed25519" if device.alg == "ed25519" else "p256", bytes(device.key))


def paths_of(outlet: Outlet) -> tuple[str, ...]:
    """What the outlet serves, as its assignment lists it: its hamlet if known, and its commune."""
    commune = outlet.station.place.path
    return (outlet.hamlet.path, commune) if outlet.hamlet else (commune,)


def live_outlets_of(station_id: UUID) -> QuerySet[Outlet]:
    return Outlet.objects.filter(
        station_id=station_id, retired_at=None, devices__revoked_at=None, devices__isnull=False
    ).distinct()


def next_code(station_id: UUID) -> str:
    """What a station's next outlet may be called; codes of outlets that went stay taken."""
    own = Outlet.objects.filter(station_id=station_id, kind="speaker")
    return rules.next_code(list(own.values_list("code", flat=True)))


def live_outlets_by_station(stations: Iterable[UUID]) -> dict[UUID, int]:
    """How many standing outlets each station has."""
    rows = Outlet.objects.filter(station_id__in=list(stations), retired_at=None)
    counted = rows.values_list("station_id").annotate(number=Count("pk"))
    return dict(counted.values_list("station_id", "number"))


def live_device(outlet: Outlet) -> Device | None:
    """The live device of an outlet that `outlets` gave."""
    found: list[Device] = getattr(outlet, "live_devices", [])
    return found[0] if found else None


def live_outlets_at(stations: Iterable[UUID]) -> list[tuple[UUID, str, str | None]]:
    """(station, wire id, hamlet's path) of the stations' standing outlets that have a device."""
    rows = Outlet.objects.filter(
        station_id__in=list(stations),
        retired_at=None,
        devices__revoked_at=None,
        devices__isnull=False,
    ).distinct()
    return list(rows.values_list("station_id", "wire_id", "hamlet__path"))


def communes_with_devices() -> list[str]:
    """The communes that have a live device: where `open` must be fresh. After a reorganisation also
    those that devices still take themselves to be in."""
    live = Device.objects.filter(revoked_at=None)
    now = live.values_list("outlet__station__place__path", flat=True).distinct()
    return [*dict.fromkeys([*now, *former_areas()])]


def former_areas(communes: Iterable[str] | None = None) -> list[str]:
    """The communes that devices (of `communes`) still take themselves to be in, until they have
    taken their new assignment."""
    untold = Device.objects.filter(revoked_at=None).exclude(former_area="")
    if communes is not None:
        untold = untold.filter(outlet__station__place__path__in=list(communes))
    return list(untold.values_list("former_area", flat=True).distinct().order_by("former_area"))


def untold_devices(targets: Iterable[str] | None = None) -> list[Device]:
    """Live devices (that an order for `targets` is meant for) which have not yet said that they
    know their new area."""
    untold = Device.objects.filter(revoked_at=None, outlet__retired_at=None).exclude(former_area="")
    if targets is not None:
        wanted = list(targets)
        wide = [path for path in wanted if path.count("/") < 3]
        narrow = [path for path in wanted if path.count("/") == 3]
        untold = untold.filter(
            inside(wide, "outlet__station__place__path") | Q(outlet__hamlet__path__in=narrow)
        )
    return list(untold.select_related("outlet__station__place", "outlet__hamlet").order_by("pk"))


def area_taken(path: str) -> tuple[int, int]:
    """Of the live devices at or below a place, how many know where they are, and all of them."""
    live = Device.objects.filter(
        inside([path], "outlet__station__place__path"), revoked_at=None, outlet__retired_at=None
    )
    row = live.aggregate(every=Count("pk"), told=Count("pk", filter=Q(former_area="")))
    return row["told"], row["every"]


def area_of(device: Device) -> str:
    """The commune that the device takes itself to be in: what it can be addressed by."""
    return device.former_area or str(device.outlet.station.place.path)


def people_in_earshot(outlet: Outlet) -> int | None:
    """People of the outlet's hamlet; None where the number is not known."""
    return outlet.hamlet.people if outlet.hamlet else None


def wire_id_of(outlet_id: UUID) -> str:
    """The outlet's id on the wire."""
    return str(Outlet.objects.values_list("wire_id", flat=True).get(pk=outlet_id))


def outlet_by_code(station_id: UUID, code: str) -> Outlet:
    """The station's outlet with this code."""
    return Outlet.objects.select_related("station__place").get(station_id=station_id, code=code)


def plan_versions() -> dict[str, int]:
    """The plan version each live outlet last reported; 0 where it reported none."""
    rows = Outlet.objects.filter(
        retired_at=None, devices__isnull=False, devices__revoked_at=None, health__isnull=False
    ).values_list("wire_id", "health__plan_version")
    return {wire_id: version or 0 for wire_id, version in rows}


def outlet_by_id(outlet_id: UUID) -> Outlet | None:
    """A standing outlet; None for an unknown or retired one."""
    return Outlet.objects.filter(pk=outlet_id, retired_at=None).first()


def live_devices() -> list[Device]:
    """Every device that counts now, with what its permissions need."""
    return list(
        Device.objects.filter(revoked_at=None, outlet__retired_at=None).select_related(
            "outlet__station__place", "outlet__hamlet"
        )
    )


def device_column(name: str, *, kid: str, outlet: str) -> Subquery:
    """A column of the device with the key id and outlet that an outer query's fields name, revoked
    devices included: their word of earlier days still counts."""
    devices = Device.objects.filter(kid=OuterRef(kid), outlet_id=OuterRef(outlet))
    return Subquery(devices.values(name)[:1])


def names_of(ids: set[UUID]) -> dict[UUID, str]:
    """The names of outlets and stations, retired and closed ones too, for sentences about them."""
    found = Outlet.objects.filter(pk__in=ids).values_list("pk", "name")
    stations = Station.objects.filter(pk__in=ids).values_list("pk", "name")
    return dict(found.union(stations, all=True))


def files_in_use() -> set[str]:
    """The files of the store that outlets name by hash: photos, and sentences said at a pole."""
    photos = Photo.objects.values_list("sha256", flat=True)
    said = Command.objects.exclude(speech_sha256="").values_list("speech_sha256", flat=True)
    return {*photos, *said}


def technologies() -> list[tuple[str, str]]:
    """A station's technologies with their words."""
    return [(value, str(label)) for value, label in Technology.choices]


def station_get(actor: Actor, station_id: UUID) -> Station:
    """One station. Raises Station.DoesNotExist for a stranger too."""
    return stations(actor).get(pk=station_id)


def hours_of(outlet_id: UUID, since: datetime) -> dict[datetime, str]:
    """The worst state of every hour that an outlet reported in."""
    rows = HealthHour.objects.filter(outlet_id=outlet_id, hour__gte=since)
    return dict(rows.values_list("hour", "worst"))


def devices_of(outlet_id: UUID) -> list[Device]:
    """Every device that ever hung at an outlet, newest first."""
    return list(Device.objects.filter(outlet_id=outlet_id).order_by("-enrolled_at", "-pk"))


def with_claim(rows: QuerySet[Outlet], now: datetime) -> QuerySet[Outlet]:
    """The outlets with `claim_until`: when the claim that still waits for its device expires."""
    waiting = Claim.objects.filter(
        outlet=OuterRef("pk"), used_at=None, cancelled_at=None, expires_at__gt=now
    )
    return rows.annotate(claim_until=Subquery(waiting.values("expires_at")[:1]))


def outlet_by_wire_id(actor: Actor, wire_id: str) -> Outlet | None:
    """A standing outlet that the asker may see, as `outlets` gives it; None for any other."""
    return outlets(actor).filter(wire_id=wire_id[:24]).first()


def last_command(outlet_id: UUID, do: str) -> Command | None:
    """The newest command of a kind to an outlet."""
    return Command.objects.filter(outlet_id=outlet_id, do=do).order_by("-given_at", "-pk").first()


def commands_of(outlet_id: UUID, limit: int) -> list[Command]:
    """What an outlet's device was asked, newest first."""
    return list(Command.objects.filter(outlet_id=outlet_id).order_by("-given_at", "-pk")[:limit])


def command_get(outlet_id: UUID, command_id: UUID) -> Command | None:
    rows = Command.objects.filter(outlet_id=outlet_id, pk=command_id)
    return rows.select_related("outlet__station__place").first()


def state_of_command(command: Command, now: datetime) -> str:
    """Where a command stands (rules.command_state)."""
    return rules.command_state(
        do=command.do,
        result=command.result,
        answered=command.level_lufs is not None or bool(command.reason),
        expires_at=command.expires_at,
        sent=command.envelope is not None,
        ready=command.ready,
        now=now,
    )


def live_by_commune(targets: Iterable[str]) -> dict[str, int]:
    """Outlets with a live device that an order for `targets` covers, by commune. A hamlet's order
    covers only outlets that serve that hamlet."""
    wide = [path for path in targets if path.count("/") < 3]
    narrow = [path for path in targets if path.count("/") == 3]
    covered = inside(wide, "outlet__station__place__path") | Q(outlet__hamlet__path__in=narrow)
    rows = (
        Device.objects.filter(covered, revoked_at=None, outlet__retired_at=None)
        .values_list("outlet__station__place__path")
        .annotate(number=Count("outlet", distinct=True))
    )
    return dict(rows.values_list("outlet__station__place__path", "number"))


def covered_outlets(targets: Iterable[str]) -> QuerySet[Outlet]:
    """Every outlet with a live device that an order for `targets` covers, with health."""
    wide = [path for path in targets if path.count("/") < 3]
    narrow = [path for path in targets if path.count("/") == 3]
    covered = inside(wide, "station__place__path") | Q(hamlet__path__in=narrow)
    return (
        Outlet.objects.filter(covered, retired_at=None, devices__revoked_at=None)
        .filter(devices__isnull=False)
        .select_related("station__place", "hamlet", "health")
        .order_by("station__place__path", "code")
        .distinct()
    )


def sounding_now(items: Iterable[str], now: datetime) -> int:
    """How many outlets say at this moment that they sound one of these orders. A hint, unsigned."""
    fresh = now - rules.SILENT_AFTER
    found = Outlet.objects.filter(
        health__item__in=list(items), health__state="alert", health__seen_at__gt=fresh
    )
    return found.count()


def outlets_of_kinds(kinds: Iterable[str], targets: Iterable[str]) -> list[Outlet]:
    """Standing outlets of these channels that an order for `targets` covers."""
    wide = [path for path in targets if path.count("/") < 3]
    narrow = [path for path in targets if path.count("/") == 3]
    covered = inside(wide, "station__place__path") | Q(hamlet__path__in=narrow)
    found = Outlet.objects.filter(covered, kind__in=list(kinds), retired_at=None)
    return list(found.select_related("station__place").distinct())
