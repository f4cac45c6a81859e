"""Moving items of a programme, putting them back, copying a day; what is in force when."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from loa.journal.models import Fact
from loa.lib import clock
from loa.newsroom import services as newsroom
from loa.people.authority import NodeIdentity
from loa.people.selectors import NotAllowed
from loa.schedule import events, handlers, plans, rearranging, selectors, services
from loa.schedule.handlers import station_ref
from loa.schedule.models import Slot
from loa.schedule.rules import ScheduleRefused, Session
from loa_protocol.clock import ManualClock
from tests.console.desk import approved
from tests.country import Country
from tests.factories.bulletins import airable_content, content_of
from tests.factories.programmes import add


def sessions(country: Country) -> list[Session]:
    """Today's noon session, which is open, and the evening's."""
    found = selectors.sessions_between(station_ref(country.one.station), selectors.today(), 1)
    return [one for one in found if one.end > clock.now()]


def line(country: Country, session: Session) -> list[str]:
    """The titles of a session in their order on air."""
    day = selectors.day_of(station_ref(country.one.station), selectors.today(), clock.now())
    (programme,) = [one for one in day.programmes if one.session.start == session.start]
    return [item.wish.title for item in programme.placed]


def shift(country: Country, slot: Slot, session: Session, **more: Any) -> None:
    given: dict[str, Any] = {
        "actor": country.one.actor("officer"),
        "station": station_ref(country.one.station),
        "slot_id": slot.pk,
        "session": session,
    }
    rearranging.slot_shift(**(given | more))


def test_an_item_takes_the_place_it_is_given(country: Country) -> None:
    noon, _ = sessions(country)
    for title in ("một", "hai", "ba"):
        last = add(country, title=title)
    shift(country, last, noon, index=0)
    assert line(country, noon) == ["ba", "một", "hai"]
    shift(country, last, noon, index=99)
    assert line(country, noon) == ["một", "hai", "ba"]


def test_an_item_from_another_line_stands_behind_and_pushes_nobody_out(country: Country) -> None:
    noon, evening = sessions(country)
    moved = add(country, title="tám phút", seconds=480)
    shift(country, moved, noon, index=0)
    add(country, title="đúng giờ", seconds=600, session=evening, at=minutes(evening, 20))
    add(country, title="mười tám", seconds=1080, session=evening)
    add(country, title="hai mươi", seconds=1200, session=evening)
    shift(country, moved, evening)
    assert line(country, evening) == ["mười tám", "đúng giờ", "hai mươi", "tám phút"]


def test_what_is_put_back_too_late_to_sound_is_refused(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    """Its old time is over: it needs a new one in what is left of the session."""
    noon, _ = sessions(country)
    slot = add(country, title="dài", seconds=900)
    plans.plan_issue(station=station_ref(country.one.station), node=node)
    officer, station = country.one.actor("officer"), station_ref(country.one.station)
    services.slot_remove(actor=officer, station=station, slot_id=slot.pk)
    manual_clock.advance((noon.end - clock.now()).total_seconds() - 600)
    with pytest.raises(ScheduleRefused, match="buổi phát còn"):
        rearranging.slot_restore(actor=officer, station=station, slot_id=slot.pk)


def minutes(session: Session, after: int) -> datetime:
    return session.start + timedelta(minutes=after)


def test_an_item_goes_to_another_session_and_to_an_hour(country: Country) -> None:
    noon, evening = sessions(country)
    slot = add(country)
    shift(country, slot, evening)
    assert (line(country, noon), line(country, evening)) == ([], ["Tin"])
    at = evening.start + timedelta(minutes=20)
    shift(country, slot, evening, at=at)
    slot.refresh_from_db()
    assert slot.fixed_at == at
    assert Fact.objects.filter(kind=events.SLOT_MOVED).count() == 2


def test_a_move_that_does_not_fit_moves_nothing(country: Country) -> None:
    noon, evening = sessions(country)
    add(country, session=evening, seconds=3500, title="dài")
    slot = add(country, seconds=300)
    with pytest.raises(ScheduleRefused, match="buổi phát còn 1 phút 40 giây"):
        shift(country, slot, evening)
    assert line(country, noon) == ["Tin"]
    fixed = evening.start + timedelta(minutes=1)
    with pytest.raises(ScheduleRefused, match="ngoài buổi phát"):
        shift(country, slot, noon, at=fixed)


def test_what_sounds_is_not_moved(country: Country) -> None:
    _noon, evening = sessions(country)
    slot = add(country)
    Slot.objects.filter(pk=slot.pk).update(placed_at=clock.now())
    with pytest.raises(ScheduleRefused, match="không dời được"):
        shift(country, slot, evening)


def test_a_stranger_moves_nothing(country: Country) -> None:
    _, evening = sessions(country)
    slot = add(country)
    for who in (country.two.actor("officer"), country.one.actor("technician")):
        with pytest.raises(NotAllowed):
            shift(country, slot, evening, actor=who)
    with pytest.raises(Slot.DoesNotExist):
        shift(
            country,
            slot,
            evening,
            actor=country.two.actor("officer"),
            station=station_ref(country.two.station),
        )


def test_what_was_taken_out_comes_back_where_it_stood(country: Country) -> None:
    noon, _ = sessions(country)
    station, who = station_ref(country.one.station), country.one.actor("officer")
    slot = add(country)
    services.slot_remove(actor=who, station=station, slot_id=slot.pk)
    assert line(country, noon) == []
    rearranging.slot_restore(actor=who, station=station, slot_id=slot.pk)
    assert line(country, noon) == ["Tin"]
    with pytest.raises(Slot.DoesNotExist):
        rearranging.slot_restore(actor=who, station=station, slot_id=slot.pk)


def test_a_withdrawn_bulletin_s_item_stays_out(country: Country) -> None:
    bulletin = approved(country.one)
    slot = add(country, content=content_of(bulletin))
    newsroom.bulletin_withdraw(
        actor=country.one.actor("approver"), bulletin_id=bulletin.pk, edition=1, reason="nhầm"
    )
    while handlers.follow():
        pass
    slot.refresh_from_db()
    assert slot.removed_at is not None
    with pytest.raises(ScheduleRefused, match="thu hồi"):
        rearranging.slot_restore(
            actor=country.one.actor("officer"),
            station=station_ref(country.one.station),
            slot_id=slot.pk,
        )


def copy(country: Country, target: date) -> int:
    return rearranging.day_copy(
        actor=country.one.actor("officer"),
        station=station_ref(country.one.station),
        source=selectors.today(),
        target=target,
    )


def test_a_day_is_copied_into_the_same_hours(country: Country) -> None:
    noon, evening = sessions(country)
    add(country, title="trưa", at=noon.start + timedelta(minutes=5))
    add(country, title="chiều", session=evening)
    add(country, title="của tỉnh", own=False, class_name="priority")
    tomorrow = selectors.today() + timedelta(days=1)
    assert copy(country, tomorrow) == 2
    copied = Slot.objects.filter(session_at__gt=evening.start).order_by("session_at")
    assert [(slot.title, slot.fixed_at) for slot in copied] == [
        ("trưa", noon.start + timedelta(days=1, minutes=5)),
        ("chiều", None),
    ]


def test_a_day_that_does_not_fit_is_not_copied_at_all(country: Country) -> None:
    _noon, evening = sessions(country)
    add(country, title="trưa")
    add(country, title="chiều", session=evening, seconds=600)
    tomorrow = selectors.today() + timedelta(days=1)
    full = Session(evening.start + timedelta(days=1), evening.end + timedelta(days=1))
    add(country, title="dài", session=full, seconds=3500)
    with pytest.raises(ScheduleRefused, match="“chiều”: Tin dài 10 phút, buổi phát còn"):
        copy(country, tomorrow)
    assert Slot.objects.count() == 3


def test_an_empty_day_is_not_copied(country: Country) -> None:
    with pytest.raises(ScheduleRefused, match="không có mục nào"):
        copy(country, selectors.today() + timedelta(days=1))


def test_what_is_no_longer_in_force_gets_no_time(
    country: Country, manual_clock: ManualClock
) -> None:
    noon, evening = sessions(country)
    until = noon.start + timedelta(minutes=30)
    limited = airable_content(country.one, "hết hạn") | {"valid_until": until}
    slot = add(country, content=limited)
    assert line(country, noon) == ["hết hạn"]
    with pytest.raises(ScheduleRefused, match="hiệu lực"):
        add(country, content=limited, session=evening)
    with pytest.raises(ScheduleRefused, match="hiệu lực"):
        add(country, content=limited, at=until + timedelta(minutes=1))
    manual_clock.advance(30 * 60)
    assert line(country, noon) == []
    later = airable_content(country.one, "chưa tới") | {
        "valid_from": clock.now() + timedelta(minutes=10)
    }
    add(country, content=later)
    placed = selectors.day_of(station_ref(country.one.station), selectors.today(), clock.now())
    (item,) = [one for p in placed.programmes for one in p.placed if one.wish.key != slot.pk]
    assert item.at == later["valid_from"]
