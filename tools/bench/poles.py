"""`python -m tools.bench.poles FILE`: a part of a thousand simulated poles with real stores.

The player's own gate and durable store, a null loudspeaker. Obeys one word a line:

    enrol                    over HTTPS, with their claims      -> {"ok": true}
    connect                  doorbells, and what is in force    -> {"ready": n}
    heard ORDER LIMIT        wait until all sound it            -> both lists of times
    silent ORDER LIMIT       wait until all are silent          -> {"silent": [s], "missing": n}
    bad                      all lines become bad ones          -> {"ready": n}
    away SHARE               so many lose their line            -> {"away": n}
    back                     they begin to come back            -> {"ok": true}
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loa_player.identity import read_claim
from loa_swarm.device import SwarmDevice
from loa_swarm.fleet import Fleet
from loa_swarm.proxy import BAD, Proxy


class Part:
    """The poles of this process."""

    def __init__(self, setting: dict[str, Any]) -> None:
        self._setting = setting
        files = [Path(text) for text in setting["claims"]]
        self.devices = [SwarmDevice(file.parent, read_claim(file)) for file in files]
        self.fleet = Fleet(self.devices)
        self._away: list[SwarmDevice] = []

    def obey(self, word: str, rest: Sequence[str]) -> dict[str, Any]:
        if word == "enrol":
            self.fleet.enrol()
            self.fleet.start()
        elif word == "connect":
            self.fleet.connect()
            return self._ready()
        elif word == "heard":
            return self._heard(rest[0], float(rest[1]))
        elif word == "silent":
            return self._silent(rest[0], float(rest[1]))
        elif word == "bad":
            return self._bad()
        elif word == "away":
            number = round(len(self.devices) * float(rest[0]))
            self._away = self.devices[:number]
            self.fleet.disconnect(self._away)
            return {"away": number}
        elif word == "back":
            threading.Thread(target=self.fleet.connect, args=(self._away,), daemon=True).start()
        return {"ok": True}

    def _ready(self) -> dict[str, Any]:
        known = self.fleet.when("time", lambda d: d.gate.time_known, 60.0, self.devices)
        return {"ready": known}

    def _heard(self, order: str, limit_s: float) -> dict[str, Any]:
        self.fleet.when("heard", lambda d: order in d.diary.sounding, limit_s, self.devices)
        diaries = [device.diary for device in self.devices]
        return {
            "accepted": [d.accepted[order] for d in diaries if order in d.accepted],
            "sounding": [d.sounding[order] for d in diaries if order in d.sounding],
        }

    def _silent(self, order: str, limit_s: float) -> dict[str, Any]:
        quiet = self.fleet.when("silent", lambda d: d.diary.on_air is None, limit_s, self.devices)
        found = [d.diary.silent[order] for d in self.devices if order in d.diary.silent]
        return {"silent": found, "missing": len(self.devices) - quiet}

    def _bad(self) -> dict[str, Any]:
        """The same seed gives the same lines, in the order of their coming."""
        seed = int(self._setting["seed"])
        broker = _listen(Proxy("127.0.0.1", self._setting["broker_port"], BAD, seed))
        https = _listen(Proxy("127.0.0.1", self._setting["device_port"], BAD, seed + 1000))
        self.fleet.disconnect(self.devices, rudely=False)
        self.fleet._broker = f"mqtt://127.0.0.1:{broker}"
        for device in self.devices:
            device._line.use((f"http://127.0.0.1:{https}",))
        self.fleet.connect()
        return self._ready()


def _listen(proxy: Proxy) -> int:
    """Start a proxy on a loop of its own; its port."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return asyncio.run_coroutine_threadsafe(proxy.start(), loop).result()


def main() -> None:
    """Until standard input ends."""
    logging.disable(logging.WARNING)
    part = Part(json.loads(Path(sys.argv[1]).read_text()))
    for line in sys.stdin:
        word, *rest = line.split()
        print(json.dumps(part.obey(word, rest)), flush=True)


if __name__ == "__main__":
    main()
