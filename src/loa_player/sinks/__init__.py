"""Where the samples go. Every sink has its own sample clock, paced like a sound card."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, assert_never

from loa_player.clock import TrustedClock
from loa_player.sinks.alsa import AlsaSink
from loa_player.sinks.base import Sink
from loa_player.sinks.null import NullSink
from loa_player.sinks.pacing import Pacer
from loa_player.sinks.wav import WavSink

SinkKind = Literal["wav", "null", "alsa"]


def open_sink(kind: SinkKind, *, folder: Path, clock: TrustedClock, device: str) -> Sink:
    """The sink of that name; `folder` is for files, `device` for ALSA. Raises SinkError."""
    if kind == "wav":
        return WavSink(folder, Pacer(clock.monotonic), clock.trusted_of)
    if kind == "null":
        return NullSink(Pacer(clock.monotonic))
    if kind == "alsa":
        return AlsaSink(device, clock.monotonic)
    assert_never(kind)
