"""Drafts with blanks: what a commune says most often, ready to be filled in.

A blank is words in square brackets, `[giờ họp]`; the same words are the same blank. Pure, but for
reading the data file once.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BLANK = re.compile(r"\[([^\[\]\n]{1,60})\]")
FILL_MAX = 200


@dataclass(frozen=True, slots=True)
class Template:
    """One draft: `key` is its stable address, `name` what people choose it by."""

    key: str
    name: str
    category: str
    title: str
    body: str
    class_name: str = "normal"


@cache
def templates() -> tuple[Template, ...]:
    """All drafts that ship with Loa, in the order in which they are offered."""
    file = Path(__file__).parent / "data" / "templates.json"
    return tuple(Template(**row) for row in json.loads(file.read_text(encoding="utf-8")))


def template_get(key: str) -> Template | None:
    return next((template for template in templates() if template.key == key), None)


def blanks(*texts: str) -> tuple[str, ...]:
    """The blanks of the texts in reading order, each once."""
    found = (name.strip() for text in texts for name in BLANK.findall(text))
    return tuple(dict.fromkeys(name for name in found if not name.isdigit()))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its blanks filled; one without a value stays a blank."""

    def fill(found: re.Match[str]) -> str:
        value = " ".join(values.get(found[1].strip(), "").split())[:FILL_MAX]
        return value or found[0]

    return BLANK.sub(fill, text)
