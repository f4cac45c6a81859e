"""Proofs: sealed once, kept until confirmed, whatever the node answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from loa_player.identity import Identity
from loa_player.link.api import DeviceApi
from loa_player.link.http import ANSWER_MAX_BYTES, HttpLine, LinkError
from loa_player.report import Reporter, caller_of
from loa_protocol import Channel, Kind, SigningKey, verify_signed_by
from loa_protocol.kinds import RULES
from loa_protocol.payloads import ReceiptItem

from .fake_node import Device, FakeNode
from .rig import OUTLET, Rig


@pytest.fixture
def rig(node: FakeNode, tmp_path: Path) -> Rig:
    return Rig(tmp_path, authority=node.authority, start=node.now())


@pytest.fixture
def identity(rig: Rig, node: FakeNode) -> Identity:
    made = Identity(SigningKey.generate(), "serial", "model")
    assignment = node.authority.assignment(OUTLET, (node.url,), node.now())
    node.devices[OUTLET] = Device(OUTLET, made.public, assignment)
    assert rig.take(assignment, Channel.TRUST) is None
    return made


def longest(rig: Rig, number: int) -> ReceiptItem:
    return ReceiptItem(
        id=f"{number:064x}",
        result="interrupted",
        at=rig.now,
        reason="a" * 40,
        grade="B",
        level_lufs=-120,
        bulletin="b" * 64,
        media="c" * 64,
        started=rig.now,
        from_ms=86_400_000,
        played_ms=86_400_000,
        volume_pct=100,
        run=1000,
    )


def test_many_lines_fit_and_none_is_lost_or_doubled(
    rig: Rig, node: FakeNode, identity: Identity
) -> None:
    for number in range(100):
        rig.store.add_outcome(longest(rig, number))
    reporter = Reporter(rig.store, rig.gate, identity)
    sealed = reporter.seal(rig.now)
    assert all(len(e.payload) <= RULES[Kind.RECEIPT].max_bytes for e in sealed)
    assert not reporter.seal(rig.now)
    ids = [
        item.id
        for e in sealed
        for item in verify_signed_by(e, identity.public, Kind.RECEIPT).items  # type: ignore[attr-defined]
    ]
    assert ids == [f"{n:064x}" for n in range(100)]

    line = HttpLine((node.url,), timeout_s=2)
    api = DeviceApi(line, identity, lambda: caller_of(rig.gate), rig.clock.now)
    node.refuse_receipts = True
    with pytest.raises(Exception, match="503 busy"):
        reporter.deliver(api)
    assert rig.store.waiting() == (0, len(sealed))
    rig.kill()
    node.refuse_receipts = False
    reporter = Reporter(rig.store, rig.gate, identity)
    assert reporter.deliver(api) == len(sealed)
    assert rig.store.waiting() == (0, 0)
    assert node.receipts.keys() == {e.id for e in sealed}
    line.close()


def test_what_comes_by_the_wrong_way_or_too_big_is_an_error_of_the_line(
    node: FakeNode, rig: Rig, identity: Identity
) -> None:
    line = HttpLine((node.url,), timeout_s=2)
    api = DeviceApi(line, identity, lambda: caller_of(rig.gate), rig.clock.now)
    node.plan = b"x" * (ANSWER_MAX_BYTES + 1)
    with pytest.raises(LinkError, match="answer over"):
        api.plan(None)
    line.close()


def test_the_second_address_is_tried_when_the_first_is_silent(
    node: FakeNode, rig: Rig, identity: Identity
) -> None:
    line = HttpLine(("http://127.0.0.1:9", node.url), timeout_s=2)
    api = DeviceApi(line, identity, lambda: caller_of(rig.gate), rig.clock.now)
    assert api.plan(None) is None
    assert line.url == node.url
    line.use(("ftp://127.0.0.1/",))
    with pytest.raises(LinkError):
        api.plan(None)
