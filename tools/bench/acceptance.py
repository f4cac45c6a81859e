"""Accepting an order and a plan on the device: verified, judged, durable."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

from tests.player.fake_authority import media_item
from tests.player.rig import Rig

from loa_player.gate import News
from loa_protocol import Channel, Envelope, PublicKey
from tools.bench.line import Line, line, percentile

BUDGET_MS = 1.0
# A device has few open orders at a time; a new one is begun before they pile up.
_DEVICES, _EACH, _WARM_UP = 12, 25, 5
# A store that has been in use: some minutes of playing write this much, and from then on SQLite
# goes over its log again instead of making it longer.
_LOG_ROUND = 1200
_PLAN_ITEMS = 42  # three a day for 14 days


def order_acceptance_device(folder: Path) -> list[Line]:
    """An alert by two persons whose delegations are known."""
    return _measured(
        "order_acceptance_device", folder, lambda rig: rig.authority.alert(rig.now), Channel.AREA
    )


def plan_acceptance_device(folder: Path) -> list[Line]:
    """A plan of fourteen days by a known node."""
    return _measured("plan_acceptance_device", folder, _plan, Channel.PLAN)


def _plan(rig: Rig) -> Envelope:
    items = tuple(
        media_item(rig.now + timedelta(hours=8 * i, minutes=1), f"{i:064x}", 200_000, 60)
        for i in range(_PLAN_ITEMS)
    )
    return rig.authority.plan(rig.now, items)


def _measured(
    name: str, folder: Path, make: Callable[[Rig], Envelope], channel: Channel
) -> list[Line]:
    ours: list[float] = []
    bare: list[float] = []
    signatures = size = 0
    for number in range(_DEVICES):
        place = folder / f"device-{number}"
        (place / "media").mkdir(parents=True)
        rig = Rig(place)
        rig.gate._on_news = _nothing
        baseline = _Baseline(place / "bare.db", rig)
        for turn in range(_LOG_ROUND):
            rig.store.set_fact("used", turn)
            baseline.use(turn)
        for turn in range(_EACH):
            envelope = make(rig)
            data = envelope.to_bytes()
            signatures, size = len(envelope.sigs), len(data)
            times_s = [time.perf_counter()]
            rig.gate.take(data, channel)
            times_s.append(time.perf_counter())
            baseline.take(envelope, data)
            times_s.append(time.perf_counter())
            if turn >= _WARM_UP:
                ours.append((times_s[1] - times_s[0]) * 1000)
                bare.append((times_s[2] - times_s[1]) * 1000)
        baseline.close()
        rig.database.close()
    note = f"{signatures} signatures, known chain, {size} bytes, {len(ours)} times"
    p50, p99 = median(ours), percentile(ours, 0.99)
    return [
        line(
            name,
            p50,
            "ms",
            baseline=median(bare),
            budget=BUDGET_MS,
            judged="value at most",
            note=f"p50, {note}",
        ),
        line(f"{name}_p99", p99, "ms", baseline=percentile(bare, 0.99), note=f"p99, {note}"),
    ]


class _Baseline:
    """The least that must be done: the bare verifications, and one row that is surely on disk."""

    def __init__(self, path: Path, rig: Rig) -> None:
        keys = rig.authority.keys
        self._keys: dict[str, PublicKey] = {
            key.kid: key.public for key in (*keys.officers, keys.node)
        }
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("CREATE TABLE kept (id TEXT PRIMARY KEY, envelope BLOB)")
        self._connection.execute("CREATE TABLE used (turn INTEGER)")
        self._connection.execute("INSERT INTO used VALUES (0)")

    def take(self, envelope: Envelope, data: bytes) -> None:
        """Check each signature with the key at hand, then store the bytes."""
        for signature in envelope.sigs:
            if not self._keys[signature.kid].verify(envelope.signing_input, signature.sig):
                raise AssertionError("a good signature was not recognised")
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        run("INSERT INTO kept VALUES (?, ?)", (envelope.id, data))
        run("COMMIT")

    def use(self, turn: int) -> None:
        """One small commit."""
        self._connection.execute("UPDATE used SET turn = ?", (turn,))

    def close(self) -> None:
        self._connection.close()


def _nothing(_news: News) -> None:
    """What follows acceptance is not measured here."""
