"""A bad line between two ends: a TCP proxy that delays, stalls, narrows, cuts and falls silent.

TCP loses nothing, so loss shows as what it costs: a piece that was lost arrives a retransmission
later, and all behind it waits. The same seed gives each connection, in the order of their coming,
the same line.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from random import Random

PIECE_BYTES = 1400
RETRANSMIT_S = 0.4
QUEUE_MAX = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """How bad it is. Times one way, in seconds; `loss` and `cut` are shares of pieces.

    `bytes_per_s` 0 is no limit. After `deaf_after_s` both directions swallow everything without a
    word, as a NAT does that forgot the connection (0: never).
    """

    delay_s: float = 0.0
    jitter_s: float = 0.0
    loss: float = 0.0
    cut: float = 0.0
    bytes_per_s: int = 0
    deaf_after_s: float = 0.0


GOOD = Line()
BAD = Line(delay_s=0.125, jitter_s=0.05, loss=0.05)
"""250 ms round trip and 5 % loss: the bad line of the budgets."""


class Proxy:
    """Listens on a free port of `listen` and passes on to `host:port` by way of `line`."""

    def __init__(
        self, host: str, port: int, line: Line, seed: int, *, listen: str = "127.0.0.1"
    ) -> None:
        self._host, self._port, self._listen = host, port, listen
        self.line = line
        self._chance = Random(seed)  # noqa: S311 - repeatable, no secret
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.cuts = 0

    async def start(self) -> int:
        """Begin to listen; returns the port."""
        self._server = await asyncio.start_server(self._accept, self._listen, 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the door and every connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def cut_all(self) -> None:
        """Every connection ends now, as when a mast loses power."""
        for task in self._open:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs it as one
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        self.connections += 1
        seed = self._chance.random()
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.transport.abort()
            return
        try:
            await self._carry(Random(seed), (reader, far_writer), (far_reader, writer))  # noqa: S311  no secret
        except asyncio.CancelledError:
            self.cuts += 1
        finally:
            for end in (writer, far_writer):
                end.transport.abort()

    async def _carry(
        self, chance: Random, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    ) -> None:
        began_s = asyncio.get_running_loop().time()
        halves = [
            asyncio.ensure_future(_Half(self.line, Random(chance.random()), began_s).run(*way))  # noqa: S311  no secret
            for way in ways
        ]
        try:
            await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for half in halves:
                half.cancel()
            await asyncio.gather(*halves, return_exceptions=True)


class _Half:
    """One direction. Pieces leave in their order, each not before its time."""

    def __init__(self, line: Line, chance: Random, began_s: float) -> None:
        self._line, self._chance, self._began_s = line, chance, began_s
        self._queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUE_MAX)
        self._free_s = 0.0

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until either end closes, or the line is cut."""
        sender = asyncio.ensure_future(self._send(writer))
        try:
            await self._receive(reader)
            await self._queue.join()
        finally:
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await sender

    async def _receive(self, reader: asyncio.StreamReader) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(PIECE_BYTES):
                if self._chance.random() < self._line.cut:
                    return
                if self._deaf(loop.time()):
                    continue
                await self._queue.put((self._due_s(loop.time(), len(piece)), piece))

    def _deaf(self, now_s: float) -> bool:
        after_s = self._line.deaf_after_s
        return bool(after_s) and now_s - self._began_s > after_s

    def _due_s(self, now_s: float, size: int) -> float:
        line = self._line
        delay_s = line.delay_s + self._chance.uniform(0, line.jitter_s)
        while self._chance.random() < line.loss:
            delay_s += RETRANSMIT_S
        if line.bytes_per_s:
            self._free_s = max(self._free_s, now_s) + size / line.bytes_per_s
            delay_s += self._free_s - now_s
        return now_s + delay_s

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s, piece = await self._queue.get()
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            try:
                writer.write(piece)
                await writer.drain()
            finally:
                self._queue.task_done()
