"""Where an order is silent: the newest word over a place counts, and a part is not the whole."""

from datetime import UTC, datetime, timedelta

import pytest

from loa.alerts.orders.silence import Silence, Word, silence, would_silence
from loa.alerts.rules import MUTE_S

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PROVINCE, ONE, TWO = "vn/25", "vn/25/08911", "vn/25/08914"


def said(kind: str, *where: str, ago_s: int = 60) -> Word:
    return Word(kind, NOW - timedelta(seconds=ago_s), where)


@pytest.mark.parametrize(
    ("words", "comes_to"),
    [
        ([], Silence()),
        ([said("mute", PROVINCE)], Silence(whole=True)),
        ([said("mute", ONE)], Silence(parts=(ONE,))),
        ([said("mute", ONE), said("mute", TWO)], Silence(parts=(ONE, TWO))),
        ([said("mute", ONE), said("mute", PROVINCE)], Silence(whole=True)),
        ([said("mute", PROVINCE), said("resume", ONE)], Silence(whole=True, but=(ONE,))),
        ([said("mute", PROVINCE), said("resume", ONE), said("mute", ONE)], Silence(whole=True)),
        ([said("mute", ONE), said("resume", PROVINCE)], Silence()),
        ([said("mute", PROVINCE), said("resume", PROVINCE)], Silence()),
        ([said("mute", PROVINCE, ago_s=MUTE_S), said("mute", ONE)], Silence()),
        ([said("mute", TWO, ago_s=MUTE_S), said("mute", ONE)], Silence(parts=(ONE,))),
        ([said("drill-mute", PROVINCE, ago_s=MUTE_S - 1)], Silence(whole=True)),
    ],
)
def test_silence(words: list[Word], comes_to: Silence) -> None:
    found = silence([PROVINCE], words, NOW)
    assert (found.whole, set(found.parts), set(found.but)) == (
        comes_to.whole,
        set(comes_to.parts),
        set(comes_to.but),
    )


def test_an_order_for_two_communes_is_silent_when_both_are() -> None:
    words = [said("mute", ONE), said("mute", TWO, ago_s=100)]
    first = NOW + timedelta(seconds=MUTE_S - 100)
    assert silence([ONE, TWO], words, NOW) == Silence(whole=True, until=first)


def test_until_when_it_is_silent_is_counted_as_devices_count_it() -> None:
    """Ten minutes in all: what a resumption gave back is left for the next press, and no more."""
    words = [said("mute", PROVINCE, ago_s=500), said("resume", PROVINCE, ago_s=200)]
    assert silence([PROVINCE], words, NOW).until is None
    words.append(said("mute", PROVINCE, ago_s=10))
    assert silence([PROVINCE], words, NOW).until == NOW + timedelta(seconds=290)
    spent = [said("mute", PROVINCE, ago_s=700)]
    assert not would_silence([PROVINCE], spent, said("mute", PROVINCE, ago_s=0))
    assert would_silence([PROVINCE], spent[:0], said("mute", PROVINCE, ago_s=0))
