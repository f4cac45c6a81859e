"""One voice at a time, the most important one, in blocks of 20 ms.

A stack of three lanes: a real order before a drill before the programme. The highest play whose
instant has come sounds; those below keep their place and resume where they stopped. Starts and
stops are exact to the sample, counted on the sink's own sample clock. A play that is cut fades out
over 10 ms under the one that follows, so nothing clicks and nothing is silent in between.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from loa_player.audio import (
    BLOCK_SAMPLES,
    FADE_SAMPLES,
    RATE_HZ,
    SAMPLE_BYTES,
    factor_of,
    ramped,
    samples_in,
    scaled,
    silence,
    summed,
)
from loa_player.meter import Meter
from loa_player.voice import Voice


class Lane(IntEnum):
    """Who is heard when several want to be."""

    PROGRAMME = 0
    DRILL = 1
    REAL = 2


EndReason = Literal["ended", "stopped", "until"]


@dataclass(frozen=True, slots=True)
class Started:
    """`key` began or resumed to sound at `sample` of the sink's clock."""

    key: str
    run: int
    sample: int
    position: int


@dataclass(frozen=True, slots=True)
class Paused:
    """`key` gave way to a higher lane; it keeps its place at `position` samples.

    `level_lufs` is that of the run that ends here, as everywhere.
    """

    key: str
    run: int
    position: int
    level_lufs: float | None


@dataclass(frozen=True, slots=True)
class Ended:
    """`key` will sound no more: its voice ended, it was stopped, or its time was over."""

    key: str
    run: int
    position: int
    reason: EndReason
    level_lufs: float | None
    starved: int  # samples of silence put in because the voice was not ready
    sounded: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What was asked with `Mixer.listen`: the level of everything sent over that stretch."""

    key: str
    level_lufs: float | None


MixerEvent = Started | Paused | Ended | Measured


@dataclass(frozen=True, slots=True)
class Part:
    """The stretch of a block in which one run of one play sounds."""

    key: str
    run: int
    offset: int
    samples: int
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Block:
    """20 ms of what is really sent; `base` is the number of its first sample."""

    base: int
    pcm: bytes
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a play stands now."""

    key: str
    run: int
    position: int
    sounding: bool
    level_lufs: float | None


@dataclass(slots=True)
class Play:
    """A voice with its rank and its time.

    `start` and `until` are sample numbers of the sink's clock; a `start` in the past means now.
    `position` counts samples of the voice already heard in earlier runs. `alert_level_pct`
    replaces the volume for orders, which play at the policy's level whatever the volume is.
    What is not `kept` is no play in itself (the silence between two plays of an order): it is
    neither measured nor written down.
    """

    key: str
    lane: Lane
    voice: Voice
    start: int = 0
    until: int | None = None
    gain_db: float = 0.0
    position: int = 0
    run: int = 1
    alert_level_pct: int | None = None
    kept: bool = True
    _sounding: bool = field(default=False, init=False)
    _sounded: bool = field(default=False, init=False)
    _fade_in: bool = field(default=False, init=False)
    _held: bytes = field(default=b"", init=False)
    _voice_ended: bool = field(default=False, init=False)
    _starved: int = field(default=0, init=False)
    _stop: bool = field(default=False, init=False)
    _meter: Meter = field(default_factory=Meter, init=False)

    def _take(self, samples: int) -> bytes:
        """Raw samples, those held back at a pause first; fewer only when not ready or ended."""
        wanted = samples * SAMPLE_BYTES
        pcm, self._held = self._held[:wanted], self._held[wanted:]
        while len(pcm) < wanted and not self._voice_ended:
            chunk = self.voice.read((wanted - len(pcm)) // SAMPLE_BYTES)
            self._voice_ended = chunk.ended
            pcm += chunk.pcm
            if not chunk.pcm:
                break
        return pcm

    @property
    def _is_over(self) -> bool:
        return self._voice_ended and not self._held


@dataclass(slots=True)
class _Ear:
    """A stretch of the output that somebody wants to know the level of."""

    key: str
    samples_left: int
    meter: Meter = field(default_factory=Meter)


class Mixer:
    """The priority stack. `render` belongs to the audio thread; the rest may come from any."""

    def __init__(self, on_event: Callable[[MixerEvent], None], *, volume_pct: int = 100) -> None:
        self._on_event = on_event
        self._lock = threading.Lock()
        self._plays: list[Play] = []
        self._current: Play | None = None
        self._overlays: list[tuple[int, bytes]] = []
        self._parts: list[Part] = []
        self._leaving: list[tuple[Play, EndReason]] = []
        self._opened = False
        self._ears: list[_Ear] = []
        self.volume_pct = volume_pct
        # Added to every programme's gain: the level that was asked for at the horn.
        self.trim_db = 0.0

    def add(self, play: Play) -> None:
        """Put `play` on the stack. A key can be there only once."""
        with self._lock:
            if any(p.key == play.key for p in self._plays):
                raise ValueError(f"{play.key} is already on the stack")
            self._plays.append(play)
            # Later starts of a lane win: the next item of a programme follows the last one.
            self._plays.sort(key=lambda p: (p.lane, p.start))

    def stop(self, key: str) -> bool:
        """Fade `key` out within the next block; False when it is not on the stack."""
        with self._lock:
            found = [p for p in self._plays if p.key == key]
            for play in found:
                play._stop = True
            return bool(found)

    def set_until(self, key: str, until: int | None) -> None:
        """Change the sample at which `key` must be silent."""
        with self._lock:
            for play in self._plays:
                if play.key == key:
                    play.until = until

    def progress(self) -> list[Progress]:
        """Every play that has sounded, for saving."""
        with self._lock:
            return [
                Progress(p.key, p.run, p.position, p._sounding, p._meter.level_lufs())
                for p in self._plays
                if p._sounded
            ]

    def listen(self, key: str, seconds: float) -> None:
        """Measure everything that is sent from now on, for so long; told by `Measured`."""
        ear = _Ear(key, round(seconds * RATE_HZ))
        with self._lock:
            self._ears.append(ear)

    def has(self, key: str) -> bool:
        """Whether `key` is on the stack."""
        with self._lock:
            return any(p.key == key for p in self._plays)

    def render(self, base: int) -> Block:
        """The block that begins at sample `base`. Never waits for a voice."""
        with self._lock:
            self._parts = []
            pcm = bytearray()
            while (at := samples_in(pcm)) < BLOCK_SAMPLES:
                pcm += self._stretch(base, at)
            sent = self._with_overlays(bytes(pcm))
            for play in [p for p in self._plays if p._is_over and p.start < base + BLOCK_SAMPLES]:
                self._end(play, "ended")  # at once, not a block later
            for part in self._parts:
                self._measure(part, sent)
            self._tell_ended()
            self._hear(sent)
            return Block(base, sent, tuple(self._parts))

    def _stretch(self, base: int, at: int) -> bytes:
        """Samples from offset `at` up to the next change of voice or the end of the block."""
        now = base + at
        self._drop_finished(now, at)
        play = self._top(now)
        if play is not self._current:
            self._switch(play, now, at)
        samples = min(BLOCK_SAMPLES - at, self._until_change(now, play))
        if play is None:
            return silence(samples)
        raw = play._take(samples)
        heard = samples_in(raw)
        if heard < samples and not play._is_over:
            play._starved += samples - heard
            raw += silence(samples - heard)
        play.position += heard
        if not raw:
            return b""
        if play.kept:
            self._note_part(play, at, samples_in(raw))
        if play._fade_in:
            play._fade_in = False
            raw = ramped(raw, rising=True)
        return scaled(raw, self._factor(play))

    def _top(self, now: int) -> Play | None:
        due = [p for p in self._plays if p.start <= now]
        return due[-1] if due else None

    def _until_change(self, now: int, play: Play | None) -> int:
        marks = [p.start - now for p in self._plays if p.start > now]
        if play is not None and play.until is not None:
            marks.append(play.until - now)
        return max(1, min(marks, default=BLOCK_SAMPLES))

    def _switch(self, play: Play | None, now: int, at: int) -> None:
        old = self._current
        if old is not None and old._sounding:
            old._held = self._leave(old, at) + old._held
            old._fade_in = True
            level = old._meter.level_lufs()
            self._on_event(Paused(old.key, old.run, old.position, level))
            old.run += 1
            old._meter = Meter()
        self._current = play
        if play is not None:
            play._sounding = play._sounded = self._opened = True
            self._on_event(Started(play.key, play.run, now, play.position))

    def _leave(self, play: Play, at: int) -> bytes:
        """Let `play` fade out over what follows; returns the raw samples used, to be held."""
        play._sounding = False
        self._close_part(play)
        tail = play._take(FADE_SAMPLES)
        if tail:
            faded = scaled(ramped(tail, rising=False), self._factor(play))
            self._overlays.append((at, faded))
        return tail

    def _drop_finished(self, now: int, at: int) -> None:
        for play in list(self._plays):
            if play._is_over:
                self._end(play, "ended")
            elif play._stop or (play.until is not None and play.until <= now):
                if play._sounding:
                    self._leave(play, at)
                self._end(play, "stopped" if play._stop else "until")

    def _end(self, play: Play, reason: EndReason) -> None:
        if play._sounding:
            self._close_part(play)
        self._plays.remove(play)
        if self._current is play:
            self._current = None
        self._leaving.append((play, reason))

    def _tell_ended(self) -> None:
        """Only after the block is measured: the level covers the last sample too."""
        for play, reason in self._leaving:
            play.voice.close()
            level = play._meter.level_lufs()
            self._on_event(
                Ended(
                    play.key, play.run, play.position, reason, level, play._starved, play._sounded
                )
            )
        self._leaving = []

    def _note_part(self, play: Play, at: int, samples: int) -> None:
        self._parts.append(Part(play.key, play.run, at, samples, self._opened, last=False))
        self._opened = False

    def _close_part(self, play: Play) -> None:
        """Mark the end of a run, on its last stretch in this block or by an empty one."""
        if not play.kept:
            return
        for i in range(len(self._parts) - 1, -1, -1):
            part = self._parts[i]
            if part.key == play.key and part.run == play.run:
                self._parts[i] = Part(
                    part.key, part.run, part.offset, part.samples, part.first, last=True
                )
                return
        self._parts.append(Part(play.key, play.run, 0, 0, self._opened, last=True))
        self._opened = False

    def _measure(self, part: Part, sent: bytes) -> None:
        for play in [*self._plays, *(p for p, _ in self._leaving)]:
            if play.key == part.key and play.run == part.run and part.samples:
                start = part.offset * SAMPLE_BYTES
                play._meter.feed(sent[start : start + part.samples * SAMPLE_BYTES])

    def _hear(self, sent: bytes) -> None:
        for ear in list(self._ears):
            ear.meter.feed(sent)
            ear.samples_left -= samples_in(sent)
            if ear.samples_left <= 0:
                self._ears.remove(ear)
                self._on_event(Measured(ear.key, ear.meter.level_lufs()))

    def _with_overlays(self, pcm: bytes) -> bytes:
        later: list[tuple[int, bytes]] = []
        for offset, tail in self._overlays:
            start = offset * SAMPLE_BYTES
            room = len(pcm) - start
            head, rest = tail[:room], tail[room:]
            end = start + len(head)
            pcm = pcm[:start] + summed(pcm[start:end], head) + pcm[end:]
            if rest:
                later.append((0, rest))
        self._overlays = later
        return pcm

    def _factor(self, play: Play) -> float:
        if play.alert_level_pct is not None:
            return factor_of(play.gain_db, play.alert_level_pct)
        return factor_of(play.gain_db + self.trim_db, self.volume_pct)
