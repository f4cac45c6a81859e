"""Readers of dates, times and whatever else is written with slashes between digits."""

from __future__ import annotations

import re

from loa.speech import context
from loa.speech.context import Line
from loa.speech.dates import date_words, is_day_month, is_time, month_year_words, time_words
from loa.speech.documents import names_a_document
from loa.speech.numbers import fraction_words, integer_words, number_words

_ALWAYS_ON = frozenset({(24, 7), (24, 24), (7, 7)})
_COUNTED = re.compile(r"\s?[a-zà-ỹđ]")
_RANGE = re.compile(r"\s?[-–]\s?")


def time_of_day_words(line: Line, found: re.Match[str]) -> str:
    """`15h30`, `7g30`, `07:00`, `8h`; what is no time of day is a pair of numbers (2:1)."""
    numbers = [int(part) for part in re.findall(r"\d+", found[0])]
    hour, minute, second = (*numbers, 0, 0)[:3]
    if is_time(hour, minute, second):
        return time_words(hour, minute, second)
    if ":" in found[0]:
        return " trên ".join(integer_words(number) for number in numbers)
    return f"{integer_words(hour)} giờ" + (f" {integer_words(minute)} phút" if minute else "")


def dated_words(line: Line, found: re.Match[str]) -> str:
    """`2024-12-27`, `27-12-2024`, `27.12.2024`."""
    first, second, third = (int(part) for part in re.split(r"[.\-]", found[0]))
    day, month, year = (third, second, first) if first > 31 else (first, second, third)
    if not is_day_month(day, month):
        return ", ".join(integer_words(part) for part in (first, second, third))
    line.dates_until = found.end()
    return _day(line, found.start(), date_words(day, month, year))


def slash_words(line: Line, found: re.Match[str]) -> str:
    """A date, a month of a year, a fraction, so many of so many, or a house number."""
    head, *rest = found[0].rstrip("hH ").split("/")
    said = _slashed(line, found, _RANGE.split(head), rest)
    if "tháng" in said:
        line.dates_until = found.end()
    return said + " giờ" if found[0][-1] in "hH" else said


def _slashed(line: Line, found: re.Match[str], days: list[str], rest: list[str]) -> str:
    start = found.start()
    numbers = [int(part) for part in (*days, *rest)]
    if context.in_address(line, start) and len(rest[-1]) < 4:
        return _chain(days, rest)
    if len(numbers) == 2 and numbers[0] == 1 and context.is_scale(line, start, numbers[1]):
        return fraction_words(1, numbers[1])
    if len(numbers) == 2 and _is_year(rest[0]) and names_a_document(line.before(start)):
        return f"{integer_words(numbers[0])} năm {integer_words(numbers[1])}"
    if len(rest[-1]) == 4 and len(rest) <= 2 and _is_calendar(numbers, len(days), len(rest)):
        return _with_year(line, start, days, rest)
    if len(rest) == 1 and len(days) == 2 and is_day_month(numbers[1], numbers[2]):
        low, high, month = numbers
        return _day(line, start, f"{integer_words(low)} đến {date_words(high, month)}")
    if len(numbers) == 2:
        return _pair(line, found, numbers[0], numbers[1], written=(days[0], rest[0]))
    return _chain(days, rest)


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits[:2] in {"19", "20"}


def _is_calendar(numbers: list[int], days: int, rest: int) -> bool:
    if not 1000 < numbers[-1] < 3000:
        return False
    if rest == 2:
        return all(is_day_month(day, numbers[-2]) for day in numbers[:days])
    return all(1 <= month <= 12 for month in numbers[:days])


def _with_year(line: Line, start: int, days: list[str], rest: list[str]) -> str:
    """d/m/yyyy, d-d/m/yyyy, m/yyyy, m-m/yyyy."""
    numbers = [int(part) for part in (*days, *rest)]
    before = f"{integer_words(numbers[0])} đến " if len(days) == 2 else ""
    if len(rest) == 2:
        return _day(line, start, before + date_words(*numbers[-3:]))
    if context.quarter_said(line, start):
        return f"{before}{integer_words(numbers[-2])} năm {integer_words(numbers[-1])}"
    said = before + month_year_words(numbers[-2], numbers[-1])
    return said if context.month_said(line, start) else f"tháng {said}"


def _pair(
    line: Line, found: re.Match[str], first: int, second: int, *, written: tuple[str, str]
) -> str:
    """Two numbers: the words around decide first, then which of the readings is possible."""
    start, end = found.span()
    possible = is_day_month(first, second) and all(len(part) <= 2 for part in written)
    hinted = context.day_hinted(line, start) or context.calendar_named(line, end)
    if context.day_said(line, start) and possible:
        return date_words(first, second)
    if (first, second) in _ALWAYS_ON and not (hinted and possible):
        return f"{integer_words(first)} trên {integer_words(second)}"
    led = any(part[0] == "0" for part in written)
    if first == second and context.out_of_whole(line, end):
        return f"{integer_words(first)} trên {integer_words(second)}"
    smaller = first < second and not led
    if smaller and context.part_of(line, end):
        return fraction_words(first, second)
    if smaller and context.out_of_whole(line, end):
        return f"{integer_words(first)} trên {integer_words(second)}"
    if possible and (hinted or led or first > second or first == second == 1):
        return _day(line, start, date_words(first, second))
    line.doubted = possible and _COUNTED.match(line.text, end) is None
    if smaller and (second <= 10 or second in {100, 1000}):
        return fraction_words(first, second)
    return f"{number_words(written[0])} trên {number_words(written[1])}"


def _chain(days: list[str], rest: list[str]) -> str:
    head = " đến ".join(number_words(part) for part in days)
    return " trên ".join([head, *(number_words(part) for part in rest)])


def _day(line: Line, start: int, said: str) -> str:
    return said if context.day_said(line, start) else f"ngày {said}"
