"""One device on its own disk, and everything in any order: deliveries, doubles, crashes, clocks.

After every step: nothing acknowledged is lost (I1), nothing begins twice (I2), nothing sounds out
of its time (I3), real goes before drill (I4), proofs are what was accepted (I5).
"""

import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from tools.protocol.world import World

from loa_protocol import Channel, Envelope, ManualClock
from tests.swarm.loot import Pole

CLOCKS = [None, datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)]
SKEW = timedelta(seconds=5)


class Acceptance(RuleBasedStateMachine):
    """A network that does what it wants, and power that comes and goes."""

    orders = Bundle("orders")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(demo=True)
        self.real = ManualClock(self.world.now)
        self.pole = Pole(Path(self.folder.name), self.world, ManualClock(self.world.now))
        self.accepted: set[str] = set()
        self.sent: dict[str, Envelope] = {}

    def teardown(self) -> None:
        if hasattr(self, "pole"):
            self.pole.database.close()
            self.folder.cleanup()

    def _signed(self, envelope: Envelope) -> Envelope:
        self.sent[envelope.id] = envelope
        return envelope

    @rule(target=orders, level=st.integers(1, 5), life_s=st.sampled_from([20, 600, 7200]))
    def alert(self, level: int, life_s: int) -> Envelope:
        self.world.now = self.real.now()
        return self._signed(self.world.alert(level, life_s))

    @rule(target=orders)
    def drill(self) -> Envelope:
        self.world.now = self.real.now()
        return self._signed(self.world.drill(level=5))

    @rule(target=orders, about=orders, seconds=st.sampled_from([5, 600]))
    def mute(self, about: Envelope, seconds: int) -> Envelope:
        self.world.now = self.real.now()
        return self._signed(self.world.mute(about.id, seconds=seconds))

    @rule(target=orders, about=orders)
    def cancel(self, about: Envelope) -> Envelope:
        self.world.now = self.real.now()
        return self._signed(self.world.cancel(about.id))

    @rule(order=orders, times=st.integers(1, 4))
    def delivered(self, order: Envelope, times: int) -> None:
        for _ in range(times):
            if self.pole.offer(order) is None:
                assert order.id not in self.accepted
                self.accepted.add(order.id)

    @rule(order=orders, at=st.integers(0, 10_000), bit=st.integers(0, 7))
    def damaged(self, order: Envelope, at: int, bit: int) -> None:
        payload = bytearray(order.payload)
        payload[at % len(payload)] ^= 1 << bit
        forged = Envelope(order.kind, bytes(payload), order.sigs, order.chain)
        assert self.pole.offer(forged) is not None

    @rule(seconds=st.sampled_from([0.5, 5, 30, 300, 4000]))
    def wait(self, seconds: float) -> None:
        self.real.advance(seconds)
        self.pole.manual.advance(seconds)
        self.pole.gate.expire()

    @rule()
    def killed(self) -> None:
        self.pole.database.close()
        self.pole.boot()

    @rule(reading=st.sampled_from(CLOCKS), off_s=st.sampled_from([0, 60, 5000]))
    def power_cut(self, reading: datetime | None, off_s: int) -> None:
        self.pole.gate.save_time()
        self.pole.database.close()
        self.real.advance(off_s)
        self.pole.manual = ManualClock(reading or self.real.now())
        self.pole.boot(power_cut=True)

    @rule()
    def told_the_time(self) -> None:
        self.world.now = self.real.now()
        self.pole.tell_time()

    @rule()
    def told_what_is_open(self) -> None:
        self.world.now = self.real.now()
        self.pole.offer(self.world.open(*list(self.sent)[:20]), Channel.OPEN)

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        if hasattr(self, "pole"):
            assert self.accepted <= self.pole.gate.state().seen.keys()

    @invariant()
    def nothing_begins_twice(self) -> None:
        if hasattr(self, "pole"):
            assert max(Counter(self.pole.begun).values(), default=1) == 1

    @invariant()
    def nothing_sounds_out_of_its_time_or_through_a_mute(self) -> None:
        if not hasattr(self, "pole"):
            return
        heard = self.pole.gate.voice().order
        if heard is None:
            return
        state = self.pole.gate.state()
        assert self.real.now() < heard.expires + SKEW
        assert not state.mutes.silent(heard.alert, self.pole.clock.now())
        now = self.pole.clock.now()
        real = [o for o in state.orders.values() if o.due(now) and not o.drill]
        loud = [o for o in real if not state.mutes.silent(o.alert, now)]
        assert not (heard.drill and loud)
        if not heard.drill:
            assert heard.level == max(o.level for o in loud)

    @invariant()
    def proofs_are_what_was_accepted(self) -> None:
        if hasattr(self, "pole"):
            lines = [i.id for _, i in self.pole.store.outcomes(10_000) if i.result == "accepted"]
            assert sorted(lines) == sorted(self.accepted)


Acceptance.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestAcceptance = Acceptance.TestCase
