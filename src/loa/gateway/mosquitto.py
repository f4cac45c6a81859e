"""Admission at Mosquitto: its dynamic-security plug-in keeps a list, and the gateway fills it.

The connection of `LOA_BROKER_URL` must belong to the plug-in's administrator. Every client is
bound to its own client id; its role reads the outlet's four topics and writes its own three.
(mosquitto.org/documentation/dynamic-security: commands on `$CONTROL/dynamic-security/v1`.)
"""

import json
from collections.abc import Iterable
from typing import Any

import structlog

from loa.gateway.admission import Permissions, permissions_of
from loa.gateway.mqtt import Line
from loa.outlets import selectors as outlets
from loa.outlets.enrolment import broker_password

log = structlog.get_logger()

CONTROL = "$CONTROL/dynamic-security/v1"
BATCH = 200


class MosquittoDoor:
    """Fills the broker's list at every connect and keeps it true."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def wait_ready(self, limit_s: float) -> bool:
        """Whether the line is up: the list is filled over it."""
        return self._line.connected.wait(limit_s)

    def refill(self) -> None:
        """Whoever a restarted broker may have forgotten. Who is on its list stays connected."""
        commands: list[dict[str, Any]] = []
        for device in outlets.live_devices():
            commands += _listing(permissions_of(device), broker_password(device.kid))
        for start in range(0, len(commands), BATCH):
            self._send(commands[start : start + BATCH])

    def let_in(self, outlet: str) -> None:
        """One device more. The outlet's former one goes first: its password counts no more."""
        device = outlets.device_of(outlet)
        if device is not None:
            self.show_out(outlet)
            self._send(_listing(permissions_of(device), broker_password(device.kid)))

    def show_out(self, outlet: str) -> None:
        """Deleting a client ends its connection too."""
        self._send([{"command": "deleteClient", "username": outlet}, _no_role(outlet)])

    def stop(self) -> None:
        """Nothing of its own to end."""

    def _send(self, commands: Iterable[dict[str, Any]]) -> None:
        body = json.dumps({"commands": list(commands)}).encode()
        if not self._line.publish(CONTROL, body):
            log.warning("broker down, admission waits for the next connect")


def _no_role(outlet: str) -> dict[str, Any]:
    return {"command": "deleteRole", "rolename": outlet}


def _listing(granted: Permissions, password: str) -> list[dict[str, Any]]:
    """The device's role and name. Where they stand already the broker says so and keeps them; the
    role is then brought up to date."""
    acls = [
        {"acltype": "subscribeLiteral", "topic": topic, "allow": True} for topic in granted.read
    ]
    acls += [
        {"acltype": "publishClientReceive", "topic": topic, "allow": True} for topic in granted.read
    ]
    acls += [
        {"acltype": "publishClientSend", "topic": topic, "allow": True} for topic in granted.write
    ]
    outlet = granted.outlet
    return [
        {"command": "createRole", "rolename": outlet, "acls": acls},
        {"command": "modifyRole", "rolename": outlet, "acls": acls},
        {
            "command": "createClient",
            "username": outlet,
            "password": password,
            "clientid": outlet,
            "roles": [{"rolename": outlet}],
        },
    ]
