"""When a bulletin is to be aired: which sessions a wish means, and what it looks like that day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from loa.lib import clock
from loa.lib.ids import new_id
from loa.newsroom.models import Bulletin
from loa.people.selectors import NotAllowed
from loa.schedule import airing
from loa.schedule.airing import Airing
from loa.schedule.coming import Coming
from loa.schedule.handlers import station_ref
from loa.schedule.models import AiringWish, Slot
from loa.schedule.rules import ScheduleRefused, Session, Wish
from tests.country import Country
from tests.newsroom.test_bulletins import submitted, written

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def sessions(days: int = 10) -> list[Session]:
    """Two a day: 22:00 to 23:00 UTC (morning in Vietnam) and 10:00 to 11:00 UTC."""
    first = datetime(2026, 11, 22, tzinfo=UTC)
    found = []
    for day in range(days):
        for hour in (10, 22):
            start = first + timedelta(days=day, hours=hour)
            found.append(Session(start, start + timedelta(hours=1)))
    return found


def starts(wish: Airing) -> list[datetime]:
    return [one.session.start for one in chosen(wish, sessions())]


def chosen(
    wish: Airing,
    of: list[Session],
    seconds: int = 60,
    now: datetime = NOW,
    lines: dict[datetime, list[Wish]] | None = None,
) -> list[airing.Chosen]:
    """What the wish means where `lines` stand in the sessions."""
    slots = tuple(slot(start, one) for start, line in (lines or {}).items() for one in line)
    still = tuple(session for session in of if session.end > now)
    return airing.choose(wish, Coming(now, still, slots), item(seconds, now))


def slot(start: datetime, of: Wish) -> Slot:
    return Slot(id=of.key, session_at=start, seconds=of.seconds, made_at=of.made_at)


def item(seconds: int, made_at: datetime = NOW) -> Wish:
    return Wish(key=new_id(), title="Họp thôn", seconds=seconds, made_at=made_at)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_the_next_session_is_the_first_that_is_not_over() -> None:
    assert starts(Airing()) == [at(23, 10)]


def test_a_session_that_ends_before_the_item_would_is_passed() -> None:
    last_seconds = at(23, 11) - timedelta(seconds=70)
    (one,) = chosen(Airing(), sessions(), 60, last_seconds)
    assert one.session.start == at(23, 22), "devices need a moment to fetch it"
    (one,) = chosen(Airing(), sessions(), 60, last_seconds - timedelta(seconds=10))
    assert one.session.start == at(23, 10)


def test_a_full_session_is_passed_and_a_repeated_wish_keeps_the_hour_it_found() -> None:
    full = {at(23, 10): [item(3600)]}
    wish = Airing(days=2)
    found = [one.session.start for one in chosen(wish, sessions(), lines=full)]
    assert found == [at(23, 22), at(24, 22)]


def test_a_day_without_room_at_the_hour_takes_another_session_or_is_passed_over() -> None:
    full = {start: [item(3600)] for start in (at(24, 10), at(24, 22), at(25, 10))}
    found = [one.session.start for one in chosen(Airing(days=4), sessions(), lines=full)]
    assert found == [at(23, 10), at(23, 22), at(26, 10)]


def test_a_repeated_wish_ends_with_what_it_says() -> None:
    ends = replace(item(60), valid_until=at(24, 12))
    coming = Coming(NOW, tuple(one for one in sessions() if one.end > NOW), ())
    found = airing.choose(Airing(days=5), coming, ends)
    assert [one.session.start for one in found] == [at(23, 10), at(24, 10)]


def test_where_no_session_has_room_the_first_is_told_of() -> None:
    full = {session.start: [item(3600)] for session in sessions()}
    (one,) = chosen(Airing(), sessions(), lines=full)
    assert one.session.start == at(23, 10)


def test_a_repeated_wish_takes_the_same_hour_on_each_day_and_stops_in_time() -> None:
    assert starts(Airing(days=3)) == [at(23, 10), at(24, 10), at(25, 10)]
    assert starts(Airing(days=9, until=date(2026, 11, 24))) == [at(23, 10), at(24, 10)]


def test_chosen_sessions_that_are_over_or_unknown_are_left_out() -> None:
    wish = Airing(how="sessions", sessions=(at(22, 22), at(24, 22), at(24, 3)))
    assert starts(wish) == [at(24, 22)]


def test_a_fixed_time_must_lie_in_a_session_with_its_whole_length() -> None:
    fixed = Airing(how="fixed", at=at(24, 10, 30))
    (one,) = chosen(fixed, sessions())
    assert one.at == at(24, 10, 30)
    assert chosen(Airing(how="fixed", at=at(24, 10, 59)), sessions(), 120) == []
    assert chosen(Airing(how="fixed", at=at(22, 10, 30)), sessions()) == []


def test_a_series_has_an_end() -> None:
    many = tuple(session.start for session in sessions())
    wish = Airing(how="sessions", sessions=many, days=31)
    assert len(chosen(wish, sessions(60))) == 31


@pytest.mark.parametrize(
    "wish",
    [
        Airing(how="now"),
        Airing(days=0),
        Airing(days=32),
        Airing(how="sessions"),
        Airing(how="fixed"),
    ],
)
def test_what_cannot_be_a_wish_is_refused(country: Country, wish: Airing) -> None:
    with pytest.raises(ScheduleRefused):
        airing.check(wish)


def wished(country: Country, who: str, bulletin: Bulletin, wish: Airing | None) -> None:
    airing.wish_set(
        actor=country.one.actor(who),
        bulletin_id=bulletin.pk,
        station=station_ref(country.one.station),
        airing=wish,
    )


def test_a_wish_is_kept_changed_and_taken_back(country: Country) -> None:
    bulletin = written(country.one)
    wished(country, "officer", bulletin, Airing(days=2))
    first = AiringWish.objects.get()
    wished(country, "officer", bulletin, Airing(days=2))
    assert AiringWish.objects.get().pk == first.pk
    wished(country, "officer", bulletin, Airing(days=5))
    assert AiringWish.objects.get().days == 5
    wished(country, "officer", bulletin, None)
    assert AiringWish.objects.count() == 0


def test_the_hour_that_an_approver_may_have_seen_is_not_changed(country: Country) -> None:
    bulletin = submitted(country.one)
    for wish in (Airing(days=31), None):
        if wish is None:
            AiringWish.objects.create(
                bulletin=bulletin, station=country.one.station, how="next", made_at=clock.now()
            )
        with pytest.raises(ScheduleRefused, match="đã gửi duyệt"):
            wished(country, "officer", bulletin, wish)
    wished(country, "officer", bulletin, Airing())  # the same again is no change


def test_a_wish_is_for_a_station_of_the_office_that_wrote(country: Country) -> None:
    with pytest.raises(ScheduleRefused, match="không thuộc đơn vị soạn tin"):
        airing.wish_set(
            actor=country.two.actor("officer"),
            bulletin_id=written(country.one).pk,
            station=station_ref(country.two.station),
            airing=Airing(),
        )
    assert AiringWish.objects.count() == 0


def test_only_who_may_schedule_may_wish(country: Country) -> None:
    bulletin = submitted(country.one)
    with pytest.raises(NotAllowed):
        wished(country, "approver", bulletin, Airing())
    with pytest.raises(NotAllowed):
        airing.wish_set(
            actor=country.two.actor("officer"),
            bulletin_id=bulletin.pk,
            station=station_ref(country.one.station),
            airing=Airing(),
        )
