"""States only move forward, whatever comes and in whatever order; limits and quiet hours."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from loa.channels.contract import Outcome
from loa.channels.failures import Failure
from loa.channels.rules import (
    Limits,
    Standing,
    State,
    Withdrawn,
    advance,
    of_recipients,
    quiet_until,
    retry_wait,
    strength,
    windows,
    withdraw_advance,
)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How long a busy machine takes says nothing about states."""

AT = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
"""Noon in Vietnam."""

failures = st.builds(
    Failure,
    code=st.just("x"),
    sentence=st.just("Vì sao."),
    retry_at=st.sampled_from([None, AT + timedelta(minutes=1)]),
)
outcomes = st.builds(
    lambda state, grade, failure: Outcome(
        key=uuid4(),
        state=state,
        at=AT,
        grade=grade if state == "shown" else None,
        failure=failure if state == "failed" else None,
    ),
    st.sampled_from(["carried", "shown", "failed"]),
    st.sampled_from(["A", "B", "C", "D"]),
    failures,
)
standings = st.builds(Standing, st.sampled_from(list(State)), st.sampled_from(["", "C", "A"]))


def ended(standing: Standing, told: list[Outcome]) -> Standing:
    for outcome in told:
        standing = advance(standing, outcome)
    return standing


@unhurried
@given(standings, outcomes)
def test_an_outcome_never_moves_a_state_backwards(standing: Standing, told: Outcome) -> None:
    assert strength(advance(standing, told)) >= strength(standing)


@unhurried
@given(standings, st.lists(outcomes, max_size=6), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(
    standing: Standing, told: list[Outcome], random: "object"
) -> None:
    shuffled = [*told, *told]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # the strategy shuffles
    assert ended(standing, told) == ended(standing, shuffled)


@unhurried
@given(standings, failures.filter(lambda one: one.retry_at is not None))
def test_a_failure_that_may_be_tried_again_says_nothing(
    standing: Standing, failure: Failure
) -> None:
    told = Outcome(key=uuid4(), state="failed", at=AT, failure=failure)
    assert advance(standing, told) == standing


def test_what_was_carried_may_come_back_and_what_was_shown_not() -> None:
    bounce = Outcome(
        key=uuid4(), state="failed", at=AT, failure=Failure(code="x", sentence="Trả lại.")
    )
    assert advance(Standing(State.CARRIED), bounce).state is State.FAILED
    assert advance(Standing(State.SHOWN, "C"), bounce) == Standing(State.SHOWN, "C")


@unhurried
@given(st.lists(st.sampled_from(list(Withdrawn)), max_size=6))
def test_a_withdrawal_never_moves_backwards(told: list[Withdrawn]) -> None:
    standing = Withdrawn.WANTED
    seen = [standing]
    for one in told:
        standing = withdraw_advance(standing, one)
        seen.append(standing)
    assert seen == sorted(seen, key=list(Withdrawn).index)


@unhurried
@given(st.lists(st.sampled_from(list(State)), min_size=1))
def test_a_list_waits_while_one_person_does_and_fails_only_as_a_whole(states: list[State]) -> None:
    whole = of_recipients(states)
    assert (whole is State.WAITING) == bool({State.WAITING, State.SENDING} & set(states))
    assert (whole is State.FAILED) == (set(states) == {State.FAILED})


@unhurried
@given(st.integers(min_value=0, max_value=10_000))
def test_waiting_grows_and_ends(tries: int) -> None:
    assert timedelta(seconds=5) <= retry_wait(tries) <= retry_wait(tries + 1)
    assert retry_wait(tries) <= timedelta(minutes=5)


def test_a_reserve_is_kept_from_bulletins() -> None:
    limits = Limits(per_minute=10, per_day=100, urgent_reserve=20)
    assert [one.most for one in windows(limits, AT, urgent=False)] == [10, 80]
    assert [one.most for one in windows(limits, AT, urgent=True)] == [10, 100]


def test_a_day_is_vietnam_s() -> None:
    (day,) = windows(Limits(per_day=1), AT, urgent=False)
    assert day.start == datetime(2026, 11, 29, 17, 0, tzinfo=UTC)
    assert day.end - day.start == timedelta(days=1)


@unhurried
@given(st.integers(min_value=0, max_value=23 * 60 + 59))
def test_quiet_hours_over_midnight_end_in_the_morning(minute: int) -> None:
    limits = Limits.model_validate({"quiet_from": "21:00", "quiet_until": "06:00"})
    now = datetime(2026, 11, 29, 17, 0, tzinfo=UTC) + timedelta(minutes=minute)
    until = quiet_until(limits, now, urgent=False)
    inside = minute < 6 * 60 or minute >= 21 * 60
    assert (until is not None) == inside
    if until is not None:
        assert until > now
        assert (until.hour, until.minute) == (6, 0)
        assert until - now <= timedelta(hours=9)
    assert quiet_until(limits, now, urgent=True) is None


def test_half_of_the_quiet_hours_is_refused() -> None:
    with pytest.raises(ValidationError):
        Limits.model_validate({"quiet_from": "21:00"})
