"""Thêm › Địa giới, as an administrator of the province goes through it."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loa.outlets.models import Station
from loa.places.models import Place, Reorganisation
from loa.places.reform import planning
from tests.country import Country

INDEX = "/them/dia-gioi/"
MERGE = {
    "document": "NQ 12",
    "day": "2026-11-01",
    "lines": "08911,08911,,Xã Tam Đảo Mới,\n08914,08911,,,",
}
SPLIT = {
    "document": "NQ 13",
    "day": "2026-11-01",
    "lines": "08911,08911,phần chính,,\n08911,08920,một phần,Xã Đảo Đông,25",
}


@pytest.fixture
def desk(country: Country, client: Client) -> Client:
    client.force_login(country.administrator)
    return client


def drafted(desk: Client, form: dict[str, str]) -> str:
    answer: Any = desk.post(INDEX, form)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url)


def press(desk: Client, page: str, **form: str) -> Any:
    return desk.post(page, form, follow=True)


def test_from_lines_to_done_and_back(desk: Client, country: Country) -> None:
    page = drafted(desk, MERGE)
    shown = desk.get(page).content.decode()
    assert "Xã Tam Đảo Mới" in shown
    assert "Xã Bên Cạnh" in shown
    digest = planning.plan(Reorganisation.objects.get()).digest
    assert "Đã áp dụng" in press(desk, page, do="apply", digest=digest).content.decode()
    assert Station.objects.filter(place__name="Xã Tam Đảo Mới").count() == 2
    press(desk, page, do="undo")
    assert Station.objects.filter(place=country.two.place).count() == 1
    assert Reorganisation.objects.get().state == "undone"


def test_what_is_undecided_is_chosen_on_the_page(desk: Client, country: Country) -> None:
    page = drafted(desk, SPLIT)
    shown = desk.get(page).content.decode()
    assert "mục chưa có nơi về" in shown
    assert 'value="apply"' not in shown
    pole = country.one.outlets[0]
    press(
        desk,
        page,
        **{
            "do": "decide",
            f"all:{country.one.place.pk}": "08911",
            f"outlets.outlet:{pole.pk}": "08920",
        },
    )
    assert 'value="apply"' in desk.get(page).content.decode()
    digest = planning.plan(Reorganisation.objects.get()).digest
    press(desk, page, do="apply", digest=digest)
    pole.refresh_from_db()
    assert pole.station.place.code == "08920"
    press(desk, page, do="confirm")
    assert Reorganisation.objects.get().state == "confirmed"


def test_a_refusal_says_why_and_keeps_what_was_typed(desk: Client) -> None:
    answer: Any = desk.post(INDEX, MERGE | {"lines": "99999,08911,,,"})
    assert answer.status_code == 422
    assert "99999" in answer.content.decode()
    assert "NQ 12" in answer.content.decode()
    assert not Reorganisation.objects.exists()


def former(code: str, province: str) -> None:
    """A unit of days before 2025, with a code that another province's commune bears today."""
    Place.objects.create(
        level="commune",
        code=code,
        name=f"Xã cũ {code}",
        folded=f"xa cu {code}",
        path=f"vn/{province}/{code}",
        valid_from=date(2004, 1, 1),
        valid_to=date(2025, 7, 1),
    )


def test_a_province_that_took_in_another_reorganises_its_own_communes(
    desk: Client, country: Country
) -> None:
    for code in ("08911", "08914"):
        former(code, "26")
    assert "Xã Tam Đảo Mới" in desk.get(drafted(desk, MERGE)).content.decode()


def test_units_outside_are_refused_in_words_and_nothing_typed_is_lost(
    desk: Client, country: Country
) -> None:
    Place.objects.filter(pk=country.two.place.pk).update(path="vn/26/08914")
    answer: Any = desk.post(INDEX, MERGE)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "ngoài địa bàn" in shown
    assert "08914,08911" in shown
    assert not Reorganisation.objects.exists()


def test_only_the_preview_that_was_seen_is_applied(desk: Client, country: Country) -> None:
    page = drafted(desk, MERGE)
    digest = planning.plan(Reorganisation.objects.get()).digest
    Station.objects.create(place=country.two.place, name="Đài thứ hai")
    answer = press(desk, page, do="apply", digest=digest)
    assert answer.status_code == 422
    assert Place.objects.get(pk=country.two.place.pk).valid_to is None


@pytest.mark.parametrize("who", ["officer", "approver", "technician"])
def test_others_may_neither_see_nor_do_it(country: Country, client: Client, who: str) -> None:
    client.force_login(country.administrator)
    page = drafted(client, MERGE)
    client.force_login(getattr(country.two, who))
    assert client.get(INDEX).status_code == 403
    assert client.get(page).status_code == 403
    assert client.post(page, {"do": "drop"}).status_code == 403
    assert Reorganisation.objects.get().state == "draft"
    assert reverse("console:reforms") not in client.get("/them/").content.decode()
