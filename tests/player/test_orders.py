"""Orders on the device: heard at once, above all else, durable, and stopped when they must be."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from loa_player.audio import BLOCK_SAMPLES, samples_in
from loa_player.decode import decoded
from loa_player.health import horn_off
from loa_player.mixer import MixerEvent, Paused, Started
from loa_protocol import Channel
from loa_protocol.payloads import Media, Speech

from .fake_authority import media_item
from .rig import START, Rig, seconds
from .sounds import encode, speechlike


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def speech(rig: Rig, length_s: float = 2.0) -> tuple[Speech, bytes]:
    path = encode(rig.folder / "order.opus", speechlike(length_s, seed=9))
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    (rig.folder / "media" / digest).write_bytes(data)
    pcm = b"".join(decoded(path))
    return Speech(sha256=digest, bytes=len(data), ms=samples_in(pcm) // 48), pcm


def programme(rig: Rig, length_s: float) -> bytes:
    path = encode(rig.folder / "programme.opus", speechlike(length_s, seed=3))
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    (rig.folder / "media" / digest).write_bytes(data)
    item = media_item(rig.now + seconds(10), digest, len(data), int(length_s))
    assert rig.take(rig.authority.plan(rig.now, (item,)), Channel.PLAN) is None
    return b"".join(decoded(path))


def test_an_accepted_order_is_in_the_next_block_and_the_programme_goes_on_after_it(
    rig: Rig,
) -> None:
    whole = programme(rig, 12.0)
    said, pcm = speech(rig)
    rig.run_for(14)
    before = rig.base
    starts: list[Started] = []
    put = rig.events.append

    def watched(event: MixerEvent) -> None:
        if isinstance(event, Started):
            starts.append(event)
        put(event)

    rig.mixer._on_event = watched
    assert rig.take(rig.authority.alert(rig.now, speech=said), Channel.AREA) is None
    rig.run_for(40)
    siren = next(s for s in starts if s.key.endswith("siren"))
    assert siren.sample - before <= BLOCK_SAMPLES, "pre-empted within a block of being accepted"
    spoken = next(s for s in starts if s.key.endswith("001"))
    assert spoken.sample / 48_000 == pytest.approx(17.0, abs=0.021), "speech at speak_at"
    runs = [rig.heard[key] for key in sorted(rig.heard) if not key[0].startswith("order")]
    assert len(runs) == 2
    assert len(runs[0]) + len(runs[1]) == len(whole), "it resumes where it stopped"
    order = next(data for key, data in rig.heard.items() if key[0].endswith("001"))
    assert order[960:] == pcm[960:], "after the siren has faded the text is unchanged"
    assert rig.results() == [
        ("interrupted", "preempted"),
        ("played", None),
        ("played", None),
    ]


def test_a_drill_says_first_that_it_is_one_and_has_no_siren(rig: Rig) -> None:
    said, pcm = speech(rig)
    assert rig.take(rig.authority.drill(rig.now, said), Channel.AREA) is None
    rig.run_for(20)
    ((key, heard),) = rig.heard.items()
    assert not key[0].endswith("siren")
    assert heard.endswith(pcm)
    assert len(heard) > len(pcm) + 48_000, "its own sound comes before the text"
    assert rig.results() == [("played", None)]


def test_a_drill_never_sounds_over_a_real_order(rig: Rig) -> None:
    said, _ = speech(rig)
    assert rig.take(rig.authority.drill(rig.now, said), Channel.AREA) is None
    assert rig.take(rig.authority.alert(rig.now, speech=said), Channel.AREA) is None
    rig.run_for(60)
    results = [(i.result, i.reason) for i in rig.lines() if i.result != "accepted"]
    assert results[0] == ("played", None)
    alert_played = next(i for i in rig.lines() if i.result == "played")
    assert alert_played.started == START + seconds(3), "the drill kept silent for it"


def test_a_programme_whose_session_ends_under_an_order_is_not_heard_again(rig: Rig) -> None:
    said, _ = speech(rig, 10.0)
    path = encode(rig.folder / "programme.opus", speechlike(30.0, seed=3))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (rig.folder / "media" / digest).write_bytes(path.read_bytes())
    item = media_item(rig.now + seconds(10), digest, path.stat().st_size, 30)
    session = ((rig.now, rig.now + seconds(20)),)
    plan = rig.authority.plan(rig.now, (item,), sessions=session)
    assert rig.take(plan, Channel.PLAN) is None
    rig.run_for(14)
    assert rig.take(rig.authority.alert(rig.now, speech=said), Channel.AREA) is None
    rig.run_for(60)
    lines = [line for line in rig.lines() if line.bulletin is not None]
    assert [(i.result, i.reason) for i in lines] == [
        ("interrupted", "preempted"),
        ("interrupted", "outside_session"),
    ]
    assert [(i.run, i.played_ms) for i in lines][1] == (2, 0)


def test_a_cancel_silences_at_once_and_a_restart_does_not_revive(rig: Rig) -> None:
    said, _ = speech(rig, 10.0)
    alert = rig.authority.alert(rig.now, speech=said, plays=0)
    assert rig.take(alert, Channel.AREA) is None
    rig.run_for(6)
    assert rig.take(rig.authority.cancel(rig.now, alert.id), Channel.AREA) is None
    heard = sum(map(len, rig.heard.values()))
    rig.run_for(5)
    assert sum(map(len, rig.heard.values())) - heard < 48_000 * 2 // 2
    rig.kill()
    rig.run_for(60)
    assert not rig.mixer.progress()


def test_a_cancel_that_overtakes_its_alert_keeps_it_silent(rig: Rig) -> None:
    alert = rig.authority.alert(rig.now)
    assert rig.take(rig.authority.cancel(rig.now, alert.id), Channel.AREA) is None
    assert rig.take(alert, Channel.AREA) is None
    rig.run_for(20)
    assert not rig.heard


def test_order_five_before_order_four_silences_neither(rig: Rig) -> None:
    said, _ = speech(rig, 1.0)
    four = rig.authority.alert(rig.now - timedelta(seconds=2), speech=said)
    five = rig.authority.alert(rig.now, speech=said)
    assert rig.take(five, Channel.AREA) is None
    assert rig.take(four, Channel.AREA) is None
    rig.run_for(60)
    played = {line.id for line in rig.lines() if line.result == "played"}
    assert played == {four.id, five.id}


def test_an_order_without_its_media_is_a_siren_that_says_so(rig: Rig) -> None:
    said = Speech(sha256="a" * 64, bytes=1000, ms=2000)
    assert rig.take(rig.authority.alert(rig.now, speech=said), Channel.AREA) is None
    rig.run_for(20)
    assert rig.results() == [("played", "media_missing")]


def test_a_killed_device_goes_on_with_an_order_that_is_still_open(rig: Rig) -> None:
    said, _ = speech(rig, 1.0)
    assert rig.take(rig.authority.alert(rig.now, speech=said, plays=0), Channel.AREA) is None
    rig.run_for(5)
    rig.kill(off_s=3)
    before = len(rig.lines())
    rig.run_for(6)
    assert len(rig.lines()) > before


def test_an_order_expires_on_the_device_without_anybody_saying_so(rig: Rig) -> None:
    said, _ = speech(rig, 1.0)
    order = rig.authority.alert(rig.now, speech=said, plays=0, life=timedelta(seconds=30))
    assert rig.take(order, Channel.AREA) is None
    rig.run_for(200)
    last = max(line.at for line in rig.lines())
    assert last <= START + seconds(33)
    assert not any(isinstance(e, Paused) for e in rig.events)


def clip(rig: Rig, name: str, length_s: float, seed: int) -> tuple[str, Media, bytes]:
    path = encode(rig.folder / f"{name}.opus", speechlike(length_s, seed=seed))
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    (rig.folder / "media" / digest).write_bytes(data)
    return name, Media(sha256=digest, bytes=len(data)), b"".join(decoded(path))


def with_clips(rig: Rig, *names: str) -> dict[str, bytes]:
    """The plan pins these clips, as a node's plan does; what each says."""
    made = [clip(rig, name, 1.0, seed) for seed, name in enumerate(names, start=20)]
    rig.alerts.clips = {name: media.sha256 for name, media, _ in made}
    return {name: pcm for name, _, pcm in made}


def test_an_order_that_comes_after_its_time_to_speak_has_its_siren_at_once(rig: Rig) -> None:
    said, pcm = speech(rig)
    order = rig.authority.alert(rig.now - timedelta(seconds=40), speech=said, plays=2)
    assert rig.take(order, Channel.AREA) is None
    rig.run_for(0.1)
    assert any(key[0].endswith("siren") for key in rig.heard), "no waiting for the next turn"
    rig.run_for(20)
    spoken = [data for key, data in rig.heard.items() if key[0].endswith(("001", "002"))]
    assert len(spoken) == 2
    assert spoken[1] == pcm


def test_without_its_sound_an_order_is_said_in_the_devices_own_words(rig: Rig) -> None:
    words = with_clips(rig, "urgent", "hazard-flood", "place-vn-24-08911")
    said = Speech(sha256="a" * 64, bytes=1000, ms=2000)
    assert rig.take(rig.authority.alert(rig.now, speech=said), Channel.AREA) is None
    rig.run_for(20)
    (heard,) = [data for key, data in rig.heard.items() if key[0].endswith("001")]
    own = words["urgent"] + words["hazard-flood"] + words["place-vn-24-08911"]
    assert heard.endswith(own)
    assert len(heard) == len(own) + 2 * 2 * 48_000, "after two seconds of siren"
    assert rig.results() == [("played", "media_missing")]


def test_a_drill_says_before_and_after_that_it_is_one(rig: Rig) -> None:
    words = with_clips(rig, "drill", "drill-end")
    said, pcm = speech(rig)
    assert rig.take(rig.authority.drill(rig.now, said), Channel.AREA) is None
    rig.run_for(25)
    ((_, heard),) = rig.heard.items()
    assert heard.endswith(words["drill"] + pcm + words["drill-end"])


def test_an_order_that_ends_as_its_text_begins_ends_in_order(rig: Rig) -> None:
    """Its first block may still be on the way to the card: nothing of it was heard, and no harm."""
    said, _ = speech(rig)
    alert = rig.authority.alert(rig.now, speech=said)
    assert rig.take(alert, Channel.AREA) is None
    rig.run_for(2.5)
    key = rig.alerts._cycle.speech_key  # type: ignore[union-attr]  # prepared, not begun
    assert key is not None
    rig.alerts.on_event(Started(key, 1, rig.base + 10 * BLOCK_SAMPLES, 0))
    assert rig.take(rig.authority.cancel(rig.now, alert.id), Channel.AREA) is None
    line = rig.lines()[-1]
    assert (line.result, line.played_ms) == ("interrupted", 0)


def test_a_switch_at_the_horn_makes_a_play_no_sound(rig: Rig) -> None:
    said, _ = speech(rig)
    rig.alerts._horn_off = lambda: True
    assert rig.take(rig.authority.drill(rig.now, said), Channel.AREA) is None
    rig.run_for(20)
    assert rig.results() == [("muted", "horn_off")]
    assert [i.started for i in rig.lines() if i.result == "muted"] == [None]


def test_the_switch_is_read_from_its_file(tmp_path: Path) -> None:
    switch = tmp_path / "value"
    assert horn_off(None) is None
    assert horn_off(switch) is None, "no file, no claim"
    switch.write_text("1\n")
    assert horn_off(switch) is True
    switch.write_text("0\n")
    assert horn_off(switch) is False


def test_an_order_is_read_three_times_and_then_once_at_each_turn(rig: Rig) -> None:
    said, pcm = speech(rig)
    order = rig.authority.alert(rig.now, speech=said, plays=3, gap_s=4, every_s=600)
    speak_at = rig.now + seconds(3)
    assert rig.take(order, Channel.AREA) is None
    rig.run_for(120)
    assert [line.run for line in rig.lines() if line.result == "played"] == [1, 2, 3]
    assert rig.alerts.sounding() is None, "in between others may speak"
    rig.run_for(1200)
    played = [line for line in rig.lines() if line.result == "played"]
    assert [line.run for line in played] == [1, 2, 3, 4, 5]
    begun = [line.started - speak_at for line in played[3:] if line.started is not None]
    assert [seconds(602), seconds(1202)] == [one - one % seconds(1) for one in begun]
    heard = sum(len(data) for key, data in rig.heard.items() if not key[0].endswith("siren"))
    assert heard > 5 * len(pcm) + 2 * 2 * 48_000, "a siren first: nobody listens after a pause"


@pytest.mark.parametrize("gap_s", [0, 1])
def test_readings_that_follow_at_once_leave_no_moment_out(rig: Rig, gap_s: int) -> None:
    """Without any pause a reading would still sound at the next one's moment, which is missed."""
    said, _ = speech(rig)
    order = rig.authority.alert(rig.now, speech=said, plays=5, gap_s=gap_s)
    speak_at = rig.now + seconds(3)
    assert rig.take(order, Channel.AREA) is None
    rig.run_for(30)
    begun = [line.started - speak_at for line in rig.lines() if line.started is not None]
    period_s = said.ms / 1000 + 1
    assert [one.total_seconds() for one in begun] == pytest.approx(
        [n * period_s for n in range(5)], abs=0.1
    )


def test_who_does_not_know_the_turns_reads_three_times_and_is_done(rig: Rig) -> None:
    said, _ = speech(rig)
    assert rig.take(rig.authority.alert(rig.now, speech=said, plays=3), Channel.AREA) is None
    rig.run_for(1200)
    assert [line.run for line in rig.lines() if line.result == "played"] == [1, 2, 3]
