"""Who hears an order: by outlets that can sound at this moment, as the wall counts them."""

from datetime import timedelta
from typing import Any

import pytest

from loa.alerts.orders.hearing import Hearing, hearing
from loa.lib import clock
from loa.outlets import wall
from loa.outlets.models import AreaCount, Health
from loa.places.models import Place
from tests.country import Commune, Country, place

ONE, TWO = "vn/25/08911", "vn/25/08914"


def hears(commune: Commune, number: int, state: str = "idle", *, minutes_ago: int = 0) -> None:
    Health.objects.update_or_create(
        outlet=commune.outlets[number],
        defaults={"seen_at": clock.now() - timedelta(minutes=minutes_ago), "state": state},
    )


def people(path: str, count: int | None) -> None:
    Place.objects.filter(path=path).update(people=count)


def whole(*targets: str) -> Hearing:
    return hearing(targets, clock.now())[0]


@pytest.fixture
def peopled(country: Country) -> Country:
    people(f"{ONE}/h01", 1575)
    people(f"{TWO}/h01", 800)
    second = place("hamlet", "08911h02", "Thôn Tây", f"{ONE}/h02", country.one.place)
    second.people = 300
    second.save()
    return country


def test_only_hamlets_with_an_outlet_that_sounds_now_hear(peopled: Country) -> None:
    hears(peopled.one, 0)
    found = whole("vn/25")
    assert (found.people, found.hamlets, found.able, found.outlets) == (1575, 1, 1, 4)
    assert (found.deaf_people, found.deaf_hamlets) == (1100, 2)
    assert found.deaf_communes == (TWO,)
    assert (found.communes, found.uncounted) == (2, 0)


@pytest.mark.parametrize("state", ["fault", "muted", "silent"])
def test_an_outlet_that_exists_and_cannot_sound_reaches_nobody(
    peopled: Country, state: str
) -> None:
    if state == "silent":
        hears(peopled.one, 0, minutes_ago=60)
    else:
        hears(peopled.one, 0, state)
    found = whole(ONE)
    assert (found.people, found.able) == (0, 0)
    assert found.deaf_people == 1875
    assert found.deaf_communes == (ONE,)


def test_a_hamlet_s_order_counts_that_hamlet_alone(peopled: Country) -> None:
    hears(peopled.one, 0)
    found = whole(f"{ONE}/h02")
    assert (found.people, found.able, found.outlets) == (0, 0, 0)
    assert (found.deaf_people, found.deaf_hamlets, found.communes) == (300, 1, 0)
    assert whole(f"{ONE}/h01").people == 1575


def test_what_nobody_has_counted_is_said_and_not_taken_for_none(peopled: Country) -> None:
    people(f"{ONE}/h01", None)
    people(f"{ONE}/h02", None)
    hears(peopled.one, 0)
    found = whole(ONE)
    assert (found.people, found.people_unknown) == (0, 1)
    assert (found.deaf_people, found.deaf_unknown) == (0, 1)


def test_a_commune_without_hamlets_on_record_is_uncounted(peopled: Country) -> None:
    place("commune", "08917", "Xã Chưa Ghi", "vn/25/08917", peopled.province)
    found = whole("vn/25")
    assert (found.communes, found.uncounted) == (3, 1)
    assert "vn/25/08917" in found.deaf_communes


def test_an_outlet_without_a_hamlet_sounds_for_its_commune(peopled: Country) -> None:
    outlet = peopled.two.outlets[0]
    outlet.hamlet = None
    outlet.save()
    hears(peopled.two, 0)
    found = whole(TWO)
    assert (found.able, found.no_hamlet, found.deaf_communes) == (1, 1, ())


def test_the_wall_says_the_same_of_the_same_people(peopled: Country) -> None:
    Place.objects.filter(path=f"{ONE}/h02").delete()
    hears(peopled.one, 0, "fault")
    hears(peopled.two, 0)
    hears(peopled.two, 1, minutes_ago=60)
    wall.count(clock.now())
    row = AreaCount.objects.get(pk="vn/25")
    found = whole("vn/25")
    assert found.deaf_people == row.people_unreached == 1575
    assert found.able == row.outlets - row.silent - row.trouble - row.never == 1


def test_many_places_cost_no_more_queries(peopled: Country, django_assert_num_queries: Any) -> None:
    for targets in ((ONE,), (ONE, f"{TWO}/h01"), ("vn/25",)):
        with django_assert_num_queries(4):
            hearing(targets, clock.now())
