"""A table of a document as sentences: each row with the words of the table's head. Pure.

"Ngày 25/02; thời gian: 7h30-11h30; khu vực: Khóm 2, Khóm 3." Who listens sees no columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from loa.lib.text import fold
from loa.newsroom.papers import is_frame, is_motto, is_office_or_signed

Rows = Sequence[Sequence[str]]

_FRAME_ROWS, _FRAME_COLUMNS = 6, 2
_HEAD_MAX = 80
_NUMBERS = frozenset({"stt", "tt", "so tt", "so thu tu", "thu tu", "no", "#"})
"""Heads of a column that counts the rows: its number is said, its head is not."""
_JOINED = frozenset({"ngay", "thu", "thang", "nam", "so", "khoa", "lop", "to", "dot"})
"""Heads that run on into their number: "Ngày 25/02", not "Ngày: 25/02"."""
_LABELS = re.compile(
    r"(?P<label>thoi gian|thoi diem|dia diem|noi dung|thanh phan|doi tuong|chu tri|lien he|ngay|gio"
    r"|nguoi (?:chu tri|lien he|phu trach|thuc hien)|ho (?:va )?ten|dia chi|so dien thoai"
    r"|dien thoai|ly do|khu vuc|pham vi|so luong|ghi chu|chuan bi|hinh thuc|yeu cau)\b"
    r"(?: \w+){0,2}:?"
)
_VALUE = re.compile(r"^\W*\d")
_UNIT = re.compile(
    r"^(?P<head>.+?)\s*\((?:đơn vị(?: tính)?:?|đvt:?|tính bằng)?\s*(?P<unit>[^)]+)\)$",
    re.IGNORECASE,
)
_QUANTITY = re.compile(r"^[\d.,\s–-]*\d$")


def lines_of(rows: Rows, heads: int = 0) -> list[str]:
    """The lines that a table is read as. `heads`: its first rows that are marked as the head.

    A frame of an administrative document stays its cells' lines, one after the other. Every cell
    with words is in one of the lines.
    """
    if _is_layout(rows):
        return [line for row in rows for cell in row for line in cell.split("\n")]
    table = [[_one_line(cell) for cell in row] for row in rows]
    found: list[str] = []
    while table and _alone(table[0]) is not None:  # a caption in the table's first row
        found.append(_alone(table[0]) or "")
        table, heads = table[1:], max(0, heads - 1)
    depth = heads if 0 < heads < len(table) else _depth(table)
    names = _names(table[:depth])
    for row in table[depth:]:
        title = _alone(row) if len(row) == 1 or depth else None
        if title is not None and (len(row) == 1 or row[0]):
            found.append(title)
        elif any(row):
            found.append(_sentence(row, names))
    return found


def _is_layout(rows: Rows) -> bool:
    """A table without lines that holds parts of the frame side by side, or one row of text."""
    if len(rows) == 1:
        return not _is_sentence(rows[0])
    if len(rows) > _FRAME_ROWS or _labels([row[0] for row in rows]) > 1:
        return False
    lines = [line for row in rows for cell in row for line in cell.split("\n")]
    narrow = max(map(len, rows)) <= _FRAME_COLUMNS
    if any(is_motto(line) or (narrow and is_frame(line)) for line in lines):
        return True
    signed = [line for cell in rows[0] for line in cell.split("\n") if line.strip()]
    return bool(signed) and all(map(is_office_or_signed, signed))


def _is_sentence(row: Sequence[str]) -> bool:
    """Whether a table's only row is data: short cells, none of them a part of the frame."""
    words = [cell.strip() for cell in row if cell.strip()]
    short = all("\n" not in cell and len(cell) <= _HEAD_MAX for cell in words)
    frame = any(is_frame(cell) or is_motto(cell) or is_office_or_signed(cell) for cell in words)
    return short and not frame and (len(words) > _FRAME_COLUMNS or _labels(words[:1]) > 0)


def _one_line(cell: str) -> str:
    """The paragraphs of a cell as one line."""
    lines = [" ".join(line.split()) for line in cell.split("\n")]
    said = ""
    for line in filter(None, lines):
        part = (
            ""
            if not said
            else " "
            if said[-1] in ".,;:!?" or line[0].islower() or line[0] == "("
            else ", "
        )
        said += part + line
    return said


def _alone(row: Sequence[str]) -> str | None:
    """The words of a row of which one cell alone has words; None for another row."""
    words = [cell for cell in row if cell]
    return words[0] if len(words) == 1 else None


def _depth(table: Rows) -> int:
    """How many rows are the head: 0 for none, 2 where the second stands below a wide cell."""
    if len(table) < 2 or not _may_be_head(table[0], table[1]):
        return 0
    if _labelled(table):
        return 0
    first, second = table[0], table[1]
    wide = any(not cell for cell in first[1:])
    below = len(first) == len(second) and any(
        one and one == other for one, other in zip(first, second, strict=True)
    )
    if wide and below and len(table) > 2 and not any(map(_VALUE.match, second)):
        return 2
    return 1


def _may_be_head(row: Sequence[str], below: Sequence[str]) -> bool:
    """Names and no values; hours or dates only where what stands below them is none of these."""
    words = [cell for cell in row if cell]
    values = [at for at, cell in enumerate(row) if _VALUE.match(cell)]
    years = all(re.fullmatch(r"\d{4}", row[at]) for at in values)
    under = any(_VALUE.match(below[at]) for at in values if at < len(below))
    named = not values or years or (values[0] > 0 and not under)
    return len(words) > 1 and named and all(len(cell) <= _HEAD_MAX for cell in words)


def _labelled(table: Rows) -> bool:
    """Two columns of which the first names what stands in the second, in every row."""
    if any(len(row) > 2 for row in table):
        return False
    first = [row[0] for row in table if row[0]]
    colons = sum(cell.endswith(":") for cell in first)
    return 2 * colons > len(first) or _labels(first) > 1


def _labels(cells: Sequence[str]) -> int:
    """How many different labels these cells are: "Ngày" over "Ngày 25/02" is one."""
    found = (_LABELS.fullmatch(" ".join(fold(cell).split())) for cell in cells)
    return len({match["label"] for match in found if match})


def _names(head: Rows) -> list[str]:
    """The words over each column; a cell over several columns speaks for all of them."""
    if not head:
        return []
    names = [""] * max(map(len, head))
    for depth, row in enumerate(head):
        wide = ""
        for at, cell in enumerate(row):
            # An empty place right of a wide cell belongs to it, as long as a row below parts it.
            below = depth + 1 < len(head) and at < len(head[-1]) and bool(head[-1][at])
            wide = cell or (wide if below else "")
            if wide and wide != names[at]:
                names[at] = f"{names[at]} {_lower(wide)}" if names[at] else wide
    return [name.rstrip(": ") for name in names]


def _sentence(row: Sequence[str], names: Sequence[str]) -> str:
    """A row as one sentence. An empty cell is passed over with its head."""
    parts: list[str] = []
    number = ""
    if not names and len([cell for cell in row if cell]) == 2 and not _VALUE.match(row[0]):
        name, value = (cell for cell in row if cell)
        return _ended(f"{name.rstrip(': ')}: {value}")
    for at, cell in enumerate(row):
        name = names[at] if at < len(names) else ""
        if not cell:
            continue
        if not parts and fold(name).strip(". ") in _NUMBERS:
            number = f"{cell.rstrip('.)')}. "
            continue
        parts.append(_named(name if not parts else _lower(name), cell.rstrip(" ;")))
    if not parts:
        return number.strip()
    return _ended(number + "; ".join(parts))


def _named(name: str, cell: str) -> str:
    """A cell with its head: "khu vực: Khóm 2"; once where the cell says the head itself."""
    unit = _UNIT.match(name)
    if unit is not None and _QUANTITY.match(cell):
        name, cell = unit["head"], f"{cell} {unit['unit'].strip()}"
    plain, said = fold(name), fold(cell)
    if not plain or said == plain or said.startswith(plain + " "):
        return cell
    if plain in _JOINED and _VALUE.match(cell):
        return f"{name} {cell}"
    return f"{name}: {cell}"


def _lower(name: str) -> str:
    """A head inside a sentence: small, except an abbreviation."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _ended(sentence: str) -> str:
    return sentence if sentence[-1:] in ".!?…" else f"{sentence.rstrip(' ,;:')}."
