"""uvicorn's server for a process that is at rest most of the time."""

import asyncio
from contextlib import suppress
from types import FrameType

import uvicorn

TICK_S = 1.0
"""As often as the `Date` header changes."""


class Server(uvicorn.Server):
    """Looks once a second and at a signal whether it is to end; uvicorn looks ten times a second,
    which costs a node at rest more than its work."""

    _loop: asyncio.AbstractEventLoop | None = None
    _told: asyncio.Event | None = None

    async def main_loop(self) -> None:
        """Until a signal came."""
        self._told, self._loop = asyncio.Event(), asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), TICK_S)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal ends it at once."""
        super().handle_exit(sig, frame)
        if self._loop is not None and self._told is not None:
            self._loop.call_soon_threadsafe(self._told.set)
