"""Spoken text cut into what a voice says in one breath, with the pause after each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SENTENCE_PAUSE_S = 0.35
PARAGRAPH_PAUSE_S = 0.7
LONGEST_CHARACTERS = 400
"""A longer one is cut at a comma or a blank: sound comes soon and memory is bounded."""

_ENDS = re.compile(r"(?<=[.?!;])\s+")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One breath: its text and the silence that follows it."""

    text: str
    pause_s: float


def sentences_of(spoken_text: str) -> Iterator[Sentence]:
    """The sentences in order, parts without a word left out; a line's end ends a paragraph."""
    for line in spoken_text.splitlines():
        parts = [
            piece
            for sentence in _ENDS.split(line.strip())
            for piece in _breaths(sentence)
            if _WORD.search(piece)
        ]
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            yield Sentence(part, PARAGRAPH_PAUSE_S if last else SENTENCE_PAUSE_S)


def _breaths(sentence: str) -> Iterator[str]:
    while len(sentence) > LONGEST_CHARACTERS:
        head = sentence[:LONGEST_CHARACTERS]
        at = max(head.rfind(", ") + 1, 0) or head.rfind(" ")
        at = at if at > 0 else LONGEST_CHARACTERS
        yield sentence[:at]
        sentence = sentence[at:].lstrip()
    yield sentence
