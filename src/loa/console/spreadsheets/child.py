"""Read one spreadsheet and print its cells as JSON, in a process of its own with hard limits.

    python -m loa.console.spreadsheets.child xlsx|ods|csv FILE

A spreadsheet from outside is a program's input like any other: whatever it does to its reader, it
does it here, within memory, time and output that `run_limited` sets. Cells are text: a formula is
its own letters, never its result.
"""

import csv
import io
import json
import re
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


_ENDS = re.compile("\r\n?|\n")
_LIKE_THOUSANDS = re.compile(r"-?\d{1,3}\.\d{3}")
_SEPARATOR = re.compile(r"sep=(,|;|\t|\\t|\|)", re.IGNORECASE)


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
        for row in sheet.iter_rows(max_col=COLUMNS_MAX + 1):
            yield [_xlsx_text(cell) for cell in row]


def _xlsx_text(cell: Any) -> str:
    """A cell of an XLSX as its officer sees it: a percentage keeps its sign, `_x000D_` is a line
    end (ECMA-376 writes letters that XML cannot hold as `_xHHHH_`)."""
    from openpyxl.utils.escape import unescape

    value = cell.value
    if isinstance(value, str):
        return _ENDS.sub("\n", unescape(value))
    if _is_number(value) and "%" in _shown(cell.number_format):
        return _percent(float(value))
    return _text(value)


def _shown(form: str) -> str:
    """A number's format without what is only quoted in it."""
    return re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", form or "")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _percent(share: float) -> str:
    return f"{_text(round(share * 100, 6))}%"


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
    if isinstance(value, float) and _LIKE_THOUSANDS.fullmatch(str(value)):
        return str(value).replace(".", ",")  # people here write a thousand and so many as `1.234`
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
        # Only the cell's own paragraphs: comments and pictures in it hold others.
        words = "\n".join(_ods_words(part) for part in cell.findall(f"{_TEXT}p"))
        kind = cell.get(f"{_OFFICE}value-type")
        if formula:
            words = "=" + formula.partition("=")[2]
        elif kind == "float":
            words = _text(float(cell.get(f"{_OFFICE}value", "nan")))
        elif kind == "percentage":
            words = _percent(float(cell.get(f"{_OFFICE}value", "nan")))
        elif kind == "date":
            words = cell.get(f"{_OFFICE}date-value", "")[:10]
        times = _repeated(cell, "number-columns-repeated")
        row += [words] * min(times, COLUMNS_MAX + 1 - len(row))
    while row and not row[-1]:
        row.pop()
    return row


def _ods_words(part: Any) -> str:
    said = part.text or ""
    for child in part:
        if child.tag == f"{_TEXT}s":
            said += " " * min(_repeated_text(child), CELL_MAX)
        elif child.tag == f"{_TEXT}line-break":
            said += "\n"
        elif child.tag == f"{_TEXT}tab":
            said += "\t"
        elif child.tag not in {f"{_OFFICE}annotation", f"{_TEXT}note"}:
            said += _ods_words(child)
        said += child.tail or ""
    return said


def _repeated_text(element: Any) -> int:
    text = element.get(f"{_TEXT}c", "1")
    return int(text) if text.isdigit() and len(text) < 9 else 1


def _repeated(element: Any, name: str) -> int:
    text = element.get(f"{_TABLE}{name}", "1")
    return int(text) if text.isdigit() and len(text) < 9 else 1


def _csv(path: Path) -> Iterator[list[str]]:
    """UTF-8, separated by commas, semicolons or tabs, or by what a first line `sep=,` says. An
    apostrophe before a sign that a spreadsheet would take for a formula is ours
    (`writing.csv_cell`) and goes."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("not_utf8") from error
    if "\x00" in text:
        raise Unreadable("binary")
    head, _, rest = text.partition("\n")
    told = _SEPARATOR.fullmatch(head.strip('\r" '))
    if told:  # a line for spreadsheet programs, which do not show it
        text, separator = rest, told[1].replace("\\t", "\t")
    else:
        separator = max(",;\t", key=head.count)
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
