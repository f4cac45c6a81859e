"""Telling a damaged store from one that cannot be opened just now, and saving what is whole in it.

A damaged file is put aside as `player.db.broken`; a full card, a lock or missing rights are no
damage, and the file stays where it is.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection

from loa_protocol import Envelope, Refused

log = logging.getLogger(__name__)

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNREADABLE = frozenset(
    {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}
)
_BESIDE = ("", "-wal", "-shm")
# Text and bytes in these tables never hold a NUL: a zeroed sector inside a row shows by it.
_WRITTEN = {
    "fact": ("name", "value"),
    "document": ("kind", "subject", "envelope"),
    "version": ("kind", "subject", "id"),
    "seen": ("id",),
    "standing": ("key", "value"),
    "wording": ("id", "envelope"),
    "play": ("item", "bulletin", "day"),
    "outcome": ("item",),
    "receipt": ("id", "envelope"),
    "refusal": ("name",),
}


class DamagedError(sqlite3.DatabaseError):
    """The file opens, and what is in it is not what was written."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken: waiting or making room would not help."""
    if isinstance(error, DamagedError):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF in _DAMAGE or code in _UNREADABLE)


def check_whole(run: Connection) -> None:
    """Raises sqlite3.Error, DamagedError among them, unless the store is as it was written."""
    found = run.execute("PRAGMA integrity_check(1)").fetchone()
    if found is None or found[0] != "ok":
        raise DamagedError(str(found))
    for table, columns in _WRITTEN.items():
        holed = " OR ".join(f"instr(CAST({column} AS BLOB), x'00')" for column in columns)
        if run.execute(f"SELECT 1 FROM {table} WHERE {holed} LIMIT 1").fetchone():  # noqa: S608  names of ours
            raise DamagedError(f"zeros inside {table}")
    known = {row[0] for row in run.execute("SELECT id FROM version")}
    for (data,) in run.execute("SELECT envelope FROM document"):
        try:
            id_ = Envelope.parse(data).id
        except Refused as refused:
            raise DamagedError(f"document: {refused}") from refused
        if id_ not in known:
            raise DamagedError(f"document {id_} is none that was accepted")


def set_aside(path: Path) -> Path:
    """Rename the broken store and its log; the former broken one goes. Returns its new place."""
    broken = path.with_name(f"{path.name}.broken")
    for ending in _BESIDE:
        Path(f"{broken}{ending}").unlink(missing_ok=True)
        there = Path(f"{path}{ending}")
        if there.exists():
            there.rename(f"{broken}{ending}")
    return broken


def salvage(broken: Path, run: Connection) -> int:
    """Copy proofs that nobody has confirmed, and what was played, as far as they are whole in the
    broken file. Returns how many rows; whatever cannot be read is lost."""
    saved = 0
    for table, is_whole in _SALVAGED.items():
        # An own connection each: what one damaged table raises does not hide the others.
        try:
            old = sqlite3.connect(f"{broken.absolute().as_uri()}?mode=rw", uri=True)
        except sqlite3.Error as error:
            log.warning("Không đọc được kho dữ liệu hỏng: %s", error)
            return saved
        try:
            for row in old.execute(f"SELECT * FROM {table}"):  # noqa: S608  names of ours
                if is_whole(row):
                    saved += _copy(run, table, row)
        except sqlite3.Error as error:
            log.warning("Phần còn lại của bảng %s không cứu được: %s", table, error)
        finally:
            old.close()
    return saved


def _copy(run: Connection, table: str, row: Sequence[object]) -> int:
    marks = ", ".join("?" * len(row))
    try:
        return run.execute(
            f"INSERT OR IGNORE INTO {table} VALUES ({marks})",  # noqa: S608  names of ours
            row,
        ).rowcount
    except sqlite3.IntegrityError:
        return 0  # a row that breaks the table's own rules


def _is_receipt(row: Sequence[object]) -> bool:
    id_, data, made_ms = row
    if not isinstance(data, bytes) or not isinstance(made_ms, int):
        return False
    try:
        return Envelope.parse(data).id == id_
    except Refused:
        return False


def _is_outcome(row: Sequence[object]) -> bool:
    seq, item = row
    if not isinstance(seq, int) or not isinstance(item, str):
        return False
    try:
        return isinstance(json.loads(item), dict)
    except ValueError:
        return False


def _is_finished_play(row: Sequence[object]) -> bool:
    """One that was cut off is not counted as finished, nor continued from a doubtful place."""
    item, status = row[:2]
    return status == "done" and isinstance(item, str) and "\0" not in f"{row}"


_SALVAGED: dict[str, Callable[[Sequence[object]], bool]] = {
    "receipt": _is_receipt,
    "outcome": _is_outcome,
    "play": _is_finished_play,
}
