"""Receivers by a pasted list of official codes or names: a ministry's list of mountain communes, of
communes on the coast, of those a programme names. The gazetteer itself does not know which these
are."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from loa.newsroom.rules import inside_office
from loa.places import names
from loa.places.selectors import place_search, standing_with_codes, units_with_code

if TYPE_CHECKING:
    from loa.places.models import Place

CODES_MAX = 1500
NAMES_MAX = 100
_CODE = re.compile(r"(?<!\d)(\d{5}|\d{2})(?!\d)")
_LEVELS = {2: "province", 5: "commune"}
_COMMUNES = frozenset({"xa", "phuong", "dac khu", "thi tran"})
_PROVINCES = frozenset({"tinh", "thanh pho"})
_NUMBERING = re.compile(r"^[^\w]*(?:\d{1,3}[.)]\s*)?")
_CUT = re.compile(r"[,(:\t–—]| - ")


def places_listed(office: str, text: str) -> tuple[list[str], list[str]]:
    """(paths inside the office's place, codes and names that mean none there).

    A former unit's code or name becomes its successors'. A line without a code is read by its name,
    where it begins with the word for a kind (*Xã*, *P.*). A code beside the name of another commune
    is not taken: which of the two is meant is the officer's to say.
    """
    codes = list(dict.fromkeys(_CODE.findall(text)))[:CODES_MAX]
    known: dict[str, Place] = {}
    for level in _LEVELS.values():
        known |= standing_with_codes(level, [one for one in codes if _LEVELS[len(one)] == level])
    found: dict[str, None] = {}
    unknown = []
    beside = _names_beside(text)
    for code in codes:
        units = [known[code]] if code in known else units_with_code(_LEVELS[len(code)], code)
        paths = [unit.path for unit in units if inside_office(unit.path, office)]
        written = beside.get(code)
        if not paths:
            unknown.append(code)
        elif code in known and written and not names.same(written, known[code].name):
            told = {"code": code, "place": known[code].name, "written": written}
            unknown.append(_("%(code)s (mã này là %(place)s, danh sách ghi %(written)s)") % told)
            continue
        found |= dict.fromkeys(paths)
    for name in _names_alone(text):
        paths = _paths_named(office, name)
        if not paths:
            unknown.append(name)
        found |= dict.fromkeys(paths)
    return list(found), unknown


def _lines(text: str) -> Iterator[str]:
    for line in re.split(r"[\n;]", text):
        yield line.strip()


def _name_of(line: str, kinds: Iterable[str]) -> str:
    """The name that a line begins with, without its number and what follows; "" where none does."""
    name = _CUT.split(_NUMBERING.sub("", line), maxsplit=1)[0].strip(" .")
    return name[:80] if names.asked(name).kind in kinds else ""


def _names_beside(text: str) -> dict[str, str]:
    """The commune's name in each line that holds one five-digit code."""
    beside = {}
    for line in _lines(text):
        codes = _CODE.findall(line)
        if len(codes) == 1 and len(codes[0]) == 5:
            name = _name_of(line.replace(codes[0], " "), _COMMUNES)
            if name:
                beside[codes[0]] = name
    return beside


def _names_alone(text: str) -> list[str]:
    """The names in lines without a code: communes, or provinces where a line names no commune."""
    found: dict[str, None] = {}
    for line in _lines(text):
        if _CODE.search(line):
            continue
        parts = [_NUMBERING.sub("", part) for part in line.split(",")]
        communes = [name for part in parts if (name := _name_of(part, _COMMUNES))]
        provinces = [name for part in parts if (name := _name_of(part, _PROVINCES))]
        found |= dict.fromkeys(communes or provinces)
    return list(found)[:NAMES_MAX]


def _paths_named(office: str, name: str) -> list[str]:
    """The places of exactly this name; none where several bear it, for then it takes a code."""
    levels = ["province"] if names.asked(name).kind in _PROVINCES else ["commune"]
    found = place_search(name, within=[office], levels=levels)
    now = [place.path for place in found if names.same(name, place.name)]
    if now:
        return now if len(now) == 1 else []
    former = [place for place in found if names.same(name, getattr(place, "formerly", ""))]
    return [place.path for place in former]
