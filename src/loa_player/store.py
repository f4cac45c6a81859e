"""What the device must still know after the power came back: programme, plays, proofs, settings.

Every method is one durable commit. A proof is written in the same commit as the fact it proves, so
neither is ever there without the other. What the verifier remembers lives in `trust_store`.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from loa_player.clock import Anchor
from loa_player.database import Database
from loa_player.keep import PART_OF_FACT
from loa_player.schedule import Status
from loa_protocol import Envelope
from loa_protocol.payloads import ReceiptItem

# Proofs of a month without network; then the oldest give way, and are counted.
OUTCOMES_MAX = 20_000
# Finished plays are remembered until no plan can name them again.
_PLAYS_KEPT = timedelta(days=30)
REFUSALS_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class PlayRecord:
    """One slot as it was last saved. Positions count samples of the media.

    `run` numbers the segments from 1; the present one began at `run_from`, at `run_started`.
    """

    item: str
    status: Status
    run: int
    run_from: int
    run_started: datetime | None
    position: int
    level_lufs: float | None
    bulletin: str
    media: str | None
    volume_pct: int
    at: datetime


class Store:
    """Safe from any thread. Only the counts of refusals wait for their commit."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._refused: Counter[str] = Counter()
        self._refused_due_s = 0.0
        self._refused_lock = threading.Lock()

    # Settings and small facts

    def fact(self, name: str) -> Any:
        """The value stored under `name`, or None."""
        with self._db.read() as run:
            row = run.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def set_fact(self, name: str, value: Any) -> None:
        """Keep a JSON value under `name`."""
        with self._db.write() as run:
            if name in PART_OF_FACT:
                self._db.touch(PART_OF_FACT[name])
            run.execute(
                "INSERT INTO fact VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                (name, json.dumps(value)),
            )

    def anchor(self) -> Anchor | None:
        """The clock as last saved."""
        saved = self.fact("clock_anchor")
        return None if saved is None else Anchor(*saved)

    def save_clock(self, now: datetime, anchor: Anchor) -> None:
        """Raise the floor under the time and keep what the clock knows."""
        with self._db.write():
            floor = max(self.time_floor(), now)
            self.set_fact("time_floor_ms", _ms(floor))
            self.set_fact(
                "clock_anchor",
                [
                    anchor.at_s,
                    anchor.mono_s,
                    anchor.error_s,
                    anchor.rate,
                    anchor.rate_known,
                    anchor.boot,
                ],
            )

    def reset_time_floor(self, floor: datetime) -> None:
        """The root's `clock`: the floor may go down."""
        self.set_fact("time_floor_ms", _ms(floor))

    def time_floor(self) -> datetime:
        """No trusted time is before this."""
        return _moment(self.fact("time_floor_ms") or 0)

    # Plays

    def plays(self) -> dict[str, PlayRecord]:
        """All remembered slots by id."""
        with self._db.read() as run:
            rows = run.execute(f"SELECT {_PLAY_COLUMNS} FROM play").fetchall()  # noqa: S608  names of ours
        return {row[0]: _record(row) for row in rows}

    def statuses(self) -> dict[str, Status]:
        """What is durable about each slot, for the schedule."""
        with self._db.read() as run:
            return dict(run.execute("SELECT item, status FROM play").fetchall())

    def play(self, item: str) -> PlayRecord | None:
        """One slot as last saved."""
        with self._db.read() as run:
            row = run.execute(
                f"SELECT {_PLAY_COLUMNS} FROM play WHERE item = ?",  # noqa: S608  names of ours
                (item,),
            ).fetchone()
        return None if row is None else _record(row)

    def begin(self, record: PlayRecord) -> None:
        """Commit that `record` is about to sound. Nothing sounds before this returned."""
        with self._db.write() as run:
            run.execute(
                "INSERT OR REPLACE INTO play VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record.item,
                    record.status,
                    record.run,
                    record.run_from,
                    None if record.run_started is None else _ms(record.run_started),
                    record.position,
                    record.level_lufs,
                    record.bulletin,
                    record.media,
                    record.volume_pct,
                    _day(record.at),
                    _ms(record.at),
                ),
            )

    def run_started(self, item: str, run_number: int, position: int, at: datetime) -> None:
        """Run `run_number` of `item` sounds since `at`, from `position` on."""
        with self._db.write() as run:
            run.execute(
                "UPDATE play SET run = ?, run_from = ?, position = ?, run_started_ms = ?,"
                " level_lufs = NULL WHERE item = ?",
                (run_number, position, position, _ms(at), item),
            )

    def interrupt(self, item: str, outcome: ReceiptItem) -> None:
        """The present run of `item` ended early; the next one will begin where this one stopped.

        Its proof is queued in the same commit, and cannot be queued again.
        """
        with self._db.write() as run:
            run.execute(
                "UPDATE play SET run = run + 1, run_from = position, run_started_ms = NULL,"
                " level_lufs = NULL WHERE item = ?",
                (item,),
            )
            self.add_outcome(outcome)

    def save_position(self, item: str, position: int, level_lufs: float | None) -> None:
        """How far `item` has come."""
        with self._db.write() as run:
            run.execute(
                "UPDATE play SET position = ?, level_lufs = ? WHERE item = ?",
                (position, level_lufs, item),
            )

    def finish(
        self, item: str, position: int, level_lufs: float | None, outcome: ReceiptItem
    ) -> None:
        """`item` will never sound again; its proof is queued in the same commit."""
        with self._db.write() as run:
            run.execute(
                "UPDATE play SET status = 'done', position = ?, level_lufs = ? WHERE item = ?",
                (position, level_lufs, item),
            )
            self.add_outcome(outcome)

    def miss(self, item: str, bulletin: str, at: datetime, outcome: ReceiptItem) -> None:
        """`item` was not played and will not be; its proof is queued in the same commit."""
        record = PlayRecord(item, "done", 1, 0, None, 0, None, bulletin, None, 0, at)
        with self._db.write():
            self.begin(record)
            self.add_outcome(outcome)

    def seconds_on(self, moment: datetime, rate_hz: int) -> float:
        """Seconds of programme that sounded on the Vietnamese day of `moment`."""
        with self._db.read() as run:
            row = run.execute(
                "SELECT coalesce(sum(position), 0) FROM play WHERE day = ?", (_day(moment),)
            ).fetchone()
        return float(row[0]) / rate_hz

    def tidy(self, now: datetime) -> None:
        """Drop finished plays that no valid plan can hold any more, and proofs beyond the bound."""
        self._write_refusals()
        with self._db.write() as run:
            dropped = run.execute(
                "DELETE FROM outcome WHERE seq <= (SELECT max(seq) FROM outcome) - ?",
                (OUTCOMES_MAX,),
            ).rowcount
            if dropped:
                self.count_refusal("outcomes_dropped", dropped)
            run.execute(
                "DELETE FROM play WHERE status = 'done' AND at_ms < ?", (_ms(now - _PLAYS_KEPT),)
            )

    # Proofs on their way

    def add_outcome(self, outcome: ReceiptItem) -> None:
        """Queue one line for the next receipt."""
        with self._db.write() as run:
            run.execute("INSERT INTO outcome (item) VALUES (?)", (_wire(outcome),))

    def outcomes(self, limit: int) -> list[tuple[int, ReceiptItem]]:
        """The oldest lines that are in no receipt yet."""
        with self._db.read() as run:
            rows = run.execute(
                "SELECT seq, item FROM outcome ORDER BY seq LIMIT ?", (limit,)
            ).fetchall()
        return [
            (seq, ReceiptItem.model_validate(json.loads(item), by_alias=True, by_name=False))
            for seq, item in rows
        ]

    def seal(self, receipt: Envelope, sequence: Sequence[int], now: datetime) -> None:
        """Put the lines `sequence` into the signed `receipt`: one commit, none lost, none twice."""
        with self._db.write() as run:
            run.execute(
                "INSERT INTO receipt VALUES (?, ?, ?)", (receipt.id, receipt.to_bytes(), _ms(now))
            )
            run.executemany("DELETE FROM outcome WHERE seq = ?", [(s,) for s in sequence])

    def receipts(self, limit: int) -> list[Envelope]:
        """The oldest signed receipts that nobody has confirmed yet."""
        with self._db.read() as run:
            rows = run.execute(
                "SELECT envelope FROM receipt ORDER BY made_ms, id LIMIT ?", (limit,)
            ).fetchall()
        return [Envelope.parse(row[0]) for row in rows]

    def confirm(self, ids: Sequence[str]) -> int:
        """Forget receipts that the node has stored; returns how many were known."""
        with self._db.write() as run:
            return sum(
                run.execute("DELETE FROM receipt WHERE id = ?", (one,)).rowcount for one in ids
            )

    def waiting(self) -> tuple[int, int]:
        """Lines not yet sealed, receipts not yet confirmed."""
        with self._db.read() as run:
            lines = run.execute("SELECT count(*) FROM outcome").fetchone()[0]
            sealed = run.execute("SELECT count(*) FROM receipt").fetchone()[0]
        return int(lines), int(sealed)

    # Refusals

    def count_refusal(self, name: str, by: int = 1) -> None:
        """One more thing refused for the reason `name`.

        Written at most every few seconds: whoever floods a device with what it refuses must not
        cost it a durable commit each, under the lock that an order waits for. A power cut may lose
        the last few.
        """
        with self._refused_lock:
            self._refused[name] += by
            now_s = time.monotonic()
            if now_s < self._refused_due_s:
                return
            self._refused_due_s = now_s + REFUSALS_EVERY_S
        self._write_refusals()

    def _write_refusals(self) -> None:
        with self._refused_lock:
            counts, self._refused = self._refused, Counter()
        if not counts:
            return
        try:
            with self._db.write() as run:
                run.executemany(
                    "INSERT INTO refusal VALUES (?, ?)"
                    " ON CONFLICT DO UPDATE SET count = count + excluded.count",
                    list(counts.items()),
                )
        except sqlite3.Error:
            with self._refused_lock:
                self._refused.update(counts)
            raise

    def rebuilt(self) -> int:
        """How often the store was found damaged since the device was enrolled."""
        return int(self.fact("rebuilt") or 0)

    def counts_for_health(self, *, store_full: bool) -> dict[str, int]:
        """What health tells beside the state: refusals by name, a full store, a rebuilt one."""
        counts = dict(self.refusals())
        if store_full:
            counts["store_full"] = max(1, counts.get("store_full", 0))
        if rebuilt := self.rebuilt():
            counts["store_rebuilt"] = rebuilt
        return counts

    def refusals(self) -> Mapping[str, int]:
        """How often what was refused, since the store was made."""
        with self._db.read() as run:
            found = Counter(dict(run.execute("SELECT name, count FROM refusal").fetchall()))
        with self._refused_lock:
            found.update(self._refused)
        return dict(sorted(found.items()))


_PLAY_COLUMNS = (
    "item, status, run, run_from, run_started_ms, position, level_lufs, bulletin, media,"
    " volume_pct, at_ms"
)


def _record(row: Sequence[Any]) -> PlayRecord:
    started = None if row[4] is None else _moment(row[4])
    item, status, run, run_from = row[:4]
    position, level_lufs, bulletin, media, volume_pct = row[5:10]
    return PlayRecord(
        item,
        status,
        run,
        run_from,
        started,
        position,
        level_lufs,
        bulletin,
        media,
        volume_pct,
        _moment(row[10]),
    )


def _wire(outcome: ReceiptItem) -> str:
    return outcome.model_dump_json(by_alias=True, exclude_none=True)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def _day(moment: datetime) -> str:
    """The day in Vietnam."""
    return (moment + timedelta(hours=7)).strftime("%Y-%m-%d")
