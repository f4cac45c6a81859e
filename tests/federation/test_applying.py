"""Acting on what was taken: orders first, and nothing that waits or breaks holds up another."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from django.db import DataError

from loa.federation import applying, registry
from loa.federation.contract import Arrived, Direction, Waits
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
