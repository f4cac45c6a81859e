"""A program of its own that reads one document and writes its paragraphs as JSON.

Run as `python -m loa.newsroom.extract KIND FILE` by `importing`, inside limits of time, memory and
output, because it parses what strangers wrote. It imports no Django. Its answer is
`{"paragraphs": [...]}` or `{"refused": code}`.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGES_MAX = 60
CHARACTERS_MAX = 400_000
ENTRIES_MAX = 2_000
UNPACKED_MAX_BYTES = 80 << 20
PART_MAX_BYTES = 40 << 20
RATIO_MAX = 300
"""No part of an honest document packs better than this."""


class Unreadable(Exception):
    """The code of a refusal: too_many_pages, bomb, locked, broken, no_text."""


def main(argv: list[str]) -> int:
    """Read the file; 0 also for a refusal, which is an answer."""
    kind, path = argv
    try:
        paragraphs = {"docx": docx_paragraphs, "pdf": pdf_lines}[kind](Path(path))
        answer: dict[str, Any] = {"paragraphs": _bounded(paragraphs)}
    except Unreadable as refusal:
        answer = {"refused": str(refusal)}
    except Exception:  # noqa: BLE001  parsers of hostile files raise anything; the caller says so
        answer = {"refused": "broken"}
    sys.stdout.write(json.dumps(answer))
    return 0


def _bounded(paragraphs: Iterator[str]) -> list[str]:
    kept: list[str] = []
    room = CHARACTERS_MAX
    for paragraph in paragraphs:
        kept.append(paragraph[:room])
        room -= len(paragraph) + 1
        if room <= 0:
            break
    if not any(paragraph.strip() for paragraph in kept):
        raise Unreadable("no_text")
    return kept


def docx_paragraphs(path: Path) -> Iterator[str]:
    """Body paragraphs and table cells in reading order, without headers, notes, deleted text."""
    _check_zip(path)
    import docx

    document = docx.Document(str(path))
    default = _style_font(document.styles.element)
    for block in document.element.body.iter():
        if block.tag.endswith("}p") and not _in_text_box(block):
            yield from _paragraph(block, default).split("\n")


def _check_zip(path: Path) -> None:
    """Refuse a bomb by the archive's own table, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Unreadable("broken") from error
    whole = sum(part.file_size for part in parts)
    packed = any(
        part.file_size > PART_MAX_BYTES
        or part.file_size > RATIO_MAX * max(part.compress_size, 1_000)
        for part in parts
    )
    if len(parts) > ENTRIES_MAX or whole > UNPACKED_MAX_BYTES or packed:
        raise Unreadable("bomb")


def _in_text_box(block: Any) -> bool:
    """Word writes a text box twice, the second time for old readers: that copy is skipped."""
    return any(parent.tag.endswith("}Fallback") for parent in block.iterancestors())


def _paragraph(block: Any, default: str) -> str:
    """The paragraph's text with its inserted and without its deleted words."""
    said: list[str] = []
    for element in block.iter():
        if next(_paragraphs_above(element)) is not block:
            continue
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if name == "t":
            text = element.text or ""
            said.append(_capitals(text) if _font(element, default).endswith("H") else text)
        elif name in {"br", "cr"}:
            said.append("\n")
        elif name == "tab" and element.getparent().tag.endswith("}r"):
            said.append("\t")
        elif name == "softHyphen":
            said.append("\u00ad")  # in TCVN3 this is a letter
        elif name == "noBreakHyphen":
            said.append("-")
    return "".join(said)


def _paragraphs_above(element: Any) -> Iterator[Any]:
    if element.tag is not None and str(element.tag).endswith("}p"):
        yield element
    for parent in element.iterancestors():
        if parent.tag.endswith("}p"):
            yield parent


def _font(text: Any, default: str) -> str:
    """The legacy font of a run (`.VnTimeH` shows small letters as capitals); empty for others."""
    run = text.getparent()
    for fonts in run.iter():
        if str(fonts.tag).endswith("}rFonts"):
            names = [str(value) for value in fonts.attrib.values()]
            return next((name for name in names if name.startswith(".Vn")), "")
    return default


def _style_font(styles: Any) -> str:
    for fonts in styles.iter():
        if str(fonts.tag).endswith("}rFonts"):
            names = [str(value) for value in fonts.attrib.values()]
            return next((name for name in names if name.startswith(".Vn")), "")
    return ""


def _capitals(text: str) -> str:
    return "".join(letter.upper() if letter.isascii() else letter for letter in text)


def pdf_lines(path: Path) -> Iterator[str]:
    """The lines of every page. Scans hold no text and are refused."""
    from pypdf import PdfReader

    reader = PdfReader(path, strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("locked")
    if len(reader.pages) > PAGES_MAX:
        raise Unreadable("too_many_pages")
    for page in reader.pages:
        yield from page.extract_text().split("\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
