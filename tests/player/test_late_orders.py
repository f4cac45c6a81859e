"""An order that comes after its time to speak: a siren at once, but never for long over the words
of neighbours that had it in time, and its words soon."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from loa_player.alerts import FIRST_SIREN, LEAD_SIREN, entry, siren_times
from loa_player.mixer import MixerEvent, Started
from loa_protocol import Channel
from loa_protocol.payloads import Sounding, Speech, parse_payload

from .fake_authority import FakeAuthority
from .rig import START, Rig, seconds

SPEAK_AT = START + seconds(3)


def doc(speech_s: float, gap_s: int) -> Sounding:
    said = Speech(sha256="a" * 64, bytes=1000, ms=round(speech_s * 1000))
    envelope = FakeAuthority(START).alert(START, speech=said, gap_s=gap_s)
    return cast(Sounding, parse_payload(envelope.kind, envelope.payload))


def late(order: Sounding, late_s: float, *, first: bool = True) -> float:
    """The second after speak_at at which who comes so late begins to read."""
    now = SPEAK_AT + seconds(late_s)
    return (entry(order, SPEAK_AT, now, first=first) - SPEAK_AT).total_seconds()


@pytest.mark.parametrize(
    ("late_s", "first_at", "with_others_at"),
    [(-2, 0, 0), (0, 0, 0), (1, 30, 600), (30, 30, 600), (31, 60, 600), (571, 600, 600)],
)
def test_in_a_long_pause_the_first_reading_waits_for_no_end_of_it(
    late_s: float, first_at: float, with_others_at: float
) -> None:
    order = doc(10, 590)
    assert late(order, late_s) == first_at
    assert late(order, late_s, first=False) == with_others_at


def test_in_a_short_pause_it_enters_with_the_others() -> None:
    order = doc(17.8, 20)
    assert late(order, 143) == pytest.approx(4 * 37.8)


@pytest.mark.parametrize("late_s", [0.5, 15, 20, 25, 30, 37])
@pytest.mark.parametrize("gap_s", [0, 5, 20, 590])
def test_over_the_words_of_others_it_has_two_seconds_of_siren_at_most(
    late_s: float, gap_s: int
) -> None:
    order = doc(17.8, gap_s)
    period_s = 17.8 + max(gap_s, 1)
    now = SPEAK_AT + seconds(late_s)
    at = entry(order, SPEAK_AT, now, first=True)
    over_s = 0.0
    total_s = 0.0
    for _, begin, end in siren_times(order, now, at):
        moment, step = begin or now, seconds(0.1)
        while moment < end:
            spoken_s = (moment - SPEAK_AT).total_seconds() % period_s
            over_s += 0.1 if spoken_s < 17.8 else 0.0
            total_s += 0.1
            moment += step
    assert over_s <= 2.15
    assert total_s <= 12.1
    assert at - now <= seconds(2 * 37.8), "and its words come soon"


def test_who_is_in_time_has_the_siren_until_the_words() -> None:
    order = doc(17.8, 20)
    assert siren_times(order, START, SPEAK_AT) == [(FIRST_SIREN, None, SPEAK_AT)]


def test_a_second_person_who_signed_late_is_heard_as_two_short_sirens_then_words(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path)
    starts: list[tuple[str, float]] = []
    put = rig.events.append

    def watched(event: MixerEvent) -> None:
        if isinstance(event, Started) and event.key.startswith("order-"):
            starts.append((event.key.split("-", 2)[2], round(event.sample / 48_000, 1)))
        put(event)

    rig.mixer._on_event = watched
    said = Speech(sha256="a" * 64, bytes=1000, ms=17_800)
    issued = rig.now - timedelta(seconds=23)
    order = rig.authority.alert(issued, speech=said, gap_s=20)
    assert rig.take(order, Channel.AREA) is None
    rig.run_for(20)
    # Accepted 20 s after speak_at: the others read next at 37.8 s.
    assert starts == [(FIRST_SIREN, 0.0), (LEAD_SIREN, 7.8), ("001", 17.8)]


def moments(*values: float) -> list[datetime]:
    return [SPEAK_AT + seconds(value) for value in values]


def test_all_who_come_late_together_enter_together() -> None:
    order = doc(10, 590)
    entered = {entry(order, SPEAK_AT, moment, first=True) for moment in moments(31, 40.2, 59.9)}
    assert entered == set(moments(60))
