"""Long lists in pieces that a database takes as parameters."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

SIZE = 500


def batched(rows: Iterable[T], size: int = SIZE) -> Iterator[tuple[T, ...]]:
    """The rows in order, `size` at a time; the last piece may be shorter."""
    left = iter(rows)
    while piece := tuple(islice(left, size)):
        yield piece
