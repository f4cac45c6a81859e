"""What people type into the technician's and the administrator's forms by mistake or on purpose:
a sentence beside the field, and what was typed still there."""

import re
import unicodedata
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from loa.outlets.models import Outlet, Station
from tests.console.test_writing import text_of
from tests.country import Country

SCRIPT = "<script>alert(1)</script>"
LONG = "a" * 100_000
POLE = {"code": "CL09", "name": "Cụm loa chợ", "latitude": "", "longitude": "", "speakers": ""}
STATION = {"name": "Đài mới", "commune": "vn/25/08911", "technology": "fm"}
PERSON = {
    "full_name": "Lý Thị Mây",
    "username": "may",
    "email": "",
    "role": "technician",
    "place": "vn/25/08911",
    "since": "",
    "until": "",
}


def beside(answer: Any, field: str) -> str:
    """What stands under a field of the page in red."""
    shown = text_of(answer)
    found = re.search(
        rf'<[a-z]+ id="(?:a-)?{field}".*?class="wrong-text"[^>]*>([^<]+)', shown, re.DOTALL
    )
    assert found is not None, f"nothing beside {field}"
    return found[1]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", SCRIPT + LONG, "nhiều nhất là 120"),
        ("name", "Cụm\u202e loa", "ký tự lạ"),
        ("name", "  ", "chưa có tên"),
        ("code", LONG, "nhiều nhất là 20"),
        ("code", "", "chưa có mã"),
        ("code", "CL01", "đã có cụm loa mã"),
        ("hamlet", "vn/25/08914/h01", "không thuộc xã"),
        ("hamlet", SCRIPT, "không thuộc xã"),
        ("vendor", LONG, "nhiều nhất là 60"),
        ("vendor", "Loa\x00", "ký tự lạ"),
        ("speakers", "-3", "số nguyên"),
        ("speakers", "9" * 400, "số nguyên"),
        ("speakers", "9" * 5000, "số nguyên"),
        ("latitude", "bắc", "độ thập phân"),
        ("latitude", "nan", "ngoài bản đồ"),
        ("latitude", "21.4", "cần cả vĩ độ và kinh độ"),
        ("longitude", "999", "ngoài bản đồ"),
    ],
)
def test_an_outlet_s_fault_stands_beside_its_field(
    technician: Client, country: Country, field: str, value: str, sentence: str
) -> None:
    url = reverse("console:outlet_new", args=[country.one.station.pk])
    answer = technician.post(url, POLE | {field: value})
    assert answer.status_code == 422
    assert sentence in beside(answer, field)
    shown = text_of(answer)
    assert "<script>alert" not in shown
    kept = "name" if field != "name" else "code"
    assert escape(POLE[kept]) in shown
    if field != "hamlet":
        assert escape(value)[:200] in shown
    assert Outlet.objects.count() == 4


def test_a_pole_in_the_sea_is_nobody_s(technician: Client, country: Country) -> None:
    country.one.place.latitude, country.one.place.longitude = 21.41, 105.64
    country.one.place.save()
    url = reverse("console:outlet_new", args=[country.one.station.pk])
    answer = technician.post(url, POLE | {"latitude": "16,5", "longitude": "110,2"})
    assert "cách trung tâm" in beside(answer, "latitude")
    assert 'value="16,5"' in text_of(answer)
    assert Outlet.objects.count() == 4


def test_smileys_and_loose_accents_are_kept_as_one_writes_them(
    technician: Client, country: Country
) -> None:
    url = reverse("console:outlet_new", args=[country.one.station.pk])
    name = "Cụm loa Hoà Bình 🔊"
    for _ in range(2):
        technician.post(url, POLE | {"name": unicodedata.normalize("NFD", name)})
    made = Outlet.objects.get(code="CL09")
    assert made.name == name
    assert "hoa binh" in made.folded


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", LONG, "nhiều nhất là 120"),
        ("name", "", "chưa có tên"),
        ("name", "Đài Xã Tam Đảo", "đã có đài tên"),
        ("commune", "vn/99/00000", "trong địa bàn"),
        ("commune", "vn/25", "phải thuộc một xã"),
        ("technology", SCRIPT, "chọn công nghệ"),
    ],
)
def test_a_station_s_fault_stands_beside_its_field(
    administrator: Client, country: Country, field: str, value: str, sentence: str
) -> None:
    answer = administrator.post("/kenh/dai-moi", STATION | {field: value})
    assert answer.status_code == 422
    assert sentence in beside(answer, field)
    assert Station.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("full_name", " ", "họ và tên"),
        ("full_name", LONG, "từ 1 đến 80"),
        ("full_name", "Mây\u202e", "ký tự lạ"),
        ("username", SCRIPT, "Tên đăng nhập chỉ gồm"),
        ("username", "m" * 100_000, "nhiều nhất 80"),
        ("email", "thư@", "thư điện tử chưa đúng"),
        ("role", "vua", "chọn một vai trò"),
        ("place", "vn/24", "chọn nơi làm việc"),
        ("since", "2026-02-31", "không phải là một ngày"),
        ("since", "0001-01-01", "không phải là một ngày"),
        ("until", "9999-12-31", "không phải là một ngày"),
        ("until", "2020-01-01", "phải sau ngày bắt đầu"),
    ],
)
def test_a_person_s_fault_stands_beside_its_field(
    administrator: Client, country: Country, field: str, value: str, sentence: str
) -> None:
    answer = administrator.post("/them/tai-khoan", PERSON | {field: value})
    assert answer.status_code == 422
    assert sentence in beside(answer, field)
    assert "<script>alert" not in text_of(answer)
    assert 'value="may"' in text_of(answer) or field == "username"


def test_a_pole_is_changed_and_taken_down(
    technician: Client, stranger: Client, officer: Client, country: Country
) -> None:
    outlet = country.one.outlets[0]
    url = reverse("console:outlet_edit", args=[outlet.pk])
    assert 'value="CL01"' in text_of(technician.get(url))
    form = POLE | {"code": "CL01", "name": "Cụm loa đình làng", "speakers": "3"}
    technician.post(url, form)
    outlet.refresh_from_db()
    assert (outlet.name, outlet.speakers, outlet.hamlet) == ("Cụm loa đình làng", 3, None)
    assert "đã có cụm loa mã" in beside(technician.post(url, form | {"code": "CL02"}), "code")
    assert "nhiều nhất là 120" in beside(technician.post(url, form | {"name": LONG}), "name")
    for client, status in ((stranger, 404), (officer, 403)):
        assert client.get(url).status_code == status
        gone = client.post(reverse("console:outlet_retire", args=[outlet.pk]))
        assert gone.status_code == status
    technician.post(reverse("console:outlet_retire", args=[outlet.pk]))
    outlet.refresh_from_db()
    assert outlet.retired_at is not None
    assert technician.get(reverse("console:outlet", args=[outlet.pk])).status_code == 404


def test_days_at_the_calendar_s_ends_and_numbers_without_end_break_nothing(
    administrator: Client, officer: Client, country: Country
) -> None:
    asked = ("tu=0001-01-01", "den=9999-12-31", "tu=0001-01-01T00:00", f"trang={'9' * 5000}")
    for question in asked:
        assert administrator.get(f"/nhat-ky/?{question}").status_code == 200
    station = country.one.station.pk
    copied = officer.post(f"/lich/{station}/chep", {"den": "9999-12-31"}, follow=True)
    assert "không phải là một ngày có thật" in text_of(copied)
    volume = f"/kenh/cum/{country.one.outlets[0].pk}/am-luong"
    loud = officer.post(volume, {"volume_pct": "9" * 5000}, follow=True)
    assert loud.status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/tim?q=a%00b",
        "/kenh/cum/?tim=%%0000",
        "/kenh/ban-do/?tim=%00",
        "/nhat-ky/?ai=%00",
        "/them/tai-khoan?ten=%00",
        "/cot/%00/",
        "/so-lieu/%00/",
        "/huong-dan/%00/",
    ],
)
def test_the_letter_that_nobody_types_is_no_fault_in_an_address(
    administrator: Client, country: Country, address: str
) -> None:
    assert administrator.get(address).status_code in {200, 404}


def test_the_letter_that_nobody_types_is_no_fault_in_a_form(
    administrator: Client, technician: Client, country: Country
) -> None:
    pole = country.one.outlets[0].pk
    for address, form in (
        ("/kenh/dai-moi", STATION | {"commune": "a\x00b"}),
        ("/them/tai-khoan", PERSON | {"place": "a\x00b"}),
        ("/them/tai-khoan/quy-dinh", {"place": "a\x00b"}),
        (f"/kenh/cum/{pole}/thu-hoi", {"reason": "a\x00b"}),
        (f"/kenh/cum/{pole}/ghi-chu", {"text": "a\x00b"}),
        ("/them/thon", {"name": "a\x00b"}),
    ):
        for client in (administrator, technician):
            assert client.post(address, form).status_code in {302, 400, 403, 404, 422}, address
    assert Station.objects.count() == 2


def test_a_control_character_is_refused_in_every_form_before_any_service_sees_it(
    administrator: Client, country: Country
) -> None:
    answer = administrator.post("/chi-dao/van-ban/moi", {"number": "1", "title": "a\x01b"})
    assert answer.status_code == 400
    assert "Chưa có gì được lưu" in text_of(answer)
    for letters in ("dòng một\r\ndòng hai\tcột", "Word\x0bngắt dòng"):
        assert administrator.post("/chi-dao/van-ban/moi", {"title": letters}).status_code != 400


def test_what_the_server_cannot_read_is_said_in_words(officer: Client) -> None:
    answer = officer.post("/soan/moi", {f"x{at}": "1" for at in range(2100)})
    assert answer.status_code == 400
    assert "Chưa có gì được lưu" in text_of(answer)
    assert "Không có trang này" not in text_of(answer)
