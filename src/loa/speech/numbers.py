"""Numbers in words, as northern written Vietnamese says them: nghìn, linh, mốt, tư, lăm.

Rules: 1 after a ten from twenty on is *mốt*, 4 there is *tư*, 5 after any ten is *lăm*; an empty
ten before a unit is *linh* (104 *một trăm linh bốn*); empty hundreds inside a number are said
(1.005 *một nghìn không trăm linh năm*); groups are nghìn, triệu, tỷ, then *nghìn tỷ* and so on.
"""

from __future__ import annotations

import re

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
LONGEST_QUANTITY = 18
"""More digits than this are no quantity that anybody says: they are read one by one."""

_MILLIARD = 1_000_000_000
_GROUPED = {
    ".": re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+"),
    ",": re.compile(r"[1-9]\d{0,2}(?:,\d{3}){2,}"),
}


def digits_words(digits: str) -> str:
    """Each digit by its name: `112` -> `một một hai`. Other characters are passed over."""
    return " ".join(DIGITS[int(digit)] for digit in digits if digit.isascii() and digit.isdigit())


def integer_words(value: int) -> str:
    """A whole number from 0 up in words."""
    if value < 10:
        return DIGITS[value]
    if value >= _MILLIARD:
        head, rest = divmod(value, _MILLIARD)
        words = integer_words(head) + " tỷ"
        return f"{words} {_millions(rest, padded=True)}" if rest else words
    return _millions(value, padded=False)


def ordinal_words(value: int) -> str:
    """The number after *thứ*: nhất, hai, ba, tư, năm."""
    return {1: "nhất", 4: "tư"}.get(value) or integer_words(value)


def month_words(value: int) -> str:
    """The number after *tháng*: April is *tháng tư*."""
    return "tư" if value == 4 else integer_words(value)


def decimal_words(whole: str, fraction: str) -> str:
    """`3`, `5` -> `ba phẩy năm`. One to three digits after the comma are said as a number.

    With a leading zero or from four digits on they are said one by one.
    """
    if len(fraction) <= 3 and not fraction.startswith("0"):
        after = integer_words(int(fraction))
    else:
        after = digits_words(fraction)
    return f"{whole_words(whole)} phẩy {after}"


def whole_words(digits: str) -> str:
    """Digits without separators as a number; too long for one, digit by digit."""
    if len(digits) > LONGEST_QUANTITY:
        return digits_words(digits)
    return integer_words(int(digits))


def number_words(written: str, *, dot_is_comma: bool = False) -> str:
    """A number as written, with its separators: `1.234,5`, `1,250,000`, `93,9`, `4.0`, `007`.

    A dot before groups of three is the thousands' dot, a comma is the decimal comma; a dot
    elsewhere is said *chấm* (4.0 *bốn chấm không*), or *phẩy* with `dot_is_comma`, as when a unit
    follows (2.5 km). Three and more digits that begin with 0 are a code and read one by one.
    """
    if written.isdecimal():
        if written[0] == "0" and len(written) > 2:
            return digits_words(written)
        return whole_words(written)
    whole, comma, fraction = written.partition(",")
    if _GROUPED["."].fullmatch(whole) and fraction.isdecimal() == bool(comma):
        plain = whole.replace(".", "")
        return decimal_words(plain, fraction) if comma else whole_words(plain)
    if comma and whole.isdecimal() and fraction.isdecimal():
        return decimal_words(whole, fraction)
    whole, _, fraction = written.partition(".")
    if _GROUPED[","].fullmatch(whole) and (not fraction or fraction.isdecimal()):
        plain = whole.replace(",", "")
        return decimal_words(plain, fraction) if fraction else whole_words(plain)
    if dot_is_comma and whole.isdecimal() and fraction.isdecimal():
        return decimal_words(whole, fraction)
    return _dotted(written)


def value_of(written: str) -> int | None:
    """The whole number a plain or dot-grouped writing stands for, or None for anything else."""
    if written.isdecimal():
        return int(written) if len(written) <= LONGEST_QUANTITY else None
    return int(written.replace(".", "")) if _GROUPED["."].fullmatch(written) else None


def fraction_words(over: int, under: int) -> str:
    """`3/4` -> `ba phần tư`."""
    return f"{integer_words(over)} phần {'tư' if under == 4 else integer_words(under)}"


def _dotted(written: str) -> str:
    """Sections, versions and other chains: each part a number, each separator said."""
    said = {".": "chấm", ",": "phẩy"}
    parts = re.split(r"([.,])", written)
    return " ".join(said.get(part) or number_words(part) for part in parts if part)


def _millions(value: int, *, padded: bool) -> str:
    """A number below one milliard; `padded` says the empty hundreds of its first group too."""
    words: list[str] = []
    for size, name in ((1_000_000, "triệu"), (1_000, "nghìn"), (1, "")):
        group, value = divmod(value, size)
        if group:
            words.append(_hundreds(group, padded=padded or bool(words)))
            if name:
                words.append(name)
    return " ".join(words)


def _hundreds(value: int, *, padded: bool) -> str:
    hundreds, rest = divmod(value, 100)
    tens, unit = divmod(rest, 10)
    words = [DIGITS[hundreds], "trăm"] if hundreds or padded else []
    if tens == 1:
        words.append("mười")
    elif tens:
        words += [DIGITS[tens], "mươi"]
    elif unit and words:
        words.append("linh")
    if unit:
        words.append(_unit_word(unit, tens))
    return " ".join(words)


def _unit_word(unit: int, tens: int) -> str:
    if unit == 5 and tens:
        return "lăm"
    if tens >= 2:
        return {1: "mốt", 4: "tư"}.get(unit) or DIGITS[unit]
    return DIGITS[unit]
