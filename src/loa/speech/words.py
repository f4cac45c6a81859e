"""Readers of words: abbreviations, capitals, single letters, foreign words, compounds."""

from __future__ import annotations

import re
from functools import lru_cache

from loa.speech import context, roman, units
from loa.speech.context import Line
from loa.speech.documents import symbol_reading
from loa.speech.letters import CAPITAL, has_mark, is_syllable, spelled
from loa.speech.numbers import digits_words, integer_words, month_words, number_words, ordinal_words
from loa.speech.quantities import mixed_run
from loa.speech.senses import sense
from loa.speech.vocabulary import ABBREVIATIONS, FOREIGN

_VOWEL = re.compile(r"[aeiouyăâêôơưà-ãè-êìíò-õùúýĩũạ-ỹ]", re.IGNORECASE)
_BASIC = re.compile(r"[A-Za-zĐđ]+")
_PLACE_DOTS = {
    "P": "phường", "Q": "quận", "H": "huyện", "X": "xã", "T": "tỉnh", "Đ": "đường", "p": "phường",
    "q": "quận",
}  # fmt: skip
_HAMLET_DOTS = {"x": "xã", "h": "huyện"}
_PLACE_AFTER = re.compile(rf"\s*(?:{CAPITAL}(?:[^\W\d_]|\s+{CAPITAL})|\d)")
_NAME_BEFORE = re.compile(rf"(?<!\w){CAPITAL}[^\W\d_]+\s+$")
_NEIGHBOUR_BEFORE = re.compile(r"([^\W\d_]{2,})[\s,(\"“]+$")
_NEIGHBOUR_AFTER = re.compile(r"[\s,)\"”]+([^\W\d_]{2,})")
_HEAD = re.compile(r"(?:^|[.?!:]\s+)\W*$")
_RUNS = re.compile(r"\d+|[^\W\d_]+|[²³]")
_ROAD = {
    "QL": "quốc lộ", "TL": "tỉnh lộ", "ĐT": "đường tỉnh", "HL": "hương lộ", "ĐH": "đường huyện",
    "ĐX": "đường xã",
}  # fmt: skip
_RATED = re.compile(r"\d[\d.,]*\s*(?:trăm|nghìn|ngàn|triệu|tỷ)?\s*$")
_RATED_THING = re.compile(r"\d[\d.,]*\s*\w{1,5}\s+(?:[a-zà-ỹđ]+\s+)?$")
_NO_RATE = re.compile(r"\s+(?:dân|cao|lao|có|khuyết|học|đến|được)(?!\w)")
_LEVELS = re.compile(r"([A-ZĐ]+)\d+")
_ALARM = re.compile(r"BĐ(I{1,3}|IV|[1-4])")
_AREA = re.compile(r"KV([1-3]|I{1,3})")
_SPOKEN_UNITS = frozenset(unit for unit in units.UNITS if unit.isalpha() and len(unit) > 1) - {
    *(
        "ha",
        "Ha",
        "lít",
        "đồng",
        "gr",
        "cal",
        "ph",
        "mb",
        "KB",
        "MB",
        "GB",
        "TB",
        "HP",
        "CV",
        "KW",
        "KV",
    )
}
_TIMES_BEFORE = re.compile(r"\d\s?$")
_HILL_NAMES = {"H": "Hơ", "K": "Cơ", "Y": "Y"}
_WEEKDAY = re.compile(r"T([2-7])(?:-(?:T([2-7])|CN))?")
_MONTH = re.compile(r"T(\d{1,2})/(\d{4})")


@lru_cache(maxsize=65_536)
def reads_itself(written: str) -> bool:
    """True for most words, also with a dot after them: no table and no rule knows them."""
    word = written.rstrip(".")
    return (
        len(word) > 1
        and not word[1:].isupper()
        and word not in ABBREVIATIONS
        and word.lower() not in FOREIGN
        and (_VOWEL.search(word) is not None or not _BASIC.fullmatch(word))
    )


def word_words(line: Line, found: re.Match[str]) -> str | None:
    """A word, perhaps with a dot after it; None leaves it as it stands."""
    written = found[0]
    word = written.rstrip(".")
    if reads_itself(word):
        return None
    start, end = found.span()
    dotted = len(word) < len(written)
    numeral = numeral_words(line, word, start, start + len(word))
    if numeral is not None:
        return numeral + written[len(word) :]
    said = _alarm_words(word) or _known(line, word, start, end)
    if said is not None:
        abbreviation = ABBREVIATIONS.get(word)
        ends = line.ends(end)
        swallow = dotted and abbreviation is not None and abbreviation.takes_dot and not ends
        return said if swallow or not dotted else f"{said}."
    if len(word) == 1:
        return _letter_words(line, word, dotted, start, end)
    said = capital_words(line, word, start, end)
    return None if said is None else said + written[len(word) :]


def numeral_words(line: Line, word: str, start: int, end: int) -> str | None:
    """The word as a Roman numeral, where it is one."""
    value = roman.roman_value(word)
    if value is None:
        return None
    before = line.before(start)
    carried = line.goes_on(line.numerals_until, start)
    if (
        not carried
        and not roman.counts(before)
        and (
            not roman.is_plain_numeral(word)
            or (is_syllable(word) and in_capitals(line, start, end))
        )
    ):
        return None
    line.numerals_until = end
    return ordinal_words(value) if roman.is_ordinal(before) else integer_words(value)


def _alarm_words(word: str) -> str | None:
    """`BĐII`, `KVI`: the numeral stands in the word."""
    if _ALARM.fullmatch(word):
        return f"báo động {integer_words(roman.roman_value(word[2:]) or 0)}"
    if _AREA.fullmatch(word):
        return f"khu vực {integer_words(roman.roman_value(word[2:]) or 0)}"
    return None


def _known(line: Line, word: str, start: int, end: int) -> str | None:
    abbreviation = ABBREVIATIONS.get(word)
    if not _is_heading_word(line, word, start, end):
        known = _abbreviation_words(line, word, start, end)
        if known is not None:
            return known
    if abbreviation is not None:
        return None
    if word in _SPOKEN_UNITS and not is_syllable(word):
        return units.UNITS[word]
    return FOREIGN.get(word.lower())


def _abbreviation_words(line: Line, word: str, start: int, end: int) -> str | None:
    """By its neighbours, or else the table's first meaning, which may be a guess."""
    chosen = sense(line, word, start, end)
    if chosen is not None or word not in ABBREVIATIONS:
        return chosen
    line.doubted = line.doubted or ABBREVIATIONS[word].ambiguous
    return ABBREVIATIONS[word].said


def _is_heading_word(line: Line, word: str, start: int, end: int) -> bool:
    return word.isupper() and is_syllable(word) and in_capitals(line, start, end)


def _letter_words(line: Line, letter: str, dotted: bool, start: int, end: int) -> str | None:
    """One letter: a place's short form with a dot, a word of one letter, or its name."""
    before, after = line.before(start), line.after(end)
    places = _PLACE_DOTS | _HAMLET_DOTS
    place = places.get(letter) if dotted and _PLACE_AFTER.match(line.text, end) else None
    if place and (letter in "PQpq" or not _NAME_BEFORE.search(before)):
        return place
    if letter in "xX" and _TIMES_BEFORE.search(before) and after[:2].strip().isdigit():
        return "nhân"
    if _VOWEL.match(letter):
        return None if letter not in "AEIOU" else letter.lower() + ("." if dotted else "")
    return (spelled(letter) or letter) + ("." if dotted else "")


def capital_words(line: Line, word: str, start: int, end: int) -> str | None:
    """Unknown capitals: a Vietnamese word in capitals is that word, anything else is spelled."""
    if word.isupper():
        marked = has_mark(word) and _VOWEL.search(word) is not None
        if is_syllable(word) and (marked or len(word) > 2 or in_capitals(line, start, end)):
            return word.capitalize() if _HEAD.search(line.before(start)) else word.lower()
        if word in line.storms or (
            len(word) > 3 and _VOWEL.search(word) and context.names_a_storm(line, start)
        ):
            line.storms.add(word)
            return word.capitalize()
        line.doubted = True
        return spelled(word)
    if not _VOWEL.search(word) and _BASIC.fullmatch(word):
        line.doubted = True
        return spelled(word)
    return word.capitalize() if word[1:].isupper() else None


def in_capitals(line: Line, start: int, end: int) -> bool:
    """True if a word beside is a Vietnamese word in capitals, as in a heading."""
    before = _NEIGHBOUR_BEFORE.search(line.before(start))
    after = _NEIGHBOUR_AFTER.match(line.text, end)
    return any(
        near is not None and near[1].isupper() and is_syllable(near[1]) for near in (before, after)
    )


def hill_name_words(line: Line, found: re.Match[str]) -> str:
    """The first sound of names such as H'Hen and K'Brể."""
    return f"{_HILL_NAMES[found[0][0]]} "


def slashed_words(line: Line, found: re.Match[str]) -> str | None:
    """`V/v`, `đ/c`."""
    word = found[0].replace(" ", "").rstrip(".")
    for key in (word, word[0].upper() + word[1:].lower(), word.lower()):
        if key in ABBREVIATIONS:
            ends = found[0].endswith(".") and line.ends(found.end())
            return ABBREVIATIONS[key].said + ("." if ends else "")
    return None


def code_words(line: Line, found: re.Match[str]) -> str:
    """A compound: known as a whole, or piece by piece between its joints."""
    written = found[0].rstrip(".")
    said = _compound_words(line, written, found.start())
    if len(written) == len(found[0]):
        return said
    whole = ABBREVIATIONS.get(written)
    swallow = whole is not None and whole.takes_dot and not line.ends(found.end())
    return said if swallow else f"{said}."


def _compound_words(line: Line, written: str, start: int) -> str:
    whole = ABBREVIATIONS.get(written)
    if whole is not None:
        return whole.said
    if written.lower() in FOREIGN:
        return FOREIGN[written.lower()]
    calendar = _calendar_words(written)
    if calendar is not None:
        return calendar
    paper = symbol_reading(written)
    if paper is not None:
        return paper
    if re.fullmatch("[A-Z]{2,}-[A-Z]{2,}", written) and context.names_a_storm(line, start):
        return written.replace("-", " ").title()
    pieces = re.split(r"([&.\-–/])", written)
    rated = bool(_RATED.search(line.before(start)))
    said: list[str] = []
    position = start
    for index, piece in enumerate(pieces):
        if index % 2:
            if piece == "/" and _is_rate(line, pieces[index - 1], pieces[index + 1], position):
                said.append("một")
            else:
                said.append(_joint(piece, pieces[index - 1], pieces[index + 1], rated))
        else:
            said.append(_piece_words(line, piece, position, pieces[max(0, index - 2) : index]))
        position += len(piece)
    return " ".join(filter(None, said))


def _calendar_words(written: str) -> str | None:
    """`T2-T6`, `T7`, `T4/2025` as notice boards write them."""
    month = _MONTH.fullmatch(written)
    if month and 1 <= int(month[1]) <= 12:
        return f"tháng {month_words(int(month[1]))} năm {number_words(month[2])}"
    days = _WEEKDAY.fullmatch(written)
    if days is None:
        return None
    said = f"thứ {ordinal_words(int(days[1]))}"
    if days[2]:
        return f"{said} đến thứ {ordinal_words(int(days[2]))}"
    return f"{said} đến chủ nhật" if written.endswith("CN") else said


def _joint(joint: str, left: str, right: str, rated: bool) -> str:
    """What is said between two pieces."""
    if joint == "&":
        return "và"
    if joint == "/":
        return _slash_joint(left, right, rated)
    if joint == ".":
        takes = left in _PLACE_DOTS or (left in ABBREVIATIONS and ABBREVIATIONS[left].takes_dot)
        return "" if takes or left.isupper() else "."
    if left[-1:].isdigit() and right[:1].isdigit():
        return "đến"
    low, high = roman.roman_value(left), roman.roman_value(right)
    if joint != "." and low is not None and high is not None and low < high:
        return "đến"
    first, last = _LEVELS.fullmatch(left), _LEVELS.fullmatch(right)
    return "đến" if first and last and first[1] == last[1] else ""


def _is_rate(line: Line, left: str, right: str, position: int) -> bool:
    """True for so much of a thing to each: *vôi bột/sào*, *5 kg gạo/người*; not *xã/phường*."""
    after = line.text[position + 1 + len(right) : position + 12 + len(right)]
    if left in units.UNITS or left in units.LAND or _NO_RATE.match(after):
        return False
    if left in units.OFFICES or not left.islower():
        return False
    if right in units.LAND:
        return True
    counted = right in units.COUNTED_PER and right not in units.OFFICES
    head = line.before(position - len(left))
    return counted and left not in units.COUNTED_PER and bool(_RATED_THING.search(head))


def _slash_joint(left: str, right: str, rated: bool) -> str:
    """`đồng/kg` and `5 người/hộ` are rates, `III/2025` a year, `xã/phường` two words."""
    if right in {"km2", "km²"}:
        return "trên"
    unit = units.UNITS.get(left)
    if unit is not None and (right in units.UNITS or right in units.COUNTED_PER):
        return units.per_words(unit, right).split()[0]
    if right in units.COUNTED_PER and rated and not {left, right} <= units.OFFICES:
        return "một"
    year = right.isdecimal() and roman.roman_value(left) is not None
    return "" if year or left.lower() == "và" else ","


def _piece_words(line: Line, piece: str, start: int, earlier: list[str]) -> str:
    """One piece of a compound: table, numeral, number, unit, word or letters."""
    end = start + len(piece)
    if piece.isdecimal():
        if earlier[-2:] in (["CT", "."], ["ĐH", "."], ["ĐX", "."]) and piece[0] == "0":
            return digits_words(piece)
        after_numeral = bool(earlier) and len(piece) == 4 and roman.roman_value(earlier[0])
        return ("năm " if after_numeral else "") + number_words(piece)
    numeral = numeral_words(line, piece, start, end)
    if numeral is not None:
        return numeral
    if piece in _PLACE_DOTS and line.text[end : end + 1] == ".":
        return _PLACE_DOTS[piece]
    if piece in units.UNITS and (
        len(piece) > 1 or earlier[-1:] == ["/"] or line.after(end, 1) == "/"
    ):
        return units.UNITS[piece]
    if piece == "NT" and earlier and _AREA.fullmatch(earlier[0]):
        return "nông thôn"
    known = _abbreviation_words(line, piece, start, end)
    if known is not None:
        return known
    if piece.isalpha():
        if len(piece) == 1:
            return spelled(piece) or piece
        return FOREIGN.get(piece.lower()) or capital_words(line, piece, start, end) or piece
    return _lettered_number(line, piece)


def _lettered_number(line: Line, piece: str) -> str:
    """`QL1A`, `F0`, `km2`, `TP2`: known letters before the digits keep their reading."""
    if piece in units.UNITS:
        return units.UNITS[piece]
    alarm = _ALARM.fullmatch(piece) or _AREA.fullmatch(piece)
    if alarm:
        value = roman.roman_value(alarm[1]) or int(alarm[1])
        return f"{'báo động' if piece[0] == 'B' else 'khu vực'} {integer_words(value)}"
    runs = _RUNS.findall(piece)
    head, rest = runs[0], "".join(runs[1:])
    if head.isdecimal():
        return mixed_run(piece)
    if head in units.UNITS and len(head) > 1:
        return f"{units.UNITS[head]} {mixed_run(rest)}"
    tail = mixed_run(rest.replace("²", "2").replace("³", "3"))
    if head in _ROAD:
        return f"{_ROAD[head]} {tail}"
    if head == "CT":  # a form's name: mẫu CT01
        return f"{spelled(head)} {tail}"
    if head in _PLACE_DOTS and head.isupper() and head in "PQ":
        return f"{_PLACE_DOTS[head]} {tail}"
    if head in ABBREVIATIONS:
        return f"{ABBREVIATIONS[head].said} {tail}"
    if head.islower() and len(head) > 1 and is_syllable(head):
        return f"{head} {tail}"
    line.doubted = line.doubted or len(head) > 1
    return f"{spelled(head)} {tail}"
