"""The doubled parts beside the store: written after each commit that touched one, before anything
is acted on; compared with the store at every start.

A part's generation stands in the store, too, in the commit that changed it. A store that is behind
was damaged or put back to an older state: the part is restored. A store that is ahead was cut off
between its commit and the copies: they are written again.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Collection, Iterable
from pathlib import Path
from sqlite3 import Connection

from loa_player.keep.doubled import Doubled, Saved
from loa_player.keep.parts import PARTS, Part, PartName, dump, is_blank, restore

log = logging.getLogger(__name__)

# The player raises its floor of time every minute.
_FLOOR_SAVED_WITHIN_MS = 120_000


class Kept:
    """The folder `kept` beside the store. Used under the store's lock."""

    def __init__(self, folder: Path) -> None:
        self._files = {part.name: Doubled(folder, part.name) for part in PARTS}
        self._owed: set[PartName] = set()
        self.fault: str | None = None
        """Why the copies could not be written last time; None while they are as they should be."""

    def raise_generations(self, run: Connection, names: Iterable[PartName]) -> None:
        """Inside the transaction that touched these parts."""
        for name in names:
            _set_generation(run, name, _generation(run, name) + 1)

    def write(self, run: Connection, names: Collection[PartName]) -> None:
        """After that transaction. What cannot be written is written at the next chance: the store
        itself has it, so nothing is refused for that."""
        self._owed.update(names)
        for part in PARTS:
            if part.name not in self._owed:
                continue
            try:
                saved = Saved(_generation(run, part.name), dump(run, part))
                self._files[part.name].write(saved)
            except OSError as error:
                self.fault = str(error)
                log.error("Chưa ghi được bản lưu kép %s: %s", part.name, error)
                return
            self._owed.discard(part.name)
        self.fault = None

    def reconcile(self, run: Connection) -> bool:
        """At a start: make store and copies agree, fail closed. Returns whether the store had lost
        something that was put back."""
        saved = {part.name: self._files[part.name].read() for part in PARTS}
        run.execute("BEGIN IMMEDIATE")
        try:
            lost = {part.name for part in PARTS if _is_behind(run, part, saved[part.name])}
            if lost:
                self._put_back(run, saved, lost)
            run.execute("COMMIT")
        except BaseException:
            run.execute("ROLLBACK")
            raise
        uneven = [part.name for part in PARTS if self._differs(run, part)]
        if uneven:
            self.write(run, uneven)
        return bool(lost)

    def _put_back(
        self, run: Connection, saved: dict[PartName, Saved | None], lost: set[PartName]
    ) -> None:
        blank = is_blank(run, PARTS[0])
        if blank and (saved["trust"] is None or saved["floor"] is None):
            # Whom to believe without what must never go back, or the other way round: neither
            # counts. The device has to be enrolled again.
            log.critical("Cả hai bản lưu kép đều hỏng: thiết bị phải được ghép lại")
            for file in self._files.values():
                file.discard()
            return
        for part in PARTS:
            copy = saved[part.name]
            if part.name in lost and copy is not None:
                restore(run, part, copy.body)
                _set_generation(run, part.name, copy.generation)
        if saved["orders"] is None:
            _close_the_past(run)
        _note_loss(run)
        self.raise_generations(run, ("trust", "floor"))

    def _differs(self, run: Connection, part: Part) -> bool:
        if is_blank(run, part):
            return False
        return not self._files[part.name].is_even(
            Saved(_generation(run, part.name), dump(run, part))
        )


def _is_behind(run: Connection, part: Part, copy: Saved | None) -> bool:
    if copy is None:
        return False
    own = _generation(run, part.name)
    return copy.generation > own or (copy.generation == own and copy.body != dump(run, part))


def _close_the_past(run: Connection) -> None:
    """The ids seen are lost with both their copies: no order issued before the last time that this
    device knew, or in the time until it would have saved the next, is accepted any more."""
    last_ms = _number(run, "time_floor_ms") + _FLOOR_SAVED_WITHIN_MS
    floor_ms = max(last_ms, _number(run, "replay_floor_ms"))
    _set(run, "replay_floor_ms", floor_ms)
    log.error("Danh sách lệnh đã nhận bị mất: không nhận lệnh nào ban hành trước lúc mất")


def _note_loss(run: Connection) -> None:
    """Count it for health; and what was played before is nobody's business any more: the record
    of it may be gone, and a slot that did sound must not be reported as missed."""
    _set(run, "rebuilt", _number(run, "rebuilt") + 1)
    _set(run, "enrolled_ms", max(_number(run, "enrolled_ms"), _number(run, "time_floor_ms")))


def _generation(run: Connection, name: PartName) -> int:
    return _number(run, f"kept_{name}")


def _set_generation(run: Connection, name: PartName, generation: int) -> None:
    _set(run, f"kept_{name}", generation)


def _number(run: Connection, name: str) -> int:
    row = run.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    try:
        return 0 if row is None else int(json.loads(row[0]))
    except (ValueError, TypeError) as error:
        raise sqlite3.DatabaseError(f"fact {name} is no number") from error


def _set(run: Connection, name: str, value: int) -> None:
    run.execute(
        "INSERT INTO fact VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (name, json.dumps(value)),
    )
