"""Cells as spreadsheet programs really write them, and the values that they mean."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from openpyxl import Workbook

from loa.console.spreadsheets import child
from loa.console.spreadsheets.resource import percent, whole
from loa.outlets.models import Outlet
from loa.places.models import Place
from tests.console.test_sheets import book, confirm, outlet_row, send
from tests.country import Country

HAMLETS = ["Mã xã", "Mã thôn", "Tên thôn", "Số hộ", "Số dân"]


def xlsx(rows: list[list[Any]], forms: dict[str, str]) -> bytes:
    """A workbook whose cells (by `A1`) are shown by these number formats."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cell, form in forms.items():
        sheet[cell].number_format = form
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def ods(cells: str) -> bytes:
    names = "".join(
        f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"'
        for one in ("office", "table", "text")
    )
    head = "".join(
        f"<table:table-cell><text:p>{one}</text:p></table:table-cell>" for one in HAMLETS
    )
    content = (
        f"<office:document-content{names}><office:body><office:spreadsheet><table:table>"
        f"<table:table-row>{head}</table:table-row><table:table-row>{cells}</table:table-row>"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return out.getvalue()


def row_of(tmp_path: Path, kind: str, data: bytes) -> list[str]:
    path = tmp_path / "tep"
    path.write_bytes(data)
    return child.cells(kind, path)[1]


def test_a_volume_in_percent_cells_is_that_percentage(
    administrator: Client, country: Country
) -> None:
    wire = country.one.station.wire_id
    heads = ["Mã đài", "Mã cụm", "Tên cụm", "Âm lượng", "Số loa"]
    rows = [heads, [wire, "N901", "Một", 1, 2], [wire, "N902", "Hai", 0.8, "2.0"]]
    data = xlsx(rows, {"D2": "0%", "D3": "0.0%"})
    confirm(administrator, "cum-loa", send(administrator, "cum-loa", data))
    made = Outlet.objects.filter(code__in=["N901", "N902"]).order_by("code")
    assert [(one.volume_pct, one.speakers) for one in made] == [(100, 2), (80, 2)]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1, "0%", "100%"),
        (0.29, "0.00%", "29%"),
        (0.555, "0%", "55.5%"),
        (0.8, "General", "0.8"),
        (0.8, '0" %"', "0.8"),
        (1.21, "General", "1.21"),
        (1.234, "#,##0.000", "1,234"),
        (1234, "#,##0", "1234"),
        ("Thôn Mới_x000D_\nxóm Bãi", "General", "Thôn Mới\nxóm Bãi"),
        ("Thôn_x000D_", "General", "Thôn\n"),
        ("Thôn_x0009_Mới", "@", "Thôn\tMới"),
        ("Thôn_x005F_x000D_", "@", "Thôn_x000D_"),
    ],
)
def test_an_xlsx_cell_is_what_its_officer_sees(
    tmp_path: Path, value: Any, form: str, text: str
) -> None:
    data = xlsx([["Đầu"], [value]], {"A2": form})
    assert row_of(tmp_path, "xlsx", data) == [text]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<table:table-cell><office:annotation><text:p>Hỏi lại</text:p></office:annotation>"
         "<text:p>Thôn Mới</text:p></table:table-cell>", "Thôn Mới"),
        ("<table:table-cell><text:p>Thôn<office:annotation><text:p>Hỏi</text:p>"
         "</office:annotation> Mới</text:p></table:table-cell>", "Thôn Mới"),
        ("<table:table-cell><text:p>Thôn<text:s/>Mới<text:line-break/>xóm Bãi</text:p>"
         "</table:table-cell>", "Thôn Mới\nxóm Bãi"),
        ('<table:table-cell office:value-type="percentage" office:value="0.8"><text:p>80 %</text:p>'
         "</table:table-cell>", "80%"),
        ('<table:table-cell office:value-type="float" office:value="1.21"><text:p>1,21</text:p>'
         "</table:table-cell>", "1.21"),
    ],
)  # fmt: skip
def test_an_ods_cell_is_what_its_officer_sees(tmp_path: Path, cell: str, text: str) -> None:
    assert row_of(tmp_path, "ods", ods(cell)) == [text]


@pytest.mark.parametrize(
    ("first", "between"),
    [("sep=,", ","), ("sep=;", ";"), ('"sep=\t"', "\t"), ("", ","), ("", "\t")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_csv_may_say_what_parts_its_cells(
    tmp_path: Path, first: str, between: str, end: str
) -> None:
    lines = [first] if first else []
    lines += [between.join(HAMLETS), between.join(["08911", "", "Thôn Mới", "10", "40"])]
    data = ("\ufeff" + end.join(lines) + end).encode()
    assert row_of(tmp_path, "csv", data) == ["08911", "", "Thôn Mới", "10", "40"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("121", 121),
        ("1.210", 1210),
        ("1 210", 1210),
        ("9.863.000", 9_863_000),
        ("2.0", 2),
        ("", None),
    ],
)
def test_whole_numbers_as_people_write_them(text: str, value: int | None) -> None:
    assert whole({"Số hộ": text}, "Số hộ", 10_000_000) == value


@pytest.mark.parametrize(
    "text",
    ["1.21", "1,21", "1.5", "12.34", "1.2345", "1234.567", "1.23.456", "0,8", "80%", "-1", "١"],
)
def test_a_fraction_is_no_whole_number(text: str) -> None:
    with pytest.raises(ValidationError, match="số nguyên"):
        whole({"Số hộ": text}, "Số hộ", 10_000_000)


def test_a_percentage_has_its_sign_or_none() -> None:
    read = [percent({"Âm lượng": text}, "Âm lượng") for text in ("80", "80%", "80 %", "100%", "")]
    assert read == [80, 80, 80, 100, None]
    for text in ("101%", "0,8", "0.8", "55,5%", "%", "8%%"):
        with pytest.raises(ValidationError, match="số nguyên"):
            percent({"Âm lượng": text}, "Âm lượng")


def test_households_with_a_fraction_are_a_fault_at_their_cell(
    administrator: Client, country: Country
) -> None:
    before = Place.objects.count()
    rows = [["08911", "", "Thôn A", 1.21, 40]]
    answer = send(administrator, "thon", book(rows, HAMLETS))
    assert [fault["head"] for fault in answer.context["faults"]] == ["Số hộ"]
    assert Place.objects.count() == before


def test_coordinates_in_number_cells_stay(administrator: Client, country: Country) -> None:
    data = book([outlet_row(country, 7)])
    confirm(administrator, "cum-loa", send(administrator, "cum-loa", data))
    made = Outlet.objects.get(code="N007")
    assert (made.latitude, made.longitude) == (21.41, 105.64)
