"""What the rules may know of a line around the place they look at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from loa.speech import roman
from loa.speech.letters import CAPITAL

_NEAR = 48
_SHORT = 40


@dataclass(slots=True)
class Line:
    """A clean line and where its running lists have come to (positions after their last member).

    A list carries the reading of its first member on: *gọi 112, 114* and *khu phố I, II và III*.
    `storms` are the names of storms met so far: they are words wherever they stand again.
    A reader sets `doubted` where it chose between readings without a sign for either.
    """

    text: str
    numerals_until: int = -1
    calls_until: int = -1
    dates_until: int = -1
    doubted: bool = False
    storms: set[str] = field(default_factory=set)

    def before(self, position: int, reach: int = _NEAR) -> str:
        """The text shortly before a position."""
        return self.text[max(0, position - reach) : position]

    def after(self, position: int, reach: int = _SHORT) -> str:
        """The text shortly after a position."""
        return self.text[position : position + reach]

    def goes_on(self, until: int, position: int) -> bool:
        """True if only a comma, *và* or the like stands between the two positions."""
        near = 0 <= until <= position <= until + _SHORT
        return near and bool(roman.JOINED.fullmatch(self.text, until, position))

    def ends(self, position: int) -> bool:
        """True if nothing but blanks follows a position."""
        return _END.match(self.text, position) is not None


_END = re.compile(r"\s*+\Z")


_CALL = re.compile(
    r"(?<!\w)(?:gọi|hotline|tổng đài|đường dây nóng|điện thoại|số máy|số trực|sđt|nhắn tin|bấm"
    r"|quay số|đầu số|nhánh|cấp cứu|cứu hỏa|cứu hoả|cảnh sát|công an|liên hệ|fax)"
    r"(?:\s+(?:số|theo|đến|tới|qua|ngay|cho|tổng đài|hotline|điện thoại|khẩn cấp|là|miễn phí))*"
    r"\s*(?:[:.(]\s*)?$",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?<!\w)(?:mã|mã số|mã vùng|mã bưu chính|mã bưu điện|mã otp|otp|số tài khoản|stk|tài khoản"
    r"|biển số|số hiệu|số cccd|cccd|cmnd|số định danh|định danh|số seri|số sê ri|mã định danh"
    r"|mã đơn vị|mã xã|mã tỉnh|mã hồ sơ|mật khẩu|mã pin|pin|cccd số|cmnd số|tài khoản số)"
    r"\s*(?:[:.]\s*)?$",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\s+(?!(?:để|hoặc|và|khi|nếu|ngay|trong|theo|hay|là|trước|sau|từ|vào|được|của|gặp|nhờ|báo)\b)"
    r"[a-zà-ỹđ]"
)
_LAW = re.compile(r"(?<!\w)(?:Luật|Bộ luật|Hiến pháp|Pháp lệnh)(?:\s+[^\s\d.,;:()]+){0,12}\s+$")
_YEAR_SAID = re.compile(r"(?<!\w)năm\s+$", re.IGNORECASE)
_DAY_SAID = re.compile(
    r"(?<!\w)(?:đường|phố|quảng trường|cầu)\s+$"
    r"|(?<!\w)(?:ngày|mùng|mồng|rằm)\s+(?:\d{1,2}(?:\s*,\s*|\s+(?:và|hoặc|hay)\s+))*$",
    re.IGNORECASE,
)
_DAY_HINT = re.compile(
    r"(?<!\w)(?:ngày|hôm|sáng|trưa|chiều|tối|đêm|từ|đến|tới|trước|sau|vào|lễ|dịp|quốc khánh"
    r"|kỷ niệm|hạn|hết|giờ|phút|h|g|mùng|mồng|rằm|kể từ|chủ nhật|thứ \w+|nay|mai|qua|lao động"
    r"|phụ nữ|thiếu nhi|nhà giáo|thương binh|liệt sĩ|bác|giải phóng)\s*(?:[(,:]\s*)?$"
    r"|\d[hg]\d{0,2}\s*$",
    re.IGNORECASE,
)
_DAY_CERTAIN = re.compile(
    r"(?<!\w)(?:hôm|sáng|trưa|chiều|tối|đêm|lễ|dịp|quốc khánh|kỷ niệm|hạn|chủ nhật|thứ \w+|nay|mai"
    r"|rằm|mùng|CN|T[2-7])\s*(?:[(,:]\s*)?$",
    re.IGNORECASE,
)
_LISTS = re.compile(
    r"(?<!\w)(?:ngày|thứ|tháng|quý|thôn|tổ|ấp|khóm|khu phố|khu|bản|buôn|làng|xóm|lớp|khối|nhóm|đội"
    r"|cụm|đợt|kỳ|vòng|điều|khoản|mục|cấp|câu|bài|phường|quận|tdp|kp|lô|hẻm|ngõ)\s+$",
    re.IGNORECASE,
)
_STORM = re.compile(
    r"(?<!\w)(?:bão|hoàn lưu|áp thấp nhiệt đới|atnđ)"
    r"(?:\s+(?:số\s+\d+|mạnh|có|tên|quốc tế|gọi|là|mang))*[\s(“\"'‘,:–-]*$",
    re.IGNORECASE,
)
_SCALE = re.compile(r"(?<!\w)(?:tỷ lệ|tỉ lệ)\s+$", re.IGNORECASE)
_DRAWING = re.compile(r"(?<!\w)(?:bản đồ|quy hoạch|bản vẽ)\s+$", re.IGNORECASE)
_FORMULA = re.compile(r"(?<!\w)(?:NPK|DAP|NP|NK|PK|MAP)\s*\(?$", re.IGNORECASE)
_NAME_NUMBER = re.compile(rf"(?:(?<!\w)[A-ZĐ]{{2,}}|[^\s.?!:;]\s+{CAPITAL}[a-zà-ỹđ]*)\s+$")
_CALENDAR = re.compile(r"\s?\(?(?:ÂL|AL|DL|âm lịch|dương lịch)(?!\w)")
_LETTERS = re.compile(r"(?<!\w)[A-ZĐ]+\s+$")
_SCORE = re.compile(r"(?<!\w)(?:tỷ số|tỉ số)(?:\s+là)?\s+$", re.IGNORECASE)
_MONTH_SAID = re.compile(r"(?<!\w)tháng\s+$", re.IGNORECASE)
_QUARTER_SAID = re.compile(r"(?<!\w)quý\s+$", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?<!\w)(?:số|số nhà|nhà|ngõ|ngách|hẻm|kiệt|địa chỉ|thửa|thửa đất|tờ bản đồ|căn hộ|lô)"
    r"\s*(?::\s*)?$",
    re.IGNORECASE,
)
_WHOLE_OF = re.compile(
    r"\s*(?:tiêu chí|cụm|xã|phường|thôn|bản|ấp|tổ|khu|trường|trạm|đơn vị|chỉ tiêu|đại biểu"
    r"|đồng chí|điểm|hộ|người|tỉnh|nước|hội|chi bộ|câu|bài|phiếu|học sinh|thành viên|loa)\b"
)
_PART_OF = re.compile(r"\s*(?:số|tổng|diện tích|dân số|lượng|quãng|chiều|trong|thời gian|sản)\b")


def in_call(line: Line, start: int, end: int) -> bool:
    """True for a number one dials: *gọi 112*, but not *gọi 200 người*."""
    if line.goes_on(line.calls_until, start):
        return _NOUN.match(line.text, end) is None
    return bool(_CALL.search(line.before(start))) and _NOUN.match(line.text, end) is None


def counts_things(text: str, end: int) -> bool:
    """True if a noun follows that is counted: *gọi 200000 người*."""
    return _NOUN.match(text, end) is not None


def in_code(line: Line, start: int) -> bool:
    """True after *mã số*, *số tài khoản* and their like."""
    return _CODE.search(line.before(start)) is not None


def law_year(line: Line, start: int) -> bool:
    """True where a law's name is followed by its bare year, which is said with *năm*."""
    before = line.before(start, 120)
    return bool(_LAW.search(before)) and not _YEAR_SAID.search(before)


def day_said(line: Line, start: int) -> bool:
    """True if *ngày* or *mùng* already stands before."""
    return _DAY_SAID.search(line.before(start)) is not None


def day_hinted(line: Line, start: int) -> bool:
    """True if the words before let a date be expected."""
    if line.goes_on(line.dates_until, start):
        return True
    return _DAY_HINT.search(line.before(start)) is not None


def calendar_named(line: Line, end: int) -> bool:
    """True if *âm lịch* or *dương lịch* follows, so that the pair before is a day."""
    return _CALENDAR.match(line.text, end) is not None


def day_certain(line: Line, start: int) -> bool:
    """True if a date must follow, though *ngày* is not said: *sáng 22.10*."""
    return line.goes_on(line.dates_until, start) or bool(_DAY_CERTAIN.search(line.before(start)))


def lists(line: Line, start: int) -> bool:
    """True after a noun whose numbers are names: *thôn 1,2* are two, *1,2 tấn* is not."""
    return _LISTS.search(line.before(start)) is not None


def names_a_storm(line: Line, start: int) -> bool:
    """True where the name of a storm is expected: *bão số 10 (BUALOI)*."""
    return _STORM.search(line.before(start)) is not None


def is_scale(line: Line, start: int, under: int) -> bool:
    """True for 1 to `under` after *tỷ lệ*, and for 1/2000 after *bản đồ*, where it is no month."""
    before = line.before(start)
    return bool(_SCALE.search(before)) or (under >= 1000 and bool(_DRAWING.search(before)))


def is_formula(line: Line, start: int) -> bool:
    """True after the name of a fertiliser, whose numbers are no range."""
    return _FORMULA.search(line.before(start)) is not None


def ends_a_name(line: Line, start: int) -> bool:
    """True if a name or a letter stands before, whose number may follow: *TBA Đông 1*."""
    return _NAME_NUMBER.search(line.before(start)) is not None


def ends_in_letters(line: Line, start: int) -> bool:
    """True right after capitals: *TBA A 1 - 250kVA*."""
    return _LETTERS.search(line.before(start)) is not None


def is_score(line: Line, start: int) -> bool:
    """True after *tỷ số*, where 2-1 is no range."""
    return _SCORE.search(line.before(start)) is not None


def month_said(line: Line, start: int) -> bool:
    """True right after *tháng*."""
    return _MONTH_SAID.search(line.before(start)) is not None


def quarter_said(line: Line, start: int) -> bool:
    """True right after *quý*."""
    return _QUARTER_SAID.search(line.before(start)) is not None


def in_address(line: Line, start: int) -> bool:
    """True for house and plot numbers (*số nhà 12/5*)."""
    return _ADDRESS.search(line.before(start)) is not None


def out_of_whole(line: Line, end: int) -> bool:
    """True if things that are counted follow (*8/10 tiêu chí*), so it is so many of so many."""
    return _WHOLE_OF.match(line.text, end) is not None


def part_of(line: Line, end: int) -> bool:
    """True if a quantity follows of which a part is meant (*2/3 số hộ*)."""
    return _PART_OF.match(line.text, end) is not None
