"""With and without the broker: a real player, a real broker, a small node."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from loa_player.link.doorbell import Doorbell, DoorbellConfig
from loa_protocol import Envelope, Kind, parse_payload, topics
from loa_protocol.device_api import Health, Mqtt, PlanHint, dump_body, parse_body
from loa_protocol.payloads import Plan

from .fake_authority import STATION, media_item
from .fake_broker import FakeBroker
from .fake_node import FakeNode, soon
from .processes import players
from .sounds import encode, speechlike

OUTLET = "o-1"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[FakeBroker]:
    made = FakeBroker(tmp_path).start()
    yield made
    made.stop()


def hint(node: FakeNode, plan: Envelope) -> bytes:
    data = plan.to_bytes()
    return dump_body(
        PlanHint(version=node.authority.version(node.now()), sha256=plan.id, bytes=len(data))
    )


def online(topic: str, payload: bytes) -> bool:
    return topic == topics.presence(OUTLET) and b"true" in payload


def reports_plan(plan: Envelope) -> Callable[[str, bytes], bool]:
    """A health report, sent before anything sounds, that this plan was accepted."""
    doc = parse_payload(Kind.PLAN, plan.payload)
    assert isinstance(doc, Plan)

    def said(topic: str, data: bytes) -> bool:
        if topic != topics.health(OUTLET):
            return False
        health = parse_body(Health, data)
        return health.plan_version == doc.version and health.state == "idle"

    return said


def told_again(node: FakeNode, broker: FakeBroker) -> Health:
    """Its health once it has obeyed; the command is given anew until then, as a node does."""
    for _ in range(8):
        volume = node.authority.command(OUTLET, node.now(), "volume", volume_pct=37)
        broker.publish(topics.outlet_do(OUTLET), volume.to_bytes())
        with suppress(AssertionError):
            return parse_body(Health, broker.wait_for(obeyed, limit_s=4))
    raise AssertionError("it never obeyed")


def obeyed(topic: str, data: bytes) -> bool:
    return topic == topics.health(OUTLET) and parse_body(Health, data).volume_pct == 37


def test_commands_health_and_hints_come_and_go_by_the_doorbell(
    node: FakeNode, broker: FakeBroker, tmp_path: Path
) -> None:
    node.mqtt = Mqtt(urls=(broker.url,), password="a-password-of-the-device")
    with players(node, tmp_path, OUTLET, sink="null") as (player,):
        player.start()
        broker.wait_for(online)
        broker.wait_for(lambda topic, _: topic == topics.health(OUTLET))

        # Before its node has answered with a time it acts on nothing: the order of the two is open.
        health = told_again(node, broker)
        assert health.clock_error_ms is not None
        assert health.clock_error_ms < 100

        test = node.authority.command(OUTLET, node.now(), "self-test")
        broker.publish(topics.outlet_do(OUTLET), test.to_bytes())
        node.wait_until(lambda: any(i.id == test.id and i.result == "played" for i in node.items()))
        broker.wait_for(lambda topic, _: topic == topics.receipt(OUTLET))

        media = node.add_media(encode(tmp_path / "v.opus", speechlike(1.5)).read_bytes())
        at = soon(node, 6)
        node.plan = node.authority.plan(node.now(), (media_item(at, media.sha256, media.bytes, 2),))
        broker.publish(topics.station_plan(STATION), hint(node, node.plan))
        broker.wait_for(reports_plan(node.plan), 5)
        node.wait_until(lambda: any(i.result == "played" and i.media for i in node.items()), 25)

        restart = node.authority.command(OUTLET, node.now(), "restart")
        broker.heard.clear()
        broker.publish(topics.outlet_do(OUTLET), restart.to_bytes())
        broker.wait_for(online)
        assert player.stop() == 0
        broker.wait_for(lambda topic, data: topic == topics.presence(OUTLET) and b"false" in data)


def test_an_order_sounds_by_the_doorbell_and_a_stranger_does_not(
    node: FakeNode, broker: FakeBroker, tmp_path: Path
) -> None:
    node.mqtt = Mqtt(urls=(broker.url,), password="a-password-of-the-device")
    with players(node, tmp_path, OUTLET) as (player,):
        player.start()
        broker.wait_for(online)
        alert = node.authority.alert(node.now())
        changed = alert.to_bytes().replace(b'"sig":"', b'"sig":"A', 1)
        broker.publish(topics.area("08911"), changed[:-5])
        broker.publish(topics.area("08911"), b"not an envelope")
        broker.publish(topics.area("08911"), alert.to_bytes())
        broker.publish(topics.area("08911"), alert.to_bytes())
        node.wait_until(lambda: any(i.result == "played" for i in node.items()), 30)
        assert player.stop() == 0
    mine = [i.result for i in node.items() if i.id == alert.id]
    assert mine == ["accepted", "played"]
    assert list(player.wav.glob("order-*-siren.*.wav"))


def test_with_the_broker_dead_plan_orders_and_proofs_still_flow(
    node: FakeNode, broker: FakeBroker, tmp_path: Path
) -> None:
    node.mqtt = Mqtt(urls=(broker.url,), password="a-password-of-the-device")
    media = node.add_media(encode(tmp_path / "v.opus", speechlike(1.5)).read_bytes())
    with players(node, tmp_path, OUTLET, sink="null") as (player,):
        player.start()
        broker.wait_for(online)
        broker.stop()
        at = soon(node, 30)
        node.plan = node.authority.plan(node.now(), (media_item(at, media.sha256, media.bytes, 2),))
        node.wait_until((player.data / "media" / media.sha256).exists, 28)
        alert = node.authority.alert(node.now())
        with node.changed:
            node.orders.append(alert)
            node.changed.notify_all()
        node.wait_until(lambda: any(i.id == alert.id for i in node.items()), 20)
        node.wait_until(lambda: any(i.media and i.result == "played" for i in node.items()), 40)
        broker.heard.clear()
        broker.start()
        broker.wait_for(online, 70)
        assert player.stop() == 0


def test_a_message_that_cannot_be_handled_ends_neither_thread_nor_connection(
    broker: FakeBroker,
) -> None:
    came: list[bytes] = []
    changes: list[bool] = []
    second = threading.Event()

    def handle(_topic: topics.Topic, payload: bytes, remembered: bool) -> None:
        assert not remembered
        came.append(payload)
        if len(came) == 1:
            raise sqlite3.OperationalError("attempt to write a readonly database")
        second.set()

    # The first address is none: it costs one try.
    config = DoorbellConfig(("mqtt://[x", broker.url), "p", OUTLET, STATION, "08911")
    bell = Doorbell(config, handle, lambda: changes.append(bell.connected))
    bell.start()
    broker.wait_for(online)
    broker.publish(topics.area("08911"), b"one")
    broker.publish(topics.area("08911"), b"two")
    assert second.wait(10)
    assert bell.connected
    bell.stop()
    assert came == [b"one", b"two"]
    assert changes == [True, False], "one connection served both"
