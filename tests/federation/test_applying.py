"""Acting on what was taken: orders first, and nothing that waits or breaks holds up another."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import DataError

from loa.federation import applying, incoming, registry
from loa.federation.contract import Arrived, Direction, Exchange, NotTaken, Waits
from loa.federation.models import Incoming, Link
from loa.federation.refusals import Fault
from loa.lib import clock
from loa.media import services as media
from loa.media.models import File
from loa.quarantine import selectors as aside
from loa.quarantine.rules import Queue
from loa.schedule.models import Dirty
from loa_protocol.clock import ManualClock
from tests.federation.peers import FakePeer, sent
from tests.federation.test_taking import states, summary, take


def test_an_order_goes_before_everything_else_that_has_come(
    above: FakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    above.add("bulletin.sent", sent(b"x"))
    above.add("order.issued", {"envelope": "AAAA"}, crit=True)
    take(above)
    went: list[str] = []
    real = applying._apply_run
    monkeypatch.setattr(
        applying,
        "_apply_run",
        lambda link, peer, run: went.append(run.rows[0].kind) or real(link, peer, run),
    )
    applying.apply_next()
    assert went == ["order.issued", "bulletin.sent"]
    assert states() == ["waiting", "refused"]


def test_a_paper_that_waits_holds_up_nothing(
    below: FakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waiting(_arrived: object) -> None:
        raise Waits("a signer")

    exchange = registry.exchange_of("trust.paper", Direction.UP)
    assert exchange is not None
    key = ("trust.paper", Direction.UP)
    monkeypatch.setitem(registry.BY_KEY, key, replace(exchange, handle=waiting))
    below.add("trust.paper", {"envelope": "AAAA"}, crit=True)
    below.add("play.summary", summary("vn/25/08911"))
    take(below)
    assert applying.apply_next() is True
    assert states() == ["waiting", "applied"]
    applying.retry_waiting()
    assert applying.apply_next() is False, "what only waits again calls for no haste"


def test_one_entry_that_the_database_refuses_holds_up_nothing(
    below: FakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def picky(arrived: Sequence[Arrived]) -> None:
        if any(one.body.commune == "vn/25/08911" for one in arrived):
            raise DataError("out of range")

    key = ("play.summary", Direction.UP)
    exchange = registry.BY_KEY[key]
    monkeypatch.setitem(registry.BY_KEY, key, replace(exchange, handle_many=picky))
    below.add("play.summary", summary("vn/25/08911"))
    below.add("play.summary", summary("vn/25/08914"))
    take(below)
    applying.apply_next()
    assert states() == ["refused", "applied"]


def _with(monkeypatch: pytest.MonkeyPatch, handle: Callable[[Arrived], None]) -> None:
    """Withdrawals from above are handled by this."""
    key = ("bulletin.withdrawn", Direction.DOWN)
    changed = replace(registry.BY_KEY[key], handle=handle)
    monkeypatch.setitem(registry.BY_KEY, key, changed)


def _note(letter: str) -> None:
    """Something that a handler writes."""
    media.file_note(sha256=letter * 64, mime="audio/ogg", size_bytes=1, ms=1)


def _noted() -> list[str]:
    return sorted(file.pk[0] for file in File.objects.all())


Some = Callable[[Link, Exchange, Sequence[tuple[Incoming, Arrived]]], int]


def _counted(real: Some, numbers: list[int]) -> Some:
    def counted(link: Link, exchange: Exchange, arrived: Sequence[tuple[Incoming, Arrived]]) -> int:
        numbers.append(real(link, exchange, arrived))
        return numbers[-1]

    return counted


def _withdrawals(above: FakePeer, reasons: str) -> None:
    for reason in reasons:
        above.add("bulletin.withdrawn", {"bulletin": str(uuid4()), "reason": reason})


def test_a_poisoned_entry_among_many_undoes_none_of_the_others(
    above: FakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def picky(arrived: Arrived) -> None:
        _note(arrived.body.reason)
        if arrived.body.reason == "b":
            raise ValueError("not foreseen")
        if arrived.body.reason == "c":
            raise NotTaken(Fault.DEAD_PLACE)
        if arrived.body.reason == "d":
            raise Waits("a file")

    _with(monkeypatch, picky)
    _withdrawals(above, "abcde")
    take(above)
    assert applying.apply_next() is True
    assert states() == ["applied", "waiting", "refused", "waiting", "applied"]
    assert _noted() == ["a", "e"], "what the others had written was undone, and nothing else"
    assert aside.is_set_aside(Queue.LINK_IMPORT, [str(Incoming.objects.get(seq=2).pk)])


@pytest.mark.django_db(transaction=True)
def test_what_only_the_commit_refuses_undoes_none_of_the_others(
    above: FakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reference to nothing is found at the end of the transaction, when all are in it."""

    def picky(arrived: Arrived) -> None:
        _note(arrived.body.reason)
        if arrived.body.reason == "b":
            Dirty.objects.create(station_id=uuid4(), since=clock.now())

    _with(monkeypatch, picky)
    _withdrawals(above, "abc")
    take(above)
    applying.apply_next()
    assert states() == ["applied", "refused", "applied"]
    assert _noted() == ["a", "c"]


def test_many_entries_share_a_transaction_that_ends_in_time(
    above: FakePeer, monkeypatch: pytest.MonkeyPatch, manual_clock: ManualClock
) -> None:
    inside: list[int] = []
    monkeypatch.setattr(applying, "_apply_some", _counted(applying._apply_some, inside))
    _with(monkeypatch, lambda arrived: manual_clock.advance(0.02))
    _withdrawals(above, "abcdefg")
    take(above)
    applying.apply_next()
    assert states() == ["applied"] * 7
    assert inside == [3, 3, 1]


def test_while_pages_come_only_what_is_urgent_is_acted_on(
    above: FakePeer, manual_clock: ManualClock
) -> None:
    _withdrawals(above, "a")
    above.add("order.issued", {"envelope": "AAAA"}, crit=True)
    _withdrawals(above, "b")
    link = Link.objects.get()
    incoming.take(above.told(0, limit=2), link, above.to)
    applying.apply_next()
    assert states() == ["queued", "refused"], "the order was looked at, the withdrawal waits"
    manual_clock.advance(applying.COMING_FOR.total_seconds())
    applying.apply_next()
    assert states() == ["applied", "refused"], "the line gives no more pages"


def test_a_mailbox_that_takes_no_more_is_emptied_at_once(above: FakePeer) -> None:
    _withdrawals(above, "ab")
    incoming.take(above.told(0, limit=1), Link.objects.get(), above.to)
    Link.objects.update(full=True)
    applying.apply_next()
    assert states() == ["applied"]
