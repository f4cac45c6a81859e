"""When the tour's bulletin sounds, however near the day's end it is begun."""

from datetime import datetime, timedelta

import pytest

from loa.lib import clock
from loa.schedule.handlers import station_ref
from loa.schedule.models import Timetable
from loa_lab.demo.commune import ALL_DAY
from loa_lab.evidence import LEAD_S, TourFailed
from loa_lab.tour.steps import soonest
from loa_protocol.clock import ManualClock
from tests.country import Country

MIDNIGHT = datetime(2027, 1, 1, tzinfo=clock.VIETNAM)
SECONDS = 25


@pytest.mark.parametrize(
    ("before_s", "after_s"), [(60, -48), (37, -25), (36, 0), (20, 0), (5, 7), (-10, 22)]
)
def test_a_session_that_ends_too_soon_gives_way_to_the_next(
    country: Country, manual_clock: ManualClock, before_s: float, after_s: float
) -> None:
    Timetable.objects.update(days=ALL_DAY, quiet=[])
    manual_clock.jump(MIDNIGHT - timedelta(seconds=before_s))
    session, at = soonest(station_ref(country.one.station), SECONDS)
    assert at == MIDNIGHT + timedelta(seconds=after_s)
    assert session.start <= at < at + timedelta(seconds=SECONDS) <= session.end
    assert at - clock.now() > timedelta(seconds=LEAD_S - 1)


def test_no_tour_waits_for_the_evening(country: Country, manual_clock: ManualClock) -> None:
    manual_clock.jump(MIDNIGHT + timedelta(hours=14))
    with pytest.raises(TourFailed, match="buổi phát"):
        soonest(station_ref(country.one.station), SECONDS)
