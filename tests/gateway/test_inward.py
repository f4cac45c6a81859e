"""What comes in by MQTT: each message on its own, bounded before it is kept."""

import json
from typing import Any

import pytest

from loa.gateway import inward
from loa.gateway.mqtt import Message
from loa.outlets.models import Health
from loa.people.authority import NodeIdentity
from tests.country import Country


def health(outlet: str, **more: Any) -> Message:
    body = {"at": "2026-11-23T05:00:00Z", "state": "idle", **more}
    return Message(f"loa/1/from/{outlet}/health", json.dumps(body).encode())


@pytest.mark.parametrize(
    "wrong",
    [
        {"item": "x" * 65},
        {"item": "a\x00b"},
        {"software": "x" * 1000},
        {"volume_pct": 101},
        {"level_lufs": 10**9},
        {"clock_error_ms": 2**40},
        {"state": "singing"},
        {"refusals": {f"r{'x' * n}": 1 for n in range(200)}},
    ],
)
def test_one_device_s_nonsense_does_not_cost_its_neighbour_anything(
    country: Country, node: NodeIdentity, wrong: dict[str, Any]
) -> None:
    bad, good = (outlet.wire_id for outlet in country.one.outlets)
    inward.store([health(bad, **wrong), health(good, item="ab" * 16)])
    assert [row.outlet.wire_id for row in Health.objects.select_related("outlet")] == [good]


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"\xff\xfe", b"[]", b'{"online":1}', b"x" * 100_000]
)
@pytest.mark.parametrize("leaf", ["health", "presence", "receipt", "other", ""])
def test_noise_on_any_topic_leaves_nothing(
    country: Country, node: NodeIdentity, payload: bytes, leaf: str
) -> None:
    outlet = country.one.outlets[0].wire_id
    inward.store([Message(f"loa/1/from/{outlet}/{leaf}", payload)])
    inward.store([Message("loa/1/from/../health", payload)])
    assert not Health.objects.exists()


def presence(outlet: str, online: bool) -> Message:
    return Message(f"loa/1/from/{outlet}/presence", json.dumps({"online": online}).encode())


def online() -> dict[str, bool]:
    return dict(Health.objects.values_list("outlet__wire_id", "online"))


def test_of_a_batch_the_last_word_of_each_device_counts(
    country: Country, node: NodeIdentity
) -> None:
    one, two = (outlet.wire_id for outlet in country.one.outlets)
    other = country.two.outlets[0].wire_id
    inward.store([health(one), health(two), health(other)])
    inward.store([presence(one, True), presence(one, False), presence(two, False)])
    assert online() == {one: False, two: False, other: True}
    inward.store([presence(two, False), presence(two, True), presence(one, False), health(one)])
    assert online() == {one: True, two: True, other: True}
    inward.store([health(one), presence(one, False)])
    assert online() == {one: False, two: True, other: True}


def test_a_crowd_that_comes_back_is_written_down_together(
    country: Country, node: NodeIdentity, django_assert_max_num_queries: Any
) -> None:
    one, two = (outlet.wire_id for outlet in country.one.outlets)
    inward.store([health(one), health(two)])
    with django_assert_max_num_queries(4):
        inward.store([presence(one, n % 2 == 0) for n in range(300)] + [presence(two, True)])
    assert online() == {one: False, two: True}
