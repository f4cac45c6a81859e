"""Many simulated devices on one event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from loa_player.link.api import NodeError
from loa_player.link.http import LinkError
from loa_swarm.device import SwarmDevice
from loa_swarm.mqtt import Login, MqttLink

log = logging.getLogger(__name__)
T = TypeVar("T")

CONNECT_LIMIT_S, STOP_LIMIT_S = 30.0, 10.0
AT_ONCE = 25
"""So many are being admitted at a time: a fleet that comes back jitters, as poles do."""
TICK_S = 0.5
REPORT_S = 1.0


class Fleet:
    """The devices, their doorbells, and one thread that serves them."""

    def __init__(self, devices: Sequence[SwarmDevice], *, broker: str | None = None) -> None:
        self.devices = list(devices)
        self._broker = broker
        self._links: dict[SwarmDevice, MqttLink] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fleet", daemon=True)
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="https")
        self._stopping = False
        self._tending: Future[None] | None = None

    def start(self) -> None:
        """Begin to serve. Nobody is connected yet."""
        self._thread.start()
        self._tending = self._soon(self._tend())

    def stop(self) -> None:
        """Hang up, finish what is under way, close every store. Raises what ended the tending."""
        self._stopping = True
        self.disconnect(list(self._links))
        self._pool.shutdown(wait=True, cancel_futures=True)
        try:
            if self._tending is not None:
                self._tending.result(STOP_LIMIT_S)
        finally:
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(STOP_LIMIT_S)
            for device in self.devices:
                device.close()

    def enrol(self, devices: Sequence[SwarmDevice] | None = None) -> None:
        """Enrol all over HTTPS, a few at a time. Raises the first failure."""
        chosen = self.devices if devices is None else devices
        for done in [self._pool.submit(device.enrol) for device in chosen]:
            done.result()

    def connect(self, devices: Sequence[SwarmDevice] | None = None) -> None:
        """Connect the doorbells and catch up over HTTPS; returns when all are listening."""
        chosen = self.devices if devices is None else list(devices)
        self._wait(self._connect_all(chosen))

    def disconnect(self, devices: Sequence[SwarmDevice], *, rudely: bool = True) -> None:
        """They are gone, as if their power were cut."""
        for device in devices:
            link = self._links.pop(device, None)
            if link is not None:
                self._loop.call_soon_threadsafe(partial(link.close, rudely=rudely))

    @property
    def connected(self) -> list[SwarmDevice]:
        """Whose doorbell is connected now."""
        return [device for device, link in self._links.items() if not link.lost.is_set()]

    def when(
        self,
        what: str,
        fact: Callable[[SwarmDevice], bool],
        limit_s: float,
        among: Sequence[SwarmDevice],
    ) -> int:
        """Wait until `fact` holds for all of `among`, or the limit; how many it holds for."""
        until_s = time.monotonic() + limit_s
        while True:
            number = sum(fact(device) for device in among)
            if number == len(among) or time.monotonic() > until_s:
                if number < len(among):
                    log.warning("%s: %d of %d", what, number, len(among))
                return number
            time.sleep(0.02)

    # In the fleet's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _soon(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self._soon(work).result()

    async def _connect_all(self, devices: Sequence[SwarmDevice]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(device: SwarmDevice) -> None:
            async with gate:
                await self._connect(device)

        await asyncio.gather(*(one(device) for device in devices))

    async def _connect(self, device: SwarmDevice) -> None:
        link = MqttLink(self._login(device), device.subscriptions, device.rung)
        await link.connect(CONNECT_LIMIT_S)
        self._links[device] = link
        await self._loop.run_in_executor(self._pool, _quietly, device.catch_up)

    def _login(self, device: SwarmDevice) -> Login:
        mqtt = device.mqtt
        parts = urlsplit(self._broker or mqtt.urls[0])
        return Login(
            parts.hostname or "localhost", parts.port or 1883, device.outlet, mqtt.password
        )

    async def _tend(self) -> None:
        """Time passes for the devices, and their receipts go out."""
        turn = 0
        while not self._stopping:
            await asyncio.sleep(TICK_S)
            turn += 1
            for device, link in list(self._links.items()):
                device.tick()
                if turn % int(REPORT_S / TICK_S) == 0 and device.store.waiting()[0]:
                    for topic, payload in device.seal():
                        link.publish(topic, payload)

    def learn(self) -> None:
        """Every device asks for the policies and templates over its place."""
        for job in [self._pool.submit(_quietly, device.learn) for device in self.devices]:
            job.result()

    def deliver(self, devices: Sequence[SwarmDevice] | None = None) -> int:
        """Every receipt that waits, over HTTPS; how many were stored."""
        chosen = self.devices if devices is None else devices
        jobs = [self._pool.submit(_quietly, device.deliver) for device in chosen]
        return sum(job.result() or 0 for job in jobs)


def _quietly(work: Callable[[], T]) -> T | None:
    """A line that fails now is tried again by the next turn."""
    try:
        return work()
    except (LinkError, NodeError) as error:
        log.warning("%s", error)
        return None
