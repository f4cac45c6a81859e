"""Judging what loudspeakers left: length, level, and how far apart they started.

Each WAV is a Broadcast Wave whose `bext` chunk says when its first sample sounded (EBU Tech 3285).
All players of the tour run on one machine, so they are laid on one time line by that machine's
clock, which the player notes in OriginatorReference: by its own trusted time (TimeReference) a
player with a wrong clock would look punctual. Cross-correlation finds what else is between two.
"""

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
_BEXT_MACHINE_AT, _BEXT_MACHINE_BYTES = 288, 32  # OriginatorReference in the bext chunk


@dataclass(frozen=True)
class Take:
    """One player's sound, and when it began by the machine's clock (nanoseconds since 1970)."""

    rate_hz: int
    starts_ns: int
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
    return Take(rate_hz, machine_ns(paths[0]), whole)


def machine_ns(path: Path) -> int:
    """The machine's clock at the first sample. Raises ValueError for a file that does not say."""
    data = path.read_bytes()[:4096]
    at = data.find(b"bext")
    begin = at + 8 + _BEXT_MACHINE_AT
    text = data[begin : begin + _BEXT_MACHINE_BYTES].rstrip(b"\0")
    if at < 0 or not text.isdigit():
        raise ValueError(f"{path.name} does not say when it began by the machine's clock")
    return int(text)


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
    """How much later `two` sounded than `one`: by the machine's clock and by what is heard."""
    clock_ms = (two.starts_ns - one.starts_ns) / 1e6
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
