"""A Word file or PDF handed in at the desk becomes a title, a text and the frame that is kept."""

import json
import re
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from loa.lib.process import ProcessError, ProcessTimeout, ProcessTooLarge, run_limited
from loa.lib.sentences import Sentence
from loa.lib.text import nfc
from loa.newsroom import tables
from loa.newsroom.papers import Paper, joined, read_paper, unwrapped
from loa.newsroom.rules import BulletinRefused, text_clean
from loa.newsroom.word.blocks import Block
from loa.speech.legacy import Encoding, mend

FILE_MAX_BYTES = 20 << 20
TIMEOUT_S = 30.0
MEMORY_BYTES = 1 << 30
OUTPUT_BYTES = 4 << 20

_REFUSALS = {
    "too_many_pages": Sentence(
        "Tệp có quá nhiều trang (nhiều nhất 60). Tách lấy phần cần đọc rồi gửi lại."
    ),
    "bomb": Sentence("Tệp nén bất thường nên không mở. Lưu lại bằng Word rồi gửi lại."),
    "locked": Sentence("Tệp có mật khẩu. Bỏ mật khẩu rồi gửi lại."),
    "broken": Sentence("Tệp bị hỏng nên không đọc được. Lưu lại thành tệp mới rồi gửi lại."),
    "not_word": Sentence("Chỉ nhận tệp Word (.docx) hoặc PDF có chữ."),
    "no_text": Sentence(
        "Tệp không có chữ, có lẽ là bản chụp. Gửi bản có chữ, hoặc gõ nội dung vào ô."
    ),
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What was read: the paper, and what the officer should look at, in words."""

    paper: Paper
    notes: tuple[Sentence, ...]


def import_document(file: Path, *, limit: int) -> Imported:
    """Read a .docx or .pdf. Raises BulletinRefused with a sentence; the file is only read.

    What kind it is, is seen from its first bytes and never from its name. It is parsed in a
    process of its own with limits. `limit` is the longest text in characters.
    """
    if file.stat().st_size > FILE_MAX_BYTES:
        raise BulletinRefused("Tệp lớn hơn 20 MB. Bỏ bớt ảnh trong tệp rồi gửi lại.")
    kind = kind_of(file)
    lines, found = _lines(_extracted(kind, file))
    paper = read_paper(joined(lines) if kind == "pdf" else unwrapped(lines))
    body = text_clean(paper.body, limit)
    return Imported(Paper(paper.title, body, paper.frame), _notes(paper, found))


def _lines(blocks: list[Block]) -> tuple[list[str], tuple[Encoding, ...]]:
    """The lines of a document in Unicode, its tables as sentences, and what it was written in."""
    flat: list[str] = []
    for block in blocks:
        flat += [block] if isinstance(block, str) else [c for row in block["rows"] for c in row]
    mended = mend(nfc("\n".join(flat)))
    # Only now: in the old encodings a raised digit is a letter.
    rest = iter(_POWER.sub(_power, mended.text).split("\n"))

    def next_text(written: str) -> str:
        return "\n".join(next(rest) for _ in range(written.count("\n") + 1))

    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            lines += next_text(block).split("\n")
        else:
            rows = [[next_text(cell) for cell in row] for row in block["rows"]]
            lines += tables.lines_of(rows, block["heads"])
    return lines, mended.found


_POWER = re.compile("(?<=[0-9])[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}")


def _power(found: re.Match[str]) -> str:
    """`10⁵` is read as 105; `10^5` is read as a power."""
    digits = unicodedata.normalize("NFKC", found[0])  # the raised minus becomes U+2212
    return f" mũ âm {digits[1:]}" if digits[0] == "\u2212" else f"^{digits.lstrip('+')}"


def kind_of(file: Path) -> str:
    """`docx` or `pdf` by the first bytes. Raises BulletinRefused for anything else."""
    with file.open("rb") as opened:
        head = opened.read(1024)
    if head.startswith(b"PK\x03\x04"):
        if b"mimetypeapplication/vnd.oasis.opendocument" in head:
            raise BulletinRefused(
                "Chỉ nhận tệp Word (.docx) hoặc PDF có chữ. Tệp này là OpenDocument (.odt): mở"
                " bằng LibreOffice, chọn lưu thành .docx rồi gửi lại."
            )
        return "docx"
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BulletinRefused(
            "Tệp Word đời cũ (.doc) chưa đọc được. Mở bằng Word, chọn lưu thành .docx rồi gửi lại."
        )
    raise BulletinRefused(_REFUSALS["not_word"].text)


def _extracted(kind: str, file: Path) -> list[Block]:
    try:
        done = run_limited(
            [sys.executable, "-I", "-B", "-m", "loa.newsroom.extract", kind, str(file)],
            timeout_s=TIMEOUT_S,
            cpu_s=round(TIMEOUT_S),
            memory_bytes=MEMORY_BYTES,
            output_bytes=OUTPUT_BYTES,
            file_bytes=1 << 20,
        )
        answer = json.loads(done.stdout)
    except (ProcessTimeout, ProcessTooLarge) as error:
        raise BulletinRefused(
            "Tệp quá phức tạp nên đọc mãi không xong. Chép phần chữ cần đọc rồi dán vào ô."
        ) from error
    except (ProcessError, ValueError) as error:
        raise BulletinRefused(_REFUSALS["broken"].text) from error
    if "refused" in answer:
        raise BulletinRefused(_REFUSALS[answer["refused"]].text)
    blocks: list[Block] = answer["blocks"]
    return blocks


def _notes(paper: Paper, found: tuple[Encoding, ...]) -> tuple[Sentence, ...]:
    notes = []
    if len(found) > 1:
        notes.append(
            Sentence(
                "Tệp trộn nhiều bảng mã chữ. Loa đã chuyển sang Unicode; xin đọc lại kỹ từng dòng."
            )
        )
    elif Encoding.TCVN3 in found or Encoding.VNI in found:
        notes.append(
            Sentence("Tệp dùng bảng mã chữ cũ. Loa đã chuyển sang Unicode; xin đọc lại một lượt.")
        )
    if paper.frame:
        notes.append(
            Sentence(
                "Khung văn bản (quốc hiệu, số, nơi nhận, chữ ký) được giữ riêng, loa không đọc."
            )
        )
    return tuple(notes)
