"""Judging what loudspeakers left: length, level, and how far apart they started.

Each WAV is a Broadcast Wave whose `bext` chunk says when its first sample sounded (EBU Tech 3285).
Laid on one time line by that number, cross-correlation finds what is left between two of them.
"""

import struct
import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from loa.media.loudness import measure

CORRELATE_HZ = 8000
LAG_MAX_MS = 120
WINDOW_S = 3.0
_BEXT_TIME_AT = 338  # offset of TimeReferenceLow in the bext chunk


@dataclass(frozen=True)
class Take:
    """One player's sound: its samples and when the first one sounded (samples since midnight)."""

    rate_hz: int
    starts_at: int
    samples: "array[int]"

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate_hz


def segments(folder: Path, item: str) -> list[Path]:
    """The files of one item in the order of its runs: more than one where it was interrupted."""
    return sorted(folder.glob(f"*{item}*.wav"))


def read_segments(paths: Sequence[Path]) -> Take:
    """The runs of an item as one take; it starts when the first did."""
    if not paths:
        raise FileNotFoundError("no WAV of this item")
    rate_hz, whole = 0, array("h")
    for path in paths:
        with wave.open(str(path), "rb") as sound:
            rate_hz = sound.getframerate()
            whole.frombytes(sound.readframes(sound.getnframes()))
    return Take(rate_hz, time_reference(paths[0]), whole)


def time_reference(path: Path) -> int:
    """Samples since midnight UTC of the first sample. Raises ValueError without a bext chunk."""
    data = path.read_bytes()[:4096]
    at = data.find(b"bext")
    if at < 0:
        raise ValueError(f"{path.name} has no bext chunk")
    low, high = struct.unpack_from("<II", data, at + 8 + _BEXT_TIME_AT)
    return int(low) | int(high) << 32


def join(paths: Sequence[Path], out: Path) -> None:
    """One plain WAV of an item's runs, for listening and measuring."""
    take = read_segments(paths)
    with wave.open(str(out), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(take.rate_hz)
        sound.writeframes(take.samples.tobytes())


def level_lufs(path: Path) -> float:
    """Integrated loudness (ITU-R BS.1770)."""
    return round(measure(path).level_lufs, 1)


def starts_apart_ms(takes: Sequence[Take]) -> float:
    """The greatest distance between two players' starts, by cross-correlation on one time line."""
    return max((abs(_lag_ms(one, two)) for one, two in combinations(takes, 2)), default=0.0)


def _lag_ms(one: Take, two: Take) -> float:
    """How much later `two` sounded than `one`: by its own clock and by what is heard."""
    clock_ms = (two.starts_at - one.starts_at) * 1000 / one.rate_hz
    return round(clock_ms + _content_lag_ms(_thin(one), _thin(two)), 3)


def _thin(take: Take) -> list[int]:
    """The first loud seconds at CORRELATE_HZ, averaged: enough to find a lag to 0.125 ms."""
    factor = take.rate_hz // CORRELATE_HZ
    count = int(WINDOW_S * CORRELATE_HZ)
    samples = take.samples[: count * factor]
    return [
        sum(samples[start : start + factor]) // factor
        for start in range(0, len(samples) - factor + 1, factor)
    ]


def _content_lag_ms(one: Sequence[int], two: Sequence[int]) -> float:
    reach = LAG_MAX_MS * CORRELATE_HZ // 1000
    length = min(len(one), len(two)) - 2 * reach
    if length <= 0:
        raise ValueError("too short to correlate")
    middle = one[reach : reach + length]

    def likeness(lag: int) -> int:
        """The correlation of `two` moved by `lag` samples."""
        shifted = two[reach + lag : reach + lag + length]
        return sum(a * b for a, b in zip(middle, shifted, strict=True))

    best = max(range(-reach, reach + 1), key=likeness)
    return best * 1000 / CORRELATE_HZ
