"""What the drawn things say: the hours under a day, the tiles of a wall, a stretch of time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from loa.console.home import tiles
from loa.lib import clock
from loa.outlets.models import AreaCount
from loa.schedule.rules import Programme, Session
from loa.web import formats, timeline

MONDAY = date(2026, 11, 23)


def at(hour: int, *, days: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=clock.VIETNAM) + timedelta(days=days)


def test_a_day_ends_at_twenty_four_not_at_nought() -> None:
    session = Session(at(5).astimezone(UTC), at(0, days=1).astimezone(UTC))
    drawn = timeline.draw(MONDAY, [Programme(session, (), ())], [], {}, at(6))
    labels = [label for _, label in drawn.hours]
    assert (labels[0], labels[-1]) == ("4", "24")


def test_a_stretch_within_a_day_names_the_day_once() -> None:
    assert formats.stretch(at(8), at(13)).startswith("8 giờ 00 – 13 giờ 00, 23/11")
    assert formats.stretch(at(23), at(3, days=1)).count("/11") == 2


@pytest.mark.django_db
@pytest.mark.django_db
def test_a_tile_counts_all_that_cannot_sound() -> None:
    """People were not reached while "0/3 out of contact" stood below: the others were broken."""
    row = AreaCount(
        path="vn/25/08911",
        above="vn/25",
        outlets=3,
        silent=0,
        trouble=1,
        playing=0,
        never=1,
        people_unreached=1203,
        hamlets_unreached=1,
        hamlets_unknown=0,
        counted_at=clock.now(),
    )
    (tile,) = tiles.of("vn/25", [row], (), clock.now())
    assert (tile.figure, tile.shape) == ("1.203", "bad")
    assert tile.url == "/kenh/cum/?noi=vn/25/08911&tinh-trang=trouble"
    assert tile.words == "người không nghe được; 2/3 cụm loa không phát được"
