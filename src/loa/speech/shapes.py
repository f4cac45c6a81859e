"""Readers of shapes written without blanks: 15,0°N, 12kg5, 10,11,12/8, 16-16-8, 1/2.000."""

from __future__ import annotations

import re

from loa.speech import context, roman, units
from loa.speech.context import Line
from loa.speech.dates import date_words, is_day_month, month_year_words
from loa.speech.letters import spelled
from loa.speech.numbers import (
    digits_words,
    fraction_words,
    integer_words,
    month_words,
    number_words,
    ordinal_words,
)

_DEGREES = r"\d{1,3}(?:[.,]\d{1,4})?"
_MINUTES = r"(?:\s?\d{1,2}\s?['’′](?:\s?\d{1,2}(?:[.,]\d{1,2})?\s?(?:[\"”″]|''))?)?"
_MARKED = rf"{_DEGREES}\s?(?:[°º]|độ(?=\s?[NSEW](?!\w))){_MINUTES}"
_BARE = r"\d{1,3}[.,]\d{1,2}"
COORDINATE = (
    rf"(?:(?:{_DEGREES}(?:\s?[°º]{_MINUTES})?)(?:\s?[NSEWBĐT])?\s?[-–÷]\s?)?{_MARKED}\s?[NSEWBĐT](?!\w)"
    rf"|(?:{_BARE}[NE]?\s?[-–]\s?)?{_BARE}[NE](?!\w)"
)
"""`15,0°–19,0°N`, `8°34'B`, `16.2N`: degrees with the letter of a direction after them."""
_COORDINATES = re.compile(
    rf"({_DEGREES})\s?(?:[°º]|độ)?(?:\s?(\d{{1,2}})\s?['’′](?:\s?(\d{{1,2}}(?:[.,]\d+)?)\s?(?:[\"”″]|''))?)?"
    r"\s?([NSEWBĐT])?"
)
_DIRECTIONS = {
    "N": "vĩ Bắc", "B": "vĩ Bắc", "S": "vĩ Nam", "E": "kinh Đông", "Đ": "kinh Đông",
    "W": "kinh Tây", "T": "kinh Tây",
}  # fmt: skip

_HELD = {
    "kg": "cân", "Kg": "cân", "km": "ki lô mét", "m": "mét", "M": "mét", "ha": "héc ta",
    "lít": "lít", "tạ": "tạ", "tấn": "tấn", "yến": "yến", "sào": "sào", "mẫu": "mẫu", "cân": "cân",
} | units.MULTIPLES  # fmt: skip
_HELD_SMALL = {unit: said for unit, said in _HELD.items() if unit not in {"K", "M"}}
SHORTHAND = (
    rf"\d+(?:[.,]\d+)?(?:(?:{units.alternation(_HELD_SMALL)})(?!(?<=m)[23](?!\d))|M(?=\d\d))\d{{1,3}}"
    r"(?:\s?(?:đồng|đ)(?!\w))?(?:\s?/\s?[a-zà-ỹđ]{2,}(?!\w))*(?![\w²³])"
)
"""`12kg5`, `1m72`, `3tr5`: the digits after the unit are parts of it."""
_SHORTHAND = re.compile(
    rf"(\d+(?:[.,]\d+)?)({units.alternation(_HELD)})(\d{{1,3}})(\s?(?:đồng|đ)(?!\w))?(.*)"
)

DAYS = r"\d{1,2}(?:[-–]\d{1,2})?(?:,\d{1,2}(?:[-–]\d{1,2})?)+/\d{1,2}(?:/\d{4})?(?!\d|/\d)"
"""`10,11,12/8`: days of one month."""
SERIES = r"\d{1,2}(?:\s?[-–]\s?\d{1,2}){2,8}(?!\d|\s?[-–/]\s?\d|[.,:]\d)(?:[A-Z]{1,2})?(?!\w)"
"""`16-16-8`: three and more numbers with dashes between are no range."""
RATIO = r"\d{1,3}(?:\.\d{3})*\s?[/:]\s?\d{1,3}(?:\.\d{3})+(?!\d|[.,/:]\d)"
"""`1/2.000`: with a thousands' dot it is no date."""
SCALED = r"(?<!\w)(?:PM|pH)\s?\d{1,2}[.,]\d{1,2}(?:\s?[-–]\s?\d{1,2}(?:[.,]\d{1,2})?)?(?!\w|[.,]\d)"
"""`PM2.5`, `pH 6.5`: names of a scale after which a dot is a comma."""
COMBINED = r"\d{1,2}(?:[iI][nN]\d{1,2}|\s[iI]n\s1)(?!\w)"
"""`6in1`: as vaccines and machines are called."""

_LIST = re.compile(r"\d{1,2}(?:,\d{1,2})+")
_DOTTED_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{2}))?")
_DOTTED_MONTH = re.compile(r"(\d{1,2})[.](\d{4})")


def coordinate_words(line: Line, found: re.Match[str]) -> str:
    """`15,0°–19,0°N` -> `mười lăm phẩy không đến mười chín phẩy không độ vĩ Bắc`."""
    parts = [match.groups() for match in _COORDINATES.finditer(found[0])]
    last = parts[-1][3]
    said = [_angle(*part[:3]) for part in parts]
    if len(said) == 2 and (parts[0][3] or last) == last:
        plain = not any(part[1] for part in parts)
        first = said[0].removesuffix(" độ") if plain else said[0]
        return f"{first} đến {said[1]} {_DIRECTIONS[last]}"
    return ", ".join(
        f"{angle} {_DIRECTIONS[part[3] or last]}" for angle, part in zip(said, parts, strict=True)
    )


def _angle(degrees: str, minutes: str | None, seconds: str | None) -> str:
    said = f"{number_words(degrees, dot_is_comma=True)} độ"
    if minutes:
        said += f" {integer_words(int(minutes))} phút"
    return f"{said} {number_words(seconds, dot_is_comma=True)} giây" if seconds else said


def shorthand_words(line: Line, found: re.Match[str]) -> str:
    """`12kg5` -> `mười hai cân rưỡi`, `1m72` -> `một mét bảy mươi hai`."""
    parts = _SHORTHAND.fullmatch(found[0])
    if parts is None:
        return number_words(re.sub(r"\D", "", found[0]))
    number, unit, rest, money, per = parts.groups()
    said = f"{number_words(number, dot_is_comma=True)} {_HELD[unit]} {_rest(rest)}"
    if money:
        said += " đồng"
    for against in (per or "").replace(" ", "").split("/")[1:]:
        said += f" {units.per_words('đồng', against)}"
    return said


def _rest(digits: str) -> str:
    if digits == "5":
        return "rưỡi"
    return digits_words(digits) if digits[0] == "0" else integer_words(int(digits))


def days_words(line: Line, found: re.Match[str]) -> str:
    """`10,11,12/8` -> `mười, mười một, mười hai tháng tám`; 1,5/2 without *ngày* is no date."""
    head, month, *year = found[0].split("/")
    runs = [re.split("[-–]", run) for run in head.split(",")]
    days = [int(day) for run in runs for day in run]
    start = found.start()
    said = ", ".join(" đến ".join(integer_words(int(day)) for day in run) for run in runs)
    expected = context.day_said(line, start) or context.day_hinted(line, start)
    if not all(is_day_month(day, int(month)) for day in days) or not (expected or len(days) > 2):
        if len(days) == 2:
            said = number_words(head)
        return f"{said} trên {' trên '.join(integer_words(int(part)) for part in (month, *year))}"
    line.dates_until = found.end()
    tail = date_words(days[-1], int(month), int(year[0]) if year else None)
    tail = tail.removeprefix(integer_words(days[-1]))
    return f"{said}{tail}" if context.day_said(line, start) else f"ngày {said}{tail}"


def series_words(line: Line, found: re.Match[str]) -> str:
    """`16-16-8` -> `mười sáu, mười sáu, tám`; a day of a year after *ngày*; a telephone."""
    groups = re.findall(r"\d+", found[0])
    values = [int(group) for group in groups]
    start = found.start()
    if groups[0][0] == "0" and sum(map(len, groups)) >= 9:
        return ", ".join(digits_words(group) for group in groups)
    dated = len(groups) == 3 and len(groups[2]) == 2 and is_day_month(*values[:2])
    if dated and values[2] > 12 and context.day_hinted(line, start):
        said = date_words(values[0], values[1], 2000 + values[2])
        return said if context.day_said(line, start) else f"ngày {said}"
    letters = re.search("[A-Z]+$", found[0])
    said = ", ".join(_member(line, value, start) for value in values)
    return f"{said} {spelled(letters[0])}" if letters else said


def _member(line: Line, value: int, start: int) -> str:
    """A member of a list as its noun asks for it: *thứ tư*, *tháng tư*, *tổ bốn*."""
    if roman.is_ordinal(line.before(start)):
        return ordinal_words(value)
    return month_words(value) if context.month_said(line, start) else integer_words(value)


def ratio_words(line: Line, found: re.Match[str]) -> str:
    """`1/2.000` -> `một phần hai nghìn`; *850/1.200 hộ* are so many of so many."""
    first, second = (int(re.sub(r"\D", "", part)) for part in re.split("[/:]", found[0]))
    whole = ":" in found[0] or context.out_of_whole(line, found.end())
    if 0 < first <= 10 and not whole:
        return fraction_words(first, second)
    return f"{integer_words(first)} trên {integer_words(second)}"


def scaled_words(line: Line, found: re.Match[str]) -> str:
    """`PM2.5` -> `pê em mờ hai phẩy năm`."""
    numbers = re.findall(r"\d+(?:[.,]\d+)?", found[0])
    said = " đến ".join(number_words(number, dot_is_comma=True) for number in numbers)
    return f"{spelled(found[0][:2])} {said}"


def combined_words(line: Line, found: re.Match[str]) -> str:
    """`6in1` -> `sáu trong một`."""
    first, second = (int(number) for number in re.findall(r"\d+", found[0]))
    return f"{integer_words(first)} trong {integer_words(second)}"


def listed_words(line: Line, digits: str, start: int) -> str | None:
    """`6,7,8`, and `1,2` after a noun that is counted, as a list; None for a decimal number."""
    if not _LIST.fullmatch(digits):
        return None
    members = digits.split(",")
    if len(members) == 2 and not context.lists(line, start):
        return None
    return ", ".join(_member(line, int(member), start) for member in members)


def dotted_day_words(line: Line, digits: str, start: int, end: int) -> str | None:
    """`22.10` after *ngày* and `9.2026` after *tháng*; None for what is no day and no month."""
    month = _DOTTED_MONTH.fullmatch(digits)
    if month and context.month_said(line, start) and 1 <= int(month[1]) <= 12:
        return month_year_words(int(month[1]), int(month[2]))
    day = _DOTTED_DAY.fullmatch(digits)
    if day is None or not is_day_month(int(day[1]), int(day[2])):
        return None
    said = context.day_said(line, start)
    if not said and (day[3] or not context.day_certain(line, start)):
        return None
    line.dates_until = end
    words = date_words(int(day[1]), int(day[2]), 2000 + int(day[3]) if day[3] else None)
    return words if said else f"ngày {words}"
