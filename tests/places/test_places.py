"""Finding places, adding hamlets, comparing an official list."""

from datetime import date

import pytest

from loa.journal import selectors as journal
from loa.lib.text import fold
from loa.places import gazetteer as gazetteer_data
from loa.places import rules, selectors, services
from loa.places.models import Place
from loa.places.services import HamletFacts, PlaceError
from loa_protocol.clock import ManualClock
from tests.country import Country


def test_the_same_code_on_two_levels_is_two_places(country: Country) -> None:
    assert selectors.place_get("vn/25") != selectors.place_get("vn/25/08911")
    assert selectors.commune_get("25") is None


def test_a_hamlet_gets_the_next_number_and_unknown_stays_unknown(country: Country) -> None:
    where = country.one.place
    hamlet = services.hamlet_add(
        actor="cli:test", commune=where, facts=HamletFacts(name="Thôn Đoài", households=120)
    )
    assert hamlet.path == "vn/25/08911/h02"
    assert (hamlet.households, hamlet.people, hamlet.languages) == (120, None, None)


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 81, "Thôn  Đông", "thôn đông", "Thôn\u202e Đoài"]
)
def test_a_hamlet_that_does_not_fit_leaves_nothing(country: Country, name: str) -> None:
    count, head = Place.objects.count(), journal.head()
    rows = [HamletFacts(name="Thôn Mới"), HamletFacts(name=name)]
    with pytest.raises(PlaceError, match="Dòng 2"):
        services.hamlets_add(actor="cli:test", commune=country.one.place, rows=rows)
    assert (Place.objects.count(), journal.head()) == (count, head)


def test_a_hamlet_belongs_to_a_commune(country: Country) -> None:
    with pytest.raises(PlaceError):
        services.hamlet_add(
            actor="cli:test", commune=country.province, facts=HamletFacts(name="Thôn Đông")
        )


def test_an_official_list_shows_its_differences_before_it_is_taken(country: Country) -> None:
    listed = {"08911": "Xã Tam Đảo", "08914": "Xã Khác", "99999": "Xã Lạ"}
    found = services.official_list_differences(listed)
    assert [(row.code, row.ours, row.theirs) for row in found] == [
        ("08914", "Xã Bên Cạnh", "Xã Khác"),
        ("99999", None, "Xã Lạ"),
    ]


def test_a_list_s_names_are_taken_with_their_document_and_nothing_else(country: Country) -> None:
    listed = {"08914": "Xã Khác", "99999": "Xã Lạ"}
    with pytest.raises(PlaceError):
        services.official_list_take(actor="cli:test", listed=listed, document=" ")
    taken = services.official_list_take(
        actor="cli:test", listed=listed, document="QĐ 19/2025/QĐ-TTg"
    )
    renamed = selectors.commune_get("08914")
    assert taken == 1
    assert renamed is not None
    assert (renamed.name, renamed.source) == ("Xã Khác", "QĐ 19/2025/QĐ-TTg")
    assert selectors.commune_get("08911") is not None
    assert selectors.commune_get("99999") is None
    assert selectors.place_search("khac")[0] == renamed


def test_a_dated_amendment_counts_from_its_day(
    country: Country, manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = gazetteer_data.Amendment(
        date(2026, 11, 25), "commune", "08914", "name", "Xã Mới", "NQ 1/2026"
    )
    monkeypatch.setattr(gazetteer_data, "amendments", lambda: [row])
    for loader in ("current_units", "former_units", "moves"):
        monkeypatch.setattr(gazetteer_data, loader, list)
    services.gazetteer_load(actor="cli:test")
    assert not selectors.place_search("xa moi")
    manual_clock.advance(3 * 86400)
    services.gazetteer_load(actor="cli:test")
    assert selectors.place_search("xa moi")[0].code == "08914"


@pytest.mark.parametrize(
    ("one", "other"), [("Xã Hòa An", "Xã Hoà An"), ("Xã Thủy Nguyên", "xã  Thuỷ Nguyên")]
)
def test_the_place_of_the_tone_mark_is_no_difference(one: str, other: str) -> None:
    assert rules.spelling(one) == rules.spelling(other)


def test_fold() -> None:
    assert fold("Đường Trường Chinh, Đắk Lắk") == "duong truong chinh, dak lak"
