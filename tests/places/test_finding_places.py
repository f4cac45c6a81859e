"""Finding places among all that the gazetteer names. It is loaded once for this module: it takes
seconds."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from loa.journal import selectors as journal
from loa.places import selectors, services
from loa.places.models import Place, Succession

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer")]


@pytest.fixture(scope="module")
def gazetteer(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Each test's own transaction stands inside this one, which is taken back after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        services.gazetteer_load(actor="cli:test")
        yield
        transaction.set_rollback(True)


def test_loading_twice_changes_nothing() -> None:
    before = (Place.objects.count(), Succession.objects.count(), journal.head())
    again = services.gazetteer_load(actor="cli:test")
    assert (again.units, again.successions) == (0, 0)
    assert (Place.objects.count(), Succession.objects.count(), journal.head()) == before


@pytest.mark.parametrize(
    "text", ["hoan kiem", "Hoàn Kiếm", "HOAN  KIEM", "Hoa\u0300n Ki\u00ea\u0301m"]
)
def test_a_search_needs_no_diacritics(text: str) -> None:
    assert selectors.place_search(text)[0].name == "Phường Hoàn Kiếm"


def test_d_is_d() -> None:
    assert "Phường Đông Kinh" in [place.name for place in selectors.place_search("dong kinh")]


def test_a_search_stays_within_the_asker_s_place() -> None:
    found = selectors.place_search("tam", within=["vn/25"])
    assert found
    assert all(place.path.startswith("vn/25") for place in found)


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "' OR 1=1", "x" * 5000, "(((", "ơ\u0301"])
def test_odd_searches_find_nothing_and_break_nothing(text: str) -> None:
    assert isinstance(selectors.place_search(text), list)


def test_former_units_stay_with_their_successors() -> None:
    former = Place.objects.get(level="commune", code="08911", valid_to__isnull=False)
    assert former.name == "Thị trấn Hợp Châu"
    assert [place.name for place in selectors.successors_of([former])[former]] == ["Xã Tam Đảo"]
    standing = selectors.commune_get("08911")
    assert standing is not None
    assert standing.name == "Xã Tam Đảo"
