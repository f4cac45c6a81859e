"""Waiting before the next try: full jitter, so that ten thousand devices do not come at once."""

from __future__ import annotations

import random


class Backoff:
    """Each failure doubles the ceiling; the wait is anywhere below it."""

    def __init__(self, first_s: float = 1.0, most_s: float = 60.0) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._failures = 0

    def failed(self) -> float:
        """Seconds to wait now."""
        ceiling_s = min(self._most_s, self._first_s * 2.0**self._failures)
        self._failures = min(self._failures + 1, 16)
        return random.uniform(0.0, ceiling_s)  # noqa: S311 - spreads load, guards nothing

    def succeeded(self) -> None:
        """Begin again with short waits."""
        self._failures = 0
