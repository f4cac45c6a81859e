"""A program of its own that reads one document and writes its paragraphs and tables as JSON.

Run as `python -m loa.newsroom.extract KIND FILE` by `importing`, inside limits of time, memory and
output, because it parses what strangers wrote. It imports no Django. Its answer is
`{"blocks": [...]}` (`word.Block`) or `{"refused": code}`.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loa.newsroom.page_numbers import without_page_numbers
from loa.newsroom.word import blocks as word

PAGES_MAX = 60
CHARACTERS_MAX = 400_000
ENTRIES_MAX = 2_000
UNPACKED_MAX_BYTES = 80 << 20
PART_MAX_BYTES = 40 << 20
RATIO_MAX = 300
"""No part of an honest document packs better than this."""


class Unreadable(Exception):
    """The code of a refusal: too_many_pages, bomb, locked, broken, no_text, not_word."""


def main(argv: list[str]) -> int:
    """Read the file; 0 also for a refusal, which is an answer."""
    kind, path = argv
    try:
        blocks: Iterator[word.Block] = pdf_lines(Path(path))
        if kind == "docx":
            blocks = docx_blocks(Path(path))
        answer: dict[str, Any] = {"blocks": _bounded(blocks)}
    except Unreadable as refusal:
        answer = {"refused": str(refusal)}
    except Exception:  # noqa: BLE001  parsers of hostile files raise anything; the caller says so
        answer = {"refused": "broken"}
    sys.stdout.write(json.dumps(answer))
    return 0


def _bounded(found: Iterator[word.Block]) -> list[word.Block]:
    kept: list[word.Block] = []
    room = CHARACTERS_MAX
    said = False
    for block in found:
        words = [block] if isinstance(block, str) else [w for row in block["rows"] for w in row]
        length = sum(len(one) + 1 for one in words)
        kept.append(block[:room] if isinstance(block, str) else block)
        said = said or any(one.strip() for one in words)
        room -= length
        if room <= 0:
            break
    if not said:
        raise Unreadable("no_text")
    return kept


def docx_blocks(path: Path) -> Iterator[word.Block]:
    """Body paragraphs and tables in reading order, without headers, notes, deleted text."""
    _check_zip(path)
    yield from word.blocks(path)


def _check_zip(path: Path) -> None:
    """Refuse a bomb by the archive's own table, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Unreadable("broken") from error
    if not any(part.filename.startswith("word/") for part in parts):
        raise Unreadable("not_word")
    whole = sum(part.file_size for part in parts)
    packed = any(
        part.file_size > PART_MAX_BYTES
        or part.file_size > RATIO_MAX * max(part.compress_size, 1_000)
        for part in parts
    )
    if len(parts) > ENTRIES_MAX or whole > UNPACKED_MAX_BYTES or packed:
        raise Unreadable("bomb")


def pdf_lines(path: Path) -> Iterator[str]:
    """The lines of every page without its number. Scans hold no text and are refused."""
    from pypdf import PdfReader

    reader = PdfReader(path, strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("locked")
    if len(reader.pages) > PAGES_MAX:
        raise Unreadable("too_many_pages")
    pages = [page.extract_text().split("\n") for page in reader.pages]
    for lines in without_page_numbers(pages):
        yield from lines


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
