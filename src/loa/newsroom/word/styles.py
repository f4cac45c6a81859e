"""How letters of a Word file look, as far as it changes what is read: hidden, struck, raised."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHAIN_MAX = 20
_OFF = {"0", "false", "off", "none"}

_SHOWN = (
    *((0xA3, "≤"), (0xB3, "≥"), (0xB1, "±"), (0xB0, "°"), (0xB4, "×"), (0xB8, "÷"), (0xB9, "≠")),
    *((0xBB, "≈"), (0xAE, "→"), (0xAC, "←"), (0xDE, "⇒"), (0xA5, "∞"), (0xBC, "…"), (0xA2, "′")),
    *((0xB2, "″"), (0xB7, "•"), (0x2D, "−"), (0x25, "%"), (0x3C, "<"), (0x3E, ">"), (0x3D, "=")),
    *((0x2B, "+"), (0x6D, "µ"), (0x57, "Ω"), (0x44, "Δ"), (0x61, "α"), (0x62, "β"), (0x70, "π")),
    *((0x66, "φ"), (0x6C, "λ"), (0x53, "Σ")),
)
SYMBOLS = dict(_SHOWN)
"""What the font Symbol shows for its codes."""


def tag(element: Any) -> str:
    """The element's name without its namespace; empty for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Any, name: str) -> str | None:
    """Its attribute `w:name`."""
    value = element.get(f"{W}{name}")
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Look:
    """A run's look. `up`: True raised, False lowered, None on the line. `font`: an old Vietnamese
    font (`.VnTimeH` shows small letters as capitals) or Symbol, else empty."""

    unseen: bool
    up: bool | None
    font: str


class Styles:
    """The styles of a document, and what they say of runs and paragraphs."""

    def __init__(self, styles: Any) -> None:
        self._styles = {attribute(one, "styleId"): one for one in styles.iterfind(f"{W}style")}
        self._usual = {
            attribute(one, "type"): attribute(one, "styleId")
            for one in styles.iterfind(f"{W}style")
            if attribute(one, "default") in {"1", "true"}
        }
        fonts = (_font(one) for one in styles.iter(f"{W}rFonts"))
        self._font = next((name for name in fonts if name is not None), "")

    def chain(self, name: str | None, kind: str = "paragraph") -> list[Any]:
        """The style and those it is based on, nearest first."""
        found: list[Any] = []
        name = name or self._usual.get(kind)
        while name in self._styles and len(found) < _CHAIN_MAX:
            found.append(self._styles[name])
            based = found[-1].find(f"{W}basedOn")
            name = None if based is None else attribute(based, "val")
        return found

    def look(self, run: Any) -> Look:
        """How the run's letters are shown, by itself and by its styles."""
        own = run.find(f"{W}rPr")
        block = next((one for one in run.iterancestors() if tag(one) == "p"), None)
        unseen = any(self._toggled(name, own, block) for name in ("vanish", "strike", "dstrike"))
        align = None if own is None else own.find(f"{W}vertAlign")
        if align is None:
            align = _first(self._of_run(own), "vertAlign")
        says = None if align is None else attribute(align, "val")
        up = {"superscript": True, "subscript": False}.get(says or "")
        fonts = None if own is None else own.find(f"{W}rFonts")
        font = None if fonts is None else _font(fonts) or ""
        return Look(unseen, up, self._font if font is None else font)

    def _of_run(self, own: Any) -> list[Any]:
        name = None if own is None else own.find(f"{W}rStyle")
        return self.chain(None if name is None else attribute(name, "val"), "character")

    def _toggled(self, name: str, own: Any, block: Any) -> bool:
        """A property that is on or off: the run's own word counts, else its styles' in turn, where
        on in both kinds of style is off again (ECMA-376, 17.7.3)."""
        if own is not None and (mark := own.find(f"{W}{name}")) is not None:
            return _on(mark)
        style = None if block is None else block.find(f"{W}pPr/{W}pStyle")
        of_block = self.chain(None if style is None else attribute(style, "val"))
        marks = (_first(self._of_run(own), name), _first(of_block, name))
        return sum(mark is not None and _on(mark) for mark in marks) == 1


def _first(chain: list[Any], name: str) -> Any:
    marks = (style.find(f"{W}rPr/{W}{name}") for style in chain)
    return next((mark for mark in marks if mark is not None), None)


def _on(mark: Any) -> bool:
    return attribute(mark, "val") not in _OFF


def _font(fonts: Any) -> str | None:
    names = [str(value) for value in fonts.attrib.values()]
    return next((name for name in names if name.startswith(".Vn") or name == "Symbol"), None)


_RAISED = re.compile(r"[-−–+]?\d{1,4}")
_UNITS = {"2": "²", "3": "³"}


def raised(text: str, before: str, *, up: bool) -> str:
    """Raised or lowered letters as they are to be read: `m²`, `10^5`, `10 mũ âm 5`.

    Only digits over a number or a letter are a power; a footnote's number has none, and what is
    below the line stands as it is.
    """
    digits = text.strip()
    if not up or not before[-1:].isalnum() or not _RAISED.fullmatch(digits):
        return text
    if digits in _UNITS and before[-1:].isalpha():
        return _UNITS[digits]
    if not before[-1:].isdigit():
        return text
    sign, number = (" mũ âm ", digits[1:]) if digits[0] in "-−–" else ("^", digits.lstrip("+"))
    return sign + number
