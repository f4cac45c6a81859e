"""Trusted time: how it is learnt, how well it is known, and that it does not go back."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from loa_player.clock import Probe, TrustedClock
from loa_protocol import ManualClock

BEGIN = datetime(2026, 12, 1, tzinfo=UTC)


class Board:
    """A board whose crystal is off by `ppm`, and a node whose clock is right."""

    def __init__(self, ppm: float = 0.0) -> None:
        self.manual = ManualClock(BEGIN - timedelta(hours=3))
        self.true_s = 0.0
        self.ppm = ppm
        self.clock = TrustedClock(self.manual, floor=BEGIN - timedelta(days=1), boot="b")
        self.chance = random.Random(3)

    def wait(self, seconds: float) -> None:
        self.true_s += seconds
        self.manual.advance(seconds * (1 + self.ppm * 1e-6))

    def truth(self) -> datetime:
        return BEGIN + timedelta(seconds=self.true_s)

    def ask(self, *, there_s: float, back_s: float) -> Probe:
        sent_s = self.manual.monotonic()
        self.wait(there_s)
        moment = self.truth()
        answer = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        self.wait(back_s)
        return Probe(sent_s, self.manual.monotonic(), answer)

    def round(self) -> bool:
        probes = [
            self.ask(
                there_s=0.02 + self.chance.expovariate(20),
                back_s=0.02 + self.chance.expovariate(20),
            )
            for _ in range(6)
        ]
        return self.clock.discipline(probes)

    def fault_s(self) -> float:
        return abs((self.clock.now() - self.truth()).total_seconds())


def test_the_fastest_answer_counts_and_the_error_is_honest() -> None:
    board = Board()
    assert board.clock.error_s() == float("inf")
    assert not board.clock.authenticated
    slow = board.ask(there_s=0.4, back_s=0.01)
    fast = board.ask(there_s=0.011, back_s=0.010)
    board.clock.discipline([slow, fast])
    assert board.clock.authenticated
    assert board.fault_s() < 0.003
    assert board.fault_s() <= board.clock.error_s() < 0.02


def test_a_worse_round_does_not_spoil_a_better_one() -> None:
    board = Board()
    board.clock.discipline([board.ask(there_s=0.001, back_s=0.001)])
    board.wait(10)
    assert not board.clock.discipline([board.ask(there_s=0.5, back_s=0.1)])
    assert board.fault_s() < 0.002


def test_an_answer_that_contradicts_is_believed() -> None:
    board = Board()
    board.clock.discipline([board.ask(there_s=0.001, back_s=0.001)])
    board.true_s += 3  # the node's own clock was set right
    assert board.clock.discipline([board.ask(there_s=0.1, back_s=0.1)])
    assert board.fault_s() < 0.2


@pytest.mark.parametrize("ppm", [-60.0, 0.0, 45.0])
def test_a_day_without_network_keeps_neighbours_within_100_ms(ppm: float) -> None:
    board = Board(ppm)
    for _ in range(24):
        board.round()
        board.wait(3600)
    board.round()
    board.wait(24 * 3600)
    assert board.fault_s() < 0.1
    assert board.fault_s() <= board.clock.error_s()


def test_time_never_goes_back_but_by_the_roots_word() -> None:
    board = Board()
    board.clock.discipline([board.ask(there_s=0.001, back_s=0.001)])
    before = board.clock.now()
    board.true_s -= 20
    board.clock.discipline([board.ask(there_s=0.001, back_s=0.001)])
    assert board.clock.now() >= before
    board.wait(30)
    assert board.fault_s() < 0.01
    board.clock.reset(BEGIN - timedelta(days=2))
    assert board.clock.now() < before


def test_a_restarted_program_knows_the_time_and_a_restarted_machine_the_floor() -> None:
    board = Board()
    board.clock.discipline([board.ask(there_s=0.001, back_s=0.001)])
    anchor = board.clock.anchor
    board.wait(100)
    board.manual.jump(datetime(1970, 1, 1, tzinfo=UTC))
    same = TrustedClock(board.manual, floor=BEGIN, anchor=anchor, boot="b")
    assert same.authenticated
    assert abs((same.now() - board.truth()).total_seconds()) < 0.01
    other = TrustedClock(board.manual, floor=BEGIN, anchor=anchor, boot="c")
    assert not other.authenticated
    assert other.now() == BEGIN


def test_instants_and_moments_are_two_sides_of_one_line() -> None:
    board = Board(30.0)
    for _ in range(4):
        board.round()
        board.wait(1800)
    moment = board.clock.now() + timedelta(seconds=77)
    there = board.clock.trusted_of(board.clock.mono_of(moment))
    assert abs((there - moment).total_seconds()) < 1e-5
