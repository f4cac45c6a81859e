"""Splitting a unit: nothing is guessed, and what cannot be told is asked of a person."""

import pytest

from loa.outlets.models import Outlet
from loa.places.models import Place
from loa.places.reform import planning, services
from loa.places.reform.operations import ReformRefused
from loa.schedule.models import Slot, Timetable
from tests.country import Country
from tests.places.reforming import apply, commune, draft, fill, snapshot, standing, undo

pytestmark = pytest.mark.django_db

SPLIT = (
    commune("08911", "08911", "main", name="Xã Tam Đảo"),
    commune("08911", "08920", "part", name="Xã Đảo Đông", province="25"),
)


def locate(country: Country) -> None:
    """One cluster at the centre of each part. The successors to be made have no centre of their
    own, so official boundaries decide; here there are none."""
    for number, outlet in enumerate(country.one.outlets):
        Outlet.objects.filter(pk=outlet.pk).update(latitude=21.45, longitude=105.6 + number / 10)


def test_nothing_of_a_split_unit_is_guessed(country: Country) -> None:
    fill(country)
    reform = draft(*SPLIT)
    plan = planning.plan(reform)
    open_things = {(item.what, item.name) for item in plan.undecided}
    assert open_things >= {
        ("office", "Xã Tam Đảo"),
        ("places.hamlet", "Thôn Đông"),
        ("outlets.station", "Đài Xã Tam Đảo"),
        ("outlets.outlet", "Cụm loa 1"),
        ("people.role", "Nguyễn Thị Lan, Cán bộ truyền thanh xã"),
    }
    with pytest.raises(ReformRefused) as refusal:
        apply(reform)
    assert refusal.value.code == "undecided"
    assert standing("08911") == country.one.place


def test_a_person_decides_and_clusters_elsewhere_get_a_station_there(country: Country) -> None:
    things = fill(country)
    Slot.objects.filter(pk=things["slot"].pk).update(station=country.one.station)
    was = snapshot()
    reform = draft(*SPLIT)
    plan = planning.plan(reform)
    rest = services.rest_to_main(plan)
    away = country.one.outlets[1]
    rest["outlets.outlet", away.pk] = "08920"
    services.reform_decide(actor="cli:test", reorganisation=reform, decisions=rest)
    apply(reform)
    away.refresh_from_db()
    assert away.station.place.code == "08920"
    assert away.hamlet is None
    assert away.station.name == "Đài Xã Tam Đảo (Xã Đảo Đông)"
    assert Timetable.objects.filter(station=away.station).count() == 1
    assert Slot.objects.filter(station=away.station).count() == 1
    stayed = Outlet.objects.get(pk=country.one.outlets[0].pk)
    assert stayed.station == country.one.station
    assert stayed.station.place == standing("08911")
    undo(reform)
    assert snapshot() == was


def test_coordinates_decide_where_they_tell(country: Country) -> None:
    """The other part goes to a commune that stands, with its centre; official boundaries of both
    would do the same."""
    Place.objects.filter(pk=country.two.place.pk).update(latitude=21.45, longitude=105.7)
    target = Place.objects.create(
        level="commune", code="08930", name="Xã Tây", folded="xa tay 08930", path="vn/25/08930",
        parent=country.province, valid_from=country.province.valid_from,
        latitude=21.45, longitude=105.6,
    )  # fmt: skip
    locate(country)
    reform = draft(commune("08911", "08930", "main"), commune("08911", "08914", "part"))
    found = {
        item.name: (item.code, item.by)
        for item in planning.plan(reform).items
        if item.what == "outlets.outlet"
    }
    assert found == {
        "Cụm loa 1": (target.code, "coordinates"),
        "Cụm loa 2": ("08914", "coordinates"),
    }
