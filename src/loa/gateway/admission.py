"""Who is let in to the broker, and to which topics: per device, never per secret shared.

Client id, user and outlet id must be one and the same: otherwise a device could take over
another's session (reference: engine.md, pitfalls seen).
"""

from dataclasses import dataclass

from loa.outlets.enrolment import broker_password_fits
from loa.people.authority import NoAuthority, node_identity
from loa_protocol import paths, topics


@dataclass(frozen=True)
class Permissions:
    """What one client may read and write, as exact MQTT topics and one filter."""

    outlet: str
    read: tuple[str, ...]
    write: tuple[str, ...]


def admit(*, client_id: str, user: str, password: str) -> Permissions | None:
    """The permissions of a live device with its own password; None for everybody else."""
    if not user or client_id != user:
        return None
    try:
        node_identity()
    except NoAuthority:
        return None
    device = broker_password_fits(user, password)
    if device is None:
        return None
    outlet = device.outlet
    commune = paths.commune_code(outlet.station.place.path) or ""
    read = topics.subscriptions(
        commune=commune, station=outlet.station.wire_id, outlet=outlet.wire_id
    )
    return Permissions(outlet.wire_id, read, (topics.write_filter(outlet.wire_id),))


def nats_subject(topic: str) -> str:
    """The NATS subject of an MQTT topic or filter of ours."""
    return topic.replace("/", ".").replace("#", ">").replace("+", "*")
