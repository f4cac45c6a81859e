"""Vietnam's public holidays, Tết of the lunar year among them, as an officer knows them.

From the `holidays` package, whose names are Vietnamese and which follows the yearly decisions on
days in lieu. They are shown in the programme; they change no timetable by themselves.
"""

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=16)
def holidays_of(year: int) -> dict[date, str]:
    """The year's public holidays by day. Years before 1940 have none."""
    from holidays import country_holidays

    return dict(country_holidays("VN", years=year, language="vi"))


def holiday_on(day: date) -> str:
    """The holiday's name; empty on a common day."""
    return holidays_of(day.year).get(day, "")
