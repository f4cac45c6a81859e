"""What all tests share: a clock that stands still, a small country, one person per role."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.cache import cache

from loa.lib import clock
from loa.people import authority
from loa.people.authority import NodeIdentity
from loa_lab.demo import trust
from loa_protocol.clock import ManualClock
from tests import migrated

if TYPE_CHECKING:
    from tests.country import Country

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Noon in Vietnam, a Monday."""


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """On SQLite the test database begins as a copy of a migrated one (`tests.migrated`)."""
    database = settings.DATABASES["default"]
    if "sqlite" not in database["ENGINE"]:
        return False
    migrated.lay_out(Path(database["TEST"]["NAME"]))
    return True


@pytest.fixture(autouse=True)
def _clear_cache() -> None:
    """Clear what the node caches for some seconds (counts, limits of tries) between tests."""
    cache.clear()


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


@pytest.fixture
def node(country: "Country", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeIdentity:
    """The demo's real chain of trust for the province, and the node's own key under it."""
    keys = tmp_path / "keys"
    trust.ensure_trust(keys=tmp_path / "demo", node_keys=keys, province="25", now=clock.now())
    monkeypatch.setattr(authority, "_cached", None)
    monkeypatch.setattr(settings, "ENV", replace(settings.ENV, data=tmp_path))
    return authority.node_identity()
