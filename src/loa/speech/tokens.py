"""The one pattern that cuts a clean line into what has a reading of its own.

Each alternative is a named group; the reader of that name decides. The order is the rule: what
stands first wins. Spaces and the stops `. , ; : ? !` match nothing and stay as they are.
"""

from __future__ import annotations

import re

from loa.speech import documents, shapes, units

LETTER = r"[^\W\d_²³]"
_LOWER = "a-zàảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ"
_NUMBER = r"\d+(?:[.,]\d+)*"
_UNIT = units.alternation(units.UNITS)
_MULTIPLE = units.alternation(units.MULTIPLES)
_DASH = r"\s?[-–]\s?"
_GAP = r"(?: ?[.\-–] ?| )?"
_PHONE_ENDS = r"(?!\d|[.\-/:]\d|\s?/\s?\d)"
_MINUTES = rf"(?:\s?(?:phút|ph|p|'|’)(?!{LETTER}))?"

_ALTERNATIVES = {
    # 1. 1.2. a) II. at the start of a line
    "item": (
        r"^\s*(?:\d{1,2}(?:\.\d{1,2})*(?:[.)](?=\s*[^\d\s.,)])|/(?=\s))"
        r"|(?:[IVX]{1,5}|[a-zđ])[.)/](?=\s))"
    ),
    "bullet": r"^\s*[-+*•–—](?=\s)",
    "slashed": (
        r"(?<!\w)(?:[Vv]/[vV]|[Đđ]/[cCvVtT]|[Kk]/[gGcC]|[Tt]/[mMLl]|[Bb]/[cC]|[vV]\.\s?[vV])"
        r"(?!\w)\.*"
    ),
    "scaled": shapes.SCALED,
    "hill": rf"(?<!\w)[HKY]['’](?={LETTER})",
    "word": rf"{LETTER}++\.?+(?![\w²³]|[&\-–/]{LETTER}|[\-–/]\d)",
    # UBND-VP, TP.HCM, COVID-19, QL1A, xã/phường
    "code": rf"{LETTER}++[\w²³]*+(?:[&.\-–/](?=[^\W_])[\w²³]+)*+(?:\.(?!\.))?",
    "document": documents.PATTERN,
    "dated": r"\d{4}-\d{2}-\d{2}(?!\d)|\d{1,2}(?P<by>[.\-])\d{1,2}(?P=by)\d{4}(?!\d)",
    "coordinate": shapes.COORDINATE,
    "plate": r"\d{2}-?[A-ZĐ]{1,2}\d?[- ](?:\d{3}\.\d{2}|\d{4,5})(?!\d)",
    "ratio": shapes.RATIO,
    "combined": shapes.COMBINED,
    "shorthand": shapes.SHORTHAND,
    "days": shapes.DAYS,
    "time": (
        rf"\d{{1,2}}(?:\s?[hH]\s?\d{{2}}|[hH]\d)(?!\d){_MINUTES}|\d{{1,2}}[gG]\d{{2}}(?!\d){_MINUTES}"
        rf"|\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?![\d:])(?:\s?[hHgG](?!{LETTER}))?"
        r"|\d{1,2} ?giờ(?: ?00| ?\d{1,2}(?= ?phút))(?!\d)(?: ?phút)?|\d{1,2}\s?[hH](?!\w)"
        r"|\d{1,4}:\d{1,6}(?![\d:])"
    ),
    "slash": rf"\d{{1,4}}(?:{_DASH}\d{{1,2}})?(?:/\d{{1,4}})+(?!\d)(?:\s?[hH](?!\w))?",
    "series": shapes.SERIES,
    # mobiles of ten digits and lines of ten or eleven, grouped as anybody likes; then by groups
    "phone": (
        rf"0[35789](?:{_GAP}\d){{8}}{_PHONE_ENDS}|0[1246](?:{_GAP}\d){{8,9}}{_PHONE_ENDS}"
        rf"|\((?:0|84[ .\-]?)\d{{1,3}}\)(?:{_GAP}\d){{6,9}}{_PHONE_ENDS}"
        rf"|\(?\+ ?84\)?(?: ?\(0\))?(?:{_GAP}\d){{8,10}}{_PHONE_ENDS}"
        r"|(?!\d\d\.\d\d ?[-–] ?\d\d\.\d\d(?!\d))"
        r"(?:\(0\d{1,3}\)|\(?\+84\)?[ .\-]?\d{1,3}|0\d{1,4})(?:[ .\-]{0,3}\d{2,4}){2,3}(?![\d/])"
        r"|1[89]00[ .\-]?\d{2,4}(?:[ .\-]?\d{2,3})?(?![\d/])(?!\s?(?:đồng|đ)\b)"
    ),
    "spaced": r"[1-9]\d{0,2}(?: \d{3})+(?![\d/])(?=\s?(?:đồng|đ|VNĐ|VND|USD|người|hộ)\b)",
    "size": r"\d+(?:,\d+)?\s?[x×]\s?\d+(?:,\d+)?(?:\s?[x×]\s?\d+(?:,\d+)?)?(?:\s?[cm]?m)?(?!\w)",
    # 30.000 đồng/người/tháng, 10-15 km/h, 3,5 tỷ đồng, 37,5°C
    "measure": (
        rf"{_NUMBER}(?:{_DASH}{_NUMBER}(?!\d)(?![hHgG:/]\d))?(?!\d)"
        rf"(?:\s?(?:{_MULTIPLE})(?!\w))?(?:\s?(?:{_UNIT})(?![\w²³])|(?!{LETTER}))"
        rf"(?:\s?/\s?(?:(?:{_UNIT})(?!\w)|[{_LOWER}]{{2,}}|\d{{1,2}}\s?(?:h|giờ))(?!\w))*"
    ),
    "mixed": r"\d+(?:[.,]\d+)*\w*(?:[.\-/]\w+)*",
    "sign": r"[^\w\s.,;:?!]|_",
}

TOKEN = re.compile("|".join(f"(?P<{name}>{body})" for name, body in _ALTERNATIVES.items()))
