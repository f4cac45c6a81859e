"""Text as written -> text as spoken: words and pauses only, ready for any voice.

    spoken("Gọi 112 trước 16h00.").text   ->   "Gọi một một hai trước mười sáu giờ."

The result is NFC; it holds letters, spaces and the stops . , ; : ? ! and nothing else, no digit
above all. Every text has a result: what has no reading is left out. Line breaks stay where they
are, so line *n* of the spoken text is line *n* of the source.

A place's dictionary goes before every rule. Its keys are whole words or phrases (`Bà Nà`, `KDC 5`).
A key with a capital letter is found in exactly that case, a key without one in any case. The
longest key wins. Its reading is itself brought into words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from loa.speech import calendar, documents, quantities, shapes, signs, web, words
from loa.speech.cleaning import Cleaned, clean, safe
from loa.speech.context import Line
from loa.speech.letters import CAPITAL
from loa.speech.tokens import TOKEN
from loa.speech.vocabulary import ABBREVIATIONS

_NO_DICTIONARY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
    """One place where what is said differs from what is written.

    `source` is `text[start:end]` of the text that was given, counted in code points of the text as
    it was given; `said` is what the voice says there. Readings are in order and do not overlap.
    `sure` is False where it is a guess: letters spelled, one of two meanings, a name's number.
    """

    start: int
    end: int
    source: str
    said: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Spoken:
    """The spoken text and where it was changed, for an editor to mark and correct."""

    text: str
    readings: list[Reading] = field(default_factory=list)


def spoken(text: str, *, dictionary: Mapping[str, str] = _NO_DICTIONARY) -> Spoken:
    """The spoken text of any text. Never raises; see the module for what holds of the result."""
    own = _dictionary(tuple(sorted(dictionary.items()))) if dictionary else None
    lines: list[str] = []
    readings: list[Reading] = []
    offset = 0
    for source in text.split("\n"):
        line, changes = _line(source, own)
        lines.append(line)
        readings += [
            Reading(offset + start, offset + end, source[start:end], said, sure)
            for start, end, said, sure in changes
        ]
        offset += len(source) + 1
    return Spoken("\n".join(lines), readings)


def spoken_line(line: str, *, dictionary: Mapping[str, str] = _NO_DICTIONARY) -> str:
    """The spoken text of one line; a line break inside is a space."""
    own = _dictionary(tuple(sorted(dictionary.items()))) if dictionary else None
    return _line(line.replace("\n", " "), own)[0]


def _document(line: Line, found: re.Match[str]) -> str:
    start, end = found.span()
    return documents.document_words(found[0], line.before(start), line.after(end))


_READERS: Mapping[str, Callable[[Line, re.Match[str]], str | None]] = MappingProxyType(
    {
        "item": signs.item_words,
        "bullet": signs.bullet_words,
        "slashed": words.slashed_words,
        "hill": words.hill_name_words,
        "word": words.word_words,
        "code": words.code_words,
        "document": _document,
        "dated": calendar.dated_words,
        "plate": quantities.plate_words,
        "time": calendar.time_of_day_words,
        "slash": calendar.slash_words,
        "phone": quantities.phone_words,
        "spaced": quantities.spaced_words,
        "size": quantities.size_words,
        "measure": quantities.measure_words,
        "mixed": quantities.mixed_words,
        "sign": signs.sign_words,
        "coordinate": shapes.coordinate_words,
        "shorthand": shapes.shorthand_words,
        "days": shapes.days_words,
        "series": shapes.series_words,
        "ratio": shapes.ratio_words,
        "scaled": shapes.scaled_words,
        "combined": shapes.combined_words,
    }
)


@dataclass(frozen=True, slots=True)
class _Dictionary:
    """A place's dictionary, ready to be looked for."""

    pattern: re.Pattern[str]
    said: Mapping[str, str]

    def reading(self, written: str) -> str:
        if written in self.said:
            return self.said[written]
        key = written.lower()  # a rare letter may fold to one that the pattern found by its case
        return self.said[key] if key in self.said else _line(written, None)[0]


@lru_cache(maxsize=64)
def _dictionary(entries: tuple[tuple[str, str], ...]) -> _Dictionary | None:
    said: dict[str, str] = {}
    for written, reading in entries:
        key = " ".join(clean(written).text.split())
        if key:
            said[key] = _line(reading.replace("\n", " "), None)[0]
    if not said:
        return None
    parts = []
    for key in sorted(said, key=len, reverse=True):
        body = re.escape(key).replace(r"\ ", r"\s+")
        parts.append(body if key != key.lower() else f"(?i:{body})")
    return _Dictionary(re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)"), said)


_Span = tuple[int, int, str]
_Change = tuple[int, int, str, bool]
"""Start, end, said, and whether the rule was sure."""


def _line(source: str, own: _Dictionary | None) -> tuple[str, list[_Change]]:
    """One line in words, and its changes as (start, end, said) in the source."""
    cleaned = clean(source)
    line = Line(cleaned.text)
    parts: list[str] = []
    changes: list[_Change] = []
    position = 0
    for start, end, said, sure in _tokens(line, own):
        parts += (cleaned.text[position:start], said)
        position = end
        _note(changes, cleaned, (start, end, said, sure))
    parts.append(cleaned.text[position:])
    return _tidy("".join(parts)), changes


def _note(changes: list[_Change], cleaned: Cleaned, change: _Change) -> None:
    """Keep a change that is heard: not a pause, not a mere change of case. A full stop that is
    still said is no part of it, so that a correction does not take it away."""
    start, end, said, sure = change
    if said.rstrip().endswith(".") and cleaned.text[end - 1] == "." and end - start > 1:
        end -= 1
    heard = said.strip(" .,;:")
    if heard and heard.lower() != cleaned.text[start:end].lower().strip(" ."):
        first, last = cleaned.source_span(start, end)
        changes.append((first, last, heard, sure))


def _tokens(line: Line, own: _Dictionary | None) -> Iterator[_Change]:
    """What is read otherwise than written: the place's words, addresses, then the rules between."""
    position = 0
    called = quantities.called_numbers(line.text)
    calls = {start for start, _, _ in called}
    for start, end, said in _fixed(line.text, own, called):
        if start >= position:
            yield from _ruled(line, position, start)
            yield start, end, f" {said} " if said else " ", True
            if start in calls:
                line.calls_until = end
            position = end
    yield from _ruled(line, position, len(line.text))


def _fixed(text: str, own: _Dictionary | None, called: list[_Span]) -> list[_Span]:
    spans = [(start, end, web.address_words(text[start:end])) for start, end in web.addresses(text)]
    spans += called
    if own is not None:
        mine = [
            (found.start(), found.end(), _own_reading(text, found, own))
            for found in own.pattern.finditer(text)
        ]
        ends = [end for _, end, _ in mine]
        spans = mine + [
            span
            for span in spans
            if (beside := bisect_right(ends, span[0])) == len(mine) or mine[beside][0] >= span[1]
        ]
    return sorted(spans)


def _own_reading(text: str, found: re.Match[str], own: _Dictionary) -> str:
    """The place's reading. A word kept with its full stop still ends a sentence with it."""
    said = own.reading(" ".join(found[0].split()))
    if not found[0].endswith(".") or said.endswith((".", "?", "!")):
        return said
    known = ABBREVIATIONS.get(found[0].rstrip("."))
    of_word = known is not None and known.takes_dot
    return said if of_word or not _NEXT_SENTENCE.match(text, found.end()) else f"{said}."


def _ruled(line: Line, start: int, end: int) -> Iterator[_Change]:
    plain = words.reads_itself
    for found in TOKEN.finditer(line.text, start, end):
        kind = found.lastgroup
        if kind == "word" and plain(found[0]):
            continue
        line.doubted = False
        said = _READERS[kind or "sign"](line, found)
        if said is not None:
            if found.end() < len(line.text) and line.text[found.end()].isalnum():
                said += " "
            yield found.start(), found.end(), said, not line.doubted


_NEXT_SENTENCE = re.compile(rf"\s*+(?:{CAPITAL}|\Z)")
_LONE_ITEM = re.compile(r"^(\w)\.(?=\s*\w)")
_BLANKS = re.compile(r"\s+")
_STOPS = re.compile(r" ?([.,;:?!])(?: ?[.,;:])*+")
_EDGES = re.compile(r"^[ .,;:?!]+")
_APART = re.compile(r"([.,;:?!])(?=[^\s.,;:?!])")


def _tidy(said: str) -> str:
    """One blank between words, one stop at a time, none at the start."""
    said = _BLANKS.sub(" ", safe(said))  # first: a search through a run of blanks is quadratic
    said = _STOPS.sub(_strongest, said)
    said = _LONE_ITEM.sub(r"\1,", _EDGES.sub("", said).rstrip(" ,"))
    said = _APART.sub(r"\1 ", said)
    return _BLANKS.sub(" ", said).strip()


def _strongest(found: re.Match[str]) -> str:
    """Of several stops in a row the one with the longest pause."""
    run = found[0]
    return next((stop for stop in "?!.;:" if stop in run), ",")
