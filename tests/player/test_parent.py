"""When a device calls its node silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loa_player.enrol import Claim
from loa_player.identity import load_identity
from loa_player.link.api import DeviceApi, NodeError
from loa_player.link.http import HttpLine, LinkError
from loa_player.parent import PARENT_AFTER_S, TRUST_AGAIN_S, TRUST_EVERY_S, Parent, Silence
from loa_player.report import caller_of
from loa_protocol import Channel, ManualClock

from .rig import OUTLET, Rig
from .test_line import RawServer


def test_five_minutes_and_asked_in_vain() -> None:
    clock = ManualClock()
    silence = Silence(clock.monotonic)
    clock.advance(PARENT_AFTER_S - 1)
    assert not silence.long
    clock.advance(1)
    assert silence.long
    assert not silence.asked_in_vain(float("-inf")), "nobody has asked it"
    assert silence.asked_in_vain(clock.monotonic())
    silence.heard()
    assert not silence.long


def test_what_a_broker_has_kept_is_as_old_as_it_is() -> None:
    """A dead node's last word, said again at every connect, is no sign of life."""
    clock = ManualClock()
    silence = Silence(clock.monotonic)
    for _ in range(10):
        clock.advance(PARENT_AFTER_S / 10)
        silence.heard(ago_s=clock.monotonic())
    assert silence.long
    silence.heard(ago_s=20.0)
    assert not silence.long
    silence.heard(ago_s=-60.0)
    clock.advance(PARENT_AFTER_S)
    assert silence.long, "a word from the future counts as one of now"


def test_a_parent_out_of_reach_is_asked_again_in_an_hour_not_at_once(tmp_path: Path) -> None:
    """A province's line is cut for a week, and its devices pay by the byte."""
    rig = Rig(tmp_path)
    urls = ("http://127.0.0.1:9",)
    assigned = rig.authority.assignment(OUTLET, ("http://node",), rig.now, parents=urls)
    rig.take(assigned, Channel.TRUST)
    claim = Claim(urls=urls, root_sha256="0" * 64, serial="SN-1", model="test")
    line = HttpLine(urls, timeout_s=2)
    api = DeviceApi(
        line, load_identity(tmp_path, claim), lambda: caller_of(rig.gate), rig.clock.now
    )
    parent = Parent(api, rig.gate, lambda _values, _channel: None, lambda: False)
    assert parent.trust_interval_s() == TRUST_EVERY_S
    parent.look_for_trust()
    assert parent.trust_interval_s() == TRUST_AGAIN_S
    line.close()


@pytest.fixture
def server() -> Iterator[RawServer]:
    made = RawServer()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("answer", "error", "heard"),
    [
        (b"502 Bad Gateway\r\nContent-Length: 4\r\n\r\n<h1>", LinkError, 0),
        (b'503 Busy\r\nContent-Length: 16\r\n\r\n{"error":"busy"}', NodeError, 1),
        (b'403 No\r\nContent-Length: 19\r\n\r\n{"error":"revoked"}', NodeError, 1),
    ],
)
def test_a_proxy_in_the_node_s_place_is_not_the_node(
    server: RawServer, tmp_path: Path, answer: bytes, error: type[Exception], heard: int
) -> None:
    server.answer = b"HTTP/1.1 " + answer
    rig = Rig(tmp_path)
    claim = Claim(urls=(server.url,), root_sha256="0" * 64, serial="SN-1", model="test")
    times: list[float] = []
    line = HttpLine((server.url,), timeout_s=2)
    api = DeviceApi(
        line,
        load_identity(tmp_path, claim),
        lambda: caller_of(rig.gate),
        rig.clock.now,
        lambda: times.append(rig.manual.monotonic()),
    )
    with pytest.raises(error):
        api.policies()
    line.close()
    assert len(times) == heard
