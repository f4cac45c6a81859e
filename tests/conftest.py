"""What all tests share: a clock that stands still, a small country, one person per role."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from loa.lib import clock
from loa_protocol.clock import ManualClock

if TYPE_CHECKING:
    from tests.country import Country

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Noon in Vietnam, a Monday."""


@pytest.fixture
def manual_clock() -> Iterator[ManualClock]:
    """The process's clock, moved by hand; the real one comes back after the test."""
    manual = ManualClock(NOON)
    with clock.using(manual):
        yield manual


@pytest.fixture
def country(db: None, manual_clock: ManualClock) -> "Country":
    """One province with two communes; whoever belongs to one is a stranger in the other."""
    from tests.country import build

    return build()
