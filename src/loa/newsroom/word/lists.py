"""The numbers that Word writes by itself before paragraphs: "Điều 1.", "a)", "II.", "1.2."."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from loa.newsroom.word.styles import Styles, W, attribute, tag

LEVELS = 9
_COUNT_MAX = 9_999
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str
    plain: bool
    """Legal numbering: every part in digits."""
    restart: int | None


class Numbers:
    """Counts through a document, paragraph by paragraph in its order."""

    def __init__(self, numbering: bytes, styles: Styles) -> None:
        self._styles = styles
        self._levels: dict[str, dict[int, _Level]] = {}
        self._list_of: dict[str, str] = {}
        self._starts: dict[str, dict[int, int]] = {}
        self._style_level: dict[tuple[str, str], int] = {}
        self._count: dict[str, dict[int, int]] = {}
        self._begun: set[str] = set()
        if numbering:
            self._read(numbering)

    def _read(self, numbering: bytes) -> None:
        from lxml import etree

        safe = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        root = etree.fromstring(numbering, safe)
        linked: dict[str, str] = {}
        for one in root.iterfind(f"{W}abstractNum"):
            name = attribute(one, "abstractNumId") or ""
            self._levels[name] = self._levels_of(one, name)
            link = one.find(f"{W}numStyleLink")
            if link is not None:
                linked[name] = attribute(link, "val") or ""
        for one in root.iterfind(f"{W}num"):
            number, abstract = attribute(one, "numId") or "", one.find(f"{W}abstractNumId")
            own = "" if abstract is None else attribute(abstract, "val") or ""
            self._list_of[number] = own
            self._override(one, number, own)
        for name, style in linked.items():  # the list is kept by a style of its own
            target = self._list_of.get(_number_of(self._styles.chain(style, "numbering"))[0])
            if target in self._levels:
                self._levels[name] = self._levels[target]

    def _levels_of(self, abstract: Any, name: str) -> dict[int, _Level]:
        levels: dict[int, _Level] = {}
        for one in abstract.iterfind(f"{W}lvl"):
            place = _whole(attribute(one, "ilvl"), 0)
            levels[place] = _level(one)
            style = one.find(f"{W}pStyle")
            if style is not None:
                self._style_level[name, attribute(style, "val") or ""] = place
        return levels

    def _override(self, one: Any, number: str, own: str) -> None:
        for change in one.iterfind(f"{W}lvlOverride"):
            place = _whole(attribute(change, "ilvl"), 0)
            start, level = change.find(f"{W}startOverride"), change.find(f"{W}lvl")
            if start is not None:
                begin = _whole(attribute(start, "val"), 1)
                self._starts.setdefault(number, {})[place] = begin
            if level is not None:  # a list with a level of its own counts by itself
                alone = f"{own}/{number}"
                self._levels.setdefault(alone, dict(self._levels.get(own, {})))
                self._levels[alone][place] = _level(level)
                self._list_of[number] = alone

    def next(self, block: Any) -> str:
        """The number that stands before this paragraph; empty for none, and for bullets."""
        number, place = self._place(block)
        name = self._list_of.get(number)
        levels = self._levels.get(name or "", {})
        if name is None or place not in levels:
            return ""
        count = self._count.setdefault(name, {})
        if number not in self._begun:
            self._begun.add(number)
            for at, begin in self._starts.get(number, {}).items():
                count[at] = begin - 1
        count[place] = min(count.get(place, levels[place].start - 1) + 1, _COUNT_MAX)
        for lower in [one for one in count if one > place]:
            restart = levels[lower].restart if lower in levels else None
            if restart != 0 and (restart is None or place < restart):
                del count[lower]
        return _written(levels, place, count)

    def _place(self, block: Any) -> tuple[str, int]:
        """The list and the level of a paragraph, by itself or by its style."""
        own = block.find(f"{W}pPr")
        style = None if own is None else own.find(f"{W}pStyle")
        name = None if style is None else attribute(style, "val")
        chain = self._styles.chain(name)
        number, place = _number_of([block])
        if not number:
            number, of_style = _number_of(chain)
            place = of_style if place is None else place
            if place is None:
                named = (attribute(one, "styleId") or "" for one in chain)
                listed = self._list_of.get(number, "").partition("/")[0]
                found = (self._style_level.get((listed, one)) for one in named)
                place = next((one for one in found if one is not None), None)
        return number, place or 0


def _number_of(chain: list[Any]) -> tuple[str, int | None]:
    for one in chain:
        marks = one.find(f"{W}pPr/{W}numPr")
        if marks is None:
            continue
        number, place = marks.find(f"{W}numId"), marks.find(f"{W}ilvl")
        level = None if place is None else _whole(attribute(place, "val"), 0)
        if number is not None or level is not None:
            return "" if number is None else attribute(number, "val") or "", level
    return "", None


def _level(one: Any) -> _Level:
    said = {tag(part): attribute(part, "val") or "" for part in one}
    plain = "isLgl" in said and said["isLgl"] not in {"0", "false"}
    restart = _whole(said["lvlRestart"], 0) if "lvlRestart" in said else None
    return _Level(
        _whole(said.get("start"), 1),
        said.get("numFmt", "decimal"),
        said.get("lvlText", ""),
        plain,
        restart,
    )


def _written(levels: dict[int, _Level], place: int, count: dict[int, int]) -> str:
    level = levels[place]
    if level.form in {"bullet", "none"}:
        return "" if level.form == "bullet" else _PLACE.sub("", level.text).strip()

    def part(found: re.Match[str]) -> str:
        at = int(found[1]) - 1
        if at not in levels:
            return ""
        form = "decimal" if level.plain else levels[at].form
        return _form(count.get(at, levels[at].start), form)

    return _PLACE.sub(part, level.text).strip()


def _form(number: int, form: str) -> str:
    if form in {"lowerLetter", "upperLetter"} and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in {"lowerRoman", "upperRoman"} and number > 0:
        roman = _roman(number)
        return roman if form == "upperRoman" else roman.lower()
    if form == "decimalZero":
        return f"{number:02d}"
    return "" if form in {"bullet", "none"} else str(number)


def _roman(number: int) -> str:
    signs = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"))
    said = ""
    for value, sign in (*signs, (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        times, number = divmod(number, value)
        said += sign * times
    return said


def _whole(text: str | None, usual: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else usual
