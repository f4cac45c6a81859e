"""Proofs: sealed once, kept until confirmed, whatever the node answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from loa_player.identity import Identity
from loa_player.link.api import DeviceApi
from loa_player.link.http import ANSWER_MAX_BYTES, HttpLine, LinkError
from loa_player.report import BATCH, LINES_MAX, Reporter, caller_of
from loa_protocol import Channel, Envelope, Kind, SigningKey, verify_signed_by
from loa_protocol.device_api import ReceiptsStored
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


class Liar:
    """Answers about receipts that were not sent, with reasons of its own."""

    def __init__(self, answer: Callable[[Sequence[Envelope]], ReceiptsStored]) -> None:
        self._answer = answer

    def send_receipts(self, receipts: Sequence[Envelope]) -> ReceiptsStored:
        return self._answer(receipts)


def test_an_answer_speaks_only_of_what_was_sent_and_counts_only_known_reasons(
    rig: Rig, identity: Identity
) -> None:
    for number in range(LINES_MAX * (BATCH + 2)):
        rig.store.add_outcome(longest(rig, number))
    reporter = Reporter(rig.store, rig.gate, identity)
    sealed = [e.id for e in reporter.seal(rig.now)]
    assert len(sealed) == BATCH + 2

    def others(sent: Sequence[Envelope]) -> ReceiptsStored:
        rest = sorted({*sealed} - {e.id for e in sent})
        return ReceiptsStored(stored=(rest[0],), refused={rest[1]: "expired", "f" * 64: "expired"})

    assert reporter.deliver(cast(DeviceApi, Liar(others))) == 0
    assert rig.store.waiting() == (0, len(sealed))
    assert not rig.store.refusals()

    def own_words(sent: Sequence[Envelope]) -> ReceiptsStored:
        refused = {e.id: f"made-up-{e.id}" for e in sent}
        return ReceiptsStored(stored=(), refused=refused | {sent[0].id: "expired"})

    assert reporter.deliver(cast(DeviceApi, Liar(own_words))) == len(sealed)
    assert rig.store.refusals() == {"receipt_expired": 2, "receipt_bad_field": len(sealed) - 2}
