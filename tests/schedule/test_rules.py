"""How a session is laid out: order, gaps, limits, and what never moves."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa.lib.ids import new_id
from loa.schedule import rules
from loa.schedule.rules import Placed, ScheduleRefused, Session, Wish

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SESSION = Session(START, START + timedelta(hours=1))
LONG_BEFORE = START - timedelta(hours=5)


def wish(seconds: int = 60, *, made: int = 0, key: UUID | None = None, **more: object) -> Wish:
    fields: dict[str, object] = {
        "key": key or new_id(),
        "title": "Tin",
        "seconds": seconds,
        "made_at": LONG_BEFORE + timedelta(minutes=made),
    }
    return Wish(**(fields | more))  # type: ignore[arg-type]  # a test's shorthand


def titles(programme: rules.Programme) -> list[str]:
    return [item.wish.title for item in programme.placed]


def test_priority_goes_first_then_normal_then_fillers() -> None:
    programme = rules.arrange(
        SESSION,
        [
            wish(title="nhạc", filler=True),
            wish(title="thường", made=1),
            wish(title="ưu tiên", class_name="priority", made=2),
        ],
        LONG_BEFORE,
    )
    assert titles(programme) == ["ưu tiên", "thường", "nhạc"]


def test_the_commune_s_own_priority_goes_first_until_it_decides_otherwise() -> None:
    theirs = wish(title="của tỉnh", class_name="priority", own=False, made=1)
    ours = wish(title="của xã", class_name="priority", own=True, made=2)
    assert rules.clashes([theirs, ours])
    assert titles(rules.arrange(SESSION, [theirs, ours], LONG_BEFORE)) == ["của xã", "của tỉnh"]
    moved = wish(title="của tỉnh", class_name="priority", own=False, made=1, position=-1)
    assert not rules.clashes([moved, ours])
    assert titles(rules.arrange(SESSION, [moved, ours], LONG_BEFORE)) == ["của tỉnh", "của xã"]


def test_items_put_in_at_one_moment_keep_the_order_they_were_put_in() -> None:
    first, second, third = wish(title="một"), wish(title="hai"), wish(title="ba")
    for given_as in ([first, second, third], [third, first, second]):
        assert titles(rules.arrange(SESSION, given_as, LONG_BEFORE)) == ["một", "hai", "ba"]


def test_a_fixed_item_stands_and_others_flow_around_it() -> None:
    fixed = wish(300, title="đúng giờ", fixed_at=START + timedelta(minutes=1))
    programme = rules.arrange(
        SESSION, [fixed, wish(120, title="dài"), wish(30, title="ngắn")], START - timedelta(hours=1)
    )
    at = {item.wish.title: item.at for item in programme.placed}
    assert at["đúng giờ"] == START + timedelta(minutes=1)
    assert at["ngắn"] == START
    assert at["dài"] >= START + timedelta(minutes=6)


def test_what_does_not_fit_is_left_over_never_cut() -> None:
    programme = rules.arrange(
        SESSION, [wish(3000, title="dài"), wish(1200, title="nữa", made=1)], LONG_BEFORE
    )
    assert titles(programme) == ["dài"]
    assert [item.title for item in programme.left_over] == ["nữa"]
    assert programme.free_s == 600


def test_the_limit_of_a_session_counts_its_programme() -> None:
    limited = Session(START, START + timedelta(hours=1), limit_s=900)
    programme = rules.arrange(limited, [wish(600), wish(600, made=1)], LONG_BEFORE)
    assert len(programme.placed) == 1
    assert programme.free_s == 300


def test_an_open_session_has_no_more_room_than_what_is_left_of_it() -> None:
    done = wish(600, placed_at=START)
    to_come = wish(300, fixed_at=START + timedelta(minutes=50))
    programme = rules.arrange(SESSION, [done, to_come], START + timedelta(minutes=40))
    assert programme.room_s(LONG_BEFORE) == programme.free_s == 45 * 60
    assert programme.room_s(START + timedelta(minutes=40)) == 15 * 60
    assert programme.room_s(START + timedelta(minutes=52)) == 5 * 60, "three minutes still to sound"
    assert programme.room_s(START + timedelta(hours=2)) == 0


def test_what_comes_into_an_open_session_leaves_devices_time_to_fetch() -> None:
    now = START + timedelta(minutes=10)
    programme = rules.arrange(SESSION, [wish()], now)
    assert programme.placed[0].at >= now + rules.LEAD


def test_what_comes_after_a_line_was_put_in_order_by_hand_stands_behind_it() -> None:
    line = [wish(title="hai", position=2), wish(title="một", position=1, made=5)]
    programme = rules.arrange(SESSION, [wish(title="mới", made=9), *line], LONG_BEFORE)
    assert titles(programme) == ["một", "hai", "mới"]


def test_a_session_takes_what_costs_no_other_its_place() -> None:
    line = [wish(1800, title="dài"), wish(900, title="nhạc", filler=True, made=1)]
    assert rules.takes(SESSION, line, wish(1700, made=2), LONG_BEFORE), "a filler gives way"
    assert not rules.takes(SESSION, line, wish(1700, made=2, filler=True), LONG_BEFORE)
    assert not rules.takes(SESSION, line, wish(1900, made=2), LONG_BEFORE)
    older = wish(1900, made=-1)
    assert not rules.takes(SESSION, line, older, LONG_BEFORE), "it would push out the long one"
    assert rules.takes(SESSION, line, wish(1900, made=2, class_name="priority"), LONG_BEFORE)


def test_a_filler_that_sounds_already_does_not_give_way() -> None:
    now = START + timedelta(minutes=50)
    running = wish(300, filler=True, placed_at=now - timedelta(seconds=10))
    assert rules.takes(SESSION, [running], wish(200), now)
    assert not rules.takes(SESSION, [running], wish(400), now)


def test_why_a_session_does_not_take_an_item_is_said() -> None:
    fixed = [wish(1200, fixed_at=START + timedelta(minutes=minute)) for minute in (5, 30)]
    long, longer = wish(900), wish(1500)
    assert not rules.takes(SESSION, fixed, long, LONG_BEFORE)
    told = str(rules.no_room(SESSION, fixed, long, LONG_BEFORE))
    assert "còn 20 phút nhưng không có khoảng liền nào đủ cho tin dài 15 phút" in told
    told = str(rules.no_room(SESSION, fixed, longer, LONG_BEFORE))
    assert "Tin dài 25 phút, buổi phát còn 20 phút" in told
    soon_over = START + timedelta(minutes=58, seconds=45)
    told = str(rules.no_room(SESSION, [], wish(60), soon_over))
    assert "Tin dài 1 phút, buổi phát còn 55 giây" in told, "devices need a moment to fetch it"
    later = wish(60, valid_from=START + timedelta(days=1))
    assert "chưa có hiệu lực" in str(rules.no_room(SESSION, [], later, LONG_BEFORE))


@given(
    st.lists(st.builds(wish, st.integers(1, 2400), made=st.integers(0, 9)), max_size=6),
    st.integers(1, 2400),
    st.integers(0, 3600),
)
def test_what_is_taken_is_placed_and_takes_nothing_from_others(
    line: list[Wish], seconds: int, now_s: int
) -> None:
    now = START + timedelta(seconds=now_s)
    new = wish(seconds, made=99)
    before = {one.wish.key for one in rules.arrange(SESSION, line, now).placed}
    after = {one.wish.key for one in rules.arrange(SESSION, [*line, new], now).placed}
    assert rules.takes(SESSION, line, new, now) == (after == before | {new.key})


def test_what_has_started_is_not_moved_by_a_late_priority_item() -> None:
    now = START + timedelta(minutes=10)
    running = wish(300, title="đang phát", placed_at=now - timedelta(minutes=1))
    late = wish(60, title="ưu tiên", class_name="priority", made=9)
    programme = rules.arrange(SESSION, [running, late], now)
    at = {item.wish.title: item.at for item in programme.placed}
    assert at["đang phát"] == now - timedelta(minutes=1)
    assert at["ưu tiên"] >= at["đang phát"] + timedelta(seconds=300)


wishes = st.lists(
    st.builds(
        wish,
        st.integers(1, 2400),
        made=st.integers(0, 100),
        class_name=st.sampled_from(["normal", "priority"]),
        own=st.booleans(),
        filler=st.booleans(),
        position=st.integers(-2, 2),
    ),
    max_size=12,
)


@given(wishes, st.integers(-7200, 7200), st.one_of(st.none(), st.integers(60, 3600)))
def test_items_never_overlap_leave_the_session_or_break_its_limit(
    wanted: list[Wish], now_s: int, limit_s: int | None
) -> None:
    session = Session(START, START + timedelta(hours=1), limit_s)
    programme = rules.arrange(session, wanted, START + timedelta(seconds=now_s))
    placed = programme.placed
    assert len(placed) + len(programme.left_over) == len(wanted)
    for one, two in pairwise(placed):
        assert one.end + rules.GAP <= two.at
    assert all(session.start <= item.at and item.end <= session.end for item in placed)
    assert sum(item.wish.seconds for item in placed) <= session.capacity_s


@given(wishes, st.integers(0, 3000), st.integers(0, 3000))
def test_a_programme_laid_out_again_keeps_what_was_laid_out(
    wanted: list[Wish], first_s: int, later_s: int
) -> None:
    """A plan that says the same must come out the same, or every minute would issue a new one."""
    first = START - timedelta(seconds=4000 - first_s)
    before = rules.arrange(SESSION, wanted, first)
    again = rules.arrange(
        SESSION, wanted, min(first + timedelta(seconds=later_s), START - rules.LEAD)
    )
    assert [(item.wish.key, item.at) for item in before.placed] == [
        (item.wish.key, item.at) for item in again.placed
    ]


def test_overlapping_names_the_other_item() -> None:
    other = Placed(wish(120, title="Tin kia"), START)
    assert rules.overlapping(START + timedelta(seconds=119), 60, [other]) == other
    assert rules.overlapping(START + timedelta(seconds=120), 60, [other]) is None
    assert rules.overlapping(START - timedelta(seconds=60), 60, [other]) is None


@pytest.mark.parametrize(
    "text", ["25:00", "12:60", "7:00", "07h00", "", "ab:cd", "-1:00", "²³:00", "٠٧:٠٠"]
)
def test_a_time_that_is_none_is_refused_in_words(text: str) -> None:
    with pytest.raises(ScheduleRefused, match="giờ"):
        rules.parse_hour(text)


def test_midnight_ends_a_day() -> None:
    start, end = rules.window(date(2026, 11, 23), ("20:00", "24:00"), UTC)
    assert end - start == timedelta(hours=4)
    start, end = rules.window(date(2026, 11, 23), ("21:00", "04:30"), UTC)
    assert end - start == timedelta(hours=7, minutes=30)


def test_sessions_that_overlap_or_meet_quiet_hours_are_refused() -> None:
    week: list[list[tuple[str, str]]] = [[("05:00", "06:00")]] * 7
    rules.check_hours(week, [("21:00", "04:30")])
    with pytest.raises(ScheduleRefused, match="chồng"):
        rules.check_hours([[("05:00", "06:00"), ("05:30", "07:00")]] * 7, [])
    with pytest.raises(ScheduleRefused, match="yên tĩnh"):
        rules.check_hours(week, [("21:00", "05:01")])
    with pytest.raises(ScheduleRefused, match="bảy ngày"):
        rules.check_hours(week[:6], [])
