"""One bad row stops nobody: a poisoned row is planted in every queue, and all others are done.

The queues and the pieces of work are those that the worker and the gateway run. A new piece must
say which queues' rows it isolates, or stand in `ROWLESS` with the reason why it has none; a new
queue must have a poison.
"""

from pathlib import Path

import pytest

from loa.config import worker
from loa.config.loops import Piece
from loa.federation import running
from loa.journal.models import Fact
from loa.quarantine import events, rules, selectors, services
from loa.quarantine.models import SetAside
from loa.quarantine.rules import Queue
from loa_protocol.clock import ManualClock
from tests.alerts.conftest import office
from tests.config.poison import BELL, LINE, POISONS, World, ring, rush
from tests.country import Country
from tests.federation.conftest import above, below, centre, keys, link, province

__all__ = ["above", "below", "centre", "keys", "link", "office", "province"]

PIECES = {piece.name: piece for loop in worker.LOOPS for piece in loop.pieces}
GATEWAY = Piece(name="hints", work=lambda: bool(ring(BELL)), queues=(Queue.HINTS,))
LANE = Piece(name="orders", work=lambda: bool(rush(LINE)), queues=(Queue.ORDERS,))
BY_QUEUE: dict[Queue, Piece] = {
    queue: piece for piece in (*PIECES.values(), GATEWAY, LANE) for queue in piece.queues
}
ROWLESS = {
    "summons": "isolates each person and order in newsroom and alerts themselves",
    "administrators": "isolates each person itself",
    "bells": "isolates each person and subscription itself",
    "mailboxes": "updates by state",
    "wall": "one sum over all outlets",
    "measures": "one sum over all communes",
    "stuck-productions": "one update",
    "renewals": "one query",
    "endings": "papers that the root signed, judged before they were stored",
    "browsers": "the demo's browsers",
    "forgetting": "deletes by age",
}
LINES = {"link-pull", "link-push", "link-files"}


def test_every_piece_names_its_rows_or_says_why_it_has_none() -> None:
    without = {name for name, piece in PIECES.items() if not piece.queues}
    assert without == set(ROWLESS)
    assert set(running.LINES) == LINES


def test_every_queue_is_worked_on_by_a_piece_and_has_a_poison() -> None:
    assert set(BY_QUEUE) == set(Queue) == set(POISONS)


def _work_off(piece: Piece) -> None:
    for _ in range(200):
        if not piece.work():
            return
    pytest.fail(f"{piece.name} has always more to do")


@pytest.mark.parametrize("queue", list(Queue), ids=lambda queue: queue.value)
def test_a_poisoned_row_is_set_aside_and_all_others_are_done(
    queue: Queue,
    country: Country,
    manual_clock: ManualClock,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(country, tmp_path, request.getfixturevalue, monkeypatch)
    planted = POISONS[queue](world)
    manual_clock.advance(1)
    _work_off(BY_QUEUE[queue])
    assert planted.done()
    assert [(one.queue, one.row) for one in SetAside.objects.all()] == [(queue, planted.row)]
    assert Fact.objects.filter(kind=events.ROW_SET_ASIDE).count() == 1
    manual_clock.advance(1)
    _work_off(BY_QUEUE[queue])
    assert SetAside.objects.get().tries == 1, "a row that rests is not tried"


def test_a_row_is_tried_again_later_and_more_and_more_seldom(
    country: Country, manual_clock: ManualClock
) -> None:
    def work(broken: bool) -> None:
        with services.isolated(Queue.DISPATCHES, "a"):
            if broken:
                raise ValueError("x")

    for wait_s in (60, 120, 240):
        work(broken=True)
        assert selectors.resting(Queue.DISPATCHES) == {"a"}
        assert selectors.due(Queue.DISPATCHES) == []
        manual_clock.advance(wait_s)
        assert selectors.due(Queue.DISPATCHES) == ["a"]
    assert rules.wait_after(100) == rules.MOST_WAIT
    work(broken=False)
    assert selectors.count() == 0
    assert Fact.objects.filter(kind=events.ROW_RELEASED).count() == 1


def test_what_is_written_down_holds_nothing_of_the_row(country: Country) -> None:
    from loa_protocol.payloads import Relay

    with services.isolated(Queue.PLAN_ITEMS, "a", name="Thời sự"):
        Relay.model_validate({"input": "Mic của ông Nam", "fallback": "a" * 64, "silence_s": 5})
    detail = SetAside.objects.get().detail
    assert detail.startswith("input: ")
    assert "Nam" not in detail


def test_the_database_being_away_is_no_row_s_fault(country: Country) -> None:
    from django.db import OperationalError

    with pytest.raises(OperationalError), services.isolated(Queue.DISPATCHES, "a"):
        raise OperationalError("locked")
    assert selectors.count() == 0
