"""The demo's commune can be any commune of the country, its made-up poles included."""

import random
from collections.abc import Iterator

import pytest

from loa.outlets.models import Outlet
from loa.outlets.rules import NEAR_KM
from loa.places import gazetteer
from loa.places.models import Place
from loa.places.rules import distance_km, path_of, search_text
from loa_lab.demo import commune as demo_commune

ASKED_FOR = {"20014", "25747"}
"""Communes far from the demo's own whose poles once stood 578 km away."""


def one_commune_of_each_province() -> list[gazetteer.Unit]:
    """The nation, its provinces, a commune of each drawn at random, and those of ASKED_FOR."""
    units = gazetteer.current_units()
    communes = [unit for unit in units if unit.level == "commune"]
    random.Random(34).shuffle(communes)
    drawn = {unit.parent: unit for unit in communes}
    asked_for = [unit for unit in communes if unit.code in ASKED_FOR]
    above = [unit for unit in units if unit.level != "commune"]
    return [*above, *drawn.values(), *(unit for unit in asked_for if unit not in drawn.values())]


def stored(units: list[gazetteer.Unit]) -> Iterator[Place]:
    """The units as places, with their real codes, names and middles."""
    places: dict[tuple[str, str], Place] = {}
    for unit in units:
        parent = places[unit.parent] if unit.parent else None
        places[unit.level, unit.code] = Place.objects.create(
            level=unit.level,
            code=unit.code,
            name=unit.name,
            folded=search_text(unit.name, unit.code),
            parent=parent,
            path=path_of(unit.level, unit.code, parent.path if parent else ""),
            valid_from=unit.valid_from,
            latitude=unit.latitude,
            longitude=unit.longitude,
        )
        yield places[unit.level, unit.code]


@pytest.mark.django_db
def test_a_commune_of_every_province_can_be_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_commune, "DAYS_OF_HISTORY", 1)  # a month is the same for each
    units = one_commune_of_each_province()
    communes = [place for place in stored(units) if place.level == "commune"]
    assert {place.code for place in communes} >= ASKED_FOR
    assert len({place.parent_id for place in communes}) == 34
    for commune in communes:
        station = demo_commune.ensure_commune(commune.path)
        for outlet in Outlet.objects.filter(station_id=station.pk):
            assert outlet.latitude is not None
            assert outlet.longitude is not None
            assert commune.latitude is not None
            assert commune.longitude is not None
            middle = (commune.latitude, commune.longitude)
            assert distance_km((outlet.latitude, outlet.longitude), middle) < NEAR_KM / 10


def test_a_commune_without_a_known_middle_gives_no_position() -> None:
    unknown, known = Place(latitude=None, longitude=106.0), Place(latitude=10.0, longitude=106.0)
    assert demo_commune.position_near(unknown, (0.1, 0.1)) == (None, None)
    assert demo_commune.position_near(known, (0.1, -0.1)) == (10.1, 105.9)
