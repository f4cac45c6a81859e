"""The wall: what is counted, for whom, and that only changes are written."""

from datetime import timedelta
from typing import Any

import pytest

from loa.lib import clock
from loa.outlets import rules, wall
from loa.outlets.models import AreaCount, Health
from loa.people.rules import NOBODY
from loa.places.models import Place
from tests.country import Commune, Country


def hears(commune: Commune, number: int, state: str = "idle", *, minutes_ago: int = 0) -> None:
    """The outlet's device last spoke so long ago, and said this."""
    Health.objects.update_or_create(
        outlet=commune.outlets[number],
        defaults={
            "seen_at": clock.now() - timedelta(minutes=minutes_ago),
            "online": True,
            "state": state,
            "report": {},
        },
    )


def people(commune: Commune, count: int | None) -> None:
    Place.objects.filter(path=f"{commune.place.path}/h01").update(people=count)


def counted(path: str) -> dict[str, Any]:
    wall.count(clock.now())
    row = AreaCount.objects.get(pk=path)
    names = ("outlets", "silent", "trouble", "playing", "never", "people_unreached")
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def test_people_are_unreached_where_no_outlet_of_their_hamlet_sounds(country: Country) -> None:
    people(country.one, 340)
    hears(country.one, 0, minutes_ago=60)
    hears(country.one, 1)
    assert counted("vn/25/08911") == {"outlets": 2, "silent": 1}
    hears(country.one, 1, "fault")
    assert counted("vn/25/08911") == {
        "outlets": 2,
        "silent": 1,
        "trouble": 1,
        "people_unreached": 340,
    }
    hears(country.one, 0, "playing")
    assert counted("vn/25/08911") == {"outlets": 2, "trouble": 1, "playing": 1}


def test_an_unknown_number_of_people_is_counted_as_unknown_not_as_none(country: Country) -> None:
    people(country.one, None)
    hears(country.one, 0, minutes_ago=60)
    wall.count(clock.now())
    row = AreaCount.objects.get(pk="vn/25/08911")
    assert (row.people_unreached, row.hamlets_unreached, row.hamlets_unknown) == (0, 1, 1)


def test_a_place_that_never_had_a_device_is_no_alarm(country: Country) -> None:
    people(country.one, 340)
    assert counted("vn/25/08911") == {"outlets": 2, "never": 2}


def test_sums_go_up_and_the_worst_stands_first(country: Country) -> None:
    people(country.one, 100)
    people(country.two, 500)
    for commune in (country.one, country.two):
        hears(commune, 0, minutes_ago=60)
    assert counted("vn/25")["people_unreached"] == 600
    assert counted("vn")["outlets"] == 4
    rows = wall.below(country.actor("editor"), "vn/25", 10)
    assert [row.path for row in rows] == ["vn/25/08914", "vn/25/08911"]


def test_a_commune_does_not_see_its_neighbour_s_numbers(country: Country) -> None:
    wall.count(clock.now())
    officer = country.one.actor("officer")
    assert wall.of_place(officer, "vn/25/08911") is not None
    assert wall.of_place(officer, "vn/25/08914") is None
    assert wall.of_place(officer, "vn/25") is None
    assert wall.below(NOBODY, "vn/25", 10) == []


def test_what_did_not_change_is_not_written(country: Country) -> None:
    hears(country.one, 0)
    assert wall.count(clock.now()) == 4
    assert wall.count(clock.now()) == 0
    hears(country.one, 0, "playing")
    assert wall.count(clock.now()) == 3
    for outlet in country.two.outlets:
        outlet.retired_at = clock.now()
        outlet.save()
    wall.count(clock.now())
    assert not AreaCount.objects.filter(pk="vn/25/08914").exists()


@pytest.mark.parametrize("seen_min", [11, 13])
def test_contact_is_lost_after_two_missed_reports(country: Country, seen_min: int) -> None:
    hears(country.one, 0, minutes_ago=seen_min)
    silent = int(timedelta(minutes=seen_min) > rules.SILENT_AFTER)
    assert counted("vn/25/08911").get("silent", 0) == silent
