"""The frame of an administrative document (NĐ 30/2020): known by its form, kept, never spoken.

National motto, issuing body, number and symbol, place and date, kind, subject, addressees,
recipients and signature are taken out of the lines; what is left is what people are to hear. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from loa.lib.text import fold

FRAME_KEYS = (
    *("issuer", "number", "place_date", "kind", "subject"),
    *("addressees", "recipients", "signature"),
)
"""The fields of a frame, in the order of the document. Each is text, lines by `\\n`."""
FIELD_MAX = 1_000

KINDS = (
    *("thong bao", "quyet dinh", "nghi quyet", "chi thi", "ke hoach", "huong dan", "bao cao"),
    *("to trinh", "giay moi", "cong dien", "chuong trinh", "phuong an", "de an", "quy che"),
    *("quy dinh", "thong cao", "bien ban", "thu cong", "ban ghi nho", "giay gioi thieu"),
    *("loi keu goi", "thu ngo", "thu moi", "cong bo", "lich tiep cong dan"),
)

_I = re.IGNORECASE
_MOTTO = re.compile(r"c[ộo]ng\s+h[òo][aà]\s+x[ãa]\s+h[ộo]i\s+ch[ủu]\s+ngh[ĩi]a\s+vi[ệe]t\s+nam", _I)
_CREED = re.compile(r"đ[ộo]c\s+l[ậa]p\s*[-–—]\s*t[ựu]\s+do\s*[-–—]\s*h[ạa]nh\s+ph[úu]c", _I)
_NUMBER = re.compile(r"^\s*số\s*:?\s*(?P<number>[\d.…_\s]{0,12}[/-]\s?[A-ZĐ][\w.&\-/]*)", _I)
_PLACE_DATE = re.compile(
    r"(?P<all>[^\d,.:;]{2,40},\s*ngày\s*[\d.…\s]{0,6}\s*tháng\s*[\d.…\s]{0,6}\s*năm\s*[\d.…]{2,6})",
    _I,
)
_SUBJECT = re.compile(r"^\s*(?:v/v|về việc)\b\s*:?\s*(?P<subject>.*)", _I)
_ADDRESSEES = re.compile(r"^\s*kính\s+(?:gửi|mời)\s*:", _I)
_RECIPIENTS = re.compile(r"^\s*nơi\s+nhận\s*:", _I)
_ITEM = re.compile(r"^\s*[-–—•+*·]\s*\S")
_FILED = re.compile(r"^\s*(?:[-–—•]\s*)?lưu\s*:", _I)
_SIGNED_FOR = re.compile(r"^\s*(?:TM|KT|TL|TUQ|Q)\s*\.\s*\S", re.UNICODE)
_OFFICE = re.compile(
    r"^\s*(?:quyền\s+)?(?:phó\s+)?(?:chủ tịch|bí thư|giám đốc|chánh văn phòng|hiệu trưởng"
    r"|trưởng (?:ban|phòng|thôn|công an|trạm)|tổ trưởng|chỉ huy trưởng|bộ trưởng|thủ trưởng"
    r"|chủ nhiệm)\b[^.,;]*$",
    _I,
)
_SIGNED = re.compile(r"^\s*\(?\s*(?:đã ký|ký tên|ký, |chữ ký|ký ghi rõ)", _I)
_NAME = re.compile(r"^\s*(?:[A-ZĐÀ-Ỹ][a-zđà-ỹ]+\s+){1,4}[A-ZĐÀ-Ỹ][a-zđà-ỹ]+\s*$")
_ITEM_NUMBER = re.compile(r"(?:(?:điều|mục|phần)\s+)?(?:[\d.]+|[IVX]+\.)", _I)
_RULE = re.compile(r"^[\s_\-–—=*.…]{3,}$")
_GAP = re.compile(r"\t+| {3,}")
_HEAD_LINES = 30
"""The frame's head stands within so many lines of the start, its foot within as many of the end."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document without its frame: what may be read aloud, and what is only kept."""

    title: str
    body: str
    frame: dict[str, str] = field(default_factory=dict)


def read_paper(lines: Iterable[str]) -> Paper:
    """The paper that these lines (paragraphs, cells) make. Any text is one; nothing raises."""
    pieces = _pieces(lines)
    reader = _Reader(pieces)
    reader.run()
    frame = {key: value[:FIELD_MAX] for key in FRAME_KEYS if (value := reader.field(key))}
    body = "\n".join(reader.body).strip()
    return Paper(_title(frame, body), body, frame)


def _pieces(lines: Iterable[str]) -> list[str]:
    """The lines, cut where a table or a wide gap put two parts of the frame side by side."""
    found: list[str] = []
    for line in lines:
        cut = [part.strip() for part in _GAP.split(line) if part.strip()]
        if len(cut) > 1 and any(is_frame(part) for part in cut):
            found += cut
        else:
            found.append(" ".join(line.split()))
    return found


def is_frame(line: str) -> bool:
    """Whether the line holds a mark of the frame."""
    patterns = (_MOTTO, _CREED, _NUMBER, _PLACE_DATE, _RECIPIENTS, _SIGNED_FOR, _FILED)
    return any(pattern.search(line) for pattern in patterns)


def is_motto(line: str) -> bool:
    """Whether the line holds the national motto, which stands in a frame only."""
    return bool(_MOTTO.search(line) or _CREED.search(line))


class _Reader:
    """Goes through the lines once, top to bottom."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.kept: dict[str, list[str]] = {}
        self.body: list[str] = []
        self.foot = _foot_from(lines)

    def field(self, key: str) -> str:
        return "\n".join(self.kept.get(key, ())).strip()

    def keep(self, key: str, text: str) -> None:
        if text.strip():
            self.kept.setdefault(key, []).append(text.strip(" ,;"))

    def run(self) -> None:
        inside = "head" if _has_head(self.lines) else ""
        for index, line in enumerate(self.lines):
            if index >= self.foot:
                inside = self._foot(line, inside)
            elif _RULE.match(line):
                continue
            else:
                inside = self._upper(line, inside if index < _HEAD_LINES else "")
        if not self.body:  # a paper of nothing but its frame: better too much than nothing
            self.body = [line for line in self.lines if line]

    def _upper(self, line: str, inside: str) -> str:
        """One line above the foot; returns the part of the frame that it continues."""
        if not line:
            if self.body and self.body[-1]:
                self.body.append("")
            return inside
        rest = _CREED.sub(" ", _MOTTO.sub(" ", line)).strip(" -–—")
        if rest != line.strip(" -–—"):
            if rest and inside == "head":
                return self._upper(rest, inside)
            return inside or "head"
        if inside:
            taken = self._head(line, inside)
            if taken is not None:
                return taken
        self.body.append(line)
        return ""

    def _head(self, line: str, inside: str) -> str | None:
        """Take a line of the head; None where the text itself begins."""
        number, dated = _NUMBER.match(line), _PLACE_DATE.search(line)
        if number or (dated and len(line) < 80):
            if number:
                self.keep("number", number["number"])
            if dated:
                self.keep("place_date", dated["all"])
            return "head"
        if _ADDRESSEES.match(line):
            self.keep("addressees", line.partition(":")[2] or " ")
            return "addressees"
        if inside == "addressees" and _ITEM.match(line) and not self.body:
            self.keep("addressees", line.strip(" -–—•"))
            return inside
        subject = _SUBJECT.match(line)
        if subject:
            self.keep("subject", subject["subject"])
            return "subject"
        if fold(line).strip(" :") in KINDS:
            self.keep("kind", line.strip(" :"))
            return "kind"
        return self._head_rest(line, inside)

    def _head_rest(self, line: str, inside: str) -> str | None:
        if inside == "kind" and _is_heading(line):
            self.keep("subject", line)
            return "subject"
        if inside == "subject" and _continues(line, self.field("subject")):
            self.kept["subject"] = [f"{self.field('subject')} {line.strip()}"]
            return inside
        if inside == "head" and line == line.upper() and len(line) < 100 and not line[0].isdigit():
            self.keep("issuer", line)
            return inside
        return None

    def _foot(self, line: str, inside: str) -> str:
        if not line or _RULE.match(line):
            return inside
        if _RECIPIENTS.match(line):
            self.keep("recipients", line.partition(":")[2])
            return "recipients"
        if _ITEM.match(line) or _FILED.match(line):
            self.keep("recipients", line.strip(" -–—•+*·"))
            return inside
        self.keep("signature", line)
        return inside


def _has_head(lines: Sequence[str]) -> bool:
    """Whether the text begins as such a document does: two of its marks near the top."""
    top = lines[:_HEAD_LINES]
    marks = (
        any(_MOTTO.search(line) for line in top),
        any(_CREED.search(line) for line in top),
        any(_NUMBER.match(line) for line in top),
        any(_PLACE_DATE.search(line) for line in top),
        any(fold(line).strip(" :") in KINDS for line in top),
        any(_ADDRESSEES.match(line) for line in top),
    )
    return sum(marks) >= 2


def _foot_from(lines: Sequence[str]) -> int:
    """The line from which recipients and signature stand; past the end where there are none."""
    first = max(0, len(lines) - _HEAD_LINES)
    for index in range(first, len(lines)):
        line = lines[index]
        starts = _RECIPIENTS.match(line) or _SIGNED_FOR.match(line)
        signs = line.strip() and _OFFICE.match(line) and _signed_after(lines[index + 1 :])
        if (starts or signs) and _only_foot(lines[index:]):
            return index
    return len(lines)


def _signed_after(lines: Sequence[str]) -> bool:
    rest = [line for line in lines if line.strip()]
    return any(_SIGNED.match(line) or _NAME.match(line) for line in rest[:4])


def _only_foot(lines: Sequence[str]) -> bool:
    """Whether nothing after this reads like a paragraph: a foot is short lines to the end."""
    return all(len(line) <= 120 for line in lines)


def _is_heading(line: str) -> bool:
    return len(line) <= 220 and not line.rstrip().endswith((".", ";", ":", ","))


def _continues(line: str, before: str) -> bool:
    """Whether the line goes on with a subject that was broken over two lines."""
    return bool(before) and line[:1].islower() and len(before) + len(line) < 300


def _title(frame: dict[str, str], body: str) -> str:
    subject = " ".join(frame.get("subject", "").split())
    if subject:
        return (subject[:1].upper() + subject[1:])[:200]
    first = next((line for line in body.splitlines() if line.strip()), "")
    parts = re.split(r"(?<=[.!?])\s", first)
    whole = 2 if _ITEM_NUMBER.fullmatch(parts[0]) else 1  # "Điều 1." alone names nothing
    short = " ".join(parts[:whole]).strip(" .:")
    return short if len(short) <= 120 else short[:117].rsplit(" ", 1)[0] + "…"


def joined(lines: Sequence[str]) -> list[str]:
    """Lines of a page with a fixed width as paragraphs: a line that fills the width goes on."""
    wide = max((len(line) for line in lines), default=0)
    paragraphs: list[str] = []
    open_line = False
    for line in lines:
        text = line.strip()
        if text and open_line and not starts_anew(text):
            before = paragraphs[-1]
            paragraphs[-1] = before + " " + text
        else:
            paragraphs.append(line.rstrip())
        open_line = bool(text) and len(text) > wide * 0.7 and not is_frame(text)
    return paragraphs


def starts_anew(text: str) -> bool:
    """Whether a line begins an item, an article or a part of the frame."""
    return bool(
        _ITEM.match(text)
        or re.match(r"(?:\d{1,2}[.)]|[a-zđ]\)|[IVX]{1,5}\.|Điều \d|Chương )\s*", text)
        or is_frame(text)
        or _ADDRESSEES.match(text)
    )


_WRAPPED_FROM, _WRAPPED_TO = 45, 110
"""Letters of a line that a mail program or an old file broke; a paragraph is longer, an item
shorter."""


def unwrapped(lines: Sequence[str]) -> list[str]:
    """Paragraphs of a Word file whose lines were broken by hand: one that ends without a mark goes
    on with a small letter."""
    found: list[str] = []
    before = 0
    for line in lines:
        text = line.strip()
        goes_on = (
            _WRAPPED_FROM <= before <= _WRAPPED_TO
            and text[:1].islower()
            and not starts_anew(text)
            and not found[-1].rstrip().endswith((".", ";", ":", "!", "?", "…"))
        )
        if goes_on:
            found[-1] = f"{found[-1].rstrip()} {text}"
        else:
            found.append(line)
        before = len(text)
    return found


def is_office_or_signed(line: str) -> bool:
    """Whether a cell holds an office or a signature, as the foot of a document does."""
    return bool(_SIGNED.match(line) or _OFFICE.match(line))
