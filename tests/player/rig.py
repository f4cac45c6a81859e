"""A player without network, processes or real time: the same parts under a clock moved by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from loa_player.alerts import AlertDesk
from loa_player.audio import BLOCK_SAMPLES, RATE_HZ
from loa_player.clock import Probe, TrustedClock
from loa_player.database import Database
from loa_player.decode import PumpedVoice
from loa_player.gate import Gate, News
from loa_player.gate_store import GateStore
from loa_player.media_cache import MediaCache
from loa_player.mixer import Block, Mixer, MixerEvent
from loa_player.policy import binding
from loa_player.programme import Programme
from loa_player.store import Store
from loa_protocol import Channel, Envelope, ManualClock, Receiver, Refused
from loa_protocol.payloads import ReceiptItem

from .fake_authority import COMMUNE, NODE, STATION, FakeAuthority

OUTLET = "cum-loa-01"
START = datetime.fromisoformat("2026-12-01T05:00:00+07:00")


class VirtualSamples:
    """Sample n sounds at the virtual second n / 48000."""

    stalls = 0

    def instant_of(self, sample: int) -> float:
        return sample / RATE_HZ

    def sample_at(self, instant_s: float) -> int:
        return round(instant_s * RATE_HZ)

    def wait_for(self, sample: int) -> None:
        """The rig renders when it wants."""


class Rig:
    """One enrolled device. `boot` builds its parts from the durable state, as a start does."""

    def __init__(
        self,
        folder: Path,
        *,
        authority: FakeAuthority | None = None,
        start: datetime = START,
        told: datetime | None = None,
    ) -> None:
        self.folder = folder
        self.manual = ManualClock(start)
        self.authority = authority or FakeAuthority(start)
        self.heard: dict[tuple[str, int], bytes] = {}
        self.refused: list[str] = []
        self.reboots = 0
        self.horn_off = False
        self.boot()
        self.gate.begin(
            self.authority.root, self.authority.root_sha256, Receiver(outlet=OUTLET, node=NODE)
        )
        self.tell_time(told)
        now = told or self.now
        self.take(self.authority.assignment(OUTLET, ("http://node",), now), Channel.TRUST)
        self.take(self.authority.policy(now), Channel.POLICY)
        self.store.set_fact("enrolled_ms", round(now.timestamp() * 1000))

    @property
    def now(self) -> datetime:
        return self.manual.now()

    def boot_memory(self) -> None:
        """What the device remembers, and the gate before it."""
        self.database = Database(self.folder / "player.db")
        self.store = Store(self.database)
        self.clock = TrustedClock(
            self.manual,
            floor=self.store.time_floor(),
            anchor=self.store.anchor(),
            boot=f"boot-{self.reboots}",
        )
        self.gate = Gate(GateStore(self.database, self.store), self.store, self.clock, self._news)

    def boot(self) -> None:
        """Start the program; the machine may have been off or the program killed."""
        self.boot_memory()
        self.events: list[MixerEvent] = []
        self.mixer = Mixer(self.events.append)
        self.media = MediaCache(self.folder / "media")
        samples = VirtualSamples()
        self.programme = Programme(
            store=self.store,
            clock=self.clock,
            mixer=self.mixer,
            sample_clock=samples,
            media=self.media,
            inputs={},
            on_missing=lambda: None,
            horn_off=lambda: self.horn_off,
        )
        self.alerts = AlertDesk(
            gate=self.gate,
            store=self.store,
            clock=self.clock,
            mixer=self.mixer,
            sample_clock=samples,
            media=self.media,
            on_missing=lambda: None,
        )
        self.base = samples.sample_at(self.manual.monotonic()) // BLOCK_SAMPLES * BLOCK_SAMPLES
        if self.gate.receiver is not None:
            self.programme.recover()
            self._use()

    def kill(self, *, off_s: float = 0.0, reboot: bool = False) -> None:
        """The process dies here and now; after `off_s` it starts again."""
        self.database.close()
        self.manual.advance(off_s)
        if reboot:
            self.manual.elapsed_s = 0.0
            self.reboots += 1
        self.boot()

    def tell_time(self, at: datetime | None = None) -> None:
        """A round of answers from the node, whose clock says `at`."""
        sent_s = self.manual.monotonic()
        answer = self.authority.time(OUTLET, "A" * 22, at or self.now)
        told = self.gate.take_time(answer.to_bytes(), "A" * 22)
        self.gate.take_round([Probe(sent_s, sent_s + 0.002, told.now)])

    def take(self, envelope: Envelope, channel: Channel) -> str | None:
        """Hand in an envelope; the reason if it is refused."""
        try:
            self.gate.take(envelope.to_bytes(), channel)
        except Refused as refused:
            self.refused.append(str(refused.reason))
            return str(refused.reason)
        return None

    def run_for(self, seconds: float) -> None:
        """Let time pass, block by block while something sounds or is about to."""
        end_s = self.manual.monotonic() + seconds
        while self.manual.monotonic() < end_s:
            wake = self._turn()
            busy = bool(self.mixer._plays)
            if busy:
                self._render(min(end_s, self.manual.monotonic() + 0.2))
            else:
                now = self.clock.now()
                wait_s = 30.0 if wake is None else (wake - now).total_seconds()
                left_s = end_s - self.manual.monotonic()
                self.manual.advance(max(0.001, min(wait_s, left_s, 30.0)))
                self.base = int(self.manual.monotonic() * RATE_HZ) // BLOCK_SAMPLES * BLOCK_SAMPLES

    def lines(self) -> list[ReceiptItem]:
        """Everything queued for receipts."""
        return [item for _, item in self.store.outcomes(100_000)]

    def results(self) -> list[tuple[str, str | None]]:
        """Results with their reasons, without what was only accepted."""
        return [(i.result, i.reason) for i in self.lines() if i.result != "accepted"]

    def _turn(self) -> datetime | None:
        self.gate.expire()
        wake = self.alerts.react()
        ask_at = self.programme.step()
        self.programme.save()
        return min(wake, ask_at) if ask_at is not None else wake

    def _render(self, until_s: float) -> None:
        while self.base / RATE_HZ < until_s:
            for play in list(self.mixer._plays):
                # Time runs faster here than decoders do.
                inner = getattr(play.voice, "_voice", None)
                for voice in (play.voice, inner, *getattr(play.voice, "_waiting", ())):
                    if isinstance(voice, PumpedVoice):
                        voice.wait_ready(5.0)
            self._keep(self.mixer.render(self.base))
            self.base += BLOCK_SAMPLES
            target_s = self.base / RATE_HZ
            self.manual.advance(max(0.0, target_s - self.manual.monotonic()))
            pending, self.events[:] = list(self.events), []
            for event in pending:
                if not self.alerts.on_event(event):
                    self.programme.on_event(event)

    def _keep(self, block: Block) -> None:
        for part in block.parts:
            piece = block.pcm[part.offset * 2 : (part.offset + part.samples) * 2]
            key = (part.key, part.run)
            self.heard[key] = self.heard.get(key, b"") + piece

    def _news(self, _news: News) -> None:
        if hasattr(self, "alerts"):
            self.alerts.react()
            self._use()

    def _use(self) -> None:
        self.programme.use_policy(binding(self.gate.policies()))
        found = self.gate.plan()
        enrolled = self.store.fact("enrolled_ms")
        since = START if enrolled is None else datetime.fromtimestamp(enrolled / 1000, START.tzinfo)
        plan, accepted = found if found is not None else (None, self.clock.now())
        self.programme.use_plan(
            plan, accepted=accepted, since=since, outlet=OUTLET, paths=(COMMUNE,)
        )


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


__all__ = ["OUTLET", "START", "STATION", "Rig", "VirtualSamples", "seconds"]
