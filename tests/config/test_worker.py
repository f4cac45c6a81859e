"""The worker's loop: one fact that cannot be followed does not stop the rest."""

import pytest

from loa.config import worker
from loa.journal.services import Recorded
from loa.newsroom.events import BULLETIN_APPROVED
from loa.outlets.models import AreaCount
from loa.schedule import handlers
from tests.console.desk import approved
from tests.country import Country


@pytest.mark.usefixtures("node")
def test_a_fact_that_cannot_be_followed_does_not_stop_plans_and_counts(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_counted", [])
    monkeypatch.setitem(handlers.HANDLERS, BULLETIN_APPROVED, _fails)
    approved(country.one)
    assert not AreaCount.objects.exists()
    with pytest.raises(ValueError, match="not foreseen"):
        worker._follow()
    assert AreaCount.objects.filter(path=country.one.place.path).exists()


def _fails(fact: Recorded) -> None:
    raise ValueError(f"not foreseen: {fact.kind}")
