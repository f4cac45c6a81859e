"""Trusted time: it goes forward with signed answers, and back with the root's clock alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa_protocol import ManualClock, Reason, Refused, SystemClock, system_clock
from loa_protocol.clock import format_time, parse_time
from loa_protocol.trusted_time import TrustedTime
from tests.protocol.refusing import refusing

T0 = datetime(2026, 9, 15, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_before_any_answer_it_is_the_greater_of_clock_and_floor() -> None:
    time = TrustedTime(floor=T0)
    assert not time.known
    assert time.now(ManualClock(T0 - 2000 * DAY)) == T0
    assert time.now(ManualClock(T0 + HOUR)) == T0 + HOUR


def test_afterwards_it_is_the_answer_and_the_monotonic_clock() -> None:
    clock = ManualClock(T0)
    time = TrustedTime(floor=T0 - HOUR).answer(T0 + HOUR, clock, parent_signed=False)
    clock.advance(60)
    clock.jump(T0 + 4000 * DAY)
    assert time.known
    assert time.now(clock) == T0 + HOUR + timedelta(seconds=60)


def test_a_false_real_time_clock_does_not_last() -> None:
    clock = ManualClock(T0 + 4000 * DAY)
    time = TrustedTime(floor=T0 - HOUR)
    assert time.tick(clock).floor == T0 - HOUR
    time = time.answer(T0, clock, parent_signed=False)
    assert time.now(clock) == T0


def test_it_never_goes_back_but_waits() -> None:
    clock = ManualClock(T0)
    time = TrustedTime(floor=T0).answer(T0, clock, parent_signed=False)
    clock.advance(100)
    before = time.now(clock)
    time = time.answer(before - timedelta(seconds=30), clock, parent_signed=False)
    assert time.now(clock) == before
    clock.advance(31)
    assert time.now(clock) == before + timedelta(seconds=1)


def test_an_answer_below_the_floor_needs_the_parent() -> None:
    clock = ManualClock(T0)
    time = TrustedTime(floor=T0)
    with refusing(Reason.TIME_JUMP):
        time.answer(T0 - HOUR, clock, parent_signed=False)
    later = time.answer(T0 - HOUR, clock, parent_signed=True)
    assert later.known
    assert later.now(clock) == T0


def test_the_allowance_of_24_hours_is_for_all_answers_together() -> None:
    clock = ManualClock(T0)
    time = TrustedTime(floor=T0)
    for _ in range(3):
        time = time.answer(time.now(clock) + 8 * HOUR, clock, parent_signed=False)
    with refusing(Reason.TIME_JUMP):
        time.answer(time.now(clock) + timedelta(seconds=6), clock, parent_signed=False)
    # A difference that clocks always have costs nothing.
    time = time.answer(time.now(clock) + timedelta(seconds=4), clock, parent_signed=False)
    time = time.answer(time.now(clock) + 1000 * HOUR, clock, parent_signed=True)
    assert time.answer(time.now(clock) + 23 * HOUR, clock, parent_signed=False).known


def test_an_open_gives_time_but_may_be_old() -> None:
    clock = ManualClock(T0)
    time = TrustedTime(floor=T0).seen_open(T0 - HOUR, T0 + 23 * HOUR, clock)
    assert time.known
    assert time.now(clock) == T0
    clock.advance(60)
    assert time.seen_open(T0 - HOUR, T0 + 23 * HOUR, clock) is time
    with refusing(Reason.TIME_JUMP):
        time.seen_open(T0 + 25 * HOUR, T0 + 49 * HOUR, clock)
    assert time.seen_open(T0 + HOUR, T0 + 25 * HOUR, clock).now(clock) == T0 + HOUR


def test_an_open_does_not_vouch_for_a_clock_that_woke_up_in_another_year() -> None:
    """Found by the acceptance machine: the device took 2099 for the time and was lost for good."""
    clock = ManualClock(T0 + 26_000 * DAY)
    time = TrustedTime(floor=T0)
    assert time.seen_open(T0, T0 + DAY, clock) is time
    assert not time.known
    told = time.answer(T0 + timedelta(minutes=1), clock, parent_signed=False)
    assert told.now(clock) == T0 + timedelta(minutes=1)


def test_the_roots_clock_takes_time_back() -> None:
    clock = ManualClock(T0)
    time = TrustedTime(floor=T0 + 4000 * DAY).reset(T0, clock)
    assert time.now(clock) == T0
    assert time.floor == T0


def step(time: TrustedTime, clock: ManualClock, name: str, seconds: int) -> TrustedTime:
    """One thing that happens to a device's time; a refusal changes nothing."""
    moment = time.now(clock) + timedelta(seconds=seconds)
    try:
        match name:
            case "answer" | "parent":
                return time.answer(moment, clock, parent_signed=name == "parent")
            case "open":
                return time.seen_open(moment, moment + 24 * HOUR, clock)
            case "tick":
                return time.tick(clock)
            case "restart":
                return TrustedTime(time.floor, time.spent)
            case "wait":
                clock.advance(abs(seconds) / 100)
            case "jump":
                clock.jump(T0 + timedelta(seconds=seconds))
    except Refused:
        pass
    return time


names = st.sampled_from(["answer", "answer", "parent", "open", "tick", "wait", "jump", "restart"])


@given(st.lists(st.tuples(names, st.integers(-(10**6), 10**6)), max_size=40))
def test_once_known_it_never_goes_back_and_the_floor_never_does(
    steps: list[tuple[str, int]],
) -> None:
    clock = ManualClock(T0)
    time = TrustedTime(floor=T0)
    for name, seconds in steps:
        before, before_now = time, time.now(clock)
        time = step(time, clock, name, seconds)
        assert time.floor >= before.floor
        assert time.spent <= DAY
        assert time.now(clock) >= time.floor
        if before.known and time.known:
            assert time.now(clock) >= before_now


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-15T03:00:00",
        "2026-09-15T03:00:00+00:00",
        "2026-09-15t03:00:00z",
        "2026-09-15T03:00:00.1Z",
        "2026-09-15T03:00:00.123456Z",
        "2026-09-15T24:00:00Z",
        "2026-02-29T03:00:00Z",
        "2026-09-15T03:00:00Z\n",
        "٢٠٢٦-09-15T03:00:00Z",
    ],
)
def test_other_spellings_of_time_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the form, or the calendar
        parse_time(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_come_back_to_the_millisecond(moment: datetime) -> None:
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert parse_time(format_time(moment)) == cut


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        format_time(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_the_clock_is_shifted_only_under_a_demo_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_CLOCK_OFFSET", "86400")
    assert system_clock(demo_root=False) == SystemClock(0)
    assert system_clock(demo_root=True) == SystemClock(86400)
    real, shifted = system_clock(demo_root=False).now(), system_clock(demo_root=True).now()
    assert timedelta(hours=23) < shifted - real < timedelta(hours=25)
    monkeypatch.setenv("LOA_CLOCK_OFFSET", "soon")
    with pytest.raises(ValueError, match="soon"):
        system_clock(demo_root=True)
