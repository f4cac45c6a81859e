"""Readers of what begins with a digit and is no date: measures, prices, calls, plates, codes."""

from __future__ import annotations

import re

from loa.speech import context, roman, units
from loa.speech.context import Line
from loa.speech.letters import spelled
from loa.speech.numbers import (
    digits_words,
    integer_words,
    month_words,
    number_words,
    ordinal_words,
    value_of,
    whole_words,
)

_LONG_CODE = 9
"""From so many digits on, without separator and unit, a number is a code."""

_MEASURE = re.compile(
    r"(?P<first>\d+(?:[.,]\d+)*)(?:\s?[-–]\s?(?P<second>\d+(?:[.,]\d+)*))?"
    rf"(?:\s?(?P<multiple>{units.alternation(units.MULTIPLES)})(?!\w))?"
    rf"(?:\s?(?P<unit>{units.alternation(units.UNITS)})(?![\w²³]))?(?P<per>(?:\s?/.*)?)"
)
_HOTLINES = frozenset({"111", "112", "113", "114", "115", "1022"})
_EMERGENCY = re.compile(
    r"(?<!\w)(?:gọi|số|tổng đài|cấp cứu|cứu hỏa|cứu hoả|cảnh sát|công an|hotline|đường dây nóng"
    r"|điện thoại|trực|bảo vệ trẻ em)\W+(?:\S+\s+){0,2}$",
    re.IGNORECASE,
)
_TIME_WORD = re.compile(
    r"(?<!\w)(?:lúc|hồi|từ|đến|trước|sau|khoảng|vào|tới|sáng|chiều|tối)\s+$|\dg\d{0,2}\s?[-–]\s?$"
)
_HOURS_GO_ON = re.compile(r"\s?[-–]\s?\d{1,2}g")
_DATE_DASH = frozenset({(1, 5), (1, 6), (2, 9)})


def measure_words(line: Line, found: re.Match[str]) -> str:
    """A number or a range, with its magnitude, its unit and what it stands against."""
    parts = _MEASURE.fullmatch(found[0])
    if parts is None:  # the token pattern is the wider one only in blanks
        return number_words(re.sub(r"[^\d.,]", "", found[0]).strip(".,"))
    first, second = parts["first"], parts["second"]
    unit, multiple = parts["unit"], parts["multiple"]
    end = found.end()
    if unit is None and multiple is None and not parts["per"]:
        if second is None:
            return plain_words(line, first, found.start(), end)
        return range_words(line, first, second, found.start())
    point = unit is not None or multiple is not None
    said = number_words(first, dot_is_comma=point)
    if second is not None:
        said += f" đến {number_words(second, dot_is_comma=point)}"
    if multiple is not None:
        said += f" {units.MULTIPLES[multiple]}"
    named = ""
    if unit is not None:
        named = _unit(line, unit, found, first)
        said += f" {named}"
    for against in parts["per"].replace(" ", "").split("/")[1:]:
        said += f" {_against(named, against)}"
    return said


def _against(named: str, against: str) -> str:
    hours = re.match(r"\d+", against)
    if hours:  # mm/24h
        return f"trong {number_words(hours[0])} giờ"
    return units.per_words(named, against)


def _unit(line: Line, unit: str, found: re.Match[str], first: str) -> str:
    """`7g` is seven o'clock after *lúc* or *từ* and in 7g-9g, seven grams elsewhere."""
    if unit == "g" and len(first) <= 2:
        before = line.before(found.start())
        if _TIME_WORD.search(before) or _HOURS_GO_ON.match(line.text, found.end()):
            return "giờ"
    return units.unit_words(unit)


def plain_words(line: Line, digits: str, start: int, end: int) -> str:
    """A number alone: a quantity, unless the words around make it a call, a code or a rank."""
    if digits.isdecimal():
        if len(digits) >= 3 and _is_call(line, digits, start, end):
            line.calls_until = end
            return digits_words(digits)
        if len(digits) >= _LONG_CODE or (len(digits) >= 3 and context.in_code(line, start)):
            return digits_words(digits)
        if digits[0] == "0" and len(digits) == 2 and digits != "00":
            digits = digits[1]
    if len(digits) == 4 and digits[:2] in {"19", "20"} and context.law_year(line, start):
        return f"năm {number_words(digits)}"
    value = value_of(digits)
    if value is not None and value < 100:
        if roman.is_ordinal(line.before(start)):
            return ordinal_words(value)
        if context.month_said(line, start):
            return month_words(value)
    return number_words(digits)


def _is_call(line: Line, digits: str, start: int, end: int) -> bool:
    if len(digits) > 6:
        return False
    if context.in_call(line, start, end):
        return True
    return digits in _HOTLINES and bool(_EMERGENCY.search(line.before(start)))


def range_words(line: Line, first: str, second: str, start: int) -> str:
    """`5-7` -> `năm đến bảy`; a day and month after *ngày* where it can be nothing else."""
    low, high = value_of(first), value_of(second)
    if low is not None and high is not None and context.day_hinted(line, start):
        later = low > high and 1 <= high <= 12 and low <= 31
        if (later and context.day_said(line, start)) or (low, high) in _DATE_DASH:
            return f"{integer_words(low)} tháng {month_words(high)}"
    if context.is_score(line, start):
        return f"{number_words(first)} {number_words(second)}"
    if roman.is_ordinal(line.before(start)) and low is not None and high is not None:
        return f"{ordinal_words(low)} đến {ordinal_words(high)}"
    return f"{_short(first)} đến {_short(second)}"


def _short(digits: str) -> str:
    """Days and counts are written 01-05: the zero is not said."""
    return number_words(digits[1] if len(digits) == 2 and digits[0] == "0" else digits)


def spaced_words(line: Line, found: re.Match[str]) -> str:
    """`1 250 000` before a unit: spaces instead of the thousands' dots."""
    return whole_words(found[0].replace(" ", ""))


def phone_words(line: Line, found: re.Match[str]) -> str:
    """Digit by digit, in the groups it is written in; ten in a row as four, three and three."""
    written = found[0]
    international = "+84" in written
    groups = re.findall(r"\d+", written.replace("+84", "") if international else written)
    if len(groups) == 1:
        groups = _dialled(groups[0])
    line.calls_until = found.end()
    said = ", ".join(digits_words(group) for group in groups if group)
    return f"cộng tám bốn, {said}" if international else said


def _dialled(run: str) -> list[str]:
    """How people group a number written without blanks."""
    if len(run) > 11:  # no phone: an identity card, an account
        return [run]
    if run[:2] in {"18", "19"}:
        return [run[:4], run[4:]]
    middle = 3 if len(run) < 10 else 4
    return [run[:middle], run[middle : middle + 3], run[middle + 3 :]]


def plate_words(line: Line, found: re.Match[str]) -> str:
    """`14A-123.45` -> `mười bốn a, một hai ba, bốn năm`."""
    province, series, *runs = re.findall(r"^\d{2}|[^\W\d_]+\d?|\d+", found[0])
    head = f"{number_words(province)} {mixed_run(series)}"
    return ", ".join([head, *(digits_words(run) for run in runs)])


def size_words(line: Line, found: re.Match[str]) -> str:
    """`60x90 cm` -> `sáu mươi nhân chín mươi xen ti mét`."""
    sides = re.findall(r"\d+(?:,\d+)?", found[0])
    unit = re.search(r"[cm]?m$", found[0])
    said = " nhân ".join(number_words(side) for side in sides)
    return f"{said} {units.unit_words(unit[0])}" if unit else said


def mixed_words(line: Line, found: re.Match[str]) -> str:
    """Digits and letters together: `5A`, `3D`, `10A1`."""
    written = found[0]
    number = re.match(r"\d+(?:[.,]\d+)+", written)
    said = [number_words(number[0], dot_is_comma=True)] if number else []
    rest = written[number.end() :] if number else written
    return " ".join([*said, *(mixed_run(part) for part in re.split(r"[.\-/_]", rest) if part)])


def mixed_run(run: str) -> str:
    """Up to three digits as a number, longer or zero-led ones one by one; letters spelled."""
    said = []
    for piece in re.findall(r"\d+|[^\W\d_]+", run):
        if piece.isdecimal():
            short = len(piece) <= 3 and (piece == "0" or piece[0] != "0")
            said.append(number_words(piece) if short else digits_words(piece))
        else:
            said.append(spelled(piece))
    return " ".join(said)
