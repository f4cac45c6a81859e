"""What is wrong is refused by its name, changes nothing, and the last good plan stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loa_player.database import Database
from loa_player.store import Store
from loa_protocol import Channel, Envelope, Refused, SigningKey
from loa_protocol.kinds import NODE_KINDS

from .fake_authority import FakeAuthority
from .rig import START, Rig, seconds


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    made = Rig(tmp_path)
    assert made.take(made.authority.plan(made.now, ()), Channel.PLAN) is None
    return made


def one_byte_changed(rig: Rig) -> Envelope:
    good = rig.authority.plan(rig.now, ())
    return replace(good, payload=good.payload.replace(b'"items":[]', b'"items":[ ]'))


def older(rig: Rig) -> Envelope:
    return rig.authority.plan(rig.now, (), version=1)


def another_stations(rig: Rig) -> Envelope:
    return rig.authority.plan(rig.now, (), station="station-99999")


def expired(rig: Rig) -> Envelope:
    return rig.authority.plan(rig.now - timedelta(days=20), (), version=2**50 // 1000)


def out_of_area(rig: Rig) -> Envelope:
    key = SigningKey.generate()
    elsewhere = rig.authority.delegate("node", "node-24", key, "vn/01", NODE_KINDS, 0)
    return rig.authority.plan(rig.now, (), signer=key, chain=[elsewhere])


def by_a_stranger(rig: Rig) -> Envelope:
    return rig.authority.plan(rig.now, (), signer=SigningKey.generate())


def under_another_root(rig: Rig) -> Envelope:
    return FakeAuthority(rig.now).plan(rig.now, ())


def too_far_ahead(rig: Rig) -> Envelope:
    return rig.authority.plan(rig.now + timedelta(hours=2), ())


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (one_byte_changed, "bad_signature"),
        (older, "old_version"),
        (another_stations, "not_for_me"),
        (expired, "expired"),
        (out_of_area, "outside_issuer"),
        (by_a_stranger, "unknown_key"),
        (under_another_root, "not_enough_signers"),
        (too_far_ahead, "not_yet"),
    ],
)
def test_a_bad_plan_is_refused_by_name_and_the_last_good_one_kept(
    rig: Rig, make: Callable[[Rig], Envelope], reason: str
) -> None:
    before = rig.gate.plan()
    assert rig.take(make(rig), Channel.PLAN) == reason
    assert rig.store.refusals()[reason] == 1
    assert rig.gate.plan() == before
    rig.kill()
    assert rig.gate.plan() == before


def test_the_same_plan_again_is_no_news_and_no_refusal(rig: Rig) -> None:
    plan = rig.authority.plan(rig.now, ())
    assert rig.take(plan, Channel.PLAN) is None
    assert rig.take(plan, Channel.PLAN) is None
    assert not rig.store.refusals()


def test_a_plan_does_not_come_by_way_of_orders(rig: Rig) -> None:
    assert rig.take(rig.authority.plan(rig.now, ()), Channel.AREA) == "wrong_channel"


def test_an_order_of_the_past_is_refused_after_a_restart_too(rig: Rig) -> None:
    alert = rig.authority.alert(rig.now)
    assert rig.take(alert, Channel.AREA) is None
    assert rig.take(alert, Channel.AREA) == "seen"
    rig.kill()
    rig.tell_time()
    assert rig.take(alert, Channel.AREA) == "seen"


def test_no_order_is_acted_on_before_the_node_told_the_time(rig: Rig) -> None:
    rig.kill(reboot=True)
    alert = rig.authority.alert(rig.now)
    assert rig.take(alert, Channel.AREA) == "no_time"
    rig.tell_time()
    assert rig.take(alert, Channel.AREA) is None


def test_a_board_that_woke_in_1970_plays_by_its_floor_and_learns_the_time(rig: Rig) -> None:
    rig.gate.save_time()
    real = rig.now
    rig.manual.jump(real.replace(year=1970))
    rig.kill(reboot=True)
    assert abs((rig.clock.now() - real).total_seconds()) < 1
    rig.tell_time(real + seconds(30))
    assert abs((rig.clock.now() - real).total_seconds() - 30) < 0.1


def test_a_board_without_a_clock_finds_the_time_after_a_week_without_power(rig: Rig) -> None:
    rig.gate.save_time()
    real = rig.now + timedelta(days=7)
    rig.manual.jump(real.replace(year=1970))
    rig.kill(reboot=True)
    rig.tell_time(real)
    assert abs((rig.clock.now() - real).total_seconds()) < 0.1
    with pytest.raises(Refused, match="time_jump"):
        rig.tell_time(real + timedelta(hours=25))


def test_a_command_to_restart_is_no_free_jump(rig: Rig) -> None:
    """The machine ran on: its monotonic clock still knows the time, whatever the board's says."""
    rig.gate.save_time()
    rig.manual.jump(rig.now.replace(year=1970))
    rig.kill()
    with pytest.raises(Refused, match="time_jump"):
        rig.tell_time(rig.clock.now() + timedelta(hours=25))


def test_a_clock_that_ran_on_without_power_is_not_jumped_over(rig: Rig) -> None:
    rig.gate.save_time()
    rig.kill(off_s=3600, reboot=True)
    with pytest.raises(Refused, match="time_jump"):
        rig.tell_time(rig.now + timedelta(hours=25))


def test_a_board_in_1970_that_was_never_told_the_time_can_be_enrolled(tmp_path: Path) -> None:
    real = START
    rig = Rig(tmp_path, start=real.replace(year=1970), authority=FakeAuthority(real), told=real)
    assert abs((rig.clock.now() - real).total_seconds()) < 0.1
    assert rig.gate.assignment() is not None


def test_a_false_clock_in_the_future_does_not_last(rig: Rig) -> None:
    real = rig.now
    rig.manual.jump(real + timedelta(days=3650))
    rig.kill(reboot=True)
    rig.tell_time(real + seconds(30))
    assert abs((rig.clock.now() - real).total_seconds() - 30) < 0.1
    assert rig.take(rig.authority.plan(real + seconds(30), ()), Channel.PLAN) is None


def test_a_jump_of_more_than_a_day_needs_more_than_the_node(rig: Rig) -> None:
    with pytest.raises(Refused, match="time_jump"):
        rig.tell_time(rig.now + timedelta(hours=25))
    assert abs((rig.clock.now() - rig.now).total_seconds()) < 0.1


def test_with_a_store_that_cannot_be_written_what_is_refused_is_still_refused(rig: Rig) -> None:
    with rig.database.read() as run:
        run.execute("PRAGMA query_only = ON")
    assert rig.take(by_a_stranger(rig), Channel.PLAN) == "unknown_key"
    assert rig.take(expired(rig), Channel.PLAN) == "expired"
    assert rig.take(rig.authority.plan(rig.now, ()), Channel.PLAN) == "store_full"
    with rig.database.read() as run:
        run.execute("PRAGMA query_only = OFF")
    assert rig.store.refusals() == {"unknown_key": 1, "expired": 1}, "no count is lost meanwhile"
    assert rig.take(expired(rig), Channel.PLAN) == "expired"
    assert ("refused", "expired") in rig.results(), "its sender is told as soon as that works"


def test_a_flood_of_refusals_is_counted_without_a_commit_each(tmp_path: Path) -> None:
    database = Database(tmp_path / "player.db")
    store = Store(database)
    for _ in range(1000):
        store.count_refusal("bad_signature")
    beside = Database(tmp_path / "player.db", read_only=True)
    assert Store(beside).refusals()["bad_signature"] < 1000, "a durable commit for each"
    assert store.refusals() == {"bad_signature": 1000}
    store.tidy(datetime.now(UTC))
    assert Store(beside).refusals() == {"bad_signature": 1000}
    beside.close()
    database.close()
