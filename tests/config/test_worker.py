"""The worker's loops: one piece of work that fails stops no other piece."""

import threading
from typing import cast

from loa.config.loops import IDLE_LOOK_S, REST_AFTER_FAILURE_S, Loop, Piece, Runner
from loa.config.worker import LOOPS
from loa.lib.changes import Commits
from loa.people.authority import NoAuthority
from loa_protocol.clock import ManualClock


def test_a_piece_that_fails_stops_no_other_and_rests(manual_clock: ManualClock) -> None:
    done: list[str] = []

    def fails() -> bool:
        done.append("fails")
        raise ValueError("not foreseen")

    def works() -> bool:
        done.append("works")
        return len(done) < 4

    runner = Runner(Loop("both", (Piece(name="a", work=fails), Piece(name="b", work=works))))
    assert runner.turn()
    assert runner.turn()
    assert not runner.turn()
    assert done == ["fails", "works", "works", "works"]
    manual_clock.advance(REST_AFTER_FAILURE_S)
    runner.turn()
    assert done[4:] == ["fails", "works"]


def test_a_node_without_papers_goes_on_with_what_needs_no_signature(
    manual_clock: ManualClock,
) -> None:
    done: list[str] = []

    def signs() -> bool:
        raise NoAuthority("no papers")

    def counts() -> bool:
        done.append("counted")
        return False

    Runner(Loop("both", (Piece(name="a", work=signs), Piece(name="b", work=counts)))).turn()
    assert done == ["counted"]


def test_a_piece_begins_after_its_time_and_rests_between(manual_clock: ManualClock) -> None:
    done: list[int] = []

    def counts() -> bool:
        done.append(1)
        return False

    runner = Runner(Loop("one", (Piece(name="a", work=counts, every_s=60, begin_after_s=10),)))
    for seconds, times in ((0, 0), (10, 1), (59, 1), (1, 2)):
        manual_clock.advance(seconds)
        runner.turn()
        assert len(done) == times


def test_a_loop_at_rest_is_asked_no_sooner_than_it_says() -> None:
    """What falls due by the clock alone waits that long, so ways of warnings say a short time."""
    stop, waited = threading.Event(), []

    class Still:
        """Nobody writes: the first wait ends the loop."""

        number = 1

        def wait(self, number: int, timeout_s: float) -> None:
            waited.append((number, timeout_s))
            stop.set()

    loop = Loop("one", (Piece(name="a", work=lambda: False),), look_s=3.5)
    Runner(loop).run(stop, cast(Commits, Still()))
    assert waited == [(1, 3.5)]
    short = {loop.name for loop in LOOPS if loop.look_s < IDLE_LOOK_S}
    assert short == {"cap", "channels", "channels-inbound"}
