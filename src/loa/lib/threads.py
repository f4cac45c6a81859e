"""Work on several threads at a time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

T = TypeVar("T")
R = TypeVar("R")


def each_at_once(work: Callable[[T], R], values: Iterable[T], *, most: int, name: str) -> list[R]:
    """What `work` gives for each value, in their order, at most so many at a time.

    Every call closes the database connections that it opened, on purpose or by a line of the log:
    its thread ends, and nobody else would. What a call raises is raised when all of them are over.
    """

    def one(value: T) -> R:
        try:
            return work(value)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(most, thread_name_prefix=name) as pool:
        calls = [pool.submit(one, value) for value in values]
    return [call.result() for call in calls]
