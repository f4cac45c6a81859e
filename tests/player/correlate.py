"""How far apart two sounds are, without numpy: a coarse search, then sample by sample."""

from __future__ import annotations

from array import array
from operator import mul

from .sounds import RATE_HZ


def shift_ms(first: bytes, second: bytes, *, most_ms: int = 60) -> float:
    """By how many milliseconds `second` is later than `first`, at most `most_ms` either way."""
    a, b = _middle(first), array("h")
    b.frombytes(second)
    most = most_ms * RATE_HZ // 1000
    offset = (len(first) // 2 - len(a)) // 2
    coarse = _best(a, b, offset, range(-most, most + 1, 12))
    fine = _best(a, b, offset, range(coarse - 12, coarse + 13))
    return fine * 1000 / RATE_HZ


def _middle(pcm: bytes) -> array[int]:
    samples = array("h")
    samples.frombytes(pcm)
    start = max(0, (len(samples) - RATE_HZ) // 2)
    return samples[start : start + RATE_HZ]


def _best(a: array[int], b: array[int], offset: int, shifts: range) -> int:
    def score(shift: int) -> float:
        begin = offset + shift
        if begin < 0 or begin + len(a) > len(b):
            return float("-inf")
        return float(sum(map(mul, a, b[begin : begin + len(a)])))

    return max(shifts, key=score)
