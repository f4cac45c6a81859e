"""The server of the web and device processes: at rest between two seconds, ended by a signal."""

import asyncio
import signal
import time

import uvicorn

from loa.config.server import TICK_S, Server


async def _nothing(scope: object, receive: object, send: object) -> None:
    """An application that answers nobody."""


def _run(ends_after_s: float) -> tuple[float, int]:
    """Seconds until the loop ended after a signal came, and how often it looked."""
    looked = 0

    class Counted(Server):
        async def on_tick(self, counter: int) -> bool:
            nonlocal looked
            looked += 1
            return await super().on_tick(counter)

    async def work() -> float:
        server = Counted(uvicorn.Config(_nothing, lifespan="off", log_config=None))
        loop = asyncio.get_running_loop()
        told: list[float] = []

        def end() -> None:
            told.append(time.monotonic())
            server.handle_exit(signal.SIGTERM, None)

        loop.call_later(ends_after_s, end)
        await asyncio.wait_for(server.main_loop(), 20)
        return time.monotonic() - told[0]

    return asyncio.run(work()), looked


def test_a_signal_ends_the_server_before_its_next_look() -> None:
    took_s, looked = _run(ends_after_s=0.05)
    assert took_s < TICK_S / 2
    assert looked == 2, "once at the start, once for the signal"


def test_a_signal_before_the_loop_began_is_not_lost() -> None:
    server = Server(uvicorn.Config(_nothing, lifespan="off", log_config=None))
    server.handle_exit(signal.SIGTERM, None)
    asyncio.run(asyncio.wait_for(server.main_loop(), 5))
