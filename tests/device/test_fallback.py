"""A real loudspeaker whose own node is gone, and the node above it: signed answers over real HTTP,
judged as in a village (protocol.md 8).

Both stand under one root and one clock, which a test moves by hand.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from loa.alerts.models import Order, Target
from loa.device import files
from loa.lib import clock
from loa.people import authority
from loa.people.authority import NODE_FILE, NODE_KEY, document_store
from loa_player.clock import TrustedClock
from loa_player.database import Database
from loa_player.enrol import Claim, enrol
from loa_player.gate import Gate
from loa_player.gate_store import GateStore
from loa_player.identity import load_identity
from loa_player.link.api import DeviceApi
from loa_player.link.http import HttpLine
from loa_player.player import Player
from loa_player.report import caller_of
from loa_player.settings import Settings
from loa_player.store import Store
from loa_protocol import Envelope, SigningKey
from loa_protocol.authority import NODE_KINDS
from tests.country import place
from tests.player.fake_authority import COMMUNE, PARENT, FakeAuthority
from tests.player.fake_node import FakeNode

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("loa.config.urls_device")]

CODE = COMMUNE.rpartition("/")[2]
OPEN = f"/open/1/{CODE}"
LIMIT_S = 30.0


class MovedClock:
    """The machine's clock, moved on by hand: for everybody at once."""

    def __init__(self) -> None:
        self.moved_s = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.moved_s)

    def monotonic(self) -> float:
        return time.monotonic() + self.moved_s

    def advance(self, seconds: float) -> None:
        self.moved_s += seconds


def until(fact: Callable[[], Any], what: str) -> None:
    end_s = time.monotonic() + LIMIT_S
    while not fact():
        assert time.monotonic() < end_s, what
        time.sleep(0.02)


@pytest.fixture
def moved() -> Iterator[MovedClock]:
    one = MovedClock()
    with clock.using(one):
        yield one


@pytest.fixture
def own(moved: MovedClock) -> Iterator[FakeNode]:
    """The province's node."""
    fake = FakeNode(FakeAuthority(moved.now()), now=moved.now).start()
    yield fake
    fake.stop()


@pytest.fixture
def parent(
    own: FakeNode, live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The centre, with a key of its own under the same root; its address."""
    nation = place("nation", "vn", "Việt Nam", "vn", None)
    province = place("province", "24", "Bắc Ninh", "vn/24", nation)
    place("commune", CODE, "Xã Đông", COMMUNE, province)
    env = replace(settings.ENV, data=tmp_path / "centre")
    monkeypatch.setattr(settings, "ENV", env)
    monkeypatch.setattr(authority, "_cached", None)
    key = SigningKey.generate()
    env.keys.mkdir(parents=True)
    key.save(env.keys / NODE_KEY)
    (env.keys / NODE_FILE).write_text(json.dumps({"id": PARENT, "path": "vn"}))
    paper = own.authority.delegate("node", PARENT, key, "vn", NODE_KINDS, 0)
    for envelope in (own.authority.root, paper, *own.authority.registrars, *own.trusts):
        document_store(actor="cli:test", envelope=envelope)
    return str(live_server.url)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What the parent was asked, and its answers' statuses."""
    answers: list[tuple[str, int]] = []
    answered = files._static

    def noting(request: Any, tag: str, body: bytes) -> Any:
        response = answered(request, tag, body)
        answers.append((request.path, response.status_code))
        return response

    monkeypatch.setattr(files, "_static", noting)
    return answers


class Loudspeaker:
    """A whole player, its threads, sound and store, in this process for its clock's sake."""

    def __init__(self, node: FakeNode, folder: Path, moved: MovedClock) -> None:
        claim = Claim.model_validate_json(json.dumps(node.claim("cum-loa-01")))
        identity = load_identity(folder, claim)
        self._enrol(claim, identity, folder, moved)
        self.player = Player(Settings(folder, "null", {}), identity, moved)
        self._thread = threading.Thread(target=self.player.run)

    def _enrol(self, claim: Claim, identity: Any, folder: Path, moved: MovedClock) -> None:
        database = Database(folder / "player.db")
        store = Store(database)
        trusted = TrustedClock(moved, floor=store.time_floor())
        gate = Gate(GateStore(database, store), store, trusted, lambda _news: None)
        line = HttpLine(claim.urls)
        api = DeviceApi(line, identity, lambda: caller_of(gate), trusted.now)
        enrol(claim, api=api, gate=gate, store=store, clock=trusted, wait=lambda _s: True)
        line.close()
        database.close()

    def start(self) -> None:
        self._thread.start()
        until(lambda: hasattr(self.player, "_errands") and self.player.gate.time_known, "it starts")
        # The day's look at what was revoked comes when the test says so.
        self.errands._parent._errands["trust"].due_s = 1e9

    def stop(self) -> None:
        self.player.stop()
        self._thread.join(LIMIT_S)

    @property
    def errands(self) -> Any:
        return self.player._errands

    def looks(self, errand: str = "parent") -> None:
        """Have it look now whether its parent is to be asked, and wait for the outcome."""
        line = self.errands._parent
        until(lambda: line._errands[errand].due_s != float("inf"), "the errand before ends")
        line._held_until_s = 0.0
        line.hurry(errand)
        until(lambda: 0.0 < line._errands[errand].due_s < float("inf"), "the errand ends")

    def finds_its_node_gone(self) -> None:
        """Ask its own node once more on every line, in vain: then no answer is still on its way."""
        before_s = self.player.clock.monotonic()
        for line, errand in ((self.errands._node, "time"), (self.errands._poll, "orders")):
            line._held_until_s = 0.0
            line.hurry(errand)
            until(lambda line=line: line.failed_s >= before_s, "the node is asked in vain")

    def results(self) -> set[tuple[str, str]]:
        return {(item.id, item.result) for _, item in self.player.store.outcomes(1000)}


@pytest.fixture
def loudspeaker(
    own: FakeNode,
    parent: str,
    moved: MovedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Loudspeaker]:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # a player sets its own
    own.parents = (parent,)
    one = Loudspeaker(own, tmp_path / "loa", moved)
    one.start()
    yield one
    one.stop()


def in_force(envelope: Envelope, moved: MovedClock) -> None:
    """The province's order as it stands at the centre after it came up."""
    now = moved.now()
    order = Order.objects.create(
        id=envelope.id,
        kind="alert",
        drill=False,
        alert=envelope.id,
        path=COMMUNE,
        payload=envelope.payload,
        author="officer-0",
        author_kid="",
        author_sig=b"",
        envelope=envelope.to_bytes(),
        state="issued",
        made_at=now,
        proposed_at=now,
        issued_at=now,
        published_at=now,
        expires_at=now + timedelta(hours=1),
    )
    Target.objects.create(order=order, path=COMMUNE)


def test_an_order_reaches_a_loudspeaker_whose_node_is_gone_from_the_node_above(
    loudspeaker: Loudspeaker, own: FakeNode, moved: MovedClock, asked: list[tuple[str, int]]
) -> None:
    own.stop()
    loudspeaker.finds_its_node_gone()
    alert = own.authority.alert(moved.now())
    in_force(alert, moved)
    moved.advance(120)
    loudspeaker.looks()
    assert asked == [], "two minutes are no silence"

    moved.advance(210)
    loudspeaker.finds_its_node_gone()
    loudspeaker.looks()
    assert asked[:2] == [(OPEN, 200), (f"{OPEN}/orders", 200)]
    assert alert.id in {o.current for o in loudspeaker.player.gate.state().orders.values()}
    until(lambda: loudspeaker.player.alerts.sounding() is not None, "it sounds")
    until(lambda: any(p.sounding for p in loudspeaker.player._mixer.progress()), "audibly")

    moved.advance(60)
    loudspeaker.finds_its_node_gone()
    loudspeaker.looks()
    assert set(asked[2:]) == {(OPEN, 304)}, "nothing new costs no bytes"

    own.orders = [alert]
    own.start()
    until(lambda: (alert.id, "accepted") in {(i.id, i.result) for i in own.items()}, "it reports")
    loudspeaker.looks()
    so_far = len(asked)
    moved.advance(60)
    loudspeaker.looks()
    assert len(asked) == so_far, "the own node is back: the parent is asked no more"


def test_a_node_that_was_not_asked_is_not_called_silent(
    loudspeaker: Loudspeaker, own: FakeNode, moved: MovedClock, asked: list[tuple[str, int]]
) -> None:
    """With the doorbell connected a device asks its node once in ten minutes."""
    moved.advance(400)
    loudspeaker.looks()
    assert asked == []


def test_what_was_revoked_reaches_a_loudspeaker_whose_node_withholds_it(
    loudspeaker: Loudspeaker, own: FakeNode, moved: MovedClock, asked: list[tuple[str, int]]
) -> None:
    """Its own node lives and says nothing of it: the parent is asked once a day all the same."""
    kid = own.authority.keys.node.kid
    moved.advance(5)
    document_store(actor="cli:test", envelope=own.authority.trust(moved.now(), revoked=(kid,)))
    loudspeaker.looks("trust")
    assert (f"{OPEN}/trust", 200) in asked
    assert kid in loudspeaker.player.gate.trust.revoked
    loudspeaker.looks("trust")
    assert asked[-1] == (f"{OPEN}/trust", 304)


def test_a_key_that_the_parent_knows_is_revoked_gives_no_order(
    loudspeaker: Loudspeaker, own: FakeNode, moved: MovedClock, asked: list[tuple[str, int]]
) -> None:
    """The list comes before the orders, however they came to stand there."""
    own.stop()
    loudspeaker.finds_its_node_gone()
    alert = own.authority.alert(moved.now())
    in_force(alert, moved)
    moved.advance(5)
    kid = own.authority.keys.officers[0].kid
    document_store(actor="cli:test", envelope=own.authority.trust(moved.now(), revoked=(kid,)))
    moved.advance(330)
    loudspeaker.finds_its_node_gone()
    loudspeaker.looks()
    assert [path for path, _ in asked[:3]] == [OPEN, f"{OPEN}/trust", f"{OPEN}/orders"]
    assert not loudspeaker.player.gate.state().orders
    assert loudspeaker.player.store.refusals().get("revoked")
