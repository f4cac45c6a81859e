"""The worker's loops: one piece of work that fails stops no other piece."""

from loa.config.loops import REST_AFTER_FAILURE_S, Loop, Piece, Runner
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
