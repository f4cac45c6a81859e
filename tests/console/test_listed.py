"""Receivers by a pasted list of official codes."""

from datetime import date

import pytest
from django.test import Client

from loa.console.bulletins.code_list import places_listed
from loa.places.models import Place, Succession
from tests.console.conftest import SignIn
from tests.country import Country, place


def test_codes_among_words_and_a_former_unit_s_code(country: Country) -> None:
    former = place("commune", "01234", "Xã Cũ", "vn/25/01234", country.province)
    Place.objects.filter(pk=former.pk).update(
        valid_from=date(2000, 1, 1), valid_to=date(2025, 7, 1)
    )
    Succession.objects.create(predecessor=former, successor=country.two.place, share="whole")
    paths, unknown = places_listed("vn", "1. Xã Tam Đảo (08911);\n2. Xã Cũ: 01234; 3. 99999 và 25")
    assert paths == ["vn/25/08911", "vn/25/08914", "vn/25"]
    assert unknown == ["99999"]


def test_a_place_outside_the_office_is_not_taken(country: Country) -> None:
    assert places_listed("vn/25/08911", "08914 08911") == (["vn/25/08911"], ["08914"])


@pytest.mark.parametrize("text", ["", "không có mã nào", "123 1234567"])
def test_what_has_no_code_has_no_places(country: Country, text: str) -> None:
    assert places_listed("vn", text) == ([], [])


def test_names_without_codes_are_read_as_people_write_them(country: Country) -> None:
    former = place("commune", "01234", "Thị trấn Mỹ Cũ", "vn/25/01234", country.province)
    Place.objects.filter(pk=former.pk).update(
        valid_from=date(2000, 1, 1), valid_to=date(2025, 7, 1)
    )
    Succession.objects.create(predecessor=former, successor=country.two.place, share="whole")
    listed = places_listed("vn", "1. X. Tam Đảo, tỉnh Phú Thọ\n2. TT Mĩ Cũ\n- Xã Không Có")
    assert listed == (["vn/25/08911", "vn/25/08914"], ["Xã Không Có"])


def test_a_province_in_a_line_of_communes_is_not_taken_whole(country: Country) -> None:
    assert places_listed("vn", "Tỉnh Phú Thọ")[0] == ["vn/25"]
    assert places_listed("vn", "Xã Tam Đảo, tỉnh Phú Thọ")[0] == ["vn/25/08911"]


def test_a_code_beside_another_commune_s_name_is_asked_about(country: Country) -> None:
    paths, unknown = places_listed("vn", f"08911 xã {'Hợp Lý'}\n{country.two.place.name}: 08914")
    assert paths == ["vn/25/08914"]
    assert unknown == ["08911 (mã này là Xã Tam Đảo, danh sách ghi xã Hợp Lý)"]


def test_the_page_adds_the_list_and_says_what_it_did_not_find(
    country: Country, sign_in: SignIn
) -> None:
    client: Client = sign_in(country.editor)
    form = {"title": "Tin", "body": "Nội dung", "do": "list", "codes": "08911, 08914, 77777"}
    page = client.post("/soan/moi", form).content.decode()
    assert 'value="vn/25/08911"' in page
    assert 'value="vn/25/08914"' in page
    assert "Không thấy trong địa bàn: 77777." in page
    assert ">Nội dung</textarea>" in page
