"""Vietnamese text in the encodings that came before Unicode: TCVN3 (ABC) and VNI.

Both put Vietnamese letters on the codes of Western ones and need a font of their own, so that a
text pasted from an old file reads "Th«ng b¸o" or "Thoâng baùo". Which one it is, is seen from the
syllables: a word counts for the reading in which it is one. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from loa.speech.letters import is_syllable


class Encoding(StrEnum):
    UNICODE = "unicode"
    TCVN3 = "tcvn3"
    VNI = "vni"


_TCVN3 = str.maketrans(
    "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
    "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
)
_VNI_MARKS = {
    "ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323",
    "â": "\u0302", "à": "\u0302\u0300", "á": "\u0302\u0301", "å": "\u0302\u0309",
    "ã": "\u0302\u0303", "ä": "\u0302\u0323", "ê": "\u0306", "è": "\u0306\u0300",
    "é": "\u0306\u0301", "ú": "\u0306\u0309", "ü": "\u0306\u0303", "ë": "\u0306\u0323",
}  # fmt: skip
_VNI_ALONE = {"ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ö": "ư", "ô": "ơ"}
_VNI_PAIR = re.compile(r"([aeouyôö])([øùûõïâàáåãäêèéúüë])|([ñæóòîöô])", re.IGNORECASE)
_EDGES = " \t.,;:?!()[]{}\"'“”‘’…-–/\\<>*_=+0123456789"
_LINE_FROM = 2
"""Words that can be read in one encoding only and settle a line; one may be a foreign name."""


@dataclass(frozen=True, slots=True)
class Mended:
    """The text in Unicode, and what it was written in; `mixed` where that was more than one."""

    text: str
    found: tuple[Encoding, ...]

    @property
    def mixed(self) -> bool:
        return len(self.found) > 1

    @property
    def changed(self) -> bool:
        return self.found not in ((), (Encoding.UNICODE,))


def convert(text: str, encoding: Encoding) -> str:
    """Text of one encoding in Unicode (NFC), letter by letter; nothing is guessed."""
    if encoding is Encoding.TCVN3:
        return text.translate(_TCVN3)
    if encoding is Encoding.VNI:
        return unicodedata.normalize("NFC", _VNI_PAIR.sub(_vni, text))
    return text


def _vni(found: re.Match[str]) -> str:
    base, mark, alone = found.groups()
    if alone:
        letter = _VNI_ALONE[alone.lower()]
        return letter.upper() if alone.isupper() else letter
    plain = _VNI_ALONE.get(base.lower(), base.lower())
    letter = unicodedata.normalize("NFC", plain + _VNI_MARKS[mark.lower()])
    return letter.upper() if base.isupper() else letter


def mend(text: str) -> Mended:
    """Any text with its legacy words in Unicode. Unicode text comes back unchanged.

    Line by line: a word that can be read in one encoding only is read so; what could be either
    follows the other words of its line, then those of the whole text. A line of capitals that an
    old capital font wrote with small accented letters becomes capitals.
    """
    if text.isascii():
        return Mended(text, ())
    lines = text.split("\n")
    votes = [_votes(line) for line in lines]
    found = _found(votes)
    if not set(found) - {Encoding.UNICODE}:
        return Mended(text, found)
    whole: Counter[Encoding] = Counter()
    for vote in votes:
        whole.update(vote)
    mended = [
        _line(line, _first(vote, whole), found) for line, vote in zip(lines, votes, strict=True)
    ]
    return Mended("\n".join(mended), found)


def _found(votes: Iterable[Counter[Encoding]]) -> tuple[Encoding, ...]:
    """The encodings that whole lines are written in; of a text of a few words, the likeliest."""
    winners: Counter[Encoding] = Counter()
    whole: Counter[Encoding] = Counter()
    for vote in votes:
        whole.update(vote)
        ranked = vote.most_common(2)
        if (
            ranked
            and ranked[0][1] >= _LINE_FROM
            and (len(ranked) == 1 or ranked[1][1] < ranked[0][1])
        ):
            winners[ranked[0][0]] += 1
    chosen = winners or Counter(dict(whole.most_common(1)))
    return tuple(encoding for encoding in Encoding if chosen[encoding])


def _first(vote: Counter[Encoding], whole: Counter[Encoding]) -> Encoding:
    return max(Encoding, key=lambda encoding: (vote[encoding], whole[encoding]))


def _votes(line: str) -> Counter[Encoding]:
    """How many words of the line can be read in one encoding only, per encoding."""
    votes: Counter[Encoding] = Counter()
    for word in line.split():
        readable = _readable(word)
        if len(readable) == 1:
            votes[readable[0]] += 1
    return votes


def _readable(word: str) -> list[Encoding]:
    """The encodings in which a word with marks is a syllable of Vietnamese."""
    core = word.strip(_EDGES)
    if core.isascii() or not any(letter.isalpha() for letter in core):
        return []
    western = all(letter <= "\xff" for letter in core)  # the old encodings have no other letters
    possible = Encoding if western else (Encoding.UNICODE,)
    return [encoding for encoding in possible if _syllables(convert(core, encoding))]


def _syllables(word: str) -> bool:
    parts = re.split(r"[-–/.,]", word)
    return any(parts) and all(is_syllable(part) for part in parts if part)


def _line(line: str, first: Encoding, found: Iterable[Encoding]) -> str:
    mended = re.sub(r"\S+", lambda word: _word(word[0], first, found), line)
    letters = [letter for letter in line if letter.isascii() and letter.isalpha()]
    capitals = len(letters) >= 3 and all(letter.isupper() for letter in letters)
    return mended.upper() if capitals and mended != line else mended


def _word(word: str, first: Encoding, found: Iterable[Encoding]) -> str:
    if tuple(found) == (first,):
        return convert(word, first)  # the font made every letter of such a text
    readable = [encoding for encoding in _readable(word) if encoding in found]
    if not readable:
        return word
    return convert(word, first if first in readable else readable[0])
