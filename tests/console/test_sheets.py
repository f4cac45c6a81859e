"""Spreadsheets: in as they went out, every fault with its cell, all or nothing, no formula."""

import io
import struct
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook
from tablib import Dataset

from loa.console.spreadsheets import child, pages, reading
from loa.console.spreadsheets.writing import write
from loa.journal.models import Fact
from loa.outlets import events
from loa.outlets.models import Outlet, Station
from loa.people.models import Account, Invitation, Role
from loa.places.models import Place
from loa.schedule.models import Timetable
from loa_protocol.clock import ManualClock
from tests.console.test_writing import text_of
from tests.country import Country

HEADS = ["Mã đài", "Tên đài", "Mã cụm", "Tên cụm", "Thôn"]
HEADS += ["Vĩ độ", "Kinh độ", "Âm lượng", "Số loa"]
URL = "/them/bang-tinh/{}/{}"
KINDS = ["dai", "cum-loa", "thon", "lich-tuan", "tai-khoan"]


def book(rows: Sequence[Sequence[Any]], heads: Sequence[str] = HEADS) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in [heads, *rows]:
        sheet.append(list(row))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def send(client: Client, kind: str, data: bytes, name: str = "tep.xlsx") -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post(URL.format(kind, "xem"), {"file": file})


def confirm(client: Client, kind: str, answer: Any, **more: str) -> Any:
    form = {"token": answer.context["token"], **more}
    return client.post(URL.format(kind, "nhap"), form, follow=True)


def outlet_row(country: Country, number: int, **more: Any) -> list[Any]:
    row = {
        "Mã đài": country.one.station.wire_id,
        "Tên đài": "",
        "Mã cụm": f"N{number:03}",
        "Tên cụm": f"Cụm loa ngõ {number}",
        "Thôn": "thon dong",
        "Vĩ độ": 21.41,
        "Kinh độ": "105,64",
        "Âm lượng": 80,
        "Số loa": 2,
    }
    return list((row | more).values())


@pytest.mark.parametrize("form", ["xlsx", "ods", "csv"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_out_comes_in_unchanged(
    administrator: Client, country: Country, kind: str, form: str
) -> None:
    Outlet.objects.filter(pk=country.one.outlets[0].pk).update(
        name="=1+1", vendor="+84", latitude=21.4118, longitude=105.6471, speakers=4
    )
    Place.objects.filter(level="hamlet").update(people=834, languages=["vi", "tyz"])
    facts = Fact.objects.count()
    out = administrator.get(URL.format(kind, f"xuat.{form}"))
    assert out.status_code == 200
    answer = send(administrator, kind, out.content, f"tep.{form}")
    assert answer.status_code == 200
    totals = answer.context["totals"]
    assert answer.context["faults"] == []
    assert totals["skip"] == answer.context["rows"] > 0
    assert "không có gì để nhập" in text_of(answer)
    assert Fact.objects.count() == facts


@pytest.mark.parametrize("form", ["xlsx", "ods", "csv"])
def test_more_rows_than_a_file_may_have_go_out_as_several_that_come_in(
    administrator: Client, country: Country, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "ROWS_MAX", 1)
    out = administrator.get(URL.format("cum-loa", f"xuat.{form}"))
    assert out["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(out.content))
    names = archive.namelist()
    assert len(names) == len(set(names)) == Outlet.objects.count()
    for name in names:
        answer = send(administrator, "cum-loa", archive.read(name), name)
        assert answer.context["faults"] == []
        assert answer.context["totals"]["skip"] == 1


def test_no_cell_is_a_formula(administrator: Client, country: Country) -> None:
    attack = '=HYPERLINK("http://x","y")'
    Outlet.objects.filter(pk=country.one.outlets[0].pk).update(name=attack)
    made = administrator.get(URL.format("cum-loa", "xuat.xlsx")).content
    sheet = load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == attack for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}
    lines = administrator.get(URL.format("cum-loa", "xuat.csv")).content.decode("utf-8-sig")
    assert "'=HYPERLINK" in lines
    ods = administrator.get(URL.format("cum-loa", "xuat.ods")).content
    content = zipfile.ZipFile(io.BytesIO(ods)).read("content.xml")
    assert b"table:formula" not in content


def test_a_formula_that_comes_in_is_its_own_letters(
    administrator: Client, country: Country
) -> None:
    rows = [outlet_row(country, 1, **{"Tên cụm": '=CMD("x")', "Số loa": "=1+1"})]
    answer = send(administrator, "cum-loa", book(rows))
    assert answer.context["faults"][0]["cell"] == "I2"
    rows = [outlet_row(country, 1, **{"Tên cụm": "=1+1"})]
    confirm(administrator, "cum-loa", send(administrator, "cum-loa", book(rows)))
    assert Outlet.objects.get(code="N001").name == "=1+1"


def test_every_fault_has_its_cell_and_nothing_is_half_done(
    administrator: Client, country: Country
) -> None:
    rows = [outlet_row(country, number) for number in range(1, 12)]
    bad = {
        1: ("Mã đài", "s-khongco", "A3", "Không có đài mã"),
        2: ("Thôn", "Thôn Tây", "E4", "không có thôn"),
        3: ("Vĩ độ", "bắc", "F5", "tọa độ thập phân"),
        4: ("Vĩ độ", 48.8, "F6", "ngoài Việt Nam"),
        5: ("Âm lượng", -5, "H7", "số nguyên từ 0 đến 100"),
        6: ("Tên cụm", "", "D8", "từ 1 đến 120 chữ"),
        7: ("Mã cụm", "N001", "", "Trùng với dòng 2"),
    }
    for at, (head, value, _cell, _words) in bad.items():
        rows[at][HEADS.index(head)] = value
    answer = send(administrator, "cum-loa", book(rows))
    faults = {fault["row"]: fault for fault in answer.context["faults"]}
    for at, (_head, value, cell, words) in bad.items():
        fault = faults[str(at + 2)]
        assert fault["cell"] == cell
        assert words in fault["words"]
        if cell and value:
            assert str(value) in text_of(answer)
    assert answer.context["totals"] == {"new": 4, "update": 0, "skip": 0, "bad": 7}
    assert Outlet.objects.count() == 4
    refused = confirm(administrator, "cum-loa", answer)
    assert refused.status_code == 409
    assert Outlet.objects.count() == 4
    assert not Fact.objects.filter(kind=events.OUTLET_ADDED).exists()
    done = confirm(administrator, "cum-loa", refused, partly="1")
    assert "Đã nhập 4 dòng" in text_of(done)
    assert Outlet.objects.count() == 8
    assert Fact.objects.filter(kind=events.OUTLET_ADDED).count() == 4


def test_rows_that_became_wrong_meanwhile_stop_all(administrator: Client, country: Country) -> None:
    answer = send(administrator, "cum-loa", book([outlet_row(country, n) for n in (1, 2)]))
    Station.objects.filter(pk=country.one.station.pk).update(closed_at="2026-11-23T00:00:00Z")
    late = confirm(administrator, "cum-loa", answer)
    assert late.status_code == 409
    assert Outlet.objects.count() == 4


def test_a_form_sent_twice_imports_once_and_yesterday_s_not_at_all(
    administrator: Client, country: Country, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = send(administrator, "cum-loa", book([outlet_row(country, 1)]))
    other = sign_in(country.one.technician)
    form = {"token": answer.context["token"]}
    stolen = other.post(URL.format("cum-loa", "nhap"), form, follow=True)
    assert "đã nhập rồi hoặc đã để quá một ngày" in text_of(stolen)
    answer = send(administrator, "cum-loa", book([outlet_row(country, 1)]))
    confirm(administrator, "cum-loa", answer)
    twice = confirm(administrator, "cum-loa", answer)
    assert "đã nhập rồi" in text_of(twice)
    assert Outlet.objects.filter(code="N001").count() == 1
    old = send(administrator, "cum-loa", book([outlet_row(country, 2)]))
    monkeypatch.setattr(pages, "WAIT_S", -1)
    assert "quá một ngày" in text_of(confirm(administrator, "cum-loa", old))
    for odd in ("../../django.secret", "", "a" * 500, "x/../y"):
        form = {"token": odd}
        assert "quá một ngày" in text_of(
            administrator.post(URL.format("cum-loa", "nhap"), form, follow=True)
        )
    assert Outlet.objects.filter(code="N002").count() == 0


def test_another_commune_s_ids_are_nobody_s(technician: Client, country: Country) -> None:
    rows = [outlet_row(country, 1, **{"Mã đài": country.two.station.wire_id})]
    answer = send(technician, "cum-loa", book(rows))
    assert "trong địa bàn của anh chị" in answer.context["faults"][0]["words"]
    out = technician.get(URL.format("cum-loa", "xuat.csv")).content.decode("utf-8-sig")
    assert country.one.station.wire_id in out
    assert country.two.station.wire_id not in out
    assert technician.get(URL.format("tai-khoan", "xuat.csv")).status_code == 404
    assert send(technician, "tai-khoan", book([])).status_code == 404


def test_who_manages_nothing_finds_no_sheets(approver: Client) -> None:
    assert approver.get("/them/bang-tinh/").status_code == 404
    assert approver.get(URL.format("dai", "xuat.xlsx")).status_code == 404


def test_accounts_come_with_roles_and_without_passwords(
    administrator: Client, country: Country
) -> None:
    heads = ["Họ và tên", "Tên đăng nhập", "Vai trò", "Mã nơi", "Từ ngày", "Đến trước ngày"]
    rows = [
        ["Lý Thị Mây", "may", "Cán bộ truyền thanh xã", "8914", "01/12/2026", ""],
        ["Lý Thị Mây", "may", "technician", "08914", "2026-12-01", "2027-01-01"],
        ["Vàng A Páo", "pao", "vua", "08914", "", ""],
        ["Vàng A Páo", "pao", "Kỹ thuật viên", "08914", "31/02/2026", ""],
        ["Vàng A Páo", "pao pao", "Kỹ thuật viên", "08914", "", ""],
        ["Vũ Hồng Sơn", country.administrator.username, "Quản trị", "25", "", ""],
    ]
    answer = send(administrator, "tai-khoan", book(rows, heads))
    assert [fault["cell"] for fault in answer.context["faults"]] == ["C4", "E5", "", ""]
    words = " ".join(fault["words"] for fault in answer.context["faults"])
    assert "Không ai tự giao vai trò cho chính mình" in words
    confirm(administrator, "tai-khoan", answer, partly="1")
    may = Account.objects.get(username="may")
    assert not may.has_usable_password()
    assert {role.name for role in may.roles.all()} == {"commune_officer", "technician"}
    assert Invitation.objects.filter(account=may).count() == 1
    assert Role.objects.filter(account=country.administrator).count() == 1


def test_a_hamlet_and_a_week_are_changed_by_a_sheet(
    administrator: Client, country: Country, manual_clock: ManualClock
) -> None:
    manual_clock.advance(60)
    heads = ["Mã xã", "Mã thôn", "Tên thôn", "Số hộ", "Số dân"]
    rows = [["08911", "08911h01", "Thôn Đông Mới", "1.212", 834], ["8911", "", "Thôn Đoài", "", ""]]
    confirm(administrator, "thon", send(administrator, "thon", book(rows, heads)))
    changed = Place.objects.get(code="08911h01")
    assert (changed.name, changed.households, changed.people) == ("Thôn Đông Mới", 1212, 834)
    assert Place.objects.get(code="08911h02").people is None
    days = ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"]
    week = [[country.one.station.wire_id, *["05:00-06:00"] * 6, "25:00-26:00"]]
    answer = send(administrator, "lich-tuan", book(week, ["Mã đài", *days]))
    assert answer.context["faults"][0]["cell"] == "H2"
    week[0][-1] = ""
    confirm(
        administrator, "lich-tuan", send(administrator, "lich-tuan", book(week, ["Mã đài", *days]))
    )
    newest = Timetable.objects.filter(station=country.one.station).order_by("-changed_at").first()
    assert newest is not None
    assert newest.days[6] == []


def bomb() -> bytes:
    """A small workbook that would unpack to a gigabyte."""
    out = io.BytesIO(book([]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"0" * (200 << 20))
    return out.getvalue()


def lying_bomb() -> bytes:
    """A zip whose own list says that its sheet is small, and is not."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<x/>")
        archive.writestr("xl/workbook.xml", b"0" * (150 << 20))
    data = bytearray(out.getvalue())
    size = struct.pack("<L", 150 << 20)
    at = data.rfind(size)
    data[at : at + 4] = struct.pack("<L", 1000)
    return bytes(data)


def repeated_ods() -> bytes:
    """A sheet that says a row a billion times."""
    ns = "urn:oasis:names:tc:opendocument:xmlns"
    row = (
        '<t:table-row t:number-rows-repeated="900000000"><t:table-cell t:number-columns-repeated='
        '"16000" o:value-type="string"><x:p>a</x:p></t:table-cell></t:table-row>'
    )
    content = (
        f'<o:document-content xmlns:o="{ns}:office:1.0" xmlns:t="{ns}:table:1.0"'
        f' xmlns:x="{ns}:text:1.0"><o:body><o:spreadsheet><t:table>{row}</t:table>'
        f"</o:spreadsheet></o:body></o:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
    return out.getvalue()


def laughing_ods() -> bytes:
    """Entities that multiply."""
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(9))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("content.xml", f"<?xml version='1.0'?><!DOCTYPE x [{lol}]><x>&l8;</x>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("trong.xlsx", b"", "không có dòng nào"),
        ("cu.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "dạng XLS cũ"),
        ("../../etc/tep.xlsx", b"PK\x03\x04" + b"0" * 600, "bị hỏng"),
        ("nhi-phan.csv", b"MZ\x00\x01\x02", "không phải CSV"),
        ("viet.csv", "Tên cụm".encode("utf-16"), "UTF-8"),
        ("dau.csv", ",".join(HEADS).encode(), "chưa có dòng nào"),
        ("thieu.csv", b"ma,ten\n1,2\n", "Tệp thiếu cột: Mã cụm, Tên cụm"),
        ("rong.csv", b"a" + b",b" * 60 + b"\n", "hơn 40 cột"),
        ("dai.csv", (",".join(HEADS) + "\n" + "x,\n" * 1200).encode(), "hơn 1.000 dòng"),
        ("to.csv", b"x" * (6 << 20), "lớn hơn 5 MB"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_in_words(
    administrator: Client, name: str, data: bytes, sentence: str
) -> None:
    answer = send(administrator, "cum-loa", data, name)
    assert answer.status_code == 422
    assert sentence in text_of(answer)


@pytest.mark.parametrize("make", [bomb, lying_bomb, repeated_ods, laughing_ods])
def test_a_bomb_goes_off_nowhere(administrator: Client, make: Any) -> None:
    answer = send(administrator, "cum-loa", make(), "bom.xlsx")
    assert answer.status_code == 422
    assert Outlet.objects.count() == 4


def test_a_million_rows_are_not_read(administrator: Client, country: Country) -> None:
    made = Workbook(write_only=True)
    sheet = made.create_sheet()
    sheet.append(HEADS)
    for number in range(30_000):
        sheet.append(outlet_row(country, number))
    out = io.BytesIO()
    made.save(out)
    answer = send(administrator, "cum-loa", out.getvalue())
    assert answer.status_code == 422
    assert "hơn 1.000 dòng" in text_of(answer)


def test_a_long_or_odd_cell_is_a_fault_of_its_cell(administrator: Client, country: Country) -> None:
    rows = [
        outlet_row(country, 1, **{"Tên cụm": "a" * 30_000}),
        outlet_row(country, 2, **{"Tên cụm": "Cụm\u202e loa"}),
        outlet_row(country, 3, **{"Tên cụm": "<script>alert(1)</script> 🙂"}),
    ]
    answer = send(administrator, "cum-loa", book(rows))
    assert [fault["cell"] for fault in answer.context["faults"]] == ["D2", "D3"]
    assert "<script>alert" not in text_of(answer)
    assert "&lt;script&gt;" in text_of(answer)


def test_what_is_written_is_what_is_read(tmp_path: Any) -> None:
    values = ["08911", "=1+1", "-5", "+84", "@x", "'x", "hòa", "1.5", "a;b,c", '"', "2026-11-25"]
    data = Dataset(headers=[f"c{n}" for n in range(len(values))])
    data.append(values)
    for form in ("xlsx", "ods", "csv"):
        path = tmp_path / f"x.{form}"
        path.write_bytes(write(form, "Thử", data))
        assert child.cells(form, path)[1] == values, form


def test_a_sheet_that_its_maker_hid_is_not_read(tmp_path: Any) -> None:
    data = Dataset(headers=["a"])
    data.append(["thấy"])
    made = load_workbook(io.BytesIO(write("xlsx", "Thử", data)))
    made.create_sheet("Danh mục", 0).sheet_state = "hidden"
    made.save(tmp_path / "x.xlsx")
    assert child.cells("xlsx", tmp_path / "x.xlsx") == [["a"], ["thấy"]]


@pytest.mark.parametrize("form", ["xlsx", "ods", "csv"])
def test_a_station_without_a_week_gets_none_by_what_went_out(
    administrator: Client, country: Country, form: str
) -> None:
    Timetable.objects.all().delete()
    out = administrator.get(URL.format("lich-tuan", f"xuat.{form}"))
    answer = send(administrator, "lich-tuan", out.content, f"tep.{form}")
    assert (answer.context["totals"]["skip"], answer.context["rows"]) == (2, 2)


def test_the_bounds_are_the_ones_promised() -> None:
    assert reading.FILE_MAX_BYTES <= settings.LOA_UPLOAD_LIMIT_BYTES
    assert timedelta(seconds=pages.WAIT_S) == timedelta(days=1)
