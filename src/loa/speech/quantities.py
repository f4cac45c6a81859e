"""Readers of what begins with a digit and is no date: measures, prices, calls, plates, codes."""

from __future__ import annotations

import re

from loa.speech import context, roman, shapes, units
from loa.speech.context import Line
from loa.speech.dates import month_year_words
from loa.speech.letters import spelled
from loa.speech.numbers import (
    digits_words,
    integer_words,
    month_words,
    number_words,
    ordinal_words,
    value_of,
    whole_words,
)

_LONG_CODE = 9
"""From so many digits on, without separator and unit, a number is a code."""

_MEASURE = re.compile(
    r"(?P<first>\d+(?:[.,]\d+)*)(?:\s?[-–]\s?(?P<second>\d+(?:[.,]\d+)*))?"
    rf"(?:\s?(?P<multiple>{units.alternation(units.MULTIPLES)})(?!\w))?"
    rf"(?:\s?(?P<unit>{units.alternation(units.UNITS)})(?![\w²³]))?(?P<per>(?:\s?/.*)?)"
)
_FORM = re.compile(r"(?<!\w)(?:CT|ĐH|ĐX)[.\s]?$")
"""Names of forms and roads, whose zero is said: *mẫu CT 01*."""
_HOTLINES = frozenset({"111", "112", "113", "114", "115", "1022"})
_EMERGENCY = re.compile(
    r"(?<!\w)(?:gọi|số|tổng đài|cấp cứu|cứu hỏa|cứu hoả|cảnh sát|công an|hotline|đường dây nóng"
    r"|điện thoại|trực|bảo vệ trẻ em)\W+(?:\S+\s+){0,2}$",
    re.IGNORECASE,
)
_TIME_WORD = re.compile(
    r"(?<!\w)(?:lúc|hồi|từ|đến|trước|sau|khoảng|vào|tới|sáng|chiều|tối)\s+$|\dg\d{0,2}\s?[-–]\s?$"
)
_HOURS_GO_ON = re.compile(r"\s?[-–]\s?\d{1,2}g")
_RATINGS = frozenset({"kVA", "KVA", "MVA", "kV", "KV", "kW", "KW", "MW"})
"""Units of what stands on a transformer's plate: after a name's number they begin no range."""
_DATE_DASH = frozenset({(1, 5), (1, 6), (2, 9)})


def measure_words(line: Line, found: re.Match[str]) -> str:
    """A number or a range, with its magnitude, its unit and what it stands against."""
    parts = _MEASURE.fullmatch(found[0])
    if parts is None:  # the token pattern is the wider one only in blanks
        return number_words(re.sub(r"[^\d.,]", "", found[0]).strip(".,"))
    first, second = parts["first"], parts["second"]
    unit, multiple = parts["unit"], parts["multiple"]
    end = found.end()
    if unit is None and multiple is None and not parts["per"]:
        if second is None:
            return _lone_words(line, first, found.start(), end)
        return range_words(line, first, second, found.start())
    point = unit is not None or multiple is not None
    if second is not None and unit is not None and _is_apart(line, found, unit):
        line.doubted = True
        rating = number_words(second, dot_is_comma=point)
        return f"{number_words(first)}, {rating} {_unit(line, unit, found, first)}"
    said = number_words(first, dot_is_comma=point)
    if second is not None:
        said += f" đến {number_words(second, dot_is_comma=point)}"
    if multiple is not None:
        said += f" {units.MULTIPLES[multiple]}"
    named = ""
    if unit is not None:
        named = _unit(line, unit, found, first)
        said += f" {named}"
    for against in parts["per"].replace(" ", "").split("/")[1:]:
        said += f" {_against(named, against)}"
    return said


def _is_apart(line: Line, found: re.Match[str], unit: str) -> bool:
    """True if a name's number and a rating stand beside each other: *TBA Đông 1 - 250kVA*."""
    if not context.ends_a_name(line, found.start()):
        return False
    line.doubted = context.ends_in_letters(line, found.start())
    low, high = (value_of(part) for part in re.findall(r"\d+(?:[.,]\d+)*", found[0])[:2])
    far = low is not None and high is not None and low < 20 and high >= 20 * low
    return far or (unit in _RATINGS and re.search(r"\s[-–]\s", found[0]) is not None)


def _against(named: str, against: str) -> str:
    hours = re.match(r"\d+", against)
    if hours:  # mm/24h
        return f"trong {number_words(hours[0])} giờ"
    return units.per_words(named, against)


def _unit(line: Line, unit: str, found: re.Match[str], first: str) -> str:
    """`7g` is seven o'clock after *lúc* or *từ* and in 7g-9g, seven grams elsewhere."""
    if unit == "g" and len(first) <= 2:
        before = line.before(found.start())
        if _TIME_WORD.search(before) or _HOURS_GO_ON.match(line.text, found.end()):
            return "giờ"
    return units.unit_words(unit)


def _lone_words(line: Line, digits: str, start: int, end: int) -> str:
    """A number without a unit: a list, a day, or else what `plain_words` says."""
    listed = shapes.listed_words(line, digits, start)
    if listed is not None:
        return listed
    day = shapes.dotted_day_words(line, digits, start, end)
    return plain_words(line, digits, start, end) if day is None else day


def plain_words(line: Line, digits: str, start: int, end: int) -> str:
    """A number alone: a quantity, unless the words around make it a call, a code or a rank."""
    if digits.isdecimal():
        if len(digits) >= 3 and _is_call(line, digits, start, end):
            line.calls_until = end
            return digits_words(digits)
        if _is_code(line, digits, start):
            return digits_words(digits)
        if digits[0] == "0" and len(digits) == 2 and digits != "00":
            digits = digits[1]
    if len(digits) == 4 and digits[:2] in {"19", "20"} and context.law_year(line, start):
        return f"năm {number_words(digits)}"
    value = value_of(digits)
    if value is not None and value < 100:
        if roman.is_ordinal(line.before(start)):
            return ordinal_words(value)
        if context.month_said(line, start):
            return month_words(value)
    return number_words(digits)


def _is_code(line: Line, digits: str, start: int) -> bool:
    """True for what is read digit by digit: long ones, after *mã số*, and a form's zero (CT 01)."""
    if digits[0] == "0" and _FORM.search(line.before(start)):
        return True
    return len(digits) >= _LONG_CODE or (len(digits) >= 3 and context.in_code(line, start))


def _is_call(line: Line, digits: str, start: int, end: int) -> bool:
    if len(digits) > 6:
        return False
    if context.in_call(line, start, end):
        return True
    return digits in _HOTLINES and bool(_EMERGENCY.search(line.before(start)))


def range_words(line: Line, first: str, second: str, start: int) -> str:
    """`5-7` -> `năm đến bảy`; a day and month after *ngày* where it can be nothing else."""
    low, high = value_of(first), value_of(second)
    dated = _range_of_days(line, first, second, start)
    if dated is not None:
        return dated
    if low is not None and high is not None and context.day_hinted(line, start):
        later = low > high and 1 <= high <= 12 and low <= 31
        if (later and context.day_said(line, start)) or (low, high) in _DATE_DASH:
            return f"{integer_words(low)} tháng {month_words(high)}"
    listed = shapes.listed_words(line, first, start)
    if listed is not None:
        return f"{listed} đến {_short(second)}"
    if context.is_formula(line, start):
        return f"{_short(first)}, {_short(second)}"
    if context.is_score(line, start):
        return f"{number_words(first)} {number_words(second)}"
    if roman.is_ordinal(line.before(start)) and low is not None and high is not None:
        return f"{ordinal_words(low)} đến {ordinal_words(high)}"
    return f"{_short(first)} đến {_short(second)}"


def _range_of_days(line: Line, first: str, second: str, start: int) -> str | None:
    """`9-2026` as a month of a year, `22.10-25.10` and `22-25.10` as days; None for others."""
    low = value_of(first) or 0
    year = len(second) == 4 and second[:2] in {"19", "20"} and second.isdecimal()
    if year and first.isdecimal() and len(first) <= 2 and 1 <= low <= 12:
        said = month_year_words(int(first), int(second))
        if context.quarter_said(line, start):
            return f"{integer_words(int(first))} năm {integer_words(int(second))}"
        return said if context.month_said(line, start) else f"tháng {said}"
    until = shapes.dotted_day_words(line, second, start, start)
    if until is None:
        return None
    head = shapes.dotted_day_words(line, first, start, start)
    if head is None:
        if not first.isdecimal() or not 1 <= low <= 31:
            return None
        head = integer_words(int(first))
        until = until.removeprefix("ngày ")
        head = head if context.day_said(line, start) else f"ngày {head}"
        return f"{head} đến {until}"
    until = until if until.startswith("ngày ") else f"ngày {until}"
    return f"{head} đến {until}"


def _short(digits: str) -> str:
    """Days and counts are written 01-05: the zero is not said."""
    return number_words(digits[1] if len(digits) == 2 and digits[0] == "0" else digits)


def spaced_words(line: Line, found: re.Match[str]) -> str:
    """`1 250 000` before a unit: spaces instead of the thousands' dots."""
    return whole_words(found[0].replace(" ", ""))


def phone_words(line: Line, found: re.Match[str]) -> str:
    """Digit by digit, in the groups it is written in; ten in a row as four, three and three."""
    line.calls_until = found.end()
    return dialled_words(found[0])


def dialled_words(written: str) -> str:
    """A telephone number of any shape, as `phone_words` says it."""
    country = re.match(r"\(?\+ ?84", written)
    own = re.sub(r"^\s?\(0\)", "", written[country.end() :]) if country else written
    groups = re.findall(r"\d+", own)
    if len(groups) == 1:
        groups = _dialled(groups[0])
    said = ", ".join(digits_words(group) for group in groups if group)
    return f"cộng tám bốn, {said}" if country else said


_CALLED_NUMBER = r"(?:0\d{1,3} ?[-–] ?)?\(?\+?\d+\)?(?:[ .\-]\(?\d+\)?)*+"
_CALLED = re.compile(
    r"(?<!\w)(?:SĐT|Sđt|sđt|SDT|Sdt|sdt|ĐTDĐ|ĐT|Đt|đt|DĐ|LH|Lh|lh"
    r"|(?i:số điện thoại|điện thoại|hotline|liên hệ|liên lạc|zalo|tel|fax|mobile|phone"
    r"|đường dây nóng|tổng đài|số máy|gọi|viber|alo))"
    r"(?: (?i:số|theo|qua|di động|bàn|trực|nóng|zalo|là|khẩn cấp|sđt|đt|điện thoại|hotline))*+"
    r" ?[.:]* ?"
    rf"(?P<numbers>{_CALLED_NUMBER}(?: ?(?:,|;|/|\||-|–|hoặc|và|hay) ?{_CALLED_NUMBER})*+)"
)
_ONE_CALLED = re.compile(_CALLED_NUMBER)
_NO_CALL = re.compile(r"\d{1,2}([.\-])\d{1,2}\1\d{4}|\d{1,2}\.\d{2} ?- ?\d{1,2}\.\d{2}")
_COUNTED = re.compile(
    rf"\s?(?:{units.alternation({**units.UNITS, **units.MULTIPLES})})(?!\w)|/\d|:\d"
)


def called_numbers(text: str) -> list[tuple[int, int, str]]:
    """Telephone numbers after *SĐT*, *LH* and their like, grouped in any shape: (start, end, said).

    What begins with 0, + or 1800 has 8 to 12 digits, others 6 to 8 and no counted thing after.
    """
    calls = []
    for found in _CALLED.finditer(text):
        for number in _ONE_CALLED.finditer(text, *found.span("numbers")):
            written = number[0]
            digits = re.sub(r"\D", "", written)
            led = digits[0] == "0" or written[0] == "+" or digits[:2] in {"18", "19", "84"}
            after = context.counts_things(text, number.end())
            local = 6 <= len(digits) <= 8 and not after
            if _NO_CALL.fullmatch(written) or _COUNTED.match(text, number.end()):
                continue
            if local or (led and 8 <= len(digits) <= 12):
                calls.append((number.start(), number.end(), dialled_words(written)))
    return calls


def _dialled(run: str) -> list[str]:
    """How people group a number written without blanks."""
    if len(run) > 11:  # no phone: an identity card, an account
        return [run]
    if run[:2] in {"18", "19"}:
        return [run[:4], run[4:]]
    middle = 3 if len(run) < 10 else 4
    return [run[:middle], run[middle : middle + 3], run[middle + 3 :]]


def plate_words(line: Line, found: re.Match[str]) -> str:
    """`14A-123.45` -> `mười bốn a, một hai ba, bốn năm`."""
    province, series, *runs = re.findall(r"^\d{2}|[^\W\d_]+\d?|\d+", found[0])
    head = f"{number_words(province)} {mixed_run(series)}"
    return ", ".join([head, *(digits_words(run) for run in runs)])


def size_words(line: Line, found: re.Match[str]) -> str:
    """`60x90 cm` -> `sáu mươi nhân chín mươi xen ti mét`."""
    sides = re.findall(r"\d+(?:,\d+)?", found[0])
    unit = re.search(r"[cm]?m$", found[0])
    said = " nhân ".join(number_words(side) for side in sides)
    return f"{said} {units.unit_words(unit[0])}" if unit else said


def mixed_words(line: Line, found: re.Match[str]) -> str:
    """Digits and letters together: `5A`, `3D`, `10A1`."""
    written = found[0]
    number = re.match(r"\d+(?:[.,]\d+)+", written)
    said = [number_words(number[0], dot_is_comma=True)] if number else []
    rest = written[number.end() :] if number else written
    return " ".join([*said, *(mixed_run(part) for part in re.split(r"[.\-/_]", rest) if part)])


def mixed_run(run: str) -> str:
    """Up to three digits as a number, longer or zero-led ones one by one; letters spelled."""
    said = []
    for piece in re.findall(r"\d+|[^\W\d_]+", run):
        if piece.isdecimal():
            short = len(piece) <= 3 and (piece == "0" or piece[0] != "0")
            said.append(number_words(piece) if short else digits_words(piece))
        else:
            said.append(spelled(piece))
    return " ".join(said)
