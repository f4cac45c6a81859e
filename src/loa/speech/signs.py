"""Readers of signs and of the marks at the start of a line."""

from __future__ import annotations

import re

from loa.speech import roman
from loa.speech.context import Line
from loa.speech.letters import CAPITAL, spelled
from loa.speech.numbers import integer_words

_SIGNS = {
    "&": " và ", "%": " phần trăm ", "‰": " phần nghìn ", "+": " cộng ", "=": " bằng ", "^": " mũ ",
    "×": " nhân ", "÷": " đến ", "±": " cộng trừ ", "<": " nhỏ hơn ", ">": " lớn hơn ",
    "≤": " không quá ", "≥": " từ ", "@": " a còng ", "$": " đô la ", "€": " ơ rô ", "₫": " đồng ",
    "°": " độ ", "²": " bình phương ", "³": " lập phương ", "µ": " mi crô ", "→": ", ",
    "(": ", ", ")": ", ", "[": ", ", "]": ", ", "{": ", ", "}": ", ", "…": ". ", "—": ", ",
    "–": ", ", "-": ", ", "•": ", ", "|": ", ", "/": ", ", "§": " mục ", "№": " số ",
}  # fmt: skip
_ENDS_NUMBER = re.compile(r"(?:\d|\d\s?(?:[hg%C°º℃]|[°º][CF]))\s*$")
_BEGINS_NUMBER = re.compile(r"\s*\d")
_BELOW_ZERO = re.compile(
    r"\d+(?:,\d+)?(?:\s?(?:đến|tới|-|–)\s?[-–−]?\d+(?:,\d+)?)?\s?(?:°|º|℃|độ\b|oC\b)"
)
_COMMUNE_NAME = re.compile(rf"\s*{CAPITAL}[a-zà-ỹđ]+(?:\s+{CAPITAL}['’a-zà-ỹđ]|\s*(?:[,;(.–-]|$))")
"""After `X.` a name in capitals is a commune's; a heading has one capital, or nothing else."""
_DAY_TO_DAY = re.compile(r"\s*(?:thứ|chủ nhật|CN|tháng|ngày|năm)(?!\w)", re.IGNORECASE)
_DAY_ENDS = re.compile(r"(?<!\w)(?:thứ|tháng|ngày|năm)\s+[\w/]+\s*$", re.IGNORECASE)


def sign_words(line: Line, found: re.Match[str]) -> str:
    """A sign in words, as a pause, or as nothing."""
    sign = found[0]
    start, end = found.span()
    if sign == "−" and _BEGINS_NUMBER.match(line.text, end):
        return " âm "
    if sign in "-–":
        return _dash_words(line, start, end)
    if sign == "/":
        return _slash_words(line, start, end)
    if sign == "+" and not _BEGINS_NUMBER.match(line.text, end):
        return ", "
    return _SIGNS.get(sign, " ")


def item_words(line: Line, found: re.Match[str]) -> str:
    """The number of a list's item: `1.` -> `một,`, `a)` -> `a,`, `II.` -> `hai,`."""
    written = found[0].strip().rstrip(".)/")
    if written in "Xx" and _COMMUNE_NAME.match(line.text, found.end()):
        return "xã"
    value = roman.roman_value(written)
    if value is not None:
        said = integer_words(value)
    elif written[0].isdigit():
        said = " chấm ".join(integer_words(int(part)) for part in written.split("."))
    else:
        said = spelled(written)
    return f"{said if len(said) == 1 else said.capitalize()}, "


def bullet_words(line: Line, found: re.Match[str]) -> str:
    """The dash or dot before an item is not said."""
    return ""


def _dash_words(line: Line, start: int, end: int) -> str:
    before = line.before(start)
    if line.goes_on(line.calls_until, end):
        return ", "  # between two telephone numbers
    if _ENDS_NUMBER.search(before) and _BEGINS_NUMBER.match(line.text, end):
        return " đến "
    if not before[-1:].isalnum() and _BELOW_ZERO.match(line.text, end):
        return " âm "
    if _DAY_TO_DAY.match(line.text, end) and _DAY_ENDS.search(before):
        return " đến "
    apart = before[-1:].isspace() or line.text[end : end + 1].isspace()
    return ", " if apart or not before else " "


def _slash_words(line: Line, start: int, end: int) -> str:
    between = line.before(start)[-1:].isdigit() and line.text[end : end + 1].isdigit()
    return " trên " if between else ", "
