"""Rows of text as XLSX, ODS or CSV. Every cell is text: no program takes one for a formula."""

import csv
import io
import zipfile
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from tablib import Dataset

MIME = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv; charset=utf-8",
}


def parts(data: Dataset, most: int) -> list[Dataset]:
    """The rows as datasets of at most `most` rows each, every one with the heads; never none."""
    rows = list(data)
    return [
        Dataset(*rows[start : start + most], headers=data.headers)
        for start in range(0, max(1, len(rows)), most)
    ]


def zipped(files: dict[str, bytes]) -> bytes:
    """The files in one ZIP, by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def write(kind: str, title: str, data: Dataset) -> bytes:
    """The dataset as a file of the kind."""
    if kind == "xlsx":
        return _xlsx(title, data)
    if kind == "ods":
        return bytes(data.export("ods"))
    return _csv(data)


def _xlsx(title: str, data: Dataset) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for number, head in enumerate(data.headers):
        letter = chr(ord("A") + number)
        sheet.column_dimensions[letter].width = max(12, min(40, len(head) + 6))
    bold = Font(bold=True)
    for number, row in enumerate([data.headers, *data]):
        line = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", str(value)))
            cell.data_type = "s"  # after the value: openpyxl takes a leading "=" for a formula
            cell.number_format = "@"
            if number == 0:
                cell.font = bold
            line.append(cell)
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_cell(value: str) -> str:
    """A cell that no spreadsheet program takes for a formula: an apostrophe goes before it."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _csv(data: Dataset) -> bytes:
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    rows: list[Sequence[str]] = [data.headers, *data]
    lines.writerows([[csv_cell(str(value)) for value in row] for row in rows])
    return ("\ufeff" + out.getvalue()).encode()
