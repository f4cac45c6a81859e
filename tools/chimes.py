"""Make the sounds of Loa: `python -m tools.chimes` writes them into src/loa/media/sounds.

All of it is arithmetic, so the same script gives the same sounds. Notes are of the pentatonic
scale on C, struck like small bells; levels are set so that speech stays the loudest thing heard.
The siren is for urgent orders and for nothing else; a drill has its own sound.
"""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Callable
from pathlib import Path

RATE_HZ = 24_000
SOUNDS = Path(__file__).resolve().parent.parent / "src" / "loa" / "media" / "sounds"

G4, A4, C5, D5, E5, G5, A5, C6 = 392.00, 440.00, 523.25, 587.33, 659.26, 783.99, 880.00, 1046.50

_PARTIALS = ((1.0, 1.0, 1.0), (2.0, 0.45, 1.6), (3.0, 0.18, 2.4), (4.2, 0.08, 4.0))
"""Of a bell: times the note, part of its strength, times its decay."""

Samples = list[float]


def bell(samples: Samples, *, note_hz: float, at_s: float, decay_s: float, level: float) -> None:
    """Add one struck note."""
    first = round(at_s * RATE_HZ)
    for index in range(first, len(samples)):
        t = (index - first) / RATE_HZ
        attack = min(1.0, t / 0.006)
        tone = sum(
            part * math.exp(-t * faster / decay_s) * math.sin(math.tau * note_hz * times * t)
            for times, part, faster in _PARTIALS
        )
        samples[index] += level * attack * tone


def faded(samples: Samples, *, tail_s: float = 0.15) -> Samples:
    """The end brought to silence, so that nothing clicks."""
    tail = round(tail_s * RATE_HZ)
    for back in range(1, min(tail, len(samples)) + 1):
        samples[-back] *= (back - 1) / tail
    return samples


def silence(seconds: float) -> Samples:
    """So much of nothing."""
    return [0.0] * round(seconds * RATE_HZ)


def opening() -> Samples:
    """Three rising notes in 1.8 s: something is going to be said."""
    samples = silence(1.8)
    for at_s, note_hz in ((0.0, G4), (0.38, C5), (0.76, E5)):
        bell(samples, note_hz=note_hz, at_s=at_s, decay_s=0.42, level=0.32)
    return faded(samples)


def closing() -> Samples:
    """Two falling notes in 1.4 s: that was all."""
    samples = silence(1.4)
    for at_s, note_hz in ((0.0, E5), (0.36, C5)):
        bell(samples, note_hz=note_hz, at_s=at_s, decay_s=0.42, level=0.34)
    return faded(samples)


def drill() -> Samples:
    """Wood, not a siren: four dry knocks in two pitches, before the words *Diễn tập*."""
    samples = silence(2.4)
    for knock, at_s in enumerate((0.0, 0.3, 1.0, 1.3)):
        note_hz = (A5, D5)[knock % 2]
        bell(samples, note_hz=note_hz, at_s=at_s, decay_s=0.09, level=0.55)
    return faded(samples)


def siren() -> Samples:
    """One rise and fall in 4 s, to be repeated without a seam. Urgent orders only."""
    samples = silence(4.0)
    phase = 0.0
    for index in range(len(samples)):
        sweep = 0.5 - 0.5 * math.cos(math.tau * index / len(samples))
        pitch_hz = 480.0 * 2.0 ** (1.4 * sweep)
        phase += pitch_hz / RATE_HZ
        tone = sum(math.sin(math.tau * phase * odd) / odd for odd in (1, 3, 5))
        samples[index] = 0.5 * tone
    return samples


ALL: dict[str, Callable[[], Samples]] = {
    "opening": opening,
    "closing": closing,
    "drill": drill,
    "siren": siren,
}


def pcm(samples: Samples) -> array[int]:
    """Samples of -1 to 1 as signed 16 bit."""
    return array("h", (round(max(-1.0, min(1.0, sample)) * 32_767) for sample in samples))


def write(name: str, folder: Path) -> Path:
    """Make one sound as mono 16 bit WAV."""
    path = folder / f"{name}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(pcm(ALL[name]()).tobytes())
    return path


def main() -> None:
    """Write every sound."""
    SOUNDS.mkdir(parents=True, exist_ok=True)
    for name in ALL:
        path = write(name, SOUNDS)
        print(f"{path.name}\t{path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
