"""Numbers of official documents: 49/2024/NĐ-CP, 135/QĐ-TTg, 12-CT/TW, 24/2018/QH14.

Read as an announcer does, by what they stand for and not sign by sign: *Nghị định số 49/2024/NĐ-CP*
is "Nghị định số bốn mươi chín năm hai nghìn không trăm hai mươi tư của Chính phủ". The kind is said
unless the text already names it before the number; who issued it is said unless *của* follows.
A kind or issuer that is not known is spelled.
"""

from __future__ import annotations

import re

from loa.speech.letters import spelled
from loa.speech.numbers import integer_words, number_words

KINDS = {
    "NĐ": "nghị định", "QĐ": "quyết định", "TT": "thông tư", "CT": "chỉ thị", "NQ": "nghị quyết",
    "CV": "công văn", "HD": "hướng dẫn", "KH": "kế hoạch", "BC": "báo cáo", "TB": "thông báo",
    "TTr": "tờ trình", "QC": "quy chế", "QyĐ": "quy định", "PL": "pháp lệnh", "L": "luật",
    "LCT": "lệnh", "CĐ": "công điện", "GM": "giấy mời", "TTLT": "thông tư liên tịch",
    "NQLT": "nghị quyết liên tịch", "VBHN": "văn bản hợp nhất", "BB": "biên bản", "TC": "thư công",
    "GP": "giấy phép", "QT": "quy trình", "ĐA": "đề án", "CTr": "chương trình", "KL": "kết luận",
    "PA": "phương án", "HĐ": "hợp đồng", "GCN": "giấy chứng nhận", "GT": "giấy giới thiệu",
}  # fmt: skip

ISSUERS = {
    "CP": "Chính phủ", "TTg": "Thủ tướng Chính phủ", "TTG": "Thủ tướng Chính phủ",
    "UBND": "Ủy ban nhân dân", "HĐND": "Hội đồng nhân dân", "CTUBND": "Chủ tịch Ủy ban nhân dân",
    "UBTVQH": "Ủy ban Thường vụ Quốc hội", "QH": "Quốc hội", "CTN": "Chủ tịch nước",
    "TW": "Trung ương", "TU": "Tỉnh ủy", "HU": "Huyện ủy", "ĐU": "Đảng ủy", "VPCP":
    "Văn phòng Chính phủ", "BTTTT": "Bộ Thông tin và Truyền thông", "BYT": "Bộ Y tế",
    "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch", "BGDĐT": "Bộ Giáo dục và Đào tạo",
    "BCA": "Bộ Công an", "BQP": "Bộ Quốc phòng", "BTC": "Bộ Tài chính", "BNV": "Bộ Nội vụ",
    "BTP": "Bộ Tư pháp", "BCT": "Bộ Công Thương", "BXD": "Bộ Xây dựng",
    "BGTVT": "Bộ Giao thông vận tải", "BNG": "Bộ Ngoại giao",
    "BNNPTNT": "Bộ Nông nghiệp và Phát triển nông thôn",
    "BNNMT": "Bộ Nông nghiệp và Môi trường", "BTNMT": "Bộ Tài nguyên và Môi trường",
    "BLĐTBXH": "Bộ Lao động, Thương binh và Xã hội", "BKHCN": "Bộ Khoa học và Công nghệ",
    "BKHĐT": "Bộ Kế hoạch và Đầu tư", "BDTTG": "Bộ Dân tộc và Tôn giáo",
    "NHNN": "Ngân hàng Nhà nước", "TTCP": "Thanh tra Chính phủ",
    "TTCS": "Cục Thông tin cơ sở", "BCĐ": "Ban Chỉ đạo", "BCH": "Ban Chỉ huy", "STTTT":
    "Sở Thông tin và Truyền thông", "SYT": "Sở Y tế", "SGDĐT": "Sở Giáo dục và Đào tạo",
    "SVHTTDL": "Sở Văn hóa, Thể thao và Du lịch", "SNNMT": "Sở Nông nghiệp và Môi trường",
    "SXD": "Sở Xây dựng", "STC": "Sở Tài chính", "SNV": "Sở Nội vụ", "MTTQ": "Mặt trận Tổ quốc",
    "VP": "Văn phòng", "ĐTN": "Đoàn Thanh niên", "BTVTU": "Ban Thường vụ Tỉnh ủy",
}  # fmt: skip

PATTERN = (
    r"\d{1,5}[a-z]?(?:/\d{4}/|/)(?:L-CTN|[A-ZĐ][A-ZĐ]+[A-Za-zĐ]{0,2}\d{0,2})"
    r"(?:[-/&.][A-ZĐ][A-ZĐa-z]*\d{0,2})*(?!\w)"
    r"|\d{1,5}-[A-ZĐ]{2}[A-Za-zĐ]*/[A-ZĐ]{2,}\d{0,2}(?:-[A-ZĐ]+)?(?!\w)"
)
_PARTS = re.compile(r"(\d{1,5})([a-z]?)(?:/(\d{4}))?[/-](.+)")
_TERM = re.compile(r"(QH|UBTVQH|HĐND)(\d{1,2})")
_KIND_SAID = re.compile(
    r"(?<!\w)(?:" + "|".join(sorted({*KINDS, *KINDS.values()}, key=len, reverse=True)) + r")"
    r"(?:\s+(?:liên tịch))?(?:\s+số)?\s*(?::\s*)?$",
    re.IGNORECASE,
)
_NUMBER_SAID = re.compile(r"(?<!\w)số\s*(?::\s*)?$", re.IGNORECASE)
_LIST_BEFORE = re.compile(r"(?:NĐ|QĐ|TT|CT|NQ|KH)-\w+\s*(?:,|;|và)\s*(?:số\s+)?$")
_ISSUER_FOLLOWS = re.compile(r",?\s+(?:ngày\s+\S+\s+)?(?:của|do)\s", re.IGNORECASE)


def document_words(written: str, before: str, after: str) -> str:
    """The number as said between the texts before and after it."""
    parts = _PARTS.fullmatch(written)
    if parts is None:
        return number_words(written)
    digits, letter, year, symbol = parts.groups()
    kind, issuer = _symbol_words(symbol)
    number = integer_words(int(digits)) + (f" {spelled(letter)}" if letter else "")
    if year:
        number += f" năm {integer_words(int(year))}"
    by = f" của {issuer}" if issuer and not _ISSUER_FOLLOWS.match(after) else ""
    if not kind or _KIND_SAID.search(before) or _LIST_BEFORE.search(before):
        return number + by
    if _NUMBER_SAID.search(before):
        return f"{number}, {kind}{by}"
    return f"{kind} số {number}{by}"


def symbol_reading(written: str) -> str | None:
    """`CĐ-TTg` -> `công điện của Thủ tướng Chính phủ`; None for what is no symbol of papers."""
    kind, dash, issuer = written.partition("-")
    if not dash or kind not in KINDS or issuer not in ISSUERS:
        return None
    if kind == "TT" and not (issuer[0] == "B" or issuer in {"TTCP", "NHNN"}):
        return None  # ministers issue circulars; elsewhere TT is the standing committee
    return f"{KINDS[kind]} của {ISSUERS[issuer]}"


def names_a_document(before: str) -> bool:
    """True if the text before ends in the name of a kind of document (*Thông tư số*)."""
    return _KIND_SAID.search(before) is not None


def _symbol_words(symbol: str) -> tuple[str, str]:
    """`NĐ-CP` -> nghị định, Chính phủ; `QH14` -> (none), Quốc hội khóa mười bốn."""
    head, _, tail = symbol.replace("/", "-").partition("-")
    if head in KINDS:
        return KINDS[head], _issuer_words(tail) if tail else ""
    known = _issuer_words(head)
    return "", f"{known}, {spelled(tail)}" if tail else known


def _issuer_words(symbol: str) -> str:
    first, _, rest = symbol.partition("-")
    if symbol in ISSUERS:
        return ISSUERS[symbol]
    term = _TERM.fullmatch(first)
    if term:
        return f"{ISSUERS[term[1]]} khóa {integer_words(int(term[2]))}"
    said = ISSUERS.get(first)
    if said is None:
        said = " ".join(
            integer_words(int(run)) if run.isdecimal() else spelled(run)
            for run in re.findall(r"\d+|[^\W\d_]+", first)
        )
    if not rest:
        return said
    return f"{said} và {_issuer_words(rest)}" if rest in ISSUERS else f"{said}, {spelled(rest)}"
