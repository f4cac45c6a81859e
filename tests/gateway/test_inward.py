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
