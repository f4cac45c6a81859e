"""The words of a Word file as its reader sees them: paragraphs and tables, in reading order.

Not read are headers, footers, notes and comments, words that a tracked change deleted or moved
away, hidden words and struck-through ones. Read are automatic numbers ("Điều 1.", "a)"), symbols
and superscripts.
Runs inside `extract`'s process: it imports no Django.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from loa.newsroom.word.lists import Numbers
from loa.newsroom.word.styles import SYMBOLS, Styles, W, attribute, raised, tag

DEPTH_MAX = 12
"""Tables within tables; nobody's document has more."""
COLUMNS_MAX = 60


class Table(TypedDict):
    """A table's rows of cells; `\\n` parts a cell's paragraphs. A row of one cell spans the table.
    The first `heads` rows are marked as its head."""

    rows: list[list[str]]
    heads: int


Block = str | Table


def blocks(path: Path) -> Iterator[Block]:
    """Paragraphs (without `\\n`) and tables of the body."""
    import docx

    document = docx.Document(str(path))
    styles = Styles(document.styles.element)
    parts = [one for one in document.part.rels.values() if one.reltype.endswith("/numbering")]
    numbers = Numbers(parts[0].target_part.blob if parts else b"", styles)
    yield from _Reader(styles, numbers).blocks(document.element.body, 0)


@dataclass
class _Reader:
    styles: Styles
    numbers: Numbers
    boxes: list[Any] = field(default_factory=list)
    """Text boxes seen in the paragraph that is being read: they follow it."""

    def blocks(self, parent: Any, depth: int) -> Iterator[Block]:
        """What stands in a body, a cell or a text box."""
        for child in parent:
            name = tag(child)
            if name == "p":
                yield from self._paragraph(child, depth)
            elif name == "tbl":
                yield from self._table(child, depth)
            elif name in {"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"}:
                yield from self.blocks(child, depth)

    def _paragraph(self, block: Any, depth: int) -> Iterator[Block]:
        outer, self.boxes = self.boxes, []
        text = self._text(block)
        boxes, self.boxes = self.boxes, outer
        if text.strip() or not _lost(block):
            number = self.numbers.next(block)
            if number and text.strip():
                text = f"{number} {text.lstrip()}"
            yield from text.split("\n")
        if depth < DEPTH_MAX:
            for box in boxes:
                yield from self.blocks(box, depth + 1)

    def _text(self, block: Any) -> str:
        said: list[str] = []
        self._collect(block, said)
        return "".join(said)

    def _collect(self, parent: Any, said: list[str]) -> None:
        for child in parent:
            name = tag(child)
            if name in _UNREAD:
                continue
            if name == "txbxContent":
                self.boxes.append(child)
            elif name == "r":
                self._run(child, said)
            elif name in {"sup", "sub"}:  # of a formula
                raising: list[str] = []
                self._collect(child, raising)
                said.append(raised("".join(raising), "".join(said), up=name == "sup"))
            elif name == "t":
                said.append(child.text or "")
            else:
                self._collect(child, said)

    def _run(self, run: Any, said: list[str]) -> None:
        look = self.styles.look(run)
        words: list[str] = []
        if look.unseen:
            # A text box is anchored in a run, and shown whatever the run's own letters are.
            self._collect([one for one in run if tag(one) in _FRAMES], [])
            return
        for child in run:
            name = tag(child)
            if name == "t":
                text = child.text or ""
                words.append(_capitals(text) if look.font.endswith("H") else text)
            elif name in _LETTERS:
                words.append(_LETTERS[name])
            elif name == "sym":
                code = int(attribute(child, "char") or "0", 16)
                words.append(SYMBOLS.get(code & 0xFF, "") if _symbolic(child) else chr(code))
            elif name not in _UNREAD:
                self._collect([child], words)
        text = _symbols("".join(words), look.font)
        said.append(raised(text, "".join(said), up=look.up) if look.up is not None else text)

    def _table(self, table: Any, depth: int) -> Iterator[Block]:
        rows = list(_rows(table))
        cells = [cell for row in rows for cell in row.cells]
        nested = any(one for cell in cells for one in cell.iter(f"{W}tbl"))
        wide = max((len(row.cells) for row in rows), default=0)
        if depth >= DEPTH_MAX:
            return
        if wide <= 1 or (nested and len(rows) == 1):  # a frame around parts of the document
            for cell in cells:
                yield from self.blocks(cell, depth + 1)
            return
        above: dict[int, str] = {}
        read: list[list[str]] = []
        heads = 0
        for row in rows:
            line = self._row(row, above, depth)
            if row.head and heads == len(read):
                heads += 1
            read.append(line)
        yield Table(rows=read, heads=heads)

    def _row(self, row: _Row, above: dict[int, str], depth: int) -> list[str]:
        """The row's cells; one that goes on downwards from the row above says the same again, and
        one over several columns stands in the first of them."""
        line: list[str] = []
        for cell, span, goes_on in zip(row.cells, row.spans, row.merged, strict=True):
            text = above.get(len(line), "") if goes_on else self._cell(cell, depth)
            above[len(line)] = text
            line += [text, *[""] * (span - 1)]
        return line[:1] if len(row.cells) == 1 else line[:COLUMNS_MAX]

    def _cell(self, cell: Any, depth: int) -> str:
        lines: list[str] = []
        for block in self.blocks(cell, depth + 1):
            if isinstance(block, str):
                lines.append(block)
            else:
                lines += ["; ".join(filter(None, row)).replace("\n", ", ") for row in block["rows"]]
        return "\n".join(lines).strip()


@dataclass(frozen=True, slots=True)
class _Row:
    cells: list[Any]
    spans: list[int]
    merged: list[bool]
    head: bool


def _rows(parent: Any) -> Iterator[_Row]:
    for child in parent:
        if tag(child) in {"sdt", "sdtContent", "customXml", "ins"}:
            yield from _rows(child)
        elif tag(child) == "tr":
            marks = child.find(f"{W}trPr")
            if _marked(marks, "hidden") or _marked(marks, "del"):
                continue
            cells = [one for one in _cells(child) if not _marked(one.find(f"{W}tcPr"), "cellDel")]
            before = _number(marks, "gridBefore") if marks is not None else 0
            if cells:
                spans = [max(1, _number(one.find(f"{W}tcPr"), "gridSpan")) for one in cells]
                merged = [_goes_on(one) for one in cells]
                if before:  # an empty place left of the first cell
                    spans[0] += before
                yield _Row(cells, spans, merged, _marked(marks, "tblHeader"))


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if tag(child) == "tc":
            yield child
        elif tag(child) in {"sdt", "sdtContent", "customXml"}:
            yield from _cells(child)


def _goes_on(cell: Any) -> bool:
    for merge in cell.iterfind(f"{W}tcPr/{W}vMerge"):
        return attribute(merge, "val") != "restart"
    return False


def _marked(properties: Any, name: str) -> bool:
    mark = None if properties is None else properties.find(f"{W}{name}")
    return mark is not None and attribute(mark, "val") not in {"0", "false", "off"}


def _number(properties: Any, name: str) -> int:
    mark = None if properties is None else properties.find(f"{W}{name}")
    text = "" if mark is None else attribute(mark, "val") or ""
    return min(int(text), COLUMNS_MAX) if text.isdecimal() and len(text) < 6 else 0


def _lost(block: Any) -> bool:
    """Whether the paragraph is gone once its tracked changes are taken: nothing counts it."""
    return any(tag(one) in {"del", "moveFrom"} for one in block.iter())


def _capitals(text: str) -> str:
    return "".join(letter.upper() if letter.isascii() else letter for letter in text)


def _symbolic(symbol: Any) -> bool:
    return (attribute(symbol, "font") or "").casefold() == "symbol"


def _symbols(text: str, font: str) -> str:
    """Text in the font Symbol, or from its private corner of Unicode, as the signs it shows."""
    if font != "Symbol":
        return text
    return "".join(
        SYMBOLS.get(ord(letter) & 0xFF, letter) if "\uf000" <= letter <= "\uf0ff" else letter
        for letter in text
    )


_LETTERS = {
    "br": "\n",
    "cr": "\n",
    "tab": "\t",
    "ptab": "\t",
    "noBreakHyphen": "-",
    "softHyphen": "\u00ad",  # in TCVN3 this is a letter
}
_FRAMES = frozenset({"drawing", "pict", "object", "AlternateContent"})
_UNREAD = frozenset(
    {
        *("del", "moveFrom", "delText", "instrText", "delInstrText", "pPr", "rPr", "sdtPr"),
        *("Fallback", "rt", "footnoteReference", "endnoteReference", "annotationRef"),
    }
)
"""`Fallback`: Word writes a text box twice, the second time for old readers."""
