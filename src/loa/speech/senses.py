"""Abbreviations with several meanings: the words beside them decide which is said.

A row is (said, before, after): patterns of the text that ends before the abbreviation and of the
text that follows it, either may be empty. The first row that fits wins. Where none fits, the
table's first meaning is said and the place is given as unsure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType

from loa.speech.context import Line
from loa.speech.documents import KINDS
from loa.speech.letters import CAPITAL

_PLACE = rf"[\s.]*(?:{CAPITAL}(?:[^\W\d_]|\s+{CAPITAL})|\d)"
_ROAD_NUMBER = r"[.\s]?\s?\d{2,3}[A-Z]?(?![\d\w])(?!\s?\d)"
_BODIES = (
    "HĐND|UBND|UBMTTQ|MTTQ|BCĐ|BCH|BTV|HU|ĐU|TU|TƯ|TVĐU|Hội đồng|Hội Đồng|HỘI ĐỒNG|Ủy ban|Uỷ ban"
    "|ỦY BAN|Đảng ủy|Đảng uỷ|ĐẢNG ỦY|Huyện ủy|Tỉnh ủy|Thành ủy|Quận ủy|Thị ủy|[Bb]an [Cc]hỉ đạo"
    "|[Bb]an [Cc]hỉ huy|Mặt trận|Ban Thường vụ"
)
_CENTRES = (
    "[Yy] tế|[Vv]ăn hóa|[Vv]ăn hoá|[Pp]hục vụ|[Dd]ịch vụ|[Gg]iáo dục|[Hh]ội nghị|[Kk]iểm soát"
    "|[Kk]huyến nông|[Hh]ành chính|GD|HCC|PVHCC|DVHCC|DVC|DVVL|KSBT|VH|TDTT|HTCĐ|[Bb]ảo trợ"
    "|[Đđ]iều|[Tt]ruyền thông|[Tt]hông tin|[Tt]hể thao|[Cc]hính trị|[Dd]ạy nghề|[Nn]goại ngữ"
    "|[Nn]ước|[Qq]uan trắc|[Kk]hoa học|[Tt]hương mại|[Hh]uấn luyện|[Đđ]ăng kiểm|[Hh]ọc tập"
    "|[Xx]úc tiến|[Pp]hát triển|[Qq]uản lý|[Tt]ư vấn|[Cc]ai nghiện|[Cc]ứu hộ|[Gg]iới thiệu"
    "|[Ss]át hạch|[Tt]iêm|[Cc]ông tác|[Nn]uôi dưỡng|[Cc]ung ứng|[Kk]ỹ thuật|[Đđ]ào tạo"
)
_SIGNERS = "CHỦ TỊCH|PHÓ|GIÁM ĐỐC|TRƯỞNG|BỘ TRƯỞNG|Chủ tịch|Phó|Giám đốc|Trưởng|Bộ trưởng"

_Row = tuple[str, str, str]
_SENSES: MappingProxyType[str, tuple[_Row, ...]] = MappingProxyType(
    {
        "TT": (
            ("thường trực", "", rf"[\s.]*(?:{_BODIES})(?!\w)"),
            ("thông tư", "", r"[\s.]*(?:số\s*:?\s*)?\d|\s+liên tịch|-B[A-ZĐ]"),
            ("trật tự", "", r"\s+(?:ATGT|ATXH|an toàn|đô thị|công cộng|xây dựng|xã hội)(?!\w)"),
            ("trung tâm", "", rf"[\s.]+(?:{_CENTRES})"),
            ("thị trấn", "", _PLACE),
        ),
        "CT": (
            ("chương trình", "", r"\s+(?:13[45]|MTQG|OCOP|NTM|[Mm]ục tiêu|hành động)(?!\w)"),
            ("chỉ thị", "", r"[\s.]*(?:số\s*:?\s*\d|\d+\s?[-/])"),
            ("xê tê", "", r"[\s.]*\d"),
            ("công ty", "", r"[\s.]+(?:TNHH|CP|MTV|[Cc]ổ phần|[Đđ]iện lực|[Xx]ăng dầu)(?!\w)"),
            ("công trình", "", r"\s+(?:thủy lợi|giao thông|xây dựng|cấp nước|phúc lợi)(?!\w)"),
            ("chủ tịch", "", r"[\s.]+(?:UBND|HĐND|MTTQ|UBMTTQ|[Xx]ã|[Hh]ội|nước|Ủy ban)(?!\w)"),
            ("chủ tịch", r"(?<!\w)(?:[Pp]hó|P\.)\s*$", ""),
        ),
        "ĐH": (
            ("đường huyện", "", _ROAD_NUMBER),
            (
                "đại hội",
                "",
                r"\s+(?:[Đđ]ảng|[Đđ]ại biểu|ĐB|[Cc]hi bộ|[Đđ]oàn|[Hh]ội|ĐTN|MTTQ|[Cc]ông đoàn"
                r"|CĐ|cổ đông|lần|[Kk]hóa|[Kk]hoá|[IVX]{2,})(?!\w)",
            ),
        ),
        "ĐT": (
            ("đường tỉnh", "", _ROAD_NUMBER),
            ("điện thoại", "", r"[\s.]*[:(]?\s*(?:số\s*)?[+(]?\d"),
            ("đầu tư", "", r"\s+(?:XDCB|công|xây dựng|phát triển)(?!\w)"),
            ("điện thoại", "", r"\s*:"),
        ),
        "CN": (
            ("cử nhân", "", rf"(?<=\.){_PLACE}"),
            (
                "chủ nhật",
                r"(?:(?<!\w)(?:thứ \w+|T[2-7]|ngày|sáng|trưa|chiều|tối|đêm|hàng tuần)|[-–])\W*$",
                "",
            ),
            ("chi nhánh", "", r"\s+(?:[Nn]gân hàng|Agribank|NH|[Đđ]iện|[Cc]ấp nước|[Vv]ăn phòng)"),
            ("công nghiệp", r"(?<!\w)(?:[Kk]hu|[Cc]ụm|[Nn]gành|[Ss]ản xuất)\s+$", ""),
        ),
        "CĐ": (
            ("công đoàn", "", r"\s+(?:cơ sở|CS|ngành|viên)(?!\w)"),
            ("cao đẳng", "", r"\s+(?:nghề|[Yy]|[Ss]ư phạm|[Kk]inh tế|[Cc]ộng đồng)(?!\w)"),
        ),
        "BCH": (
            (
                "ban chỉ huy",
                "",
                r"[\s.]+(?:PC|PTDS|TKCN|CNCH|QS|[Qq]uân sự|[Pp]hòng|ƯP|UP|BĐBP|[Bb]ộ đội"
                r"|[Cc]ông trường|[Tt]hống nhất)",
            ),
            (
                "ban chấp hành",
                "",
                r"[\s.]+(?:[Đđ]ảng|ĐU|[Đđ]oàn|[Hh]ội|[Cc]hi|[Cc]ông đoàn|CĐ|ĐTN|H[A-Z]"
                r"|TW|[Tt]rung ương)",
            ),
        ),
        "BS": (
            ("biển số", "", r"\s*:?\s*\d{2}\s?-?[A-ZĐ]"),
            ("bác sĩ", "", rf"[\s.]+(?:CK|{_PLACE})"),
        ),
        "TB": (("thương binh", "", r"\s+(?:hạng|loại|\d/4)"),),
        "BĐ": (
            ("báo động", "", r"\s?(?:cấp\s)?(?:[IVX]{1,3}|[1-4])(?!\w)"),
            ("báo động", r"(?<!\w)(?:trên|dưới|mức|vượt|xấp xỉ|đạt|qua|cấp|lên|xuống)\s+$", ""),
        ),
        "DL": (("dương lịch", r"\d\s*\(?$", ""),),
        "AL": (("âm lịch", r"\d\s*\(?$", ""),),
        "HS": (
            ("hồ sơ", "", r"\s+(?:đăng ký|dự tuyển|xin|gồm|vay|đề nghị)(?!\w)"),
            ("hồ sơ", r"(?<!\w)(?:nộp|bộ|nhận|trả|làm)\s+$", ""),
            ("học sinh", r"(?<!\w)(?:\d+|các|em|cho|của|toàn thể)\s+$", ""),
        ),
        "KH": (
            ("khoa học", "", r"\s+(?:kỹ thuật|công nghệ)(?!\w)"),
            ("khách hàng", "", r"\s+(?:sử dụng|dùng|thuộc)(?!\w)"),
        ),
        "TH": (("trường hợp", r"(?<!\w)(?:các|những|mọi|một số|\d+)\s+$", ""),),
        "HN": (("hội nghị", "", r"\s+(?:tổng kết|sơ kết|triển khai|tiếp xúc|CB)"),),
        "TL": (
            ("thừa lệnh", "", rf"[\s.]*(?:{_SIGNERS})(?!\w)"),
            ("tỉnh lộ", "", r"[\s.]*\d"),
        ),
        "TM": (("thay mặt", "", rf"[\s.]*(?:{_BODIES}|BAN|Ban|TẬP THỂ)(?!\w)"),),
        "KT": (("ký thay", "", rf"[\s.]*(?:{_SIGNERS})(?!\w)"),),
        "TUQ": (("thừa ủy quyền", "", rf"[\s.]*(?:{_SIGNERS})(?!\w)"),),
        "NT": (("nông thôn", r"(?<!\w)(?:KV|khu vực)\s?\w{1,3}\s?[-–]\s*$", ""),),
        "KV": (("khu vực", "", r"\s?(?:[IVX]{1,3}|\d{1,2})(?!\w)"),),
    }
)
_NUMBERED = re.compile(r"\s+số\s*:?\s*\d|\s+\d{1,5}[-/]")
_GUESSED = frozenset({("TT", "thị trấn")})
"""Chosen for want of a better sign: a capital after it may begin any name."""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def sense(line: Line, word: str, start: int, end: int) -> str | None:
    """The meaning that the neighbours of `word` choose; None where nothing decides.

    What follows decides after a space or a dot. `line.doubted` is set where it is but a guess.
    """
    before, after = line.before(start), line.after(end)
    if end and line.text[end - 1] == ".":
        after = f".{after}"
        rows = [(said, b, a.removeprefix(r"(?<=\.)")) for said, b, a in _SENSES.get(word, ())]
    else:
        rows = [row for row in _SENSES.get(word, ()) if not row[2].startswith(r"(?<=\.)")]
    if word in KINDS and word not in {"TT", "CT"} and _NUMBERED.match(after):
        return KINDS[word]
    for said, left, right in rows:
        if left and not _compiled(left).search(before):
            continue
        if right and not _compiled(right).match(after):
            continue
        if (word, said) in _GUESSED:
            line.doubted = True
        return said
    return None
