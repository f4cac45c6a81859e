"""Orders that sound: siren at once, speech at its time, again after each gap, above all else.

Which order speaks is `loa_protocol`'s decision; this module gives it the mixer's higher lanes. It
reacts in the thread that accepted the order, so nothing the main thread does can delay a siren.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from loa_player import outcomes
from loa_player.audio import RATE_HZ, SILENCE, silence, sweep, tone
from loa_player.clock import TrustedClock
from loa_player.decode import MediaVoice
from loa_player.gate import Gate
from loa_player.media_cache import MediaCache, MediaError
from loa_player.mixer import Ended, Lane, Mixer, MixerEvent, Play, Started
from loa_player.sinks.base import SampleClock
from loa_player.store import Store
from loa_player.voice import ClipVoice, SequenceVoice, Voice
from loa_protocol.order_book import Order
from loa_protocol.payloads import ReceiptItem, Sounding

log = logging.getLogger(__name__)

SIREN_S = 2.0
# Pinned clips: "Diễn tập" before every play of a drill, the end of it after; and what is said when
# an order's own sound is not here: "Khẩn cấp", the hazard, the place.
DRILL_CLIP, DRILL_END_CLIP = "drill", "drill-end"
URGENT_CLIP = "urgent"
FIRST_SIREN, LEAD_SIREN = "siren", "lead-siren"
_PREPARE = timedelta(seconds=1)
_IDLE = timedelta(seconds=30)
# Neighbours that notice a turn within this time read it together.
_AFTER_TURN = timedelta(seconds=2)
# While the speech is not here the siren alone repeats with this period.
_SIREN_ONLY = timedelta(seconds=20)
# Who comes late: neighbours may be speaking, so the siren sounds once at once, and again at most so
# long before the reading, in the pause of theirs.
_LATE_SIREN = timedelta(seconds=SIREN_S)
_LATE_LEAD = timedelta(seconds=10)
# The first reading of who comes late need not wait for the end of a longer pause than this.
_LATE_GAP = timedelta(seconds=20)
_MS = timedelta(milliseconds=1)


def place_clip(path: str) -> str:
    """The name of the pinned clip that says a place."""
    return "place-" + path.replace("/", "-")


def entry(doc: Sounding, begin: datetime, now: datetime, *, first: bool) -> datetime:
    """When the next reading of `doc` begins, of those that began at `begin`; not before `now`.

    Readings follow each other by speech + pause, and who comes late enters with the others. The
    `first` reading of who comes late may also stand in a long pause of theirs, at every speech +
    20 s, moments that all who come late share, if it and the 20 s are over before their next one.
    """
    if now <= begin:
        return begin
    if doc.speech is None:
        return begin - (begin - now) // _SIREN_ONLY * _SIREN_ONLY
    speech = doc.speech.ms * _MS
    period, short = speech + doc.pause, speech + min(doc.pause, _LATE_GAP)
    whole = begin + (now - begin) // period * period
    if now == whole:
        return now
    between = whole - (whole - now) // short * short
    if first and between + short <= whole + period:
        return between
    return whole + period


def siren_times(
    doc: Sounding, now: datetime, at: datetime
) -> list[tuple[str, datetime | None, datetime]]:
    """The sirens before the first reading at `at`: a name, the begin (None: at once), the end.

    On time: from now until the reading. Late: once at once, whatever the others say then, and once
    more in their pause, directly before the reading.
    """
    if at <= now:
        return []
    lead = at - min(_LATE_LEAD, doc.pause)
    if now <= doc.speak_at or lead <= now + _LATE_SIREN:
        return [(FIRST_SIREN, None, at)]
    sirens: list[tuple[str, datetime | None, datetime]]
    sirens = [(FIRST_SIREN, None, now + _LATE_SIREN)]
    return [*sirens, (LEAD_SIREN, lead, at)] if lead < at else sirens


@dataclass(slots=True)
class _Cycle:
    """The order that speaks now, and its play under way or coming next."""

    order: Order
    doc: Sounding
    prefix: str
    number: int = 0
    speech_key: str | None = None
    started: datetime | None = None


class AlertDesk:
    """Safe from any thread: `react` is called where orders are accepted and in the main loop."""

    def __init__(
        self,
        *,
        gate: Gate,
        store: Store,
        clock: TrustedClock,
        mixer: Mixer,
        sample_clock: SampleClock,
        media: MediaCache,
        on_missing: Callable[[], None],
        horn_off: Callable[[], bool] = lambda: False,
    ) -> None:
        self._gate = gate
        self._store = store
        self._clock = clock
        self._mixer = mixer
        self._samples = sample_clock
        self._media = media
        self._on_missing = on_missing
        self._horn_off = horn_off
        self._lock = threading.Lock()
        self._cycle: _Cycle | None = None
        self._hold: str | None = None
        self.alert_level_pct = 100
        # The plan's pinned clips, name to SHA-256.
        self.clips: Mapping[str, str] = {}
        # Made now: an accepted order must not wait for arithmetic.
        self._siren = sweep(420.0, 960.0, SIREN_S, amplitude=0.6)
        self._drill_sound = b"".join([tone(660.0, 0.4), silence(RATE_HZ // 5)] * 3)

    def sounding(self) -> Order | None:
        """The order that has the loudspeaker."""
        with self._lock:
            return None if self._cycle is None else self._cycle.order

    def silent(self) -> bool:
        """Whether a mute keeps everything silent."""
        with self._lock:
            return self._cycle is None and self._hold is not None

    def wanted_media(self) -> dict[str, int]:
        """The speech of every order in force: to be fetched before anything else."""
        now = self._clock.now()
        wanted = {}
        for order in self._gate.state().orders.values():
            doc = self._gate.wording(order.current) if order.live(now) else None
            if doc is not None and doc.speech is not None:
                wanted[doc.speech.sha256] = doc.speech.bytes
        return wanted

    def react(self) -> datetime:
        """Bring the mixer in line with the orders; returns the trusted time of the next turn."""
        with self._lock:
            spoken = self._gate.voice()
            now = self._clock.now()
            order = spoken.order
            if self._cycle is not None and self._may_finish(self._cycle, order, now):
                return now + _IDLE
            self._keep_silent(order, muted=spoken.silence)
            if self._cycle is not None and (
                order is None or order.current != self._cycle.order.current
            ):
                self._leave()
            if order is None:
                return self._next_window(now)
            if self._cycle is not None and self._cycle.order.key != order.key:
                # The alert came after the update that speaks: the same words, its readings go on.
                self._cycle.order, self._cycle.number = order, 0
            if self._cycle is None:
                self._enter(order, now)
            return self._turn(now)

    def _next_window(self, now: datetime) -> datetime:
        """When to look again: a filled template begins as soon as its window ends, and an order
        that has been read is read once more at its turn."""
        live = [order for order in self._gate.state().orders.values() if order.live(now)]
        ends = [o.not_before for o in live if o.not_before is not None and o.not_before > now]
        turns = [turn for o in live if (turn := o.next_turn(now)) is not None]
        return min([now + _IDLE, *ends, *turns])

    def on_event(self, event: MixerEvent) -> bool:
        """Account for a play of an order; False when the event is not about one."""
        with self._lock:
            cycle = self._cycle
            if cycle is None or event.key != cycle.speech_key:
                return event.key.startswith(("order-", "hold-"))
            if isinstance(event, Started) and cycle.started is None:
                cycle.started = self._clock.trusted_of(self._samples.instant_of(event.sample))
            elif isinstance(event, Ended):
                cycle.speech_key = None
                self._store.add_outcome(self._line(cycle, event))
            return True

    def _may_finish(self, cycle: _Cycle, other: Order | None, now: datetime) -> bool:
        """Whether the play under way goes on to its end: its last one, or an equal's turn next."""
        state = self._gate.state()
        own = state.orders.get(cycle.order.key)
        if cycle.speech_key is None or own is None or own.current != cycle.order.current:
            return False
        if not own.live(now) or state.mutes.silent(own.alert, now):
            return False
        return other is None or (other.drill, -other.level) >= (own.drill, -own.level)

    def _enter(self, order: Order, now: datetime) -> None:
        doc = self._gate.wording(order.current)
        if doc is None:
            log.error("Lệnh %s không còn nội dung trong kho", order.current)
            return
        self._cycle = _Cycle(order, doc, f"order-{order.current[:16]}")
        if not order.drill and order.played == 0:
            for name, begin, end in siren_times(doc, now, self._next_turn(self._cycle, now)):
                self._add(name, ClipVoice(self._siren, loop=True), begin, end)

    def _leave(self) -> None:
        """Stop what the order has on the stack, and say that its play ended early."""
        cycle = self._cycle
        if cycle is None:
            return
        for name in (FIRST_SIREN, LEAD_SIREN):
            self._mixer.stop(f"{cycle.prefix}-{name}")
        if cycle.speech_key is not None:
            self._mixer.stop(cycle.speech_key)
            if cycle.started is not None:
                now = self._clock.now()
                # The first block is on its way to the card: it began a moment from now.
                played = max(timedelta(0), now - cycle.started)
                self._store.add_outcome(
                    self._item(cycle, "interrupted", now, None, played, reason="preempted")
                )
        self._cycle = None

    def _turn(self, now: datetime) -> datetime:
        """Prepare the play that comes next; late joiners enter with the others' next turn."""
        cycle = self._cycle
        if cycle is None or cycle.speech_key is not None:
            return now + _IDLE
        at = self._next_turn(cycle, now)
        if at - now > _PREPARE:
            return at - _PREPARE
        if cycle.order.read_out():
            if cycle.number:
                return now + _IDLE  # one reading at each turn
        elif cycle.order.plays and cycle.order.played + cycle.number >= cycle.order.plays:
            return now + _IDLE
        voice = self._speech(cycle)
        cycle.number += 1
        cycle.started = None
        self._gate.play_begun(cycle.order.key)
        cycle.speech_key = self._add(f"{cycle.number:03d}", voice, at, cycle.order.expires)
        return now + _PREPARE

    def _next_turn(self, cycle: _Cycle, now: datetime) -> datetime:
        turn = cycle.order.turn_at(now)
        begin = cycle.doc.speak_at if turn is None else turn + _AFTER_TURN
        first = turn is None and cycle.order.played == 0 and cycle.number == 0
        return entry(cycle.doc, begin, now, first=first)

    def _speech(self, cycle: _Cycle) -> Voice:
        """The spoken text, or while it is not here the siren and the device's own words for it; a
        drill says first and last what it is."""
        speech = cycle.doc.speech
        spoken = None if speech is None else self._media_voice(speech.sha256)
        if not cycle.order.drill:
            words = [spoken] if spoken is not None else self._own_words(cycle.doc)
            if spoken is not None and not cycle.order.read_out():
                return spoken
            # After a pause nobody listens: the siren, once, before the words.
            return SequenceVoice([ClipVoice(self._siren), *words])
        text = [spoken] if spoken is not None else self._own_words(cycle.doc)
        return SequenceVoice(
            [
                ClipVoice(self._drill_sound),
                *self._said([DRILL_CLIP]),
                *text,
                *self._said([DRILL_END_CLIP]),
            ]
        )

    def _own_words(self, doc: Sounding) -> list[MediaVoice]:
        """What the pinned clips can say of an order: that it is urgent, what, and where."""
        first = [] if doc.kind == "drill" else [URGENT_CLIP]
        places = [place_clip(path) for path in doc.target]
        return self._said([*first, f"hazard-{doc.hazard}", *places])

    def _said(self, names: Sequence[str]) -> list[MediaVoice]:
        found = [self._media_voice(self.clips[name]) for name in names if name in self.clips]
        return [voice for voice in found if voice is not None]

    def _media_voice(self, sha256: str) -> MediaVoice | None:
        try:
            return MediaVoice(self._media.checked(sha256))
        except MediaError as error:
            self._store.count_refusal(error.reason)
            self._on_missing()
            return None

    def _keep_silent(self, order: Order | None, *, muted: bool) -> None:
        """Hold the lower lanes silent between the plays of an order and during a mute."""
        wanted = None
        if order is not None:
            wanted = "hold-drill" if order.drill else "hold-real"
        elif muted:
            wanted = "hold-real"
        if wanted == self._hold:
            return
        if self._hold is not None:
            self._mixer.stop(self._hold)
        self._hold = wanted
        if wanted is not None and not self._mixer.has(wanted):
            lane = Lane.DRILL if wanted == "hold-drill" else Lane.REAL
            # Below everything else of its lane: a play that starts later is heard over it.
            self._mixer.add(Play(wanted, lane, ClipVoice(SILENCE, loop=True), start=-1, kept=False))

    def _add(self, name: str, voice: Voice, at: datetime | None, until: datetime) -> str:
        cycle = self._cycle
        if cycle is None:
            raise ValueError("no order speaks")
        key = f"{cycle.prefix}-{name}"
        start = 0 if at is None else self._samples.sample_at(self._clock.mono_of(at))
        self._mixer.add(
            Play(
                key,
                Lane.DRILL if cycle.order.drill else Lane.REAL,
                voice,
                start=start,
                until=self._samples.sample_at(self._clock.mono_of(until)),
                alert_level_pct=self.alert_level_pct,
            )
        )
        return key

    def _line(self, cycle: _Cycle, event: Ended) -> ReceiptItem:
        now = self._clock.now()
        result: outcomes.Result = "played" if event.reason == "ended" else "interrupted"
        reason = None if event.reason == "ended" else "expired"
        if cycle.doc.speech is not None and not self._media.has(cycle.doc.speech.sha256):
            reason = "media_missing"
        if self._horn_off():
            # It went out to the card, and a switch kept it from the horn: that is no sound.
            result, reason = "muted", "horn_off"
        played = timedelta(seconds=event.position / RATE_HZ)
        return self._item(cycle, result, now, event.level_lufs, played, reason=reason)

    def _item(
        self,
        cycle: _Cycle,
        result: outcomes.Result,
        now: datetime,
        level_lufs: float | None,
        played: timedelta,
        *,
        reason: str | None,
    ) -> ReceiptItem:
        speech = cycle.doc.speech
        return ReceiptItem(
            id=cycle.order.current,
            result=result,
            at=now,
            reason=reason,
            grade=outcomes.GRADE,
            level_lufs=outcomes.whole_lufs(level_lufs),
            media=None if speech is None else speech.sha256,
            started=None if result == "muted" else cycle.started,
            from_ms=0,
            played_ms=played // _MS,
            volume_pct=self.alert_level_pct,
            run=cycle.order.played + cycle.number,
        )
