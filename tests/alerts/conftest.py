"""The office of urgent orders, and boxes that hang in its communes."""

from pathlib import Path

import pytest

from loa.people import acceptance
from loa.people.authority import NodeIdentity
from tests.alerts import office as offices
from tests.country import Country


@pytest.fixture
def office(
    country: Country, node: NodeIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> offices.Office:
    """Author and approver of the province and of the first commune, with keys and papers."""
    monkeypatch.setattr(acceptance, "_trust", None)
    return offices.build(country, tmp_path / "demo")
