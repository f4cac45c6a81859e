"""Dates and times of day in words."""

from __future__ import annotations

from loa.speech.numbers import integer_words, month_words

_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_day_month(day: int, month: int) -> bool:
    """True if there is such a day in some year."""
    return 1 <= month <= 12 and 1 <= day <= _LONGEST_MONTH[month - 1]


def is_time(hour: int, minute: int, second: int = 0) -> bool:
    """True for a time of day; 24:00 is the end of a day."""
    return hour <= 24 and minute <= 59 and second <= 59 and (hour < 24 or minute == second == 0)


def date_words(day: int, month: int, year: int | None = None) -> str:
    """`27, 12, 2024` -> `hai mươi bảy tháng mười hai năm hai nghìn không trăm hai mươi tư`."""
    words = f"{integer_words(day)} tháng {month_words(month)}"
    return words if year is None else f"{words} năm {integer_words(year)}"


def month_year_words(month: int, year: int) -> str:
    """`7, 2025` -> `bảy năm hai nghìn không trăm hai mươi lăm`, to follow *tháng*."""
    return f"{month_words(month)} năm {integer_words(year)}"


def time_words(hour: int, minute: int | None, second: int | None = None) -> str:
    """`15, 30` -> `mười lăm giờ ba mươi phút`. Full hours are said without minutes (16h00)."""
    words = f"{integer_words(hour)} giờ"
    if minute or second:
        words += f" {integer_words(minute or 0)} phút"
    if second:
        words += f" {integer_words(second)} giây"
    return words
