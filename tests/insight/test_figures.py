"""Published figures are taken whole or not at all; counted ones lead back to communes."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from loa.insight import selectors, services
from loa.insight.models import Measure, Published
from loa.insight.rules import Doubt
from loa.insight.services import FiguresRefused, Told
from loa.journal.models import Fact
from loa.lib import clock
from loa.outlets.models import Outlet, Station
from loa.people.rules import NODE
from loa.people.selectors import NotAllowed, actor_of
from loa.places.services import gazetteer_load
from loa_protocol.clock import ManualClock
from tests.country import Country

SAMPLE = (Path(__file__).parent / "indicators-2024.csv").read_bytes()
HEAD = "indicator,as_of,numerator,denominator,percent\n"
TODAY = date(2026, 11, 23)


def total(code: str, path: str = "vn/25", day: date = TODAY) -> tuple[int, int, int, int]:
    found = selectors.totals(path, day)[code]
    return found.value, found.base, found.rows, found.communes


def test_the_published_figures_are_taken_once_and_can_be_taken_again(country: Country) -> None:
    assert services.figures_load(actor=NODE, content=SAMPLE) == 12
    assert services.figures_load(actor=NODE, content=SAMPLE) == 12
    assert Published.objects.count() == 12
    zalo = Published.objects.get(indicator="commune_zalo_oa")
    assert (zalo.numerator, zalo.denominator, zalo.percent) == (4024, None, "40")
    assert Published.objects.get(indicator="conference_points").as_of == date(2024, 12, 31)
    assert Fact.objects.filter(kind="insight.figures_loaded").count() == 2


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("khong_co,2024-12-15,1,,", "không có chỉ tiêu"),
        ("clusters,2024-02-31,1,,", "không phải ngày"),
        ("clusters,2024-12-15,-1,,", "không phải số nguyên"),
        ("clusters,2024-12-15,,,", "thiếu tử số"),
        ("clusters,2024-12-15,5,4,", "lớn hơn mẫu số"),
        ("clusters,2024-12-15,5,,120", "không phải tỷ lệ"),
        ("clusters,2024-12-15," + "9" * 30 + ",,", "không phải số nguyên"),
    ],
)
def test_one_bad_row_and_nothing_is_taken(country: Country, row: str, words: str) -> None:
    content = f"{HEAD}clusters,2024-12-14,1,,\n{row}\n".encode()
    with pytest.raises(FiguresRefused, match=words) as refused:
        services.figures_load(actor=NODE, content=content)
    assert "Dòng 3" in str(refused.value)
    assert not Published.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "thiếu cột"),
        (HEAD.encode(), "không có dòng"),
        (b"\xff\xfe" * 10, "UTF-8"),
        (b"x" * (1 << 20) + b"x", "1 MB"),
    ],
)
def test_what_is_no_such_file_is_refused(country: Country, content: bytes, words: str) -> None:
    with pytest.raises(FiguresRefused, match=words):
        services.figures_load(actor=NODE, content=content)


def test_only_who_may_loads_or_looks(country: Country) -> None:
    with pytest.raises(NotAllowed):
        services.figures_load(actor=country.one.actor("officer"), content=SAMPLE)
    with pytest.raises(NotAllowed):
        selectors.table(country.one.actor("officer"), "vn/25", TODAY)
    assert selectors.table(country.one.actor("officer"), country.one.place.path, TODAY)


def test_the_program_says_unaided_what_does_not_agree(country: Country) -> None:
    gazetteer_load(actor="cli:test")
    services.figures_load(actor=NODE, content=SAMPLE)
    table = selectors.table(NODE, "vn", TODAY)
    assert (table.published_on, table.communes_then) == (date(2024, 12, 15), None)
    pairs = {frozenset(one.codes) for one in table.findings if len(one.codes) == 2}
    assert frozenset({"commune_pages", "commune_boards"}) in pairs
    assert frozenset({"commune_pages", "commune_zalo_oa"}) in pairs
    assert frozenset({"commune_boards", "commune_zalo_oa"}) in pairs


def test_a_figure_is_held_against_the_map_of_its_own_day(country: Country) -> None:
    gazetteer_load(actor="cli:test")
    row = f"{HEAD}commune_pages,2025-03-01,8471,,79.9\n"
    services.figures_load(actor=NODE, content=row.encode())
    table = selectors.table(NODE, "vn", TODAY)
    assert table.communes_then == 10_035
    assert [one.doubt for one in table.findings] == [Doubt.WHOLE]


def test_a_province_s_numbers_are_those_of_its_communes(country: Country) -> None:
    services.count(inside="vn/25", now=clock.now())
    assert total("commune_stations") == (2, 2, 2, 2)
    assert total("clusters") == (4, 0, 4, 2)
    assert total("hamlets_covered", country.one.place.path) == (1, 1, 1, 1)
    assert "commune_boards" not in selectors.totals("vn/25", TODAY)
    editor = actor_of(country.editor)
    down = selectors.below(editor, "vn/25", "clusters", TODAY)
    assert {path: one.value for path, one in down.items()} == {
        country.one.place.path: 2,
        country.two.place.path: 2,
    }


def test_counting_again_writes_nothing_and_a_change_begins_a_row(
    country: Country, manual_clock: ManualClock
) -> None:
    services.count(inside="vn/25", now=clock.now())
    before = Measure.objects.count()
    assert services.count(inside="vn/25", now=clock.now()) == 0
    manual_clock.advance(timedelta(days=3).total_seconds())
    Outlet.objects.create(station=country.one.station, code="B1", name="Bảng tin", kind="board")
    Station.objects.filter(pk=country.two.station.pk).update(technology="wired")
    services.count(inside="vn/25", now=clock.now())
    assert total("ip_stations", day=TODAY) == (2, 2, 2, 2)
    later = TODAY + timedelta(days=3)
    assert total("ip_stations", day=later) == (1, 2, 2, 2)
    assert total("commune_boards", day=later) == (1, 2, 1, 2)
    # One changed, two appeared.
    assert Measure.objects.count() == before + 3


def test_a_second_change_of_a_day_leaves_one_row_of_it(country: Country) -> None:
    services.count(inside="vn/25", now=clock.now())
    Station.objects.filter(pk=country.two.station.pk).update(technology="wired")
    services.count(inside="vn/25", now=clock.now())
    assert total("ip_stations") == (1, 2, 2, 2)
    assert Measure.objects.filter(indicator="ip_stations").count() == 2


def test_another_node_s_numbers_are_kept_and_its_newer_ones_replace_them(country: Country) -> None:
    first = Told("clusters", "vn/24/08911", date(2026, 11, 20), 5, 0, 5)
    newer = Told("clusters", "vn/24/08911", date(2026, 11, 22), 6, 0, 6)
    services.take(origin="n-24", told=[first], now=clock.now())
    services.take(origin="n-24", told=[first, newer], now=clock.now())
    services.take(origin="n-24", told=[newer], now=clock.now())
    assert total("clusters", "vn/24", date(2026, 11, 21))[0] == 5
    assert total("clusters", "vn/24")[0] == 6
    services.count(inside="vn/25", now=clock.now())
    assert total("clusters", "vn/24")[0] == 6
    assert total("clusters", "vn")[0] == 10


def test_the_centre_says_nothing_of_communes_it_knows_nothing_of(country: Country) -> None:
    Station.objects.filter(pk=country.two.station.pk).update(closed_at=clock.now())
    services.count(inside="vn", now=clock.now())
    assert total("commune_stations", "vn") == (1, 1, 1, 1)
