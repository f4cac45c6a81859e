"""Where each link's list ends, kept in memory for those who wait.

One query a few times a second serves every waiting node. The database stays the only truth: this is
what was read there a moment ago.
"""

import asyncio

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from loa.federation.outgoing import ends

LOOK_EVERY_S = 0.15


class Board:
    """Node id to the number of the last entry for it. One per process."""

    def __init__(self) -> None:
        self._ends: dict[str, int] = {}
        self._looked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def end_of(self, peer: str) -> int | None:
        """The end of the list for that node as of at most LOOK_EVERY_S ago; None for a node that
        is not linked."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if now - self._looked_at >= LOOK_EVERY_S:
                # Not the request's own thread: one that waits must not hold one.
                self._ends = await sync_to_async(_read, thread_sensitive=False)()
                self._looked_at = now
        return self._ends.get(peer)


def _read() -> dict[str, int]:
    try:
        return ends()
    finally:
        close_old_connections()
