"""Reading stations, outlets and devices."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from loa.outlets.models import Device, Outlet, Station
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
        .annotate(live_outlets=Count("outlets", filter=Q(outlets__retired_at=None)))
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


def stations_in(paths: Iterable[str]) -> list[Station]:
    """Every open station at or below the paths; for the node's own work, not for askers."""
    return list(
        Station.objects.filter(inside(paths, "place__path"), closed_at=None).select_related("place")
    )


def station_by_id(station_id: UUID) -> Station:
    return Station.objects.select_related("place").get(pk=station_id)


def device_of(outlet_wire_id: str) -> Device | None:
    """The live device at an outlet; None for an unknown, retired or revoked one."""
    return (
        Device.objects.filter(outlet__wire_id=outlet_wire_id, revoked_at=None)
        .select_related("outlet__station__place", "outlet__hamlet")
        .first()
    )


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


def communes_with_devices() -> list[str]:
    """The communes that have a live device: where `open` must be fresh."""
    return list(
        Device.objects.filter(revoked_at=None)
        .values_list("outlet__station__place__path", flat=True)
        .distinct()
    )


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
