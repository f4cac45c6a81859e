"""What the player's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .fake_authority import FakeAuthority, utc_now
from .fake_node import FakeNode


@pytest.fixture
def node() -> Iterator[FakeNode]:
    """A node that serves on a port of its own."""
    fake = FakeNode(FakeAuthority(utc_now())).start()
    yield fake
    fake.stop()
