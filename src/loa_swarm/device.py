"""One simulated loudspeaker: the player's own gate and durable store, without the sound.

What it does is noted with the machine's clock, so that a drill can say when each order was
accepted, when it would have sounded, and when it fell silent.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from loa_player.clock import TrustedClock
from loa_player.database import Database
from loa_player.enrol import enrol
from loa_player.gate import Gate, News
from loa_player.gate_store import GateStore
from loa_player.identity import Claim, Identity, load_identity
from loa_player.link.api import DeviceApi
from loa_player.link.http import HttpLine
from loa_player.report import Reporter, caller_of
from loa_player.store import Store
from loa_protocol import Channel, Envelope, Refused, topics
from loa_protocol.clock import Clock, SystemClock
from loa_protocol.context import ORDER_KINDS
from loa_protocol.device_api import Mqtt
from loa_protocol.paths import commune_code
from loa_protocol.topics import TopicKind

_FOR_EVER_S = 3600.0


@dataclass
class Diary:
    """What one device did, by the machine's clock in seconds since 1970.

    `accepted` and `sounding` have the first time of each order, `silent` the last time that nothing
    was heard any more; `begun` counts how often a text was allowed to begin: once, or there is a
    fault. `watched` are the SHA-256 of messages whose `verdicts` are counted: the name of the
    refusal, or "accepted".
    """

    accepted: dict[str, float] = field(default_factory=dict)
    sounding: dict[str, float] = field(default_factory=dict)
    silent: dict[str, float] = field(default_factory=dict)
    begun: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    watched: frozenset[bytes] = frozenset()
    verdicts: Counter[str] = field(default_factory=Counter)
    on_air: str | None = None


class SwarmDevice:
    """Safe from any thread, like the gate it stands on."""

    def __init__(
        self, folder: Path, claim: Claim, *, system: Clock | None = None, demo: bool = True
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.claim = claim
        self.diary = Diary()
        self._demo = demo
        self._system = system or SystemClock()
        self._lock = threading.Lock()
        self.identity: Identity = load_identity(folder, claim)
        self._open()

    def _open(self) -> None:
        self.database = Database(self.folder / "player.db")
        self.store = Store(self.database)
        self.clock = TrustedClock(
            self._system, floor=self.store.time_floor(), anchor=self.store.anchor()
        )
        self.gate = Gate(GateStore(self.database, self.store), self.store, self.clock, self._news)
        self._reporter = Reporter(self.store, self.gate, self.identity)
        self._line = HttpLine(self.claim.urls)
        self._api = DeviceApi(
            self._line, self.identity, lambda: caller_of(self.gate), self.clock.now
        )

    # Life

    def enrol(self) -> None:
        """Become an outlet over HTTPS, as a new box does. Raises SetupError."""
        enrol(
            self.claim,
            api=self._api,
            gate=self.gate,
            store=self.store,
            clock=self.clock,
            wait=lambda _seconds: True,
            demo=self._demo,
        )

    def reboot(self) -> None:
        """The power goes and comes back: only what is on disk is left."""
        self.close()
        self.diary.on_air = None
        self._open()
        self.react()

    def close(self) -> None:
        """Let go of files and lines."""
        self._line.close()
        self.database.close()

    @property
    def outlet(self) -> str:
        """The outlet that this device is."""
        return str(self.store.fact("outlet"))

    @property
    def mqtt(self) -> Mqtt:
        """Where the doorbell is, and its password."""
        saved = self.store.fact("mqtt")
        return Mqtt.model_validate(saved | {"urls": tuple(saved["urls"])})

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """The four topics."""
        receiver = self.gate.receiver
        assert receiver is not None  # noqa: S101 - enrolled
        code = commune_code(receiver.area or "") or ""
        return topics.subscriptions(
            commune=code, station=receiver.station or "", outlet=receiver.outlet
        )

    # What comes

    def rung(self, topic: str, payload: bytes) -> None:
        """A message of the doorbell, as the player would take it."""
        found = topics.parse(topic)
        if found is None:
            return
        if found.kind is TopicKind.AREA:
            self.offer(payload, Channel.AREA)
        elif found.kind is TopicKind.OPEN:
            self.offer(payload, Channel.OPEN)

    def offer(self, data: bytes | Envelope, channel: Channel) -> str | None:
        """Judge what came; the name of the refusal, if it was refused."""
        try:
            self.gate.take(data, channel)
        except Refused as refused:
            name = str(refused.reason)
            with self._lock:
                self.diary.refused[name] += 1
                self._note_verdict(data, name)
            return name
        with self._lock:
            self._note_verdict(data, "accepted")
        return None

    def _note_verdict(self, data: bytes | Envelope, verdict: str) -> None:
        diary = self.diary
        if not diary.watched or not isinstance(data, bytes):
            return
        if hashlib.sha256(data).digest() in diary.watched:
            diary.verdicts[verdict] += 1

    def catch_up(self) -> None:
        """Ask over HTTPS for everything in force, as every device does at every connect. Raises
        LinkError, NodeError."""
        found = self._api.orders()
        self.offer(Envelope.from_value(found.open), Channel.OPEN)
        for value in found.orders:
            self.offer(Envelope.from_value(value), Channel.AREA)

    def learn(self) -> None:
        """Ask for the policies, and the words that machines may fill in. Raises LinkError,
        NodeError."""
        for value in self._api.policies().policy:
            self.offer(Envelope.from_value(value), Channel.POLICY)

    def seal(self) -> list[tuple[str, bytes]]:
        """New receipts, signed and durable, as messages for the doorbell."""
        topic = topics.receipt(self.outlet)
        return [(topic, one.to_bytes()) for one in self._reporter.seal(self.clock.now())]

    def deliver(self) -> int:
        """All receipts that wait, over HTTPS. Raises LinkError, NodeError."""
        return self._reporter.deliver(self._api)

    # What would be heard

    def tick(self) -> None:
        """What time alone changes: expiry, the end of a mute."""
        if self.gate.state().orders:
            self.gate.expire()
            self.react()

    def react(self) -> None:
        """Bring the null loudspeaker in line with the orders."""
        with self._lock:
            spoken = self.gate.voice()
            wanted = None if spoken.order is None else spoken.order.current
            if wanted == self.diary.on_air:
                return
            now_s = time.time()
            if self.diary.on_air is not None:
                self.diary.silent[self.diary.on_air] = now_s
            self.diary.on_air = wanted
            if spoken.order is not None:
                self.gate.play_begun(spoken.order.key)
                self.diary.sounding.setdefault(spoken.order.current, now_s)

    def _news(self, news: News) -> None:
        envelope = news.verified.envelope
        if envelope.kind not in ORDER_KINDS:
            return
        now_s = time.time()
        with self._lock:
            self.diary.accepted.setdefault(envelope.id, now_s)
            if news.changes.start is not None:
                self.diary.begun[news.changes.start] += 1
        self.react()


OnDevice = Callable[[SwarmDevice], None]
