"""The player's one SQLite file, made so that a commit survives the loss of power.

WAL with `synchronous=FULL`, memory map off and a single connection: versions before 3.51.3 can
damage a WAL file that two connections write.

What must outlive the file itself is kept doubled beside it (`loa_player.keep`): a store that is
found broken is put aside, and a new one begins with it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loa_player.keep import Kept, PartName
from loa_player.keep.damage import DamagedError, check_whole, is_damage, salvage, set_aside

log = logging.getLogger(__name__)

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE document (
  kind TEXT NOT NULL, subject TEXT NOT NULL, envelope BLOB NOT NULL,
  accepted_ms INTEGER NOT NULL, PRIMARY KEY (kind, subject)) WITHOUT ROWID;
CREATE TABLE version (
  kind TEXT NOT NULL, subject TEXT NOT NULL, version INTEGER NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (kind, subject)) WITHOUT ROWID;
CREATE TABLE seen (id TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE standing (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE wording (
  id TEXT PRIMARY KEY, envelope BLOB NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE play (
  item TEXT PRIMARY KEY, status TEXT NOT NULL CHECK (status IN ('playing', 'done')),
  run INTEGER NOT NULL, run_from INTEGER NOT NULL, run_started_ms INTEGER,
  position INTEGER NOT NULL, level_lufs REAL, bulletin TEXT NOT NULL, media TEXT,
  volume_pct INTEGER NOT NULL, day TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outcome (seq INTEGER PRIMARY KEY, item TEXT NOT NULL);
CREATE TABLE receipt (
  id TEXT PRIMARY KEY, envelope BLOB NOT NULL, made_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE refusal (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""


class StoreError(Exception):
    """The store cannot be opened or written. The text is for a person, in Vietnamese."""


class Database:
    """The connection, and the only lock around it. Safe from any thread."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._lock = threading.RLock()
        self._touched: set[PartName] = set()
        self._kept = Kept(path.parent / "kept")
        try:
            if read_only:
                self._connection = _connect(path, "ro")
            else:
                self._connection = self._open(path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"Không mở được kho dữ liệu {path}: {error}. "
                "Hãy kiểm tra thẻ nhớ, dung lượng và quyền truy cập."
            ) from error

    @property
    def kept_fault(self) -> str | None:
        """Why the doubled copies are behind the store; None while they are not."""
        return self._kept.fault

    def touch(self, part: PartName) -> None:
        """The transaction in progress changes this part: its copies are written after it."""
        self._touched.add(part)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction: all of it on disk when the block ends, or nothing of it."""
        with self._lock:
            nested = self._connection.in_transaction
            if not nested:
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                if not nested:
                    self._kept.raise_generations(self._connection, sorted(self._touched))
            except BaseException:
                if not nested:
                    self._touched.clear()
                    self._connection.execute("ROLLBACK")
                raise
            if not nested:
                touched, self._touched = self._touched, set()
                self._commit()
                self._kept.write(self._connection, touched)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection for reading."""
        with self._lock:
            yield self._connection

    def close(self) -> None:
        """Fold the log into the file and let go of it."""
        with self._lock:
            self._connection.close()

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _open(self, path: Path) -> sqlite3.Connection:
        # A file of our own making: 0600, it holds what the device knows of its keys' use.
        path.touch(mode=0o600, exist_ok=True)
        broken: Path | None = None
        try:
            connection = _prepared(path)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            log.error("Kho dữ liệu %s hỏng (%s): dựng lại từ bản lưu kép", path, error)
            broken = set_aside(path)
            path.touch(mode=0o600)
            connection = _prepared(path)
        try:
            if self._kept.reconcile(connection):
                log.error("Kho dữ liệu %s đã mất một phần; đã lấy lại từ bản lưu kép", path)
            if broken is not None:
                log.warning("Cứu được %d dòng từ kho dữ liệu hỏng", salvage(broken, connection))
        except BaseException:
            connection.close()
            raise
        return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=5.0,
    )


def _prepared(path: Path) -> sqlite3.Connection:
    """A connection to a store that is whole, made if it is empty. Raises sqlite3.Error."""
    connection = _connect(path, "rw")
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    run = connection.execute
    run("PRAGMA journal_mode=WAL")
    run("PRAGMA synchronous=FULL")
    run("PRAGMA mmap_size=0")
    run("PRAGMA cache_size=-512")
    version = run("PRAGMA user_version").fetchone()[0]
    if version == 0:
        if run("SELECT 1 FROM sqlite_schema").fetchone():
            raise DamagedError("tables without a schema's number")
        connection.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version={SCHEMA_VERSION};COMMIT;")
    elif version != SCHEMA_VERSION:
        raise sqlite3.DatabaseError(f"schema {version}, this software knows {SCHEMA_VERSION}")
    else:
        check_whole(connection)
