"""Samples: 48 kHz, mono, signed 16 bit, little endian, carried as bytes.

The only arithmetic of the player. It is written with `array` because numpy would cost a quarter
of the memory budget, and the steady case (one voice, factor 1) never touches a sample.
"""

from __future__ import annotations

import math
import sys
from array import array
from operator import mul

RATE_HZ = 48_000
BLOCK_SAMPLES = 960  # 20 ms
SAMPLE_BYTES = 2
BLOCK_BYTES = BLOCK_SAMPLES * SAMPLE_BYTES
FADE_SAMPLES = 480  # 10 ms: short enough not to be heard, long enough not to click
SILENCE = bytes(BLOCK_BYTES)

_HIGHEST, _LOWEST = 32_767, -32_768

if sys.byteorder != "little":  # pragma: no cover - no such board is in the field
    raise ImportError("The mixer writes samples in machine order and needs a little-endian machine")


def samples_in(pcm: bytes | bytearray) -> int:
    """The number of samples in `pcm`."""
    return len(pcm) // SAMPLE_BYTES


def silence(samples: int) -> bytes:
    """`samples` samples of nothing."""
    return bytes(samples * SAMPLE_BYTES)


def factor_of(gain_db: float, volume_pct: int) -> float:
    """The linear factor for a gain in decibels at a volume of 0 to 100 per cent.

    The volume is linear in amplitude, so that 100 leaves every sample untouched.
    """
    return math.pow(10.0, gain_db / 20.0) * max(0, min(100, volume_pct)) / 100.0


def scaled(pcm: bytes, factor: float) -> bytes:
    """`pcm` multiplied by `factor` and limited to 16 bits; the same object when factor is 1."""
    if factor == 1.0:
        return pcm
    if factor == 0.0:
        return bytes(len(pcm))
    samples = _as_array(pcm)
    if factor < 1.0:  # cannot leave the range: no limit needed, a third of the time
        return array("h", [int(s * factor) for s in samples]).tobytes()
    return array("h", [_limited(int(s * factor)) for s in samples]).tobytes()


def ramped(pcm: bytes, *, rising: bool) -> bytes:
    """`pcm` under a straight fade over its whole length: in when `rising`, else out."""
    samples = _as_array(pcm)
    steps = len(samples) or 1
    weights = range(1, steps + 1) if rising else range(steps - 1, -1, -1)
    return array("h", [s * w // steps for s, w in zip(samples, weights, strict=True)]).tobytes()


def summed(first: bytes, second: bytes) -> bytes:
    """The two added, limited to 16 bits; the longer one's tail is kept as it is."""
    if len(first) < len(second):
        first, second = second, first
    a, b = _as_array(first), _as_array(second)
    mixed = array("h", [_limited(x + y) for x, y in zip(a, b, strict=False)])
    return mixed.tobytes() + first[len(second) :]


def level_dbfs(pcm: bytes) -> float:
    """The root mean square of `pcm` in dB below full scale; -inf for digital silence."""
    samples = _as_array(pcm)
    energy = sum(map(mul, samples, samples))
    if not energy:
        return -math.inf
    return 10.0 * math.log10(energy / len(samples) / (_HIGHEST * _HIGHEST))


def tone(frequency_hz: float, seconds: float, *, amplitude: float = 0.25) -> bytes:
    """A sine of `seconds`, `amplitude` of full scale, with faded ends."""
    total = int(seconds * RATE_HZ)
    step = 2.0 * math.pi * frequency_hz / RATE_HZ
    peak = amplitude * _HIGHEST
    pcm = array("h", (int(peak * math.sin(step * i)) for i in range(total))).tobytes()
    return _with_soft_ends(pcm)


def sweep(low_hz: float, high_hz: float, seconds: float, *, amplitude: float = 0.5) -> bytes:
    """A tone that rises from `low_hz` to `high_hz` and falls back within `seconds`."""
    total = int(seconds * RATE_HZ)
    peak, phase = amplitude * _HIGHEST, 0.0
    out = array("h", bytes(total * SAMPLE_BYTES))
    for i in range(total):
        share = 1.0 - abs(2.0 * i / total - 1.0)
        phase += 2.0 * math.pi * (low_hz + (high_hz - low_hz) * share) / RATE_HZ
        out[i] = int(peak * math.sin(phase))
    return _with_soft_ends(out.tobytes())


def _with_soft_ends(pcm: bytes) -> bytes:
    edge = FADE_SAMPLES * SAMPLE_BYTES
    if len(pcm) < 2 * edge:
        return pcm
    return ramped(pcm[:edge], rising=True) + pcm[edge:-edge] + ramped(pcm[-edge:], rising=False)


def _as_array(pcm: bytes) -> array[int]:
    samples = array("h")
    samples.frombytes(pcm)
    return samples


def _limited(value: int) -> int:
    return _HIGHEST if value > _HIGHEST else max(value, _LOWEST)
