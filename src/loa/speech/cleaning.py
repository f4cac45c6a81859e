"""From any text to the few characters the rules know, without losing where each came from.

NFC first (a voice reads decomposed letters wrong). Then invisible and control characters, lone
surrogates and unassigned code points are dropped, every kind of space is a space, digits of other
scripts and numerals such as ½, ① or Ⅳ become plain ones. Superscript 2 and 3 stay for m² and m³.
A tab after a word is the border of a table's cell: a comma, so that it is heard as a pause.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
_PLAIN = re.compile(rf"[ -~{_LATIN}–—°²³…“”‘’•]*")
_SAFE = re.compile(rf"[{_LATIN} .,;:?!]*")
_LONGEST_CLUSTER = 32
"""No writing puts so many marks on one letter; to order them costs the square of their number."""
_ENDS_CELL = frozenset('%°)”"²³₫€$')
_KEPT_NUMERALS = "²³"
_KEPT_MARKS = " .,;:?!"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean line and, per character of it, the span it came from (None: they are the same)."""

    text: str
    spans: tuple[tuple[int, int], ...] | None

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The span in the source of a non-empty span of the clean text."""
        if self.spans is None:
            return start, end
        return self.spans[start][0], self.spans[end - 1][1]


def clean(line: str) -> Cleaned:
    """Clean one line; plain Vietnamese in NFC, nearly every line, is given back as it is."""
    if _PLAIN.fullmatch(line) and unicodedata.is_normalized("NFC", line):
        return Cleaned(line, None)
    characters: list[str] = []
    spans: list[tuple[int, int]] = []
    last = ""
    for start, end in _clusters(line):
        for character in unicodedata.normalize("NFC", line[start:end]):
            if character == "\t" and (last.isalnum() or last in _ENDS_CELL):
                last = ","
                characters += ", "
                spans += [(start, end)] * 2
                continue
            for plain in _plain(character, characters[-1] if characters else ""):
                characters.append(plain)
                spans.append((start, end))
                last = plain if plain != " " else last
    return Cleaned("".join(characters), tuple(spans))


def safe(spoken: str) -> str:
    """The last wall: NFC, letters with their marks, spaces and . , ; : ? ! and nothing else."""
    if not _SAFE.fullmatch(spoken):
        spoken = "".join(
            character
            for character in spoken
            if character in _KEPT_MARKS or unicodedata.category(character)[0] in "LM"
        )
    return unicodedata.normalize("NFC", spoken)


def _clusters(line: str) -> list[tuple[int, int]]:
    """Spans that NFC never joins across, so that each can be composed on its own."""
    spans: list[tuple[int, int]] = []
    start = 0
    for here in range(1, len(line) + 1):
        if (
            here == len(line)
            or here - start >= _LONGEST_CLUSTER
            or (not unicodedata.combining(line[here]) and _divides(line[start:here], line[here]))
        ):
            spans.append((start, here))
            start = here
    return spans


def _divides(before: str, after: str) -> bool:
    """True if NFC does not join a character that is no mark of tone to what stands before it."""
    if after.isascii():
        return True
    together = unicodedata.normalize("NFC", before + after)
    return together == unicodedata.normalize("NFC", before) + unicodedata.normalize("NFC", after)


def _plain(character: str, before: str) -> str:
    """What the rules see of one composed character."""
    kind = unicodedata.category(character)
    if character.isascii():
        return " " if character.isspace() else character if kind[0] != "C" else ""
    if kind[0] == "C":
        return ""
    if kind[0] == "Z":
        return " "
    if kind == "Nd":
        return str(unicodedata.digit(character))
    if kind[0] == "N":
        return character if character in _KEPT_NUMERALS else _numeral(character, before)
    if "\uff01" <= character <= "\uff5e" or "\U0001d400" <= character <= "\U0001d7ff":
        return unicodedata.normalize("NFKC", character)
    return character


def _numeral(character: str, before: str) -> str:
    """½ -> 1/2 (apart from a digit before it), ① -> 1, Ⅳ -> IV, 五 and the like by value."""
    plain = unicodedata.normalize("NFKC", character).replace("\u2044", "/")
    if not plain.isascii():
        value = unicodedata.numeric(character, -1.0)
        plain = str(int(value)) if value >= 0 and value.is_integer() else ""
    return " " + plain if "/" in plain and before.isdigit() else plain
