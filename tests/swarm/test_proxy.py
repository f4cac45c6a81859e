"""The bad line is bad as asked, and the same for the same seed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from loa_swarm.proxy import GOOD, Line, Proxy, _Half


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def through(line: Line, seed: int = 1) -> AsyncIterator[Proxy]:
    """An echo behind the proxy."""
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    proxy = Proxy("127.0.0.1", server.sockets[0].getsockname()[1], line, seed)
    proxy.port = await proxy.start()  # type: ignore[attr-defined]  # for the test
    try:
        yield proxy
    finally:
        await proxy.stop()
        server.close()


async def _said(proxy: Proxy, data: bytes, limit_s: float = 10) -> tuple[bytes, float]:
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)  # type: ignore[attr-defined]
    began_s = loop.time()
    writer.write(data)
    try:
        async with asyncio.timeout(limit_s):
            heard = await reader.readexactly(len(data))
    except asyncio.IncompleteReadError as cut:
        heard = cut.partial
    writer.close()
    return heard, loop.time() - began_s


async def test_a_good_line_changes_nothing() -> None:
    data = Random(1).randbytes(100_000)
    async with through(GOOD) as proxy:
        assert (await _said(proxy, data))[0] == data


async def test_what_is_delayed_and_lost_still_arrives_whole_and_in_order() -> None:
    data = Random(2).randbytes(20_000)
    async with through(Line(delay_s=0.05, jitter_s=0.02, loss=0.05)) as proxy:
        heard, took_s = await _said(proxy, data)
    assert heard == data
    assert took_s >= 0.1, "there and back"


async def test_a_narrow_line_takes_its_time() -> None:
    async with through(Line(bytes_per_s=40_000)) as proxy:
        heard, took_s = await _said(proxy, bytes(20_000))
    assert len(heard) == 20_000
    assert took_s >= 0.4


async def test_a_cut_line_ends() -> None:
    async with through(Line(cut=1.0)) as proxy:
        heard, _ = await _said(proxy, bytes(1000))
    assert heard == b""


async def test_all_connections_can_be_cut_at_once() -> None:
    async with through(GOOD) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)  # type: ignore[attr-defined]
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        proxy.cut_all()
        async with asyncio.timeout(5):
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await reader.readexactly(1)
        writer.close()
        assert proxy.cuts == 1


async def test_a_deaf_line_says_nothing_and_does_not_end() -> None:
    async with through(Line(deaf_after_s=1e-9)) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)  # type: ignore[attr-defined]
        first = asyncio.ensure_future(reader.read(1))
        writer.write(b"x")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await first
        writer.close()


async def test_the_same_seed_is_the_same_line() -> None:
    def delays(seed: int) -> list[float]:
        half = _Half(Line(delay_s=0.1, jitter_s=0.1, loss=0.3), Random(seed), 0.0)
        return [half._due_s(0.0, 100) for _ in range(50)]

    assert delays(7) == delays(7)
    assert delays(7) != delays(8)
