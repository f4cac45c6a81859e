"""Read one spreadsheet and print its cells as JSON, in a process of its own with hard limits.

    python -m loa.console.sheets.child xlsx|ods|csv FILE

A spreadsheet from outside is a program's input like any other: whatever it does to its reader, it
does it here, within memory, time and output that `run_limited` sets. Cells are text: a formula is
its own letters, never its result.
"""

import csv
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

ROWS_MAX = 1000
COLUMNS_MAX = 40
CELL_MAX = 2000
EMPTY_ROWS_MAX = 2000
"""So many empty lines in a row end the sheet: programs write a million of them."""

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


class Unreadable(Exception):
    """Why the file is not taken, by a word that the caller has a sentence for."""


def cells(kind: str, path: Path) -> list[list[str]]:
    """The rows of the first sheet that is shown, as text, the head first. Raises Unreadable."""
    readers = {"xlsx": _xlsx, "ods": _ods, "csv": _csv}
    rows: list[list[str]] = []
    empty = 0
    for row in readers[kind](path):
        line = [cell[: CELL_MAX + 1] for cell in row]
        while line and not line[-1].strip():
            line.pop()
        empty = 0 if line else empty + 1
        if empty > EMPTY_ROWS_MAX:
            break
        rows.append(line)
        if len(line) > COLUMNS_MAX:
            raise Unreadable("too_wide")
        if len(rows) - empty > ROWS_MAX + 1:
            raise Unreadable("too_long")
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        raise Unreadable("empty")
    return rows


def _xlsx(path: Path) -> Iterator[list[str]]:
    from openpyxl import load_workbook

    with path.open("rb") as file:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        seen = [one for one in book.worksheets if one.sheet_state == "visible"]
        sheet = (seen or book.worksheets)[0]
        for row in sheet.iter_rows(max_col=COLUMNS_MAX + 1, values_only=True):
            yield [_text(value) for value in row]


def _text(value: Any) -> str:
    """A cell as an officer would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(getattr(value, "text", value))


def _ods(path: Path) -> Iterator[list[str]]:
    from defusedxml.ElementTree import iterparse

    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
        for _event, element in iterparse(content, events=("end",), forbid_dtd=True):
            if element.tag == f"{_TABLE}table-row":
                row = _ods_row(element)
                times = _repeated(element, "number-rows-repeated")
                for _ in range(times if any(row) else min(times, EMPTY_ROWS_MAX + 1)):
                    yield row
                element.clear()
            elif element.tag == f"{_TABLE}table":
                return


def _ods_row(element: Any) -> list[str]:
    row: list[str] = []
    for cell in element:
        if cell.tag not in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
            continue
        formula = cell.get(f"{_TABLE}formula")
        paragraphs = ["".join(part.itertext()) for part in cell.iter(f"{_TEXT}p")]
        words = "\n".join(paragraphs)
        kind = cell.get(f"{_OFFICE}value-type")
        if formula:
            words = "=" + formula.partition("=")[2]
        elif kind == "float":
            words = _text(float(cell.get(f"{_OFFICE}value", "nan")))
        elif kind == "date":
            words = cell.get(f"{_OFFICE}date-value", "")[:10]
        times = _repeated(cell, "number-columns-repeated")
        row += [words] * min(times, COLUMNS_MAX + 1 - len(row))
    while row and not row[-1]:
        row.pop()
    return row


def _repeated(element: Any, name: str) -> int:
    text = element.get(f"{_TABLE}{name}", "1")
    return int(text) if text.isdigit() and len(text) < 9 else 1


def _csv(path: Path) -> Iterator[list[str]]:
    """UTF-8, separated by commas or semicolons. An apostrophe before a sign that a spreadsheet
    would take for a formula is ours (`writing.csv_cell`) and goes."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("not_utf8") from error
    if "\x00" in text:
        raise Unreadable("binary")
    head = text.split("\n", 1)[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    csv.field_size_limit(1 << 20)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        yield [cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@\t\r" else cell for cell in row]


def main(argv: list[str]) -> int:
    kind, name = argv
    try:
        found: dict[str, Any] = {"rows": cells(kind, Path(name))}
    except Unreadable as reason:
        found = {"error": str(reason)}
    except Exception as error:  # noqa: BLE001  whatever a broken file breaks: one word about it
        found = {"error": "broken", "detail": type(error).__name__}
    sys.stdout.write(json.dumps(found, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
