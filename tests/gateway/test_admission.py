"""What a device may do at a real broker: its own topics, under its own name, until it is revoked.

The same behaviour on the embedded NATS and on Mosquitto.
"""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from django.conf import settings
from paho.mqtt.enums import CallbackAPIVersion

from loa.config.env import Environment
from loa.gateway import outward, service
from loa.gateway.admission import Door
from loa.gateway.mqtt import Line
from loa.outlets.enrolment import broker_password, device_revoke
from loa.outlets.models import Device, Outlet
from loa.people.authority import NodeIdentity
from loa_protocol import topics
from tests.country import Country
from tests.device.device import Box, claim_for
from tests.gateway import brokers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("loa.device.urls")]

LIMIT_S = 10.0


def until(fact: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LIMIT_S
    while not fact():
        assert time.monotonic() < end, what
        time.sleep(0.02)


class Peer:
    """An MQTT client as a device is one."""

    def __init__(self, env: Environment, client_id: str, user: str, password: str) -> None:
        self.answers: list[str] = []
        self.received: list[tuple[str, bytes]] = []
        self.granted: dict[int, bool] = {}
        self.gone = threading.Event()
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=paho.MQTTv311,
            reconnect_on_failure=False,
        )
        self.client.username_pw_set(user, password)
        self.client.on_connect = lambda c, u, f, code, p: self.answers.append(str(code))
        self.client.on_message = lambda c, u, m: self.received.append((m.topic, bytes(m.payload)))
        self.client.on_subscribe = self._on_subscribe
        self.client.on_disconnect = lambda *_: self.gone.set()
        self.client.connect("127.0.0.1", env.broker_port)
        self.client.loop_start()
        until(lambda: bool(self.answers), "the broker answers")

    def _on_subscribe(
        self, client: object, data: object, mid: int, codes: list[object], properties: object
    ) -> None:
        self.granted[mid] = not getattr(codes[0], "is_failure", True)

    @property
    def admitted(self) -> bool:
        return self.answers[0] == "Success"

    def subscribes(self, topic: str) -> bool:
        _, mid = self.client.subscribe(topic, qos=0)
        assert mid is not None
        until(lambda: mid in self.granted, f"an answer for {topic}")
        return self.granted[mid]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture(params=["nats", "mosquitto"])
def door(
    request: pytest.FixtureRequest,
    country: Country,
    node: NodeIdentity,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Environment, Line, Door]]:
    """A real broker with the gateway's line and door."""
    start = brokers.nats if request.param == "nats" else brokers.mosquitto
    with start(tmp_path) as env:
        monkeypatch.setattr(settings, "ENV", env)
        line = Line("gateway", subscribe=service.INWARD, on_connect=lambda: None)
        made = service.make_door(line)
        line.start()
        assert line.connected.wait(LIMIT_S)
        made.wait_ready(LIMIT_S)
        try:
            yield env, line, made
        finally:
            line.stop()
            made.stop()


def enrolled(country: Country, node: NodeIdentity, number: int = 0) -> Device:
    box = Box(node.id, serial=f"box-{number}")
    box.enrol(claim_for(country.one.outlets[number], country.one.actor("technician")))
    return Device.objects.select_related("outlet__station").get(outlet__wire_id=box.outlet)


def test_a_device_reads_its_own_topics_and_writes_only_below_its_name(
    country: Country, node: NodeIdentity, door: tuple[Environment, Line, Door]
) -> None:
    env, line, made = door
    device, other = enrolled(country, node), enrolled(country, node, 1)
    made.refill()
    name, password = device.outlet.wire_id, broker_password(device.kid)
    peer = connected(env, name, password)
    own = topics.subscriptions(commune="08911", station=device.outlet.station.wire_id, outlet=name)
    assert all(peer.subscribes(topic) for topic in own)
    line.publish(topics.area("08911"), b"alert")
    until(lambda: (own[0], b"alert") in peer.received, "the order arrives")
    for topic in (topics.area("08914"), topics.outlet_do(other.outlet.wire_id), "#", "loa/1/#"):
        assert not peer.subscribes(topic) or not heard(line, peer, topic)
    peer.client.publish(topics.receipt(name), b"mine")
    until(lambda: b"mine" in seen(line), "its own receipt arrives")
    peer.client.publish(topics.receipt(other.outlet.wire_id), b"forged")
    peer2 = connected(env, other.outlet.wire_id, broker_password(other.kid))
    peer2.client.publish(topics.receipt(other.outlet.wire_id), b"after")
    until(lambda: b"after" in seen(line), "the other's own receipt arrives")
    assert b"forged" not in seen(line)
    peer.close()
    peer2.close()


_seen: dict[int, list[bytes]] = {}


def seen(line: Line) -> list[bytes]:
    kept = _seen.setdefault(id(line), [])
    kept += [message.payload for message in line.take(100, 0.01)]
    return kept


def heard(line: Line, peer: Peer, topic: str) -> bool:
    """Whether a message on a topic that is not the peer's reaches it."""
    target = topic.replace("#", "area/08914") if "#" in topic else topic
    before = len(peer.received)
    line.publish(target, b"not yours")
    line.publish(topics.area("08911"), b"marker")
    until(lambda: any(p == b"marker" for _, p in peer.received[before:]), "the marker arrives")
    return any(payload == b"not yours" for _, payload in peer.received[before:])


def connected(env: Environment, name: str, password: str) -> Peer:
    """Mosquitto learns of a new device by a message: the first tries may come before it."""
    end = time.monotonic() + LIMIT_S
    while True:
        peer = Peer(env, name, name, password)
        if peer.admitted:
            return peer
        peer.close()
        assert time.monotonic() < end, peer.answers
        time.sleep(0.05)


def test_wrong_passwords_and_borrowed_names_are_refused(
    country: Country, node: NodeIdentity, door: tuple[Environment, Line, Door]
) -> None:
    env, _, made = door
    device, other = enrolled(country, node), enrolled(country, node, 1)
    made.refill()
    name, password = device.outlet.wire_id, broker_password(device.kid)
    connected(env, name, password).close()
    tries = [
        (name, name, "wrong"),
        (name, name, ""),
        (other.outlet.wire_id, name, password),
        ("o-unknown", "o-unknown", password),
        (name, "gateway", password),
    ]
    for client_id, user, secret in tries:
        peer = Peer(env, client_id, user, secret)
        assert not peer.admitted, (client_id, user)
        peer.close()


def test_a_revoked_device_is_shown_out_within_a_minute_and_stays_out(
    country: Country, node: NodeIdentity, door: tuple[Environment, Line, Door]
) -> None:
    env, line, made = door
    device = enrolled(country, node)
    outward.follow(line, made)
    name, password = device.outlet.wire_id, broker_password(device.kid)
    peer = connected(env, name, password)
    outlet = Outlet.objects.get(wire_id=name)
    device_revoke(actor=country.one.actor("technician"), outlet_id=outlet.pk, reason="mất")
    outward.follow(line, made)
    assert peer.gone.wait(LIMIT_S)
    again = Peer(env, name, name, password)
    assert not again.admitted
    again.close()
    peer.close()


def test_the_box_that_was_replaced_is_shown_out(
    country: Country, node: NodeIdentity, door: tuple[Environment, Line, Door]
) -> None:
    env, line, made = door
    device = enrolled(country, node)
    outward.follow(line, made)
    name, password = device.outlet.wire_id, broker_password(device.kid)
    stolen = connected(env, name, password)
    fresh = Box(node.id, serial="box-new")
    fresh.enrol(claim_for(country.one.outlets[0], country.one.actor("technician")))
    outward.follow(line, made)
    assert stolen.gone.wait(LIMIT_S)
    again = Peer(env, name, name, password)
    assert not again.admitted
    kept = Device.objects.get(outlet=device.outlet, revoked_at=None)
    successor = connected(env, name, broker_password(kept.kid))
    for peer in (again, stolen, successor):
        peer.close()
