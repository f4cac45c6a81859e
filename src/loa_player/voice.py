"""What the mixer plays: a voice hands out samples and never waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from loa_player.audio import SAMPLE_BYTES


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples from a voice. Fewer than asked and not `ended` means: not ready, ask again."""

    pcm: bytes
    ended: bool = False


class Voice(Protocol):
    """A source of 48 kHz mono s16. Called from the audio thread, so it must not block."""

    def read(self, samples: int) -> Chunk:
        """At most `samples` samples; after `ended` it is not called again."""

    def close(self) -> None:
        """Give back threads and files. May be called twice, and before the end."""


class ClipVoice:
    """A voice from samples in memory, once or for ever (the siren of an alert)."""

    def __init__(self, pcm: bytes, *, loop: bool = False) -> None:
        if not pcm:
            raise ValueError("a clip needs at least one sample")
        self._pcm = pcm
        self._loop = loop
        self._at = 0

    def read(self, samples: int) -> Chunk:
        wanted = samples * SAMPLE_BYTES
        out = self._pcm[self._at : self._at + wanted]
        self._at += len(out)
        while self._loop and len(out) < wanted:
            more = self._pcm[: wanted - len(out)]
            out += more
            self._at = len(more)
        return Chunk(out, ended=not self._loop and self._at >= len(self._pcm))

    def close(self) -> None:
        self._at = len(self._pcm)
        self._loop = False


class SequenceVoice:
    """Several voices one after another, without a gap."""

    def __init__(self, voices: Sequence[Voice]) -> None:
        self._waiting = list(voices)

    def read(self, samples: int) -> Chunk:
        """From the first that has not ended."""
        if not self._waiting:
            return Chunk(b"", ended=True)
        chunk = self._waiting[0].read(samples)
        if chunk.ended:
            self._waiting.pop(0).close()
        return Chunk(chunk.pcm, ended=not self._waiting)

    def close(self) -> None:
        """End all that wait."""
        while self._waiting:
            self._waiting.pop().close()
