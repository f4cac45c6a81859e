"""What changed between two texts, with bounded work whatever the texts are.

The shortest script of Myers (1986): words are compared; where that takes too many steps, lines;
where that does, too, the changed middle is shown as a whole, old before new.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Change = Literal["same", "added", "removed"]
STEPS_MAX = 150_000
"""About a tenth of a second."""

_WORDS = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and what became of it between two versions."""

    change: Change
    text: str


class _TooMuch(Exception):
    """More steps than allowed."""


def difference(before: str, after: str) -> list[Piece]:
    """What was removed and what was added, in reading order. The removed and same pieces are
    `before`, the added and same ones `after`."""
    ways: tuple[Callable[[str], Sequence[str]], ...] = (
        _WORDS.findall,
        lambda text: text.splitlines(keepends=True),
    )
    for split in ways:
        try:
            return _joined(_compared(split(before), split(after)))
        except _TooMuch:
            continue
    return _joined([("removed", before), ("added", after)])


def _compared(old: Sequence[str], new: Sequence[str]) -> list[tuple[Change, str]]:
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    middle = _script(old[head : len(old) - tail], new[head : len(new) - tail])
    same: Change = "same"
    return [
        *((same, part) for part in old[:head]),
        *middle,
        *((same, part) for part in old[len(old) - tail :]),
    ]


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many parts both begin with."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _script(old: Sequence[str], new: Sequence[str]) -> list[tuple[Change, str]]:
    """The fewest parts removed and added. Raises _TooMuch."""
    reach = {1: 0}
    trail: list[dict[int, int]] = []
    steps = 0
    for edits in range(len(old) + len(new) + 1):
        trail.append(dict(reach))
        steps += len(reach)  # the copy
        for diagonal in range(-edits, edits + 1, 2):
            x = _furthest(reach, diagonal, edits)
            y = x - diagonal
            begun = x
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            reach[diagonal] = x
            steps += 1 + x - begun
            if steps > STEPS_MAX:
                raise _TooMuch
            if x >= len(old) and y >= len(new):
                return _walked_back(trail, old, new)
    raise AssertionError("removing all and adding all is a script")


def _furthest(reach: dict[int, int], diagonal: int, edits: int) -> int:
    if _is_down(reach, diagonal, edits):
        return reach[diagonal + 1]
    return reach[diagonal - 1] + 1


def _is_down(reach: dict[int, int], diagonal: int, edits: int) -> bool:
    """Whether the step onto the diagonal is an addition; else it is a removal."""
    if abs(diagonal) == edits:
        return diagonal == -edits
    return reach[diagonal - 1] < reach[diagonal + 1]


def _walked_back(
    trail: Sequence[dict[int, int]], old: Sequence[str], new: Sequence[str]
) -> list[tuple[Change, str]]:
    found: list[tuple[Change, str]] = []
    x, y = len(old), len(new)
    for edits in range(len(trail) - 1, -1, -1):
        reach, diagonal = trail[edits], x - y
        down = _is_down(reach, diagonal, edits)
        before = diagonal + 1 if down else diagonal - 1
        from_x = reach[before] if edits else 0
        from_y = from_x - before if edits else 0
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            found.append(("same", old[x]))
        if not edits:
            break
        if down:
            y -= 1
            found.append(("added", new[y]))
        else:
            x -= 1
            found.append(("removed", old[x]))
    return found[::-1]


def _joined(parts: Sequence[tuple[Change, str]]) -> list[Piece]:
    """Neighbours of one kind together; what was removed stands before what was added."""
    pieces: list[Piece] = []
    removed, added, same = "", "", ""
    for change, text in [*parts, ("same", "")]:
        if change == "same":
            pieces += [Piece("removed", removed)] if removed else []
            pieces += [Piece("added", added)] if added else []
            removed, added, same = "", "", same + text
            continue
        pieces += [Piece("same", same)] if same else []
        same = ""
        if change == "removed":
            removed += text
        else:
            added += text
    return [*pieces, Piece("same", same)] if same else pieces
