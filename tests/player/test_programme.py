"""The programme under a clock moved by hand: what plays, what does not, and what is said of it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from loa_player.decode import decoded
from loa_protocol import Channel
from loa_protocol.payloads import Media, Relay, Span

from .fake_authority import media_item
from .rig import START, Rig, seconds
from .sounds import encode, speechlike


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def give(rig: Rig, length_s: float, *, seed: int = 1, stored: bool = True) -> Media:
    """A media file, already on the device unless told otherwise."""
    path = encode(rig.folder / f"{seed}-{length_s}.opus", speechlike(length_s, seed=seed))
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if stored:
        (rig.folder / "media" / digest).write_bytes(data)
    return Media(sha256=digest, bytes=len(data))


def plan(rig: Rig, *items: tuple[float, Media, int], **more: object) -> None:
    made = tuple(
        media_item(rig.now + seconds(after), m.sha256, m.bytes, length, bulletin=f"b-{i}")
        for i, (after, m, length) in enumerate(items)
    )
    envelope = rig.authority.plan(rig.now, made, **more)  # type: ignore[arg-type]
    assert rig.take(envelope, Channel.PLAN) is None


def test_each_slot_plays_once_whatever_comes_again(rig: Rig) -> None:
    media = give(rig, 1.0)
    at = rig.now + seconds(60)
    item = media_item(at, media.sha256, media.bytes, 1)
    for _ in range(3):  # new versions of the plan with the same slot
        assert rig.take(rig.authority.plan(rig.now, (item,)), Channel.PLAN) is None
        rig.run_for(61)
    rig.kill()
    rig.run_for(600)
    assert rig.results() == [("played", None)]
    assert len(rig.heard) == 1


def test_a_kill_while_playing_costs_less_than_a_second_and_is_said(rig: Rig) -> None:
    media = give(rig, 6.0)
    plan(rig, (10, media, 6))
    rig.run_for(13)
    rig.kill(off_s=5)
    rig.run_for(20)
    first, second = rig.lines()
    assert (first.result, first.reason, first.run) == ("interrupted", "restart", 1)
    assert (second.result, second.run) == ("played", 2)
    assert first.played_ms is not None
    assert 2000 <= first.played_ms <= 3000
    assert second.from_ms == first.played_ms
    total_ms = (first.played_ms or 0) + (second.played_ms or 0)
    assert total_ms == 6000
    whole = b"".join(decoded(next(rig.folder.glob("1-6.0.opus"))))
    runs = [rig.heard[key] for key in sorted(rig.heard)]
    assert whole.startswith(runs[0])
    assert whole.endswith(runs[1])
    repeated_s = (sum(map(len, runs)) - len(whole)) / 96_000
    assert 0 <= repeated_s <= 1.0


def test_what_ran_behind_the_pole_s_own_switch_was_heard_by_nobody(rig: Rig) -> None:
    plan(rig, (10, give(rig, 2.0), 2))
    rig.horn_off = True
    rig.run_for(15)
    (line,) = rig.lines()
    assert (line.result, line.reason) == ("muted", "horn_off")


def test_what_was_missed_is_reported_and_not_played_late(rig: Rig) -> None:
    media = give(rig, 2.0)
    plan(rig, (100, media, 2), (400, media, 2))
    rig.kill(off_s=200)
    rig.run_for(300)
    assert rig.results() == [("expired", "device_off"), ("played", None)]


def test_a_resumed_slot_gives_way_to_the_next_one(rig: Rig) -> None:
    long, short = give(rig, 20.0), give(rig, 2.0, seed=2)
    plan(rig, (10, long, 20), (35, short, 2))
    rig.run_for(15)
    rig.kill(off_s=12)  # 5 s were heard; at 27 s it goes on and has only 8 s left
    rig.run_for(60)
    results = rig.results()
    assert results[0] == ("interrupted", "restart")
    assert sorted(results[1:]) == [("interrupted", "next_item"), ("played", None)]
    started = [i.started for i in rig.lines() if i.bulletin == "b-1"]
    assert started == [START + seconds(35)]


def test_nothing_sounds_outside_the_session_or_the_policys_hours(rig: Rig) -> None:
    media = give(rig, 2.0)
    begin = rig.now
    plan(
        rig,
        (60, media, 2),
        (3600, media, 2),
        (7200, media, 2),
        sessions=(
            (begin, begin + timedelta(minutes=30)),
            (begin + timedelta(hours=2), begin + timedelta(hours=3)),
        ),
        quiet=(Span(from_=begin + timedelta(hours=2), to=begin + timedelta(hours=2, minutes=5)),),
    )
    rig.run_for(3 * 3600)
    assert rig.results() == [
        ("played", None),
        ("refused", "outside_session"),
        ("refused", "outside_session"),
    ]
    # 5 to 8 o'clock in Vietnam has passed; the registrar now allows only the evening.
    policy = rig.authority.policy(rig.now, hours=((18 * 60, 20 * 60),))
    assert rig.take(policy, Channel.POLICY) is None
    plan(rig, (60, media, 2))
    rig.run_for(120)
    assert rig.results()[-1] == ("refused", "outside_session")


def test_a_session_that_ends_silences_what_still_plays(rig: Rig) -> None:
    media = give(rig, 20.0)
    plan(rig, (10, media, 20), sessions=((rig.now, rig.now + seconds(15)),))
    rig.run_for(60)
    (line,) = rig.lines()
    assert (line.result, line.reason, line.played_ms) == ("interrupted", "outside_session", 5000)


def test_a_withdrawn_bulletin_stops_in_the_middle(rig: Rig) -> None:
    media = give(rig, 20.0)
    plan(rig, (10, media, 20))
    rig.run_for(15)
    plan(rig)
    heard_s = sum(map(len, rig.heard.values())) / 96_000
    rig.run_for(5)
    assert rig.results() == [("cancelled", "withdrawn")]
    assert sum(map(len, rig.heard.values())) / 96_000 - heard_s <= 0.05


def test_what_was_withdrawn_is_deleted_and_what_was_played_is_kept(rig: Rig) -> None:
    played, withdrawn, kept = give(rig, 1.0), give(rig, 20.0, seed=2), give(rig, 2.0, seed=3)
    plan(rig, (10, played, 1), (20, withdrawn, 20), (90, kept, 2))
    rig.run_for(30)
    plan(rig, (60, kept, 2))
    assert rig.programme.withdrawn_media() == {withdrawn.sha256}
    rig.media.drop(rig.programme.withdrawn_media())
    assert [rig.media.has(m.sha256) for m in (played, withdrawn, kept)] == [True, False, True]
    plan(rig, (60, kept, 2), (70, withdrawn, 20))
    assert not rig.programme.withdrawn_media(), "it is wanted again"


def test_media_that_never_came_and_media_that_rotted_are_told_apart(rig: Rig) -> None:
    absent, rotten = give(rig, 2.0, stored=False), give(rig, 2.0, seed=2)
    path = rig.folder / "media" / rotten.sha256
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    plan(rig, (30, absent, 2), (90, rotten, 2))
    rig.run_for(200)
    assert rig.results() == [("expired", "media_missing"), ("expired", "media_mismatch")]
    assert not rig.heard


def test_a_relay_that_is_not_allowed_plays_its_fallback_and_says_so(rig: Rig) -> None:
    fallback = give(rig, 1.0)
    relay = Relay(url="http://127.0.0.1:9/live", fallback=fallback.sha256, silence_s=2)
    item = media_item(rig.now + seconds(10), "0" * 64, 1, 5).model_copy(
        update={"kind": "relay", "media": None, "relay": relay}
    )
    assert rig.take(rig.authority.plan(rig.now, (item,)), Channel.PLAN) is None
    rig.run_for(30)
    (line,) = rig.lines()
    assert (line.result, line.reason) == ("played", "relay_not_allowed")
    assert line.level_lufs is not None
    assert line.played_ms is not None
    assert 3500 <= line.played_ms <= 5000


def test_silence_is_not_called_played(rig: Rig) -> None:
    media = give(rig, 3.0)
    rig.programme.set_volume(0)
    plan(rig, (10, media, 3))
    rig.run_for(30)
    (line,) = rig.lines()
    assert (line.result, line.reason, line.volume_pct) == ("muted", "silent", 0)


def test_the_policys_minutes_a_day_are_kept(rig: Rig) -> None:
    media = give(rig, 40.0)
    assert rig.take(rig.authority.policy(rig.now, max_minutes_day=1), Channel.POLICY) is None
    plan(rig, (10, media, 40), (60, media, 40), (120, media, 40))
    rig.run_for(200)
    assert rig.results() == [("played", None), ("played", None), ("refused", "outside_session")]


def test_seven_days_without_network_play_every_slot_and_keep_every_proof(rig: Rig) -> None:
    media = give(rig, 1.0)
    slots = [(day * 86_400 + hour * 3600 + 30, media, 1) for day in range(7) for hour in (0, 6, 12)]
    plan(rig, *slots)
    for day in range(7):
        rig.run_for(86_400 if day else 86_000)
        if day == 3:
            rig.kill(off_s=60, reboot=True)  # a power cut in the fourth night
    lines = rig.lines()
    assert [line.result for line in lines] == ["played"] * len(slots)
    starts = [line.started for line in lines]
    assert all(
        start is not None and abs((start - START).total_seconds() - after) < 0.001
        for start, (after, _, _) in zip(starts, slots, strict=True)
    )


def test_a_step_of_the_machines_clock_moves_no_slot(rig: Rig) -> None:
    media = give(rig, 1.0)
    plan(rig, (60, media, 1), (120, media, 1), (180, media, 1))
    rig.run_for(70)
    rig.manual.jump(rig.now - timedelta(hours=1))
    rig.run_for(60)
    rig.manual.jump(rig.now + timedelta(days=3650))
    rig.run_for(70)
    assert [line.started for line in rig.lines()] == [START + seconds(s) for s in (60, 120, 180)]
