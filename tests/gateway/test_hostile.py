"""One enrolled device that publishes whatever it can cannot keep anybody else from the broker."""

import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from django.conf import settings
from paho.mqtt.enums import CallbackAPIVersion

from loa.config.broker_watch import BrokerWatch
from loa.config.children import Child
from loa.config.env import Environment
from loa.gateway import broker, service
from loa.gateway.admission import Door
from loa.gateway.broker import broker_secrets
from loa.gateway.mqtt import Line
from loa.gateway.nats_callout import Callout
from loa.gateway.quota import BURST, MESSAGE_MAX_BYTES, Quota
from loa.outlets import broker_state
from loa.outlets.enrolment import broker_password
from loa.people.authority import NodeIdentity
from loa_protocol import topics
from tests.country import Country
from tests.gateway import brokers
from tests.gateway.test_admission import LIMIT_S, connected, door, enrolled, until

__all__ = ["door"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("loa.device.urls")]


def flood(env: Environment, name: str, password: str) -> int:
    """Everything that filled a store once: foreign leaves, big bodies, QoS 2, all retained. Returns
    the bytes handed to the broker; it closes the connection for some of it."""
    sent = 0
    for leaf, size, qos in (
        ("junk", 60_000, 0),
        ("presence/deeper", 60_000, 1),
        ("health", 900_000, 0),
        ("health", 60_000, 2),
        ("receipt", 60_000, 0),
    ):
        peer = connected(env, name, password)
        for number in range(40):
            topic = f"loa/1/from/{name}/{leaf}" + (str(number) if leaf == "junk" else "")
            peer.client.publish(topic, b"x" * size, qos=qos, retain=True)
            sent += size
            if peer.gone.is_set():
                break
        peer.close()
    return sent


def retained(line_env: Environment, line: Line, wanted: tuple[str, ...]) -> set[str]:
    """The topics on which the broker keeps a message, as a new subscriber sees them."""
    found: set[str] = set()
    service_name = "gateway"
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id="loa-looker", protocol=paho.MQTTv311
    )
    if line_env.broker_url:
        client.username_pw_set(service_name, brokers.ADMIN_PASSWORD)
    else:
        client.username_pw_set(service_name, broker_secrets(line_env.keys).passwords[service_name])
    client.on_message = lambda c, u, got: found.add(got.topic) if got.retain else None
    client.connect("127.0.0.1", line_env.broker_port)
    client.loop_start()
    client.subscribe("loa/1/from/#", qos=0)
    until(lambda: set(wanted) <= found, f"{wanted} in {found}")
    client.disconnect()
    client.loop_stop()
    return found


def test_it_writes_its_three_topics_and_only_its_presence_stays(
    country: Country, node: NodeIdentity, door: tuple[Environment, Line, Door]
) -> None:
    env, line, made = door
    device, other = enrolled(country, node), enrolled(country, node, 1)
    made.refill()
    name, password = device.outlet.wire_id, broker_password(device.kid)
    flood(env, name, password)
    peer = connected(env, name, password)
    peer.client.publish(topics.presence(name), b'{"online":true}', retain=True)
    line.unretain(service.UNRETAINED, service.may_stay)
    mine = topics.presence(name)
    end = time.monotonic() + LIMIT_S
    while (kept := retained(env, line, (mine,))) != {mine}:
        assert time.monotonic() < end, kept
        line.unretain(service.UNRETAINED, service.may_stay)
    neighbour = connected(env, other.outlet.wire_id, broker_password(other.kid))
    line.publish(topics.area("08911"), b"order")
    assert neighbour.subscribes(topics.area("08911"))
    neighbour.close()
    peer.close()


def test_a_quota_drops_what_is_over_and_names_the_outlet() -> None:
    quota = Quota()
    topic = topics.receipt("o-1")
    taken = sum(quota.accepts(topic, 100, now_s=0.0) for _ in range(1000))
    assert taken == BURST
    assert quota.accepts(topics.receipt("o-2"), 100, now_s=0.0), "a neighbour has its own"
    assert quota.over() == {"o-1": 1000 - BURST}
    assert quota.over() == {}
    assert quota.accepts(topic, 100, now_s=1.0), "it fills again"
    assert not quota.accepts(topic, MESSAGE_MAX_BYTES + 1, now_s=60.0)
    assert not quota.accepts(topics.presence("o-1"), 2000, now_s=60.0)
    assert not quota.accepts("loa/1/from/o-1/junk", 1, now_s=60.0)


SMALL_STORE = 8 << 20


@pytest.fixture
def small(
    country: Country, node: NodeIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Environment]:
    """A broker with a small store that somebody has filled to the brim."""
    with brokers.nats(tmp_path, SMALL_STORE) as env:
        monkeypatch.setattr(settings, "ENV", env)
        fill(env)
        yield env


def fill(env: Environment) -> None:
    filler = Line("gateway", subscribe=(), on_connect=lambda: None)
    filler.start()
    assert filler.connected.wait(LIMIT_S)
    for number in range(30):
        filler.publish(f"loa/1/from/x/j{number}", b"x" * (500 << 10), retain=True)
    end = time.monotonic() + LIMIT_S
    while lane_connects(env, wait_s=0.5):
        assert time.monotonic() < end, "the store does not fill"
    filler.stop()


def lane_connects(env: Environment, wait_s: float = LIMIT_S) -> bool:
    line = Line("lane", subscribe=(), on_connect=lambda: None)
    line.start()
    try:
        return line.connected.wait(wait_s)
    finally:
        line.stop()


def test_a_full_store_is_bounded_by_the_gateway_and_the_lane_connects(small: Environment) -> None:
    url = f"nats://127.0.0.1:{small.nats_port}"
    callout = Callout(url, broker_secrets(small.keys), SMALL_STORE)
    callout.start()
    try:
        assert callout.wait_ready(LIMIT_S)
        assert lane_connects(small)
        until(lambda: broker_state.store_state() is not None, "the store's state is known")
        state = broker_state.store_state()
        assert state is not None
        assert state.most_bytes == SMALL_STORE
    finally:
        callout.stop()


def test_a_store_that_stays_full_is_made_anew(
    country: Country, node: NodeIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = Environment(
        **{
            **settings.ENV.__dict__,
            "nats_port": brokers.free_port(),
            "broker_port": brokers.free_port(),
            "broker_url": "",
        }
    )
    monkeypatch.setattr(settings, "ENV", env)
    conf, store = tmp_path / "nats.conf", tmp_path / "store"
    text = broker.configuration(
        folder=env.keys,
        store=store,
        nats_port=env.nats_port,
        mqtt_port=env.broker_port,
        store_max_bytes=SMALL_STORE,
    )
    broker.write_configuration(conf, text)
    child = Child("broker", [str(broker.binary()), "-c", str(conf)], tmp_path / "broker.log")
    child.start()
    watch = BrokerWatch(child, store, for_s=1.0)
    watch.start()
    try:
        assert lane_connects(env)
        fill(env)
        end = time.monotonic() + LIMIT_S
        while not watch.look(time.monotonic()):
            assert time.monotonic() < end
            lane_connects(env, wait_s=0.2)
        assert lane_connects(env)
        assert not watch.look(time.monotonic()), "once in ten minutes"
    finally:
        child.terminate()
        child.wait(time.monotonic() + 5)


def test_a_log_that_grows_is_begun_anew(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    child = Child("a", ["sh", "-c", "while :; do echo line; sleep 0.01; done"], log)
    child.start()
    try:
        until(lambda: log.exists() and log.stat().st_size > 50, "it writes")
        assert child.keep_log_short(50)
        until(lambda: log.read_text().startswith("line\n"), "it goes on, without a hole")
        assert (tmp_path / "a.log.1").read_text().startswith("line\n")
        assert not child.keep_log_short(10**6)
    finally:
        child.terminate()
        child.wait(time.monotonic() + 5)


def test_the_alarm_says_what_is_wrong() -> None:
    from loa.lib import clock

    assert not broker_state.alarm()
    broker_state.store_note(broker_state.StoreState(60, 100), clock.now())
    broker_state.loud_note({"o-1": 700}, clock.now())
    alarm = broker_state.alarm()
    assert (alarm.filling_pct, alarm.loud) == (60, ("o-1",))
