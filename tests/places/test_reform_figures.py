"""Figures of before and after, under the map of before and of after."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa.delivery.by_unit import aired_by_unit
from loa.delivery.models import Play
from loa.outlets.models import Outlet, Station
from loa.places.models import Place
from loa.places.reform.figures import Move, carried, gathered, home_on
from tests.country import Country
from tests.places.reforming import DAY, apply, commune, draft

EVE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


def test_a_thing_is_where_it_was_before_its_next_move() -> None:
    moves = [Move(date(2027, 1, 1), "b", "c"), Move(date(2026, 1, 1), "a", "b")]
    assert home_on(date(2025, 12, 31), "c", moves) == "a"
    assert home_on(date(2026, 1, 1), "c", moves) == "b"
    assert home_on(date(2027, 1, 1), "c", moves) == "c"


@given(
    st.lists(
        st.tuples(st.sampled_from("xyz"), st.sampled_from([EVE, AFTER]), st.integers(0, 99)),
        max_size=30,
    ),
    st.dictionaries(st.sampled_from("xyz"), st.sampled_from([None, "A", "B"])),
)
def test_no_map_changes_the_whole(
    counted: list[tuple[str, date, int]], homes: dict[str, str | None]
) -> None:
    found = gathered(counted, homes)
    for day in (EVE, AFTER):
        whole = sum(number for _, at, number in counted if at == day)
        assert sum(number for (_, at), number in found.items() if at == day) == whole


def test_figures_by_unit_go_along_and_a_split_units_stay_unplaced() -> None:
    placed, split = carried({"a": 3, "b": 4, "c": 5}, {"a": ("n",), "b": ("n",), "c": ("n", "m")})
    assert placed == {"n": 7}
    assert split == {"c": 5}


def play(outlet: Outlet, day: date, number: int) -> None:
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    Play.objects.create(
        outlet=outlet,
        station=outlet.station,
        item=f"{day}-{number}",
        result="played",
        at=at,
        played_ms=1000,
    )


def seen(map_day: date) -> dict[tuple[str, date], int]:
    rows = aired_by_unit(within=["vn"], first=EVE, last=AFTER, map_day=map_day)
    return {(row.name, row.day): row.plays for row in rows}


@pytest.mark.django_db
def test_plays_of_before_and_after_under_both_maps(country: Country) -> None:
    one, two = country.one.outlets[0], country.two.outlets[0]
    for day in (EVE, AFTER):
        play(one, day, 1)
        play(one, day, 2)
        play(two, day, 1)
    apply(draft(commune("08911", "08911", name="Xã Tam Đảo Mới"), commune("08914", "08911")))
    fresh = Outlet.objects.create(
        station=Station.objects.create(
            place=Place.objects.get(code="08911", level="commune", valid_to=None), name="Đài mới"
        ),
        code="CL01",
        name="Cụm loa mới",
    )
    play(fresh, AFTER, 1)
    assert seen(AFTER) == {
        ("Xã Tam Đảo Mới", EVE): 3,
        ("Xã Tam Đảo Mới", AFTER): 4,
    }
    assert seen(EVE) == {
        ("Xã Tam Đảo", EVE): 2,
        ("Xã Bên Cạnh", EVE): 1,
        ("Xã Tam Đảo", AFTER): 2,
        ("Xã Bên Cạnh", AFTER): 1,
        ("", AFTER): 1,
    }
