"""The tables of abbreviations and of foreign words, read once from the data files beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """How it is said, whether a dot after it is part of it (TP.), and whether it has other
    meanings."""

    said: str
    takes_dot: bool
    ambiguous: bool = False


def _rows(name: str) -> Iterator[list[str]]:
    text = resources.files("loa.speech").joinpath("data", name).read_text(encoding="utf-8")
    for row in text.splitlines():
        if row and not row.startswith("#"):
            yield row.split("\t")


ABBREVIATIONS: Mapping[str, Abbreviation] = MappingProxyType(
    {
        row[0]: Abbreviation(row[1], "." in row[2:3], "?" in row[3:])
        for row in _rows("abbreviations.tsv")
    }
)
"""As written, case and all."""

FOREIGN: Mapping[str, str] = MappingProxyType({row[0]: row[1] for row in _rows("foreign.tsv")})
"""By their lower-case writing; found in any case."""
