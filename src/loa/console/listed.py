"""Receivers by a pasted list of official codes: a ministry's list of mountain communes, of communes
on the coast, of those a programme names. The gazetteer itself does not know which these are."""

import re
from typing import TYPE_CHECKING

from loa.newsroom.rules import inside_office
from loa.places.selectors import standing_with_codes, units_with_code

if TYPE_CHECKING:
    from loa.places.models import Place

CODES_MAX = 1500
_CODE = re.compile(r"(?<!\d)(\d{5}|\d{2})(?!\d)")
_LEVELS = {2: "province", 5: "commune"}


def places_listed(office: str, text: str) -> tuple[list[str], list[str]]:
    """(paths inside the office's place, codes that mean none there). A former unit's code becomes
    its successors'. Names and signs around the codes do not matter."""
    codes = list(dict.fromkeys(_CODE.findall(text)))[:CODES_MAX]
    known: dict[str, Place] = {}
    for level in _LEVELS.values():
        known |= standing_with_codes(level, [one for one in codes if _LEVELS[len(one)] == level])
    found: dict[str, None] = {}
    unknown = []
    for code in codes:
        units = [known[code]] if code in known else units_with_code(_LEVELS[len(code)], code)
        paths = [unit.path for unit in units if inside_office(unit.path, office)]
        if not paths:
            unknown.append(code)
        found |= dict.fromkeys(paths)
    return list(found), unknown
