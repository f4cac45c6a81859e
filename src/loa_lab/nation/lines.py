"""The provinces' lines to the centre: seeded proxies that delay, lose, and fall silent."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

from loa_lab.nation.wires import Wire
from loa_swarm.proxy import Line, Proxy

LOOPBACK = "127.0.0.1"
SEED = 2026
ORDINARY = Line(delay_s=0.015, jitter_s=0.01, loss=0.005)
"""A province's ordinary line: 30 to 50 ms there and back, now and then a piece is lost."""
NARROW = Line(delay_s=0.015, jitter_s=0.01, bytes_per_s=12_000)
"""So slow that something can happen in the middle of a transfer."""
BLACKHOLE = Line(deaf_after_s=1e-6)
"""Cut as a mast without power: nothing is refused, nothing comes through."""


class Lines:
    """One proxy for each province, on a loop of its own thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._proxies: dict[str, Proxy] = {}
        self._wires: dict[str, Wire] = {}

    def open(
        self,
        name: str,
        port: int,
        *,
        to: str = LOOPBACK,
        wire: Wire | None = None,
        line: Line = ORDINARY,
    ) -> str:
        """A new line to `to`:`port`, from the near end of `wire` or loopback; the address at which
        it is entered."""
        entry = wire.outside if wire else LOOPBACK
        proxy = Proxy(to, port, line, SEED + len(self._proxies), listen=entry)
        self._proxies[name] = proxy
        if wire is not None:
            self._wires[name] = wire
        return f"http://{entry}:{self._run(proxy.start())}"

    def cut(self, name: str) -> None:
        """Nothing comes through any more, in either direction, and nobody is told."""
        self._change(name, BLACKHOLE)
        if name in self._wires:
            self._wires[name].cut()

    def mend(self, name: str, line: Line = ORDINARY) -> None:
        """The line is back."""
        if name in self._wires:
            self._wires[name].mend()
        self._change(name, line)

    def _change(self, name: str, line: Line) -> None:
        proxy = self._proxies[name]

        async def change() -> None:
            proxy.line = line
            proxy.cut_all()

        self._run(change())

    def close(self) -> None:
        for proxy in self._proxies.values():
            self._run(proxy.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)
