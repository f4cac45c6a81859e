"""People's times at the calendar's ends."""

from datetime import UTC, datetime

import pytest

from loa.lib import clock


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (datetime.max.replace(tzinfo=UTC), 9999),
        (datetime.min.replace(tzinfo=UTC), 1),
        (datetime(2026, 11, 23, 18, 0, tzinfo=UTC), 2026),
    ],
)
def test_no_moment_is_too_far_away_to_be_shown(moment: datetime, year: int) -> None:
    assert clock.local(moment).year == year
