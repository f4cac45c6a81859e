"""Devices, clocks and a bad network in one process under one seed: any failure replays from it.

Virtual time. The node publishes, repeats, and answers polls; the network delays, drops, doubles and
reorders; devices lose power at any moment and come back with a clock that may say 1970 or 2099.
Each device is the player's own gate on a store of its own. `check` states the invariants, `settle`
ends all faults and lets everybody meet.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Protocol

from loa_player.clock import Probe, TrustedClock
from loa_player.database import Database
from loa_player.gate import Gate, News
from loa_player.gate_store import GateStore
from loa_player.store import Store
from loa_protocol import Channel, Envelope, Kind, ManualClock, Receiver, Refused, parse_payload
from loa_protocol.payloads import Sounding

POLL_S = 60.0
REPEAT_S = 20.0
TOLERANCE = timedelta(seconds=5)
DEAD_CLOCKS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 6, 1, tzinfo=UTC))


class Office(Protocol):
    """Whoever signs in the simulation: test keys, with `now` moved by it."""

    now: datetime

    @property
    def root(self) -> Envelope: ...
    def assignment(self) -> Envelope: ...
    def alert(self, level: int = ..., life_s: float = ...) -> Envelope: ...
    def drill(self) -> Envelope: ...
    def update(
        self, alert: str, revision: int = ..., *, expires: datetime | None = ...
    ) -> Envelope: ...
    def cancel(self, alert: str) -> Envelope: ...
    def mute(self, *orders: str, seconds: int = ...) -> Envelope: ...
    def time(self, now: datetime) -> Envelope: ...
    def open(self, *orders: str) -> Envelope: ...


@dataclass
class Pole:
    """One device of the simulation. `on` says whether it has power."""

    folder: Path
    outlet: str
    manual: ManualClock
    on: bool = True
    boots: int = 0
    begun: Counter[str] = field(default_factory=Counter)
    begun_at: dict[str, datetime] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)

    def boot(self) -> None:
        """The program starts with what is on disk."""
        self.boots += 1
        self.database = Database(self.folder / "player.db")
        self.store = Store(self.database)
        self.clock = TrustedClock(
            self.manual,
            floor=self.store.time_floor(),
            anchor=self.store.anchor(),
            boot=f"{self.outlet}-{self.boots}",
        )
        self.gate = Gate(GateStore(self.database, self.store), self.store, self.clock, self._news)

    def take(self, envelope: Envelope, channel: Channel) -> str | None:
        """The refusal's name, or None. What was accepted is acknowledged: it must not be lost."""
        try:
            self.gate.take(envelope, channel)
        except Refused as refused:
            return str(refused.reason)
        if channel is Channel.AREA:
            self.acknowledged.add(envelope.id)
        return None

    def tell_time(self, answer: Envelope) -> None:
        """A signed answer of the node."""
        sent_s = self.manual.monotonic()
        nonce = parse_payload(answer.kind, answer.payload).nonce
        try:
            told = self.gate.take_time(answer.to_bytes(), nonce)
            self.gate.take_round([Probe(sent_s, sent_s + 0.001, told.now)])
        except Refused:
            return

    def _news(self, news: News) -> None:
        start = news.changes.start
        if start is not None:
            self.begun[start] += 1
            self.begun_at[start] = self.clock.now()


@dataclass(order=True)
class _Event:
    at_s: float
    number: int
    pole: int = field(compare=False)
    envelope: Envelope = field(compare=False)


class Broken(AssertionError):
    """An invariant did not hold; the message has the seed."""


class Simulation:
    """One run. The same seed, office and number of poles give the same run."""

    def __init__(self, seed: int, office: Office, folder: Path, poles: int = 3) -> None:
        self.seed = seed
        self.chance = Random(seed)  # noqa: S311 - repeatable, no secret
        self.office = office
        self.begin = office.now
        self.at_s = 0.0
        self.number = count()
        self.queue: list[_Event] = []
        self.sent: dict[str, Envelope] = {}
        self.ended: set[str] = set()
        self.overtaken: set[str] = set()
        """Drills that a real order ended: the node lists them no more."""
        self.poles = [self._pole(folder / f"pole-{n}", n) for n in range(poles)]

    def _pole(self, folder: Path, number: int) -> Pole:
        folder.mkdir(parents=True)
        pole = Pole(folder, f"o{number}", ManualClock(self.begin))
        pole.boot()
        pole.gate.begin(self.office.root, self.office.root.id, Receiver("o1", "node24"))
        pole.tell_time(self.office.time(self.begin))
        pole.take(self.office.assignment(), Channel.TRUST)
        return pole

    def run(self, steps: int) -> None:
        """So many random things happen."""
        acts = (
            [self._sign] * 3 + [self._crash, self._power, self._time, self._poll] + [self._wait] * 4
        )
        for _ in range(steps):
            self.chance.choice(acts)()
            self.check()

    def settle(self) -> None:
        """All faults end: within a minute everybody has what is in force, and nothing else."""
        for pole in self.poles:
            if not pole.on:
                self._switch_on(pole)
        self._advance(POLL_S)
        for pole in self.poles:
            self._meet(pole)
        self.check()
        now = self._now()
        for pole in self.poles:
            live = {o.alert for o in pole.gate.state().orders.values() if o.live(now)}
            if live - self._drills_that_may_stay(pole, now) != set(self._in_force()):
                raise Broken(f"seed {self.seed}: {pole.outlet} has {live}")

    def _drills_that_may_stay(self, pole: Pole, now: datetime) -> set[str]:
        """Drills that a real order ended where it was heard: a device that has none of the real
        orders issued after such a drill reads it out, and it expires there."""
        orders = [o for o in pole.gate.state().orders.values() if o.live(now)]
        real = [o.issued for o in orders if not o.drill]
        return {
            o.alert
            for o in orders
            if o.alert in self.overtaken and not any(at > o.issued for at in real)
        }

    def check(self) -> None:
        """The invariants, on every device that has power."""
        for pole in self.poles:
            if pole.on:
                for fault in self._faults(pole):
                    raise Broken(f"seed {self.seed}, {self.at_s:.1f} s, {pole.outlet}: {fault}")

    def _faults(self, pole: Pole) -> Iterator[str]:
        state = pole.gate.state()
        lost = pole.acknowledged - state.seen.keys()
        if lost:
            yield f"an acknowledged order is lost: {lost}"
        twice = [id_ for id_, times in pole.begun.items() if times > 1]
        if twice:
            yield f"begun twice: {twice}"
        for id_, at in pole.begun_at.items():
            doc = parse_payload(self.sent[id_].kind, self.sent[id_].payload)
            if at >= doc.expires:
                yield f"begun after its end: {id_}"
        heard = pole.gate.voice().order
        now = pole.clock.now()
        if heard is not None:
            if self._now() >= heard.expires + TOLERANCE:
                yield "heard after its end"
            if heard.alert in state.mutes.alerts and state.mutes.silent(heard.alert, now):
                yield "heard through a mute"
            due = [o for o in state.orders.values() if o.due(now) and not o.drill]
            open_ = [o for o in due if not state.mutes.silent(o.alert, now)]
            if heard.drill and open_:
                yield "a drill above a real order"
        lines = Counter(i.id for _, i in pole.store.outcomes(10_000) if i.result == "accepted")
        if any(times != 1 for times in lines.values()) or lines.keys() != pole.acknowledged:
            yield "proofs are not what was accepted"

    # What happens

    def _sign(self) -> None:
        """An office gives an order; the node publishes it, and says it again."""
        self.office.now = self._now()
        alerts = [id_ for id_ in self._in_force() if self.sent[id_].kind is Kind.ALERT]
        choice = self.chance.random()
        if choice < 0.4 or not alerts:
            envelope = (
                self.office.drill()
                if self.chance.random() < 0.2
                else self.office.alert(
                    self.chance.randint(1, 5), self.chance.choice([60.0, 3600.0])
                )
            )
        elif choice < 0.6:
            about = self.chance.choice(alerts)
            # As on the node: a correction ends with its alert.
            revision, expires = self.chance.randint(1, 9), self._end(about)
            envelope = self.office.update(about, revision, expires=expires)
        elif choice < 0.8:
            about = self.chance.choice(alerts)
            envelope = self.office.cancel(about)
            self.ended.add(about)
        else:
            envelope = self.office.mute(
                self.chance.choice(alerts), seconds=self.chance.randint(1, 600)
            )
        if envelope.kind is Kind.ALERT:
            standing = self._in_force()
            self.overtaken |= {i for i in standing if self.sent[i].kind is Kind.DRILL}
        self.sent[envelope.id] = envelope
        for number in range(len(self.poles)):
            self._publish(number, envelope)

    def _new_alert(self) -> Envelope:
        level, life_s = self.chance.randint(1, 5), self.chance.choice([60.0, 3600.0])
        return self.office.alert(level, life_s)

    def _publish(self, pole: int, envelope: Envelope) -> None:
        """Delayed, doubled, out of order, or lost and sent again later."""
        for again in range(self.chance.randint(1, 3)):
            if self.chance.random() < 0.3:
                continue
            delay_s = self.chance.expovariate(1 / 3) + again * self.chance.uniform(0, REPEAT_S)
            event = _Event(self.at_s + delay_s, next(self.number), pole, envelope)
            heapq.heappush(self.queue, event)

    def _wait(self) -> None:
        self._advance(self.chance.choice([0.2, 1.0, 5.0, 30.0, 120.0]))

    def _advance(self, seconds: float) -> None:
        until_s = self.at_s + seconds
        while self.queue and self.queue[0].at_s <= until_s:
            event = heapq.heappop(self.queue)
            self._move_to(event.at_s)
            pole = self.poles[event.pole]
            if pole.on:
                pole.take(event.envelope, Channel.AREA)
        self._move_to(until_s)
        for pole in self.poles:
            if pole.on:
                pole.gate.expire()

    def _move_to(self, at_s: float) -> None:
        for pole in self.poles:
            pole.manual.advance(at_s - self.at_s)
        self.at_s = at_s

    def _crash(self) -> None:
        """kill -9: the process is gone and starts again at once."""
        pole = self.chance.choice(self.poles)
        if pole.on:
            pole.database.close()
            pole.boot()

    def _power(self) -> None:
        """The power goes, or comes back with a clock that may be dead."""
        pole = self.chance.choice(self.poles)
        if pole.on:
            pole.gate.save_time()
            pole.database.close()
            pole.on = False
        else:
            self._switch_on(pole)

    def _switch_on(self, pole: Pole) -> None:
        reading = self.chance.choice([self._now(), self._now(), *DEAD_CLOCKS])
        pole.manual = ManualClock(reading)
        pole.on = True
        pole.boot()

    def _time(self) -> None:
        pole = self.chance.choice(self.poles)
        if pole.on:
            pole.tell_time(self.office.time(self._now()))

    def _poll(self) -> None:
        pole = self.chance.choice(self.poles)
        if pole.on:
            self._meet(pole)

    def _meet(self, pole: Pole) -> None:
        """What a device does at every connect: the time, `open`, and everything in force."""
        self.office.now = self._now()
        pole.tell_time(self.office.time(self._now()))
        for id_ in self._listed():
            pole.take(self.sent[id_], Channel.AREA)

    def _now(self) -> datetime:
        return self.begin + timedelta(seconds=self.at_s)

    def _in_force(self) -> list[str]:
        """Alerts and drills that stand, as the node knows."""
        now = self._now()
        return [
            id_
            for id_, envelope in self.sent.items()
            if envelope.kind in {Kind.ALERT, Kind.DRILL}
            and id_ not in self.ended | self.overtaken
            and self._end(id_) > now
        ]

    def _end(self, alert: str) -> datetime:
        """When an alert and all its corrections are over."""
        return self._doc(alert).expires

    def _doc(self, id_: str) -> Sounding:
        envelope = self.sent[id_]
        doc = parse_payload(envelope.kind, envelope.payload)
        assert isinstance(doc, Sounding)  # noqa: S101 - asked only for those
        return doc

    def _listed(self) -> list[str]:
        """What a node answers to a poll: everything that a device must still hear of."""
        now = self._now()
        return [
            id_
            for id_, envelope in self.sent.items()
            if id_ not in self.overtaken
            and parse_payload(envelope.kind, envelope.payload).expires > now
        ]
