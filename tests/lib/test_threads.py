"""Work on several threads leaves nothing open and loses nothing."""

import threading

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from loa.lib.threads import each_at_once


def test_results_come_in_the_order_of_the_values() -> None:
    met = threading.Barrier(3)

    def late(value: int) -> int:
        met.wait(timeout=10)
        return value * value

    assert each_at_once(late, [3, 1, 2], most=3, name="square") == [9, 1, 4]


@pytest.mark.django_db(transaction=True)
def test_a_call_that_asked_the_database_leaves_no_connection() -> None:
    opened: list[BaseDatabaseWrapper] = []

    def ask(broken: bool) -> None:
        connections["default"].ensure_connection()
        opened.append(connections["default"])
        if broken:
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        each_at_once(ask, [False, True], most=2, name="ask")
    assert [own.connection for own in opened] == [None, None]


def test_one_that_raises_keeps_no_other_from_being_done() -> None:
    done = []

    def work(value: int) -> None:
        if not value:
            raise ValueError("broken")
        done.append(value)

    with pytest.raises(ValueError, match="broken"):
        each_at_once(work, [0, 1, 2], most=1, name="work")
    assert done == [1, 2]
