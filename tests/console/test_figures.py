"""Số liệu: published beside counted, down to the communes, and the file of published ones."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loa.insight import services
from loa.insight.models import Published
from loa.lib import clock
from loa.people.models import Account
from loa.people.rules import NODE, RoleName
from tests.console.conftest import SignIn
from tests.console.test_writing import text_of
from tests.country import Country, account

SAMPLE = Path(__file__).parents[1] / "insight" / "indicators-2024.csv"


def ministry(country: Country) -> Account:
    return account("Đặng Hải Nam", RoleName.MINISTRY_EDITOR, country.nation)


def test_the_ministry_sees_both_and_what_does_not_agree(country: Country, sign_in: SignIn) -> None:
    services.figures_load(actor=NODE, content=SAMPLE.read_bytes())
    services.count(inside="vn/25", now=clock.now())
    shown = text_of(sign_in(ministry(country)).get("/so-lieu/"))
    assert "9.863, 96 %, đến 15/12/2024" in shown
    assert "2 trên 2, 100,0 %; 2 trên 2 xã có số, cộng từ 2 dòng" in shown
    assert "chưa ghi vào Loa" in shown
    assert "từ 10.596 đến 10.608" in shown
    assert "không thể cùng một mẫu số" in shown


def test_a_number_leads_down_to_loudspeakers(country: Country, sign_in: SignIn) -> None:
    services.count(inside="vn/25", now=clock.now())
    above = sign_in(ministry(country))
    first = text_of(above.get("/so-lieu/clusters/"))
    assert "/so-lieu/clusters/?noi=vn/25" in first
    second = text_of(above.get("/so-lieu/clusters/?noi=vn/25"))
    assert f"/kenh/cum/?noi={country.one.place.path}" in second
    assert above.get("/so-lieu/bia-ra/").status_code == 404


def test_a_place_that_does_not_exist_has_no_figures(
    administrator: Client, country: Country
) -> None:
    nowhere = f"/so-lieu/?noi={country.one.place.path}/zzz"
    assert administrator.get(nowhere).status_code == 404
    file = SimpleUploadedFile("a.csv", SAMPLE.read_bytes())
    assert administrator.post(nowhere, {"file": file}).status_code == 404
    with pytest.raises(services.FiguresRefused, match="Không có địa bàn"):
        services.figures_load(
            actor=NODE, content=SAMPLE.read_bytes(), place=f"{country.one.place.path}/zzz"
        )
    assert not Published.objects.exists()


@pytest.mark.parametrize("first", [b"indicator\ras_of,numerator\n", b"x" * 200_000 + b"\n"])
def test_a_broken_first_line_is_refused_in_words(administrator: Client, first: bytes) -> None:
    file = SimpleUploadedFile("a.csv", first + b"1,2,3\n")
    assert administrator.post("/so-lieu/", {"file": file}).status_code == 422


def test_a_file_is_loaded_by_who_may_and_refused_in_words(
    administrator: Client, officer: Client
) -> None:
    file = SimpleUploadedFile("a.csv", b"indicator,as_of\n")
    refused = administrator.post("/so-lieu/", {"file": file})
    assert refused.status_code == 422
    assert "Tệp thiếu cột numerator" in text_of(refused)
    assert administrator.post("/so-lieu/", {}).status_code == 422
    good = SimpleUploadedFile("b.csv", SAMPLE.read_bytes())
    assert administrator.post("/so-lieu/", {"file": good}).status_code == 302
    assert Published.objects.filter(place="vn/25").count() == 12
    assert officer.post("/so-lieu/", {"file": good}).status_code == 403


def test_nobody_looks_into_another_place(officer: Client, country: Country) -> None:
    assert officer.get(f"/so-lieu/?noi={country.two.place.path}").status_code == 404
    assert officer.get("/so-lieu/?noi=vn").status_code == 404
    assert officer.get("/so-lieu/?ngay=31-02").status_code == 200
