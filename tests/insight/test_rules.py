"""What a published percentage implies, and that contradictions are seen unaided."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa.insight import rules
from loa.insight.rules import Doubt, Figure, Finding, Span
from loa.outlets.rules import CommuneCount


@pytest.mark.parametrize(
    ("numerator", "percent", "span"),
    [
        (8471, "79.9", Span(10596, 10608)),
        (2064, "20.0", Span(10295, 10345)),
        (4024, "40", Span(9936, 10187)),
        (9863, "96", Span(10221, 10327)),
        (1, "100", Span(1, 1)),
    ],
)
def test_a_share_says_of_how_many_it_was_taken(numerator: int, percent: str, span: Span) -> None:
    assert rules.implied(numerator, percent) == span


@given(whole=st.integers(1, 20_000), part=st.integers(1, 20_000), places=st.integers(0, 2))
def test_the_whole_is_always_among_the_implied(whole: int, part: int, places: int) -> None:
    part = min(part, whole)
    percent = f"{100 * part / whole:.{places}f}"
    span = rules.implied(part, percent)
    assert span is None or span.low - 1 <= whole <= span.high + 1


@pytest.mark.parametrize("text", ["", "x", "-1", "101", "NaN", "Infinity", "1e2", "1.23456"])
def test_what_is_no_percentage_implies_nothing(text: str) -> None:
    assert rules.implied(100, text) is None


@pytest.fixture
def figures() -> list[Figure]:
    return [
        Figure("commune_stations", 9863, None, "96"),
        Figure("ip_stations", 3775, 9863, "38.3"),
        Figure("commune_pages", 8471, None, "79.9"),
        Figure("commune_boards", 2064, None, "20.0"),
        Figure("commune_zalo_oa", 4024, None, "40"),
        Figure("district_facilities_merged", 625, 666, "93.84"),
    ]


def test_the_ministry_s_shares_imply_different_numbers_of_communes(figures: list[Figure]) -> None:
    found = rules.contradictions(figures, None)
    apart = {frozenset(one.codes) for one in found}
    assert {one.doubt for one in found} == {Doubt.APART}
    assert apart == {
        frozenset({"commune_stations", "commune_pages"}),
        frozenset({"commune_stations", "commune_zalo_oa"}),
        frozenset({"commune_pages", "commune_boards"}),
        frozenset({"commune_pages", "commune_zalo_oa"}),
        frozenset({"commune_boards", "commune_zalo_oa"}),
    }


def test_they_are_held_against_the_communes_that_stood_that_day(figures: list[Figure]) -> None:
    found = rules.contradictions(figures, 10_035)
    wrong = {one.codes[0] for one in found if one.doubt is Doubt.WHOLE}
    assert wrong == {"commune_stations", "commune_pages", "commune_boards"}


def test_a_figure_contradicts_itself_or_the_stations() -> None:
    found = rules.contradictions(
        [Figure("commune_stations", 9863, 10_000, "96"), Figure("ip_stations", 10, 20, "50")], None
    )
    assert found == [
        Finding(Doubt.SHARE, ("commune_stations",), (Span(10221, 10327),), 10_000),
        Finding(Doubt.STATIONS, ("ip_stations", "commune_stations"), (Span(20, 20),), 9863),
    ]


def test_what_nobody_entered_is_not_zero() -> None:
    one = CommuneCount(stations=2, ip_stations=1, clusters=3, hamlets=4, hamlets_covered=2)
    found = rules.measures(one, frozenset({"speaker"}))
    assert found["commune_stations"] == (1, 1, 2)
    assert found["ip_stations"] == (1, 2, 2)
    assert found["hamlets_covered"] == (2, 4, 4)
    assert "commune_boards" not in found
    assert "loudspeakers" not in found
    assert rules.measures(one, frozenset({"board"}))["commune_boards"] == (0, 1, 0)


def test_every_indicator_of_the_sample_is_known() -> None:
    sample = Path(__file__).parent / "indicators-2024.csv"
    codes = {line.partition(",")[0] for line in sample.read_text().splitlines()[1:]}
    assert codes <= set(rules.DEFINITIONS)
