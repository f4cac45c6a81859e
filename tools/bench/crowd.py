"""`python -m tools.bench.crowd FILE`: a part of a crowd of simulated devices, bytes only.

Reads logins from FILE, obeys one word a line on standard input and answers with one line of JSON.
A process of its own, so that what is measured is the broker and not one interpreter's queue.

    connect          all, some at a time            -> {"connected": n}
    reset SHA256     note arrivals of this, or any  -> {"ok": true}
    times            when each device had it        -> {"times": [seconds since 1970]}
    drop             all are gone, rudely           -> {"ok": true}
    return SECONDS   all come back at once          -> {"opened": [s], "missing": n}
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from loa_player.link.backoff import Backoff
from loa_protocol import topics
from loa_swarm.mqtt import Login, MqttLink

AT_ONCE = 60
CONNECT_LIMIT_S = 60.0


class Member:
    """One device: its connection and when it had what."""

    def __init__(self, crowd: Crowd, login: Login, commune: str, station: str) -> None:
        self._crowd = crowd
        self._login = login
        self._topics = topics.subscriptions(commune=commune, station=station, outlet=login.user)
        self._link: MqttLink | None = None
        self.had_at: float | None = None
        self.opened_at: float | None = None

    async def connect(self) -> None:
        link = MqttLink(self._login, self._topics, self._came)
        await link.connect(CONNECT_LIMIT_S)
        self._link = link

    async def connect_patiently(self, until_s: float) -> None:
        """At once; after a failure with the player's own full jitter."""
        backoff = Backoff()
        while time.time() < until_s:
            try:
                await self.connect()
            except (OSError, TimeoutError):
                await asyncio.sleep(backoff.failed())
            else:
                return

    def drop(self) -> None:
        if self._link is not None:
            self._link.close(rudely=True)
            self._link = None
        self.opened_at = None

    def _came(self, topic: str, payload: bytes) -> None:
        now = time.time()
        if topic.endswith("/open"):
            self.opened_at = self.opened_at or now
        elif self.had_at is None and self._crowd.is_wanted(payload):
            self.had_at = now


class Crowd:
    """All members of this process."""

    def __init__(self, setting: dict[str, Any]) -> None:
        self._wanted = ""
        self._known: dict[bytes, bool] = {}
        self._random = random.Random(setting["seed"])  # noqa: S311 - repeatable, no secret
        self.members = [
            Member(
                self,
                Login(setting["host"], setting["port"], one["user"], one["password"]),
                one["commune"],
                one["station"],
            )
            for one in setting["logins"]
        ]

    def is_wanted(self, payload: bytes) -> bool:
        """Whether these are the bytes that are waited for; hashed once, compared by value."""
        known = self._known.get(payload)
        if known is None:
            known = self._wanted in ("any", hashlib.sha256(payload).hexdigest())
            self._known[payload] = known
        return known

    async def obey(self, word: str, rest: str) -> dict[str, Any]:
        if word == "connect":
            return await self._connect()
        if word == "reset":
            self._wanted, self._known = rest, {}
            for member in self.members:
                member.had_at = None
        elif word == "times":
            return {"times": [m.had_at for m in self.members if m.had_at is not None]}
        elif word == "drop":
            for member in self.members:
                member.drop()
        elif word == "return":
            return await self._return(float(rest))
        return {"ok": True}

    async def _connect(self) -> dict[str, Any]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(member: Member) -> bool:
            async with gate:
                try:
                    await member.connect()
                except (OSError, TimeoutError):
                    return False
                return True

        done = await asyncio.gather(*(one(member) for member in self.members))
        return {"connected": sum(done)}

    async def _return(self, limit_s: float) -> dict[str, Any]:
        until_s = time.time() + limit_s
        tasks = [asyncio.ensure_future(m.connect_patiently(until_s)) for m in self.members]
        # A look at ten thousand members, not an event of each: cheap beside what is measured.
        while time.time() < until_s and any(m.opened_at is None for m in self.members):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        opened = [m.opened_at for m in self.members if m.opened_at is not None]
        return {"opened": opened, "missing": len(self.members) - len(opened)}


async def main(crowd: Crowd) -> None:
    """Until standard input ends."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        word, _space, rest = line.strip().partition(" ")
        print(json.dumps(await crowd.obey(word, rest)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Crowd(json.loads(Path(sys.argv[1]).read_text()))))
