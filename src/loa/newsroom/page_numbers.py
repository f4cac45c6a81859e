"""The numbers of pages among a PDF's lines. Pure.

A number that is alone on a line may as well be a table's cell (`25/02`, `3`). It is taken for the
page's own only where it stands as the first or last line and says so, or counts with the pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_ALONE = re.compile(
    r"^\s*(?P<mark>[-–—]\s*|trang\s+)?(?P<page>\d{1,3})(?:\s*/\s*(?P<of>\d{1,3}))?\s*[-–—]?\s*$",
    re.IGNORECASE,
)


def without_page_numbers(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """The pages' lines without the lines that number them."""
    kept = [list(lines) for lines in pages]
    for last in (False, True):
        edges = [_edge(lines, last) for lines in kept]
        found = [None if at is None else _ALONE.match(kept[n][at]) for n, at in enumerate(edges)]
        for n, (at, number) in enumerate(zip(edges, found, strict=True)):
            if at is not None and number is not None and _is_page(n, number, found):
                del kept[n][at]
    return kept


def _edge(lines: Sequence[str], last: bool) -> int | None:
    """The place of the first or last line with words."""
    places = [at for at, line in enumerate(lines) if line.strip()]
    return (places[-1] if last else places[0]) if places else None


def _is_page(n: int, number: re.Match[str], all_of: Sequence[re.Match[str] | None]) -> bool:
    page, of = int(number["page"]), number["of"]
    if number["mark"]:
        return True
    if of is not None:
        return page == n + 1 and int(of) == len(all_of)
    if page == n + 1:
        return True
    # A part of a longer document: its pages count on from another number.
    others = [one for at, one in enumerate(all_of) if at != n and one is not None]
    same = [
        one
        for at, one in enumerate(all_of)
        if at != n and one is not None and one["of"] is None and int(one["page"]) - at == page - n
    ]
    return bool(others) and len(same) == len(others)
