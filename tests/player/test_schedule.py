"""The decisions alone: values in, a decision out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from loa_player.policy import binding
from loa_player.schedule import (
    LATE_S,
    Begin,
    Miss,
    Situation,
    allowed_until,
    decide,
    needed_media,
    slots_of,
)
from loa_protocol import Kind, parse_payload
from loa_protocol.payloads import Media, Plan, PlanItem, Policy, Relay, Span

from .fake_authority import COMMUNE, FakeAuthority, media_item

NOW = datetime(2026, 12, 1, 5, tzinfo=UTC)  # noon in Vietnam
AUTHORITY = FakeAuthority(NOW)


def plan_of(
    *items: PlanItem, sessions: tuple[tuple[datetime, datetime], ...] | None = None
) -> Plan:
    envelope = AUTHORITY.plan(NOW, items, sessions=sessions)
    return cast(Plan, parse_payload(Kind.PLAN, envelope.payload))


def policy_of(*hours: tuple[int, int], **more: object) -> Policy:
    envelope = AUTHORITY.policy(NOW, hours=hours, **more)
    return cast(Policy, parse_payload(Kind.POLICY, envelope.payload))


def item(after_s: float, length: int = 10, **more: object) -> PlanItem:
    made = media_item(NOW + timedelta(seconds=after_s), "a" * 64, 100, length)
    return made.model_copy(update=more)


def situation(now: datetime = NOW) -> Situation:
    early = NOW - timedelta(hours=1)
    return Situation(now, {}, frozenset(), since=early, up_since=early, plan_since=early)


ALL_DAY = policy_of((0, 1440))


def decided(plan: Plan, at: Situation, policy: Policy | None = ALL_DAY) -> list[Begin | Miss]:
    slots = slots_of(plan, "o-1", (COMMUNE,))
    return list(decide(slots, plan, policy, at).actions)


def test_hours_are_vietnams_and_join_over_midnight() -> None:
    plan = plan_of()
    evening = policy_of((17 * 60, 1440), (0, 6 * 60))
    at_23 = datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert allowed_until(plan, evening, at_23) == datetime(2026, 12, 1, 23, tzinfo=UTC)
    assert allowed_until(plan, evening, NOW) is None
    assert allowed_until(plan, None, NOW) is None, "no policy, no programme"


def test_sessions_that_touch_are_one_and_quiet_cuts() -> None:
    hour = timedelta(hours=1)
    plan = plan_of(sessions=((NOW, NOW + hour), (NOW + hour, NOW + 2 * hour)))
    assert allowed_until(plan, ALL_DAY, NOW) == NOW + 2 * hour
    quiet = plan.model_copy(update={"quiet": (Span(from_=NOW + hour, to=NOW + 2 * hour),)})
    assert allowed_until(quiet, ALL_DAY, NOW) == NOW + hour
    assert allowed_until(quiet, ALL_DAY, NOW + hour) is None
    assert allowed_until(plan, ALL_DAY, NOW + 2 * hour) is None, "the end is not inside"


def test_a_slot_is_for_an_outlet_a_place_or_all() -> None:
    plan = plan_of(
        item(1, only=("outlet:o-2",)),
        item(2, only=("outlet:o-1",)),
        item(3, only=(f"{COMMUNE}/h07",)),
        item(4, only=(COMMUNE,)),
        item(5),
    )
    seconds = [(s.at - NOW).total_seconds() for s in slots_of(plan, "o-1", (COMMUNE,))]
    assert seconds == [2, 4, 5]


@pytest.mark.parametrize(("late_s", "starts"), [(0, True), (LATE_S, True), (LATE_S + 1, False)])
def test_a_little_late_is_a_start_and_more_is_a_miss(late_s: float, starts: bool) -> None:
    (action,) = decided(plan_of(item(0)), situation(NOW + timedelta(seconds=late_s)))
    assert isinstance(action, Begin) is starts


def test_why_a_slot_was_missed() -> None:
    plan = plan_of(item(0))
    late = situation(NOW + timedelta(minutes=5))
    after = NOW + timedelta(minutes=1)
    reasons = [
        cast(Miss, decided(plan, at)[0]).reason
        for at in (late, replace(late, up_since=after), replace(late, plan_since=after))
    ]
    assert reasons == ["media_missing", "device_off", "plan_late"]


def test_what_ended_before_the_device_was_enrolled_is_not_its_business() -> None:
    at = replace(situation(NOW + timedelta(hours=1)), since=NOW + timedelta(minutes=30))
    assert not decided(plan_of(item(0)), at)


def test_of_two_slots_at_one_time_priority_plays_and_the_other_is_named() -> None:
    plan = plan_of(item(0, bulletin="normal"), item(0, bulletin="first", class_="priority"))
    first, second = decided(plan, situation())
    assert isinstance(first, Begin)
    assert first.slot.item.bulletin == "first"
    assert second == Miss(second.slot, "refused", "overlap")


def test_live_is_refused_by_name_for_now() -> None:
    live = item(0, kind="live", media=None)
    assert decided(plan_of(live), situation())[0] == Miss(
        slots_of(plan_of(live), "o-1", (COMMUNE,))[0], "refused", "unsupported"
    )


def test_a_relay_ends_with_its_slot() -> None:
    relay = Relay(url="http://radio/live", fallback="f" * 64, silence_s=5)
    (action,) = decided(plan_of(item(0, 60, kind="relay", media=None, relay=relay)), situation())
    assert isinstance(action, Begin)
    assert action.until.reason == "slot_end"
    assert action.until.at == NOW + timedelta(seconds=60)


def test_clips_come_first_then_the_soonest_media_and_fallbacks() -> None:
    relay = Relay(url="http://radio/live", fallback="f" * 64, silence_s=5)
    plan = plan_of(
        item(3600, media=Media(sha256="b" * 64, bytes=2)),
        item(60),
        item(100, kind="relay", media=None, relay=relay),
        item(100 * 3600, media=Media(sha256="c" * 64, bytes=3)),
    ).model_copy(update={"clips": {"drill": Media(sha256="d" * 64, bytes=4)}})
    slots = slots_of(plan, "o-1", (COMMUNE,))
    near = needed_media(slots, plan, NOW, timedelta(hours=48))
    assert list(near.items()) == [("d" * 64, 4), ("a" * 64, 100), ("f" * 64, 0), ("b" * 64, 2)]


def test_of_several_policies_the_nearest_rules_and_the_strictest_binds() -> None:
    wide = policy_of((300, 700), (1000, 1300), max_minutes_day=90, relays=("http://a/b",))
    near = policy_of((400, 1200), programme_max_pct=70, alert_pct=90)
    both = binding([wide, near])
    assert both is not None
    assert [(h.from_min, h.to_min) for h in both.hours] == [(400, 700), (1000, 1200)]
    assert (both.max_minutes_day, both.programme_max_pct, both.alert_pct) == (90, 70, 90)
    assert both.relays == ()
    assert binding([]) is None
