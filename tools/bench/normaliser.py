"""Written to spoken lines, in this process."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tools.bench.line import Line, line

SAMPLES = Path("tests/speech/samples")
LINES_AT_LEAST = 2000
_TURNS = 5
_LINES = 4000


def normaliser(_folder: Path) -> list[Line]:
    """Lines a second; the baseline only composes the characters and splits the words."""
    from loa.speech.normalise import spoken_line

    texts = [path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("*.txt"))]
    some = [one for text in texts for one in text.splitlines() if one.strip()]
    lines = [some[i % len(some)] for i in range(_LINES)]
    spoken_line(lines[0])  # the tables are loaded once
    ours, bare = [], []
    for _ in range(_TURNS):
        ours.append(_rate(spoken_line, lines))
        bare.append(_rate(lambda text: " ".join(unicodedata.normalize("NFC", text).split()), lines))
    return [
        line(
            "normaliser",
            median(ours),
            "lines/s",
            baseline=median(bare),
            budget=LINES_AT_LEAST,
            judged="value at least",
            note=f"{sum(map(len, some)) // len(some)} characters a line",
        )
    ]


def _rate(do: Callable[[str], str], lines: list[str]) -> float:
    began_s = time.perf_counter()
    for one in lines:
        do(one)
    return len(lines) / (time.perf_counter() - began_s)
