"""The newest `open` of every commune, kept in memory for those who wait.

Thousands of devices may hold a long poll; one query a second serves them all, whatever their
number. The database stays the only truth: this is what was read there less than a second ago.
"""

import asyncio

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from loa.delivery.open_documents import issued_since

LOOK_EVERY_S = 1.0


class Board:
    """Area to the id of its newest `open`. One per process."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._version = 0
        self._looked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def newest(self, area: str) -> str | None:
        """The id of the area's `open` as of at most LOOK_EVERY_S ago; None before the first."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if now - self._looked_at >= LOOK_EVERY_S:
                # Not the request's own thread: a waiting device must not hold one.
                rows = await sync_to_async(_read, thread_sensitive=False)(self._version)
                for found, version, sha256 in rows:
                    self._ids[found] = sha256
                    self._version = max(self._version, version)
                self._looked_at = now
        return self._ids.get(area)


def _read(version: int) -> list[tuple[str, int, str]]:
    try:
        return issued_since(version)
    finally:
        close_old_connections()
