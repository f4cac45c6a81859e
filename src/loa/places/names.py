"""Names of places as people write them: `TP Hồ Chí Minh`, `P. Bến Nghé`, `Lục Sỹ Thành`.

A name is compared without diacritics, so that the place of a tone mark does not count, with i for
y where both are written, and with the short forms of its kind written out. Pure.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from loa.lib.text import fold

KINDS = (
    *("thanh pho", "tinh", "phuong", "xa", "dac khu", "thi tran", "thi xa", "quan", "huyen"),
    *("to dan pho", "khu pho", "khu dan cu", "thon", "ap", "khom", "ban", "buon", "lang", "xom"),
)
_SHORT = {
    "tp": "thanh pho", "tx": "thi xa", "tt": "thi tran", "p": "phuong", "x": "xa", "q": "quan",
    "h": "huyen", "t": "tinh", "dk": "dac khu", "tdp": "to dan pho", "kp": "khu pho",
    "kdc": "khu dan cu",
}  # fmt: skip
_NUMBERED = re.compile(r"(p|q|kp|tdp)(\d{1,2})")
_CITIES = {"hcm": "ho chi minh", "hn": "ha noi", "tphcm": "thanh pho ho chi minh"}
_SIGNS = re.compile(r"[^a-z0-9' ]+")
_DOTTED = re.compile(r"(?<![a-z])(tp|tx|tt|t|p|x|q|h)\.")
_I_OR_Y = re.compile(r"^(|h|k|l|m|s|t|v|qu)[iy]$")
_SOUNDS = {"dac": "dak", "lac": "lak"}
OLDER_NAMES = Path(__file__).parent / "data" / "older_names.tsv"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, folded: the kind (may be empty) and the words of the name."""

    kind: str
    words: tuple[str, ...]
    short: bool = False
    """The kind was written in its short form."""

    @property
    def name(self) -> str:
        return " ".join(self.words)

    def meanings(self) -> list["Asked"]:
        """In the order in which they are tried: a name of this kind, a name that begins with the
        word (*Bản Hồ*), a name of whatever kind it is today."""
        if not self.kind:
            return [self]
        spelled = [] if self.short else [Asked("", (*self.kind.split(), *self.words))]
        return [self, *spelled, Asked("", self.words)]

    def spellings(self) -> list[tuple[str, ...]]:
        """Each word of the name with the ways it is written."""
        return [_spellings(word) for word in self.words]

    def pattern(self) -> str:
        """A regular expression of the name alone: letters, digits, blanks and alternatives."""
        return " +(- +)?".join(
            f"({'|'.join(ways)})" if len(ways) > 1 else ways[0]
            for ways in map(_spellings, self.words)
        )


def asked(text: str) -> Asked:
    """The name in a search. A short form is one only before a name: `X. Tân An`, `TP Huế`."""
    plain = fold("".join(letter for letter in text[:100] if letter.isprintable()))
    plain = _DOTTED.sub(r"\1 ", plain.replace("’", "'"))
    words = _SIGNS.sub(" ", plain).split()
    words = [part for word in words for part in _CITIES.get(word, word).split()]
    if words and (numbered := _NUMBERED.fullmatch(words[0])):
        words[:1] = [numbered[1], numbered[2]]
    short = len(words) > 1 and words[0] in _SHORT
    if short:
        words[:1] = _SHORT[words[0]].split()
    for kind in KINDS:
        size = kind.count(" ") + 1
        if len(words) > size and " ".join(words[:size]) == kind:
            return Asked(kind, tuple(_number(word) for word in words[size:]), short)
    return Asked("", tuple(words))


def _number(word: str) -> str:
    """Wards are numbered 1 to 30; lists write 05."""
    return word.lstrip("0") if word.isdecimal() and len(word) == 2 and word != "00" else word


@lru_cache(maxsize=4096)
def _spellings(word: str) -> tuple[str, ...]:
    if _I_OR_Y.match(word):
        return (f"{word[:-1]}i", f"{word[:-1]}y")
    for one, other in _SOUNDS.items():
        if word in {one, other}:
            return (one, other)
    return (word,)


def key(text: str) -> str:
    """A name to compare with others of one list: kind and all, one spelling."""
    found = asked(text)
    return " ".join([*found.kind.split(), *(_spellings(word)[0] for word in found.words)])


def bare_key(text: str) -> str:
    """`key` without the word for the kind."""
    return " ".join(_spellings(word)[0] for word in asked(text).words)


def same(typed: str, name: str) -> bool:
    """Whether the words name the unit, with or without the word for its kind."""
    words = key(typed)
    return bool(words) and words in {key(name), bare_key(name)}


@dataclass(frozen=True, slots=True)
class OlderName:
    """A name that a unit bore before the first day of the gazetteer."""

    level: str
    code: str
    name: str


@lru_cache(maxsize=1)
def older_names() -> tuple[OlderName, ...]:
    with OLDER_NAMES.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return tuple(OlderName(row["level"], row["code"], row["name"]) for row in rows)


def older_named(wanted: Asked) -> Iterable[OlderName]:
    """The older names that hold the words that were asked for."""
    ways = [set(_spellings(word)) for word in wanted.words]
    for older in older_names():
        held = asked(older.name)
        if ways and all(any(way in held.words for way in some) for some in ways):
            yield older


_LETTERS = {letter: at for at, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}


def alphabetical(name: str) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """A sort key by the Vietnamese alphabet (Ă and Â after A, Đ after D); tones count last, and the
    number in a name by its value: Thôn 2 before Thôn 10."""
    words: list[tuple[int, ...]] = []
    tones: list[int] = []
    for word in re.findall(r"\d+|[^\W\d_]+", unicodedata.normalize("NFC", name).lower()):
        if word.isdecimal():
            words.append((-1, int(word)))
            continue
        letters = []
        for letter in word:
            parts = unicodedata.normalize("NFD", letter)
            tone = next((mark for mark in parts if mark in _TONES), "")
            base = unicodedata.normalize("NFC", parts.replace(tone, "")) if tone else letter
            letters.append(_LETTERS.get(base, 100 + ord(base[0])))
            tones.append(_TONES.get(tone, 0))
        words.append(tuple(letters))
    return tuple(words), tuple(tones)
