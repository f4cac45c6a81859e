"""Letters and syllables: how a letter is called, and whether capitals make a Vietnamese word."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LETTER_NAMES = {
    "a": "a", "ă": "á", "â": "ớ", "b": "bê", "c": "xê", "d": "dê", "đ": "đê", "e": "e",
    "ê": "ê", "f": "ép", "g": "giê", "h": "hát", "i": "i", "j": "gi", "k": "ca", "l": "e lờ",
    "m": "em mờ", "n": "en nờ", "o": "o", "ô": "ô", "ơ": "ơ", "p": "pê", "q": "quy",
    "r": "e rờ", "s": "ét", "t": "tê", "u": "u", "ư": "ư", "v": "vê", "w": "vê kép",
    "x": "ích", "y": "i", "z": "dét",
}  # fmt: skip
"""The Vietnamese name of each letter, lower case."""

CAPITAL = "[A-ZÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬĐÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ]"
"""A pattern of one capital: a range of code points would hold small letters too."""
_ONSET = "ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnprstvx]"
_OPEN = (
    "a|ă|â|e|ê|i|o|ô|ơ|u|ư|y|ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iu|yê|oa|oă|oai|oay|oao|oe|oeo|oi|ôi|ơi"
    "|ua|uâ|uây|uê|ui|uơ|uy|uya|uyê|uyu|uôi|uô|ưa|ưi|ươ|ươi|ươu|ưu|iêu|yêu|uai|uay|ue|ueo|uao"
)
_CLOSED = "a|ă|â|e|ê|i|o|ô|ơ|u|ư|y|iê|yê|oa|oă|oe|uâ|uê|uô|ươ|uy|uyê|ua|uă|oo|ue"
_NASAL = "m|n|ng|nh"
_STOP = "p|t|c|ch"
_SYLLABLE = re.compile(
    rf"(?:{_ONSET})?(?:(?P<open>{_OPEN})|(?P<nasal>(?:{_CLOSED})(?:{_NASAL}))"
    rf"|(?P<stop>(?:{_CLOSED})(?:{_STOP})))"
)
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))
_RISING_OR_HEAVY = ("\u0301", "\u0323")


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """True if `word` can be one Vietnamese syllable as it is written, whatever its case.

    A syllable that ends in p, t, c or ch carries sắc or nặng, so BOT is none and BÓT is.
    """
    if len(word) > 8:
        return False
    parts = unicodedata.normalize("NFD", word.lower())
    base = unicodedata.normalize("NFC", parts.translate(_TONES))
    found = _SYLLABLE.fullmatch(base)
    if found is None:
        return False
    return found["stop"] is None or any(tone in parts for tone in _RISING_OR_HEAVY)


def has_mark(word: str) -> bool:
    """True if a letter of the word is one that only Vietnamese marks (Đ, Ơ, Ã...)."""
    return not word.isascii()


def spelled(word: str) -> str:
    """Letter by letter in Vietnamese letter names; marks of tone are passed over."""
    names = []
    for letter in word.lower():
        name = LETTER_NAMES.get(letter)
        if name is None:
            plain = unicodedata.normalize(
                "NFC", unicodedata.normalize("NFD", letter).translate(_TONES)
            )
            name = LETTER_NAMES.get(plain, letter if letter.isalpha() else "")
        if name:
            names.append(name)
    return " ".join(names)


_BARE_ONSET = "ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx]"
_BARE_RIME = (
    "uyen|uyet|uong|uoc|uoi|uon|uom|uot|ieng|iec|iep|iet|iem|ien|ieu|yen|yeu|oang|oanh|oach|oan|oai"
    "|oat|oac|uan|uat|uang|uynh|ong|oong|ang|anh|ach|ung|inh|ich|enh|ech|eng|an|am|ap|at|ac|ai|ao|au|ay"
    "|en|em|ep|et|ec|eo|eu|in|im|ip|it|iu|ia|on|om|op|ot|oc|oi|oa|oe|un|um|up|ut|uc|ui|ua|uu|uy|ue"
    "|a|e|i|o|u|y"
)
_BARE = re.compile(rf"(?:(?:{_BARE_ONSET})?(?:{_BARE_RIME}))+")
_BARE_ONE = re.compile(rf"(?:{_BARE_ONSET})?(?:{_BARE_RIME})")


@lru_cache(maxsize=1024)
def syllables(run: str) -> tuple[str, ...]:
    """The syllables of words written together without marks: `quangninh` -> quang, ninh.

    Empty if the run cannot be cut into Vietnamese syllables. Fewest syllables win.
    """
    if len(run) > 32 or not _BARE.fullmatch(run):
        return ()
    best: list[tuple[str, ...] | None] = [()] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - 7), end):
            head = best[start]
            piece = run[start:end]
            if head is not None and _BARE_ONE.fullmatch(piece):
                here = best[end]
                if here is None or len(head) + 1 < len(here):
                    best[end] = (*head, piece)
    return best[-1] or ()
