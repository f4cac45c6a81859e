"""Pure decisions about places."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loa.lib.text import fold, nfc

_KIND = re.compile(
    r"^(thành phố|tỉnh|phường|xã|đặc khu|thị trấn|thị xã|quận|huyện)\s+", re.IGNORECASE
)
CODE = {"province": re.compile(r"\d{2}"), "commune": re.compile(r"\d{5}")}
HAMLET = re.compile(r"h\d{2,3}")


def short_name(name: str) -> str:
    """The name without its kind: "Phường Hoàn Kiếm" -> "Hoàn Kiếm"."""
    return _KIND.sub("", name)


def search_text(name: str, code: str) -> str:
    """What a search looks in: folded full name and code."""
    return f"{fold(name)} {code}"


def path_of(level: str, code: str, parent_path: str) -> str:
    """The wire path. Districts are not on the wire: a former commune hangs under its province."""
    if level == "nation":
        return "vn"
    if level == "hamlet":
        return f"{parent_path}/{code[5:]}"
    if level == "district":
        return parent_path
    return f"{parent_path}/{code}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One line in which an official list differs from the gazetteer."""

    code: str
    ours: str | None
    theirs: str | None


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[Difference]:
    """Codes that one list lacks or names otherwise. Spelling of the tone mark does not count."""
    return [
        Difference(code, ours.get(code), theirs.get(code))
        for code in sorted(set(ours) | set(theirs))
        if spelling(ours.get(code)) != spelling(theirs.get(code))
    ]


_OLD_TONES = {
    old: new
    for base, marks in (("oa", "òóỏõọ"), ("oe", "òóỏõọ"), ("uy", "ùúủũụ"))
    for old, new in zip(
        [mark + base[1] for mark in marks],
        [base[0] + mark for mark in {"oa": "àáảãạ", "oe": "èéẻẽẹ", "uy": "ỳýỷỹỵ"}[base]],
        strict=True,
    )
}


def spelling(name: str | None) -> str | None:
    """A name for comparison: NFC, single spaces, tone marks in one of the two accepted places."""
    if name is None:
        return None
    plain = " ".join(nfc(name).lower().split())
    for old, new in _OLD_TONES.items():
        plain = plain.replace(old, new)
    return plain


def next_hamlet(taken: Iterable[str]) -> str:
    """The next free hamlet number `h01`, `h02`, ... Numbers are never given twice."""
    used = [int(code[1:]) for code in taken]
    number = max(used, default=0) + 1
    if number > 999:
        raise ValueError("a commune holds at most 999 hamlets")
    return f"h{number:02}"


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Between two (latitude, longitude) points, on a sphere."""
    (lat1, lon1), (lat2, lon2) = ([math.radians(v) for v in point] for point in (one, other))
    a = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(a)))
