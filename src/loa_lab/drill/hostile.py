"""The drill's hostile device: enrolled, with a key and a password of its own, and it lies.

It publishes whatever it can at the broker, and signs receipts that cannot be true. Afterwards
everybody must still connect, and nothing of what it claimed may be counted.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from loa.delivery.models import Play
from loa.gateway.mqtt import address_for
from loa.lib import clock
from loa.people.authority import node_identity
from loa_lab.drill.evidence import Drill, HostileDevice, TourFailed
from loa_lab.evidence import wait_for
from loa_protocol import topics
from loa_protocol.envelope import sign
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Issuer, Receipt, ReceiptItem, new_nonce
from loa_swarm.device import SwarmDevice
from loa_swarm.fleet import Fleet

JUNK, JUNK_BYTES = 1_100, 60_000
HUGE, HUGE_BYTES = 20, 900_000
TALK = 2_000
LIMIT_S = 60.0
TRY_S = 6.0
"""How long one try to connect may take: the broker gives up after five seconds."""
LISTEN_S = 1.0
"""How long a new subscriber waits for what the broker keeps."""


@dataclass
class Hostile:
    """One device of the third commune, and the fleet that must not suffer."""

    drill: Drill
    fleet: Fleet
    device: SwarmDevice
    others: Sequence[SwarmDevice]

    def attack_broker(self) -> None:
        """Everything that once filled the store, then everybody connects anew."""
        seen = self.drill.evidence.hostile_device
        self.fleet.disconnect([self.device])
        name = self.device.outlet
        own = f"{topics.PREFIX}from/{name}/"
        for leaf, number, size, qos in (
            ("j", JUNK, JUNK_BYTES, 0),
            ("health", HUGE, HUGE_BYTES, 0),
            ("health", 50, JUNK_BYTES, 2),
            ("receipt", TALK, 500, 0),
            ("health", 1, JUNK_BYTES, 0),
        ):
            topic = [own + leaf + (str(i) if leaf == "j" else "") for i in range(number)]
            self._publish(seen, topic, size, qos)
        self._all_back(seen)
        wait_for("bộ chuyển tin dọn tin giữ lại", self._only_presence, LIMIT_S)
        if not seen.connected_after:
            raise TourFailed("có cụm loa không nối lại được sau thiết bị phá")

    def _publish(self, seen: HostileDevice, wanted: Sequence[str], size: int, qos: int) -> None:
        """One connection's worth: the broker may end it, which is its right."""
        client = self._client(self.device.outlet, self.device.mqtt.password)
        for topic in wanted:
            client.publish(topic, b"x" * size, qos=qos, retain=True)
            seen.sent += 1
            seen.sent_bytes += size
        until_s = time.monotonic() + 5
        while client.want_write() and time.monotonic() < until_s:
            time.sleep(0.05)
        _end(client)

    def _client(self, user: str, password: str, client_id: str = "") -> paho.Client:
        address = address_for("lane")
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or user,
            protocol=paho.MQTTv311,
            reconnect_on_failure=False,
        )
        client.username_pw_set(user, password)
        client.connect(address.host, address.port)
        client.loop_start()
        return client

    def _all_back(self, seen: HostileDevice) -> None:
        """Everybody hangs up and comes again, and a new client with the node's own name comes."""
        back = list(self.others)
        self.fleet.disconnect(back)
        self.fleet.connect(back)
        seen.devices = len(back)
        seen.connected = len(set(back) & set(self.fleet.connected))
        wait_for("máy của node nối được", self._node_connects, LIMIT_S)
        seen.connected_after = seen.connected == seen.devices

    def _node_connects(self) -> bool | None:
        """Whether one try with the node's own name succeeds; its processes try again, too."""
        return self._look(()) is not None or None

    def _look(self, wanted: Sequence[str]) -> set[str] | None:
        """The topics that the broker keeps below `wanted`, seen by a process of its own: this one
        holds more open files than its MQTT client can watch. None where it was not let in."""
        address = address_for("lane")
        asked = {
            "host": address.host,
            "port": address.port,
            "user": address.user,
            "password": address.password,
            "topics": list(wanted),
            "connect_s": TRY_S,
            "listen_s": LISTEN_S,
        }
        done = subprocess.run(
            [sys.executable, "-m", "loa_lab.drill.looker"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            check=False,
            timeout=LIMIT_S,
        )
        return set(json.loads(done.stdout)) if done.returncode == 0 else None

    def _only_presence(self) -> bool | None:
        """Whether the broker keeps nothing of the device beside its presence."""
        kept = self._look([f"{topics.PREFIX}from/{self.device.outlet}/#"])
        if kept is None:
            return None
        left = len(kept - {topics.presence(self.device.outlet)})
        self.drill.evidence.hostile_device.retained = left
        return left == 0 or None

    def lie(self) -> None:
        """Receipts signed by its own key, about items that were in no plan of its station."""
        seen = self.drill.evidence.implausible_receipts
        now = clock.now()
        items = _lies(now)
        payload = Receipt(
            issuer=Issuer(path=self._area(), outlet=self.device.outlet),
            target=(f"node:{node_identity().id}",),
            issued=now,
            expires=now + timedelta(days=30),
            nonce=new_nonce(),
            items=tuple(items),
        )
        envelope = sign(Kind.RECEIPT, payload, [self.device.identity.key])
        client = self._client(self.device.outlet, self.device.mqtt.password)
        # Its quota is spent by the attack before; it fills again.
        until_s = time.monotonic() + LIMIT_S
        told = Play.kept.filter(item__in=[item.id for item in items])
        while told.count() < len(items) and time.monotonic() < until_s:
            client.publish(topics.receipt(self.device.outlet), envelope.to_bytes())
            time.sleep(1.0)
        _end(client)
        seen.sent = told.count()
        seen.counted = Play.objects.filter(item__in=[item.id for item in items]).count()

    def _area(self) -> str:
        receiver = self.device.gate.receiver
        if receiver is None or receiver.area is None:
            raise TourFailed("thiết bị phá chưa biết địa bàn")
        return receiver.area


def _end(client: paho.Client) -> None:
    client.disconnect()
    client.loop_stop()


def _lies(now: datetime) -> list[ReceiptItem]:
    """A whole day of an 18-second bulletin measured at the horn, years to come, and the like."""
    plain: dict[str, Any] = {
        "result": "played",
        "at": now,
        "started": now - timedelta(seconds=18),
        "from_ms": 0,
        "played_ms": 18_000,
        "grade": "B",
        "level_lufs": -16,
        "volume_pct": 100,
        "run": 1,
    }
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"grade": "A", "played_ms": 86_400_000},
        {"at": now + timedelta(days=2_000)},
        {"at": now - timedelta(days=20_000), "started": now - timedelta(days=20_000)},
        {"started": now, "at": now - timedelta(seconds=5)},
        {"run": 42},
    )
    return [
        ReceiptItem.model_validate(plain | change | {"id": f"{number:032x}"})
        for number, change in enumerate(changes, start=1)
    ]
