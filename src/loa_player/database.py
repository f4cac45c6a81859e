"""The player's one SQLite file, made so that a commit survives the loss of power.

WAL with `synchronous=FULL`, memory map off and a single connection: versions before 3.51.3 can
damage a WAL file that two connections write.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
        try:
            # A file of our own making: 0600, it holds what the device knows of its keys' use.
            if not read_only:
                path.touch(mode=0o600, exist_ok=True)
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=5.0,
            )
            if not read_only:
                self._prepare()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"Không mở được kho dữ liệu {path}: {error}. "
                "Hãy kiểm tra thẻ nhớ, dung lượng và quyền truy cập."
            ) from error

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction: all of it on disk when the block ends, or nothing of it."""
        with self._lock:
            nested = self._connection.in_transaction
            if not nested:
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                if not nested:
                    self._connection.execute("ROLLBACK")
                raise
            if not nested:
                self._commit()

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

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run("PRAGMA mmap_size=0")
        run("PRAGMA cache_size=-512")
        version = run("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._connection.executescript(
                f"BEGIN;{_SCHEMA}PRAGMA user_version={SCHEMA_VERSION};COMMIT;"
            )
        elif version != SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"schema {version}, this software knows {SCHEMA_VERSION}")
