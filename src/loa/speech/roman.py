"""Roman numerals, read only where Vietnamese writes them.

A single I, V or X, and anything with L, C, D or M, is a numeral only after a word that counts
(*thế kỷ*, *khóa*, *quý*, *khu phố*...) or in the list such a word began (*khu phố I, II và III*).
Two and more of I, V, X in canonical form are a numeral anywhere, unless they stand among other
capitals where they may be a word (VI PHẠM).
"""

from __future__ import annotations

import re

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_CANONICAL = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_SMALL = re.compile(r"[IVX]{2,}")

COUNTED = (
    "thế kỷ|thế kỉ|khóa|khoá|quý|chương|mục|phần|kỳ|kì|kỳ họp thứ|lần thứ|thứ|khu phố|khu vực|khu"
    "|tổ|ấp|cấp|hạng|loại|bậc|nhóm|vùng|đợt|phụ lục|quân khu|quân đoàn|tập|quyển|giai đoạn|học kỳ"
    "|học kì|giải|đại hội|thế chiến|bảng|cụm|độ|đoàn|vòng|tuyến|đội|điểm|bài|chi bộ|dãy|lô|tiểu khu"
    "|báo động|BĐ|KV"
)
"""Words after which a Roman numeral counts."""

_AFTER = re.compile(rf"(?<!\w)(?:{COUNTED})\s+$", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<!\w)thứ\s+$", re.IGNORECASE)
JOINED = re.compile(r"\s*(?:,|;|-|–|và|hoặc|hay|đến|tới|với|/)\s*")
"""What may stand between two members of one list."""


def roman_value(written: str) -> int | None:
    """The value of a canonical numeral in capitals, else None."""
    if not written or not _CANONICAL.fullmatch(written):
        return None
    total = 0
    for here, after in zip(written, [*written[1:], "I"], strict=True):
        value = _VALUES[here]
        total += -value if value < _VALUES[after] else value
    return total


def counts(before: str) -> bool:
    """True if the text before ends in a word after which a numeral counts."""
    return _AFTER.search(before) is not None


def is_ordinal(before: str) -> bool:
    """True after *thứ*, where one is *nhất* and four is *tư*."""
    return _ORDINAL.search(before) is not None


def is_plain_numeral(written: str) -> bool:
    """True for two or more of I, V, X in canonical form."""
    return _SMALL.fullmatch(written) is not None and roman_value(written) is not None
