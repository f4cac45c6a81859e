"""E-mail and web addresses as one dictates them: `ubnd@quangninh.gov.vn`.

The scheme is not said. @ is *a còng*, . *chấm*, - *gạch ngang*, _ *gạch dưới*, / *gạch chéo*.
Parts made of Vietnamese syllables are said as syllables (quangninh: *quang ninh*), digits one by
one, other parts of up to four letters are spelled, longer ones left to the voice.
"""

from __future__ import annotations

import re

from loa.speech.letters import spelled, syllables
from loa.speech.numbers import digits_words
from loa.speech.vocabulary import FOREIGN

_ENDS = r"(?:vn|com|net|org|gov|edu|info|asia|io|me|biz|mil|int|xyz|online|site)"
ADDRESS = re.compile(
    r"(?<![\w@.\-])(?:[a-z]{3,5}://[^\s<>\"“”]+|[\w.+\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+"
    rf"|(?:[\w\-]{{1,63}}\.)+{_ENDS}(?![\w])(?:/[^\s<>\"“”]*)?)",
    re.IGNORECASE | re.ASCII,
)
_HINT = re.compile(rf"@|://|\w\.{_ENDS}(?!\w)", re.IGNORECASE)
_SCHEME = re.compile(r"^[a-z]{3,5}://", re.IGNORECASE)
_SIGNS = {
    "@": "a còng", ".": "chấm", "-": "gạch ngang", "_": "gạch dưới", "/": "gạch chéo",
    "+": "cộng", "?": "chấm hỏi", "=": "bằng", "&": "và", "%": "phần trăm", "#": "thăng",
    ":": "hai chấm", "~": "ngã",
}  # fmt: skip
_NAMED = {
    "www": "ba vê kép", "com": "com", "net": "nét", "org": "o e rờ giê", "gov": "gờ o vê",
    "edu": "e đu", "vn": "vê en nờ", "gmail": "gi meo", "email": "i meo", "facebook": "phây búc",
    "zalo": "da lô", "youtube": "diu túp", "google": "gu gồ", "info": "in phô", "yahoo": "da hu",
    "portal": "po tồ", "html": "hát tê em mờ lờ",
}  # fmt: skip


def addresses(text: str) -> list[tuple[int, int]]:
    """The spans of addresses in a line, without the full stop or comma that ends a sentence."""
    if not _HINT.search(text):
        return []
    spans = []
    for found in ADDRESS.finditer(text):
        end = found.end() - len(found[0]) + len(found[0].rstrip(".,;:!?)]}'\""))
        spans.append((found.start(), end))
    return spans


def address_words(written: str) -> str:
    """An address in words."""
    parts = re.findall(r"[^\W\d_]+|\d+|[^\s]", _SCHEME.sub("", written).rstrip("/"))
    return " ".join(filter(None, (_part_words(part) for part in parts)))


def _part_words(part: str) -> str:
    if part.isdecimal():
        return digits_words(part)
    if not part.isalpha():
        return _SIGNS.get(part, "")
    low = part.lower()
    if known := _NAMED.get(low) or FOREIGN.get(low):
        return known
    cut = syllables(low)
    if cut and (len(low) > 2 or len(cut) == 1):
        return " ".join(cut)
    return spelled(low) if len(low) <= 4 else low
