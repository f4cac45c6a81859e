"""Holidays by the calendar of the sun and of the moon."""

from datetime import date

import pytest

from loa.schedule.holidays import holiday_on


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 2, 17), "Tết Nguyên Đán"),
        (date(2027, 2, 6), "Tết Nguyên Đán"),
        (date(2026, 9, 2), "Quốc khánh"),
        (date(2026, 4, 26), "Ngày Giỗ Tổ Hùng Vương"),
        (date(2026, 11, 25), ""),
    ],
)
def test_a_holiday_is_known_by_name(day: date, name: str) -> None:
    assert holiday_on(day) == name
