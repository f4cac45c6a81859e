"""Who is let in to the broker, and to which topics: per device, never per secret shared.

Client id, user and outlet id must be one and the same: otherwise a device could take over
another's session (reference: engine.md, pitfalls seen).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from loa.outlets.enrolment import password_fits
from loa.outlets.selectors import area_of, devices_at
from loa.people.authority import NoAuthority, node_identity
from loa_protocol import paths, topics

if TYPE_CHECKING:
    from loa.outlets.models import Device

_WIRE_ID = re.compile(paths.ID_PATTERN)


@dataclass(frozen=True)
class Permissions:
    """What one client may read and write, as exact MQTT topics."""

    outlet: str
    read: tuple[str, ...]
    write: tuple[str, ...]


class Door(Protocol):
    """How one kind of broker lets devices in. The database decides; a door only carries it."""

    def wait_ready(self, limit_s: float) -> bool:
        """Whether it can judge, waiting at most `limit_s`."""

    def refill(self) -> None:
        """The broker is back and may have forgotten everybody."""

    def let_in(self, outlet: str) -> None:
        """A device was enrolled."""

    def show_out(self, outlet: str) -> None:
        """A device counts no more: end its connection within a minute."""

    def stop(self) -> None:
        """The gateway ends."""


def permissions_of(device: "Device") -> Permissions:
    """The exact topics of the live device at an outlet."""
    outlet = device.outlet
    # A device that has not learnt of a reorganisation yet subscribes as before it.
    areas = dict.fromkeys((outlet.station.place.path, area_of(device)))
    read = [
        topic
        for area in areas
        for topic in topics.subscriptions(
            commune=paths.commune_code(area) or "",
            station=outlet.station.wire_id,
            outlet=outlet.wire_id,
        )
    ]
    return Permissions(outlet.wire_id, tuple(dict.fromkeys(read)), topics.writable(outlet.wire_id))


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client says of itself."""

    client_id: str
    user: str
    password: str


def admit(*, client_id: str, user: str, password: str) -> Permissions | None:
    """The permissions of a live device with its own password; None for everybody else."""
    return admit_all([Credentials(client_id, user, password)])[0]


def admit_all(clients: Sequence[Credentials]) -> list[Permissions | None]:
    """The same for many at once, with one question to the database."""
    try:
        node_identity()
    except NoAuthority:
        return [None] * len(clients)
    # What is no wire id (and may be no text that a database takes) is nobody's.
    named = [
        one.user
        for one in clients
        if one.client_id == one.user and _WIRE_ID.fullmatch(one.user) is not None
    ]
    devices = devices_at(named) if named else {}
    return [
        permissions_of(device)
        if (device := devices.get(one.user)) is not None
        and one.client_id == one.user
        and password_fits(device, one.password)
        else None
        for one in clients
    ]


def nats_subject(topic: str) -> str:
    """The NATS subject of an MQTT topic of ours."""
    return topic.replace("/", ".")
