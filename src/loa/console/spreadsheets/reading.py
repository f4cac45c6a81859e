"""An uploaded spreadsheet as rows of text: bounded before anything parses it.

The file's size, then a zip's own list of what is in it, then a process with limits that reads it.
"""

import json
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from loa.console.spreadsheets.child import COLUMNS_MAX, ROWS_MAX
from loa.lib.process import ProcessError, run_limited
from loa.lib.sentences import Refusal
from loa.web.formats import number

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

FILE_MAX_BYTES = 5 << 20
UNPACKED_MAX_BYTES = 120 << 20
MEMBERS_MAX = 500
MEMORY_BYTES = 1 << 30
OUTPUT_BYTES = 96 << 20
CPU_S, TIMEOUT_S = 20, 40


class SheetRefused(Refusal):
    """Why a file is not taken, as a sentence for who sent it."""


SENTENCES = {
    "too_long": "Tệp có hơn %(rows)s dòng. Chia thành nhiều tệp.",
    "too_wide": "Tệp có hơn %(columns)s cột. Dùng đúng mẫu của trang này.",
    "empty": "Tệp không có dòng nào.",
    "not_utf8": "Tệp CSV không phải dạng UTF-8. Lưu lại dạng “CSV UTF-8”, hoặc dùng XLSX.",
    "binary": "Tệp này không phải CSV.",
    "broken": "Tệp bị hỏng hoặc không phải bảng tính. Mở bằng phần mềm bảng tính rồi lưu lại.",
}


@dataclass(frozen=True, slots=True)
class Grid:
    """The head and the rows below it; row 1 of the sheet is the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read(file: "UploadedFile[bytes]") -> Grid:
    """The first sheet of an XLSX, ODS or CSV file. Raises SheetRefused."""
    if (file.size or 0) > FILE_MAX_BYTES:
        raise SheetRefused("Tệp lớn hơn 5 MB. Chia thành nhiều tệp.")
    folder: Path = settings.ENV.data / "scratch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(suffix=".sheet", dir=folder) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        path = Path(copy.name)
        rows = _cells(_kind(path), path)
    head = tuple(" ".join(cell.split()) for cell in rows[0])
    wide = len(head)
    if not any(head):
        raise SheetRefused("Dòng đầu của tệp phải ghi tên các cột.")
    body = tuple(tuple((row + [""] * wide)[:wide]) for row in rows[1:])
    if not any(any(row) for row in body):
        raise SheetRefused("Tệp chỉ có dòng tên cột, chưa có dòng nào để nhập.")
    return Grid(head, body)


def _kind(path: Path) -> str:
    """What the bytes are, whatever the name says. Raises SheetRefused."""
    with path.open("rb") as file:
        magic = file.read(8)
    if magic[:4] == b"\xd0\xcf\x11\xe0":
        raise SheetRefused("Tệp dạng XLS cũ. Mở rồi lưu lại dạng XLSX.")
    if magic[:2] != b"PK":
        return "csv"
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise SheetRefused(SENTENCES["broken"]) from error
    if len(members) > MEMBERS_MAX or sum(m.file_size for m in members) > UNPACKED_MAX_BYTES:
        raise SheetRefused("Tệp nén quá lớn so với bề ngoài nên không được mở.")
    if "content.xml" in names:
        return "ods"
    if "[Content_Types].xml" in names:
        return "xlsx"
    raise SheetRefused(SENTENCES["broken"])


def _cells(kind: str, path: Path) -> list[list[str]]:
    argv = [sys.executable, "-m", "loa.console.spreadsheets.child", kind, str(path)]
    try:
        done = run_limited(
            argv,
            timeout_s=TIMEOUT_S,
            memory_bytes=MEMORY_BYTES,
            output_bytes=OUTPUT_BYTES,
            cpu_s=CPU_S,
            file_bytes=0,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (ProcessError, ValueError) as error:
        raise SheetRefused(
            "Tệp này đọc quá lâu hoặc quá nặng. Xóa các trang tính thừa rồi lưu lại."
        ) from error
    if "rows" not in found:
        sentence = SENTENCES.get(str(found.get("error")), SENTENCES["broken"])
        raise SheetRefused(sentence, rows=number(ROWS_MAX), columns=COLUMNS_MAX)
    rows: list[list[str]] = found["rows"]
    return rows
