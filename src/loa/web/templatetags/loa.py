"""How the console writes times, numbers and states."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from loa.web import formats
from loa.web.context import UNDO_KEY
from loa.web.hearing_words import LEVELS

register = template.Library()


@register.simple_tag
def undo(request: HttpRequest) -> dict[str, Any] | None:
    """The way back from what was just done, given out once."""
    found: dict[str, Any] | None = request.session.pop(UNDO_KEY, None)
    return found


def _known(value: Any) -> bool:
    """Whether there is a number: a template's missing value is None or an empty string."""
    return isinstance(value, int | float)


@register.filter
def hour(value: datetime | None) -> str:
    """`16 giờ 40`."""
    return formats.hour(value) if value else "–"


@register.filter
def end_hour(value: datetime) -> str:
    """`16 giờ 40`; midnight is `24 giờ 00`."""
    return formats.end_hour(value)


@register.filter
def moment(value: datetime | None) -> str:
    """`16 giờ 40` today, `16 giờ 40, 22/11` otherwise."""
    return formats.moment(value) if value else "–"


@register.filter
def stretch(start: datetime, end: datetime) -> str:
    """From then till then, the day once where it is one: `8 giờ 00 – 13 giờ 00, 24/11`."""
    return formats.stretch(start, end)


@register.filter
def day(value: date | datetime | None) -> str:
    """`thứ Hai, 23/11/2026`."""
    return formats.day(value) if value else "–"


@register.filter
def ago(value: datetime | None) -> str:
    return formats.ago(value) if value else "–"


@register.filter
def waited(value: datetime) -> str:
    return formats.waited(value)


@register.filter
def number(value: Any, places: int = 0) -> str:
    """`9.863`; what is unknown is a dash, never 0."""
    return formats.number(value, places) if _known(value) else "–"


@register.filter
def seconds(value: Any) -> str:
    """A length in words: `7 phút 20 giây`."""
    return formats.length(value) if _known(value) else "–"


@register.filter
def millis(value: Any) -> str:
    return formats.length(value / 1000) if _known(value) else "–"


@register.filter
def compare(kid: str) -> str:
    """A key's code to be read out by telephone, the same on both sides: four groups of five
    digits, about 66 bits of the hash of its name."""
    number = int.from_bytes(hashlib.sha256(f"loa key {kid}".encode()).digest()) % 10**20
    return " ".join(re.findall(r"\d{5}", f"{number:020d}"))


@register.filter
def minutes(value: int) -> int:
    """Whole minutes of so many seconds."""
    return value // 60


@register.filter
def cap_word(value: str) -> str:
    """A status or a type of CAP in words; what is not CAP's stays as it is."""
    return str(formats.CAP_WORDS.get(value, value))


@register.filter
def link_word(value: str) -> str:
    """What a device is connected by, in words."""
    return str(formats.LINKS.get(value, value))


@register.filter
def doubt(code: str) -> str:
    return formats.doubt(code)


@register.filter
def reason(code: str) -> str:
    return formats.reason(code)


def _badge(known: Mapping[str, tuple[object, str]], key: str) -> SafeString:
    words, shape = known.get(key, (key, "plain"))
    return format_html('<span class="badge {}">{}</span>', shape, words)


@register.filter
def outlet_badge(state: str) -> SafeString:
    return _badge(formats.OUTLET_STATES, state)


@register.filter
def command_badge(state: str) -> SafeString:
    return _badge(formats.COMMAND_STATES, state)


@register.filter
def command_words(do: str) -> str:
    """What a device was asked, in words."""
    return str(formats.COMMANDS.get(do, do))


@register.filter
def bulletin_badge(state: str) -> SafeString:
    return _badge(formats.BULLETIN_STATES, state)


@register.filter
def result_badge(result: str) -> SafeString:
    return _badge(formats.RESULTS, result)


@register.filter
def grade(letter: str) -> str:
    """The words of a grade of proof; empty for none."""
    return str(formats.GRADES.get(letter, ""))


@register.filter
def of(known: Mapping[Any, Any], key: Any) -> Any:
    """What a mapping holds under a key; empty for nothing."""
    return known.get(key, "")


@register.filter
def gigabytes(value: Any) -> str:
    """Bytes as people know them from their telephone: `61,8 GB`, below one `640 MB`."""
    if not _known(value):
        return "–"
    if value < 1_000_000_000:
        return formats.number(value / 1_000_000) + " MB"
    return formats.number(value / 1_000_000_000, 1) + " GB"


@register.filter
def weekday(value: date) -> str:
    """`thứ Hai`."""
    return str(formats.WEEKDAYS[value.weekday()])


@register.filter
def code_of(path: str) -> str:
    """A place's official code, the last part of its path."""
    return path.rpartition("/")[2]


@register.filter
def slug_of(path: str) -> str:
    """A place's path as one part of an address: `vn-25-08911`."""
    return path.replace("/", "-")


@register.filter
def phone(value: str) -> str:
    """A telephone number in groups: `0912 345 678`."""
    return re.sub(r"^(\+?\d+)(\d{3})(\d{3})$", r"\1 \2 \3", value)


@register.filter
def level_words(level: int) -> str:
    """`mức cảnh báo 4: sơ tán ngay`."""
    words = LEVELS.get(level)
    return _("mức cảnh báo %(n)d: %(words)s") % {"n": level, "words": words} if words else ""
