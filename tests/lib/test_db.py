"""What the databases do alike, however each does it."""

from datetime import date

import pytest

from loa.delivery.models import DeviceDay
from loa.lib import clock, db
from loa.lib.ids import new_id
from loa.media.models import File
from loa.places.models import Place
from loa.schedule.models import IssuedItem
from tests.country import Country


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("vn", 6),
        ("vn/25", 5),
        ("vn/25/08911", 2),
        ("vn/25/08911/h01", 1),
        ("vn/25/0891", 0),
        ("vn/2", 0),
        ("", 0),
    ],
)
def test_under_finds_a_place_and_what_is_below_it(country: Country, path: str, found: int) -> None:
    assert Place.objects.filter(db.under("path", path)).count() == found


def test_insert_new_adds_what_is_new_and_changes_nothing_else(country: Country) -> None:
    names = ("sha256", "mime", "bytes", "ms", "stored_at")
    row = ("a" * 64, "audio/ogg", 5, None, clock.now())
    db.insert_new(File, names, [row])
    db.insert_new(File, names, [(*row[:2], 9, 9, clock.now()), ("b" * 64, *row[1:])])
    assert dict(File.objects.values_list("pk", "bytes")) == {"a" * 64: 5, "b" * 64: 5}
    assert File.objects.get(pk="a" * 64).stored_at == row[4]
    db.insert_new(File, names, [])


def test_insert_new_writes_ids_and_references_as_the_models_do(country: Country) -> None:
    key = new_id()
    names = ("id", "level", "code", "name", "folded", "path", "parent_id", "valid_from", "source")
    since = country.one.place.valid_from
    parent = country.one.place.pk
    row = (key, "hamlet", "08911h09", "Thôn", "thon", "vn/25/08911/h09", parent, since, "")
    db.insert_new(Place, names, [row])
    made = Place.objects.get(pk=key)
    assert (made.parent, made.valid_from) == (country.one.place, since)


def test_unreferenced_rows_are_those_that_no_table_points_to(country: Country) -> None:
    leaves = set(db.unreferenced(Place).values_list("path", flat=True))
    assert "vn" not in leaves
    assert country.one.place.path not in leaves
    country.one.outlets[0].delete()
    country.one.outlets[1].delete()
    assert f"{country.one.place.path}/h01" in set(
        db.unreferenced(Place).values_list("path", flat=True)
    )


def _issued(country: Country, number: int, only: list[str]) -> IssuedItem:
    return IssuedItem.objects.create(
        station=country.one.station,
        item=f"{number:032x}",
        at=clock.now(),
        seconds=60,
        bulletin="b",
        only=only,
    )


def test_select_reads_as_the_models_do(country: Country) -> None:
    one, two, other = (_issued(country, n, only) for n, only in ((1, []), (2, ["vn"]), (3, [])))
    names = ("item", "at", "ms", "only", "station_id")
    found = db.select(
        IssuedItem,
        names,
        having=("item", [one.item, two.item, "f" * 32]),
        inside={"station_id": country.one.station.pk},
    )
    assert sorted(found) == [
        (row.item, row.at, None, row.only, country.one.station.pk) for row in (one, two)
    ]
    elsewhere = {"station_id": country.two.station.pk}
    assert db.select(IssuedItem, names, having=("item", [other.item]), inside=elsewhere) == []
    assert db.select(IssuedItem, names, having=("item", [])) == []


def test_add_up_makes_the_row_once_and_adds_to_it(country: Country) -> None:
    key = {"outlet_id": country.one.outlets[0].pk, "day": date(2026, 11, 23)}
    assert db.add_up(DeviceDay, key, {"items": 3, "doubtful": 0, "refused": 0})["items"] == 3
    again = db.add_up(DeviceDay, key, {"items": 4, "doubtful": 1, "refused": 0})
    assert again == {"items": 7, "doubtful": 1, "refused": 0}
    neighbour = {**key, "outlet_id": country.one.outlets[1].pk}
    db.add_up(DeviceDay, neighbour, {"items": 1, "doubtful": 0, "refused": 0})
    assert dict(DeviceDay.objects.values_list("outlet_id", "items")) == {
        key["outlet_id"]: 7,
        neighbour["outlet_id"]: 1,
    }
