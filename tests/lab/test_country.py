"""The made-up country: the same at every run, marked as made up, and a sound journal."""

import contextlib
from collections.abc import Iterator

import pytest
from django.db import transaction

from loa.delivery.models import Play
from loa.journal import selectors as journal
from loa.lib import clock
from loa.newsroom.models import Bulletin
from loa.outlets.models import AreaCount, Outlet, Station
from loa.places.models import Place
from loa_lab.country.rows import BULLETINS, HAMLETS, Size, seed
from tests.country import Country


def communes(country: Country) -> Iterator[Place]:
    """Two more communes, which have no station."""
    for code in ("08917", "08920"):
        yield Place.objects.create(
            level="commune",
            code=code,
            name=f"Xã {code}",
            folded=code,
            path=f"vn/25/{code}",
            parent=country.province,
            valid_from=country.province.valid_from,
        )


def test_every_commune_without_a_station_gets_its_share(country: Country) -> None:
    new = list(communes(country))
    made = seed(Size(outlets=30, plays=1_000), clock.now())
    assert made["outlets"] == 30
    assert made["hamlets"] == len(new) * HAMLETS
    assert made["bulletins"] == len(new) * BULLETINS
    assert made["plays"] == Play.objects.count() == 1_000
    assert set(Station.objects.filter(simulated=True).values_list("place_id", flat=True)) == {
        place.pk for place in new
    }
    assert not Play.objects.filter(simulated=False).exists()
    assert not Bulletin.objects.filter(approved_version=None).exists()
    assert journal.verify() is None
    assert AreaCount.objects.get(pk="vn").outlets == Outlet.objects.count()


def test_it_is_the_same_country_at_every_run(country: Country) -> None:
    list(communes(country))
    found = []
    for _ in range(2):
        with contextlib.suppress(_Undone), transaction.atomic():
            seed(Size(outlets=20, plays=500), clock.now())
            found.append(
                [
                    list(model._default_manager.order_by("pk").values_list())
                    for model in (Outlet, Play)
                ]
            )
            raise _Undone
    assert found[0] == found[1]
    assert len(found[0][1]) == 500


class _Undone(Exception):
    """Takes the country back."""


@pytest.mark.parametrize("plays", [0, 1])
def test_a_small_country_is_made_too(country: Country, plays: int) -> None:
    list(communes(country))
    assert seed(Size(outlets=2, plays=plays), clock.now())["plays"] == plays


def test_one_commune_of_it_is_made_alone(country: Country) -> None:
    first, _second = communes(country)
    assert seed(Size(outlets=46, plays=10, within=first.path), clock.now())["outlets"] == 46
    assert [station.place for station in Station.objects.filter(simulated=True)] == [first]
