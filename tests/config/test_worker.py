"""The worker's loop: one fact that cannot be followed does not stop the rest."""

import pytest

from loa.config import worker
from loa.newsroom.models import Version
from loa.outlets.models import AreaCount
from tests.console.desk import approved
from tests.country import Country


@pytest.mark.usefixtures("node")
def test_a_fact_that_cannot_be_followed_does_not_stop_plans_and_counts(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_counted", [])
    bulletin = approved(country.one)
    Version.objects.filter(bulletin=bulletin).update(production=None)  # its sound is gone
    assert not AreaCount.objects.exists()
    with pytest.raises(ValueError, match="has its sound"):
        worker._follow()
    assert AreaCount.objects.filter(path=country.one.place.path).exists()
