"""Where databases differ. No other module asks which database it runs on."""

import sqlite3
import zlib
from pathlib import Path

from django.db import DatabaseError, connection, transaction

SAFE_SQLITE = (3, 51, 3)
"""First release without the WAL race that can lose a write (sqlite.org/wal.html)."""


def lock(name: str) -> None:
    """Hold the lock `name` until the running transaction ends; others wait.

    PostgreSQL: a transaction-level advisory lock. SQLite: every write transaction of ours is
    IMMEDIATE, so whoever is inside one already holds the only write lock.

    Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"lock {name!r} needs a transaction")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [zlib.crc32(name.encode())])


def sqlite_warning() -> str | None:
    """What an operator should know about the SQLite in use; None where there is nothing to say."""
    if connection.vendor != "sqlite" or sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} cũ hơn 3.51.3: hai tiến trình cùng ghi có thể làm hỏng"
        " tệp nhật ký WAL. Dùng thử thì được; hệ thống cấp tỉnh cần PostgreSQL."
    )


def is_full(error: DatabaseError) -> bool:
    """Whether the database could not write for want of room."""
    text = str(error).lower()
    return "disk is full" in text or "no space left" in text or "could not extend" in text


def database_file() -> Path | None:
    """The SQLite file, to measure what room is left beside it; None for a server."""
    if connection.vendor != "sqlite":
        return None
    name = str(connection.settings_dict["NAME"])
    return None if ":memory:" in name or "mode=memory" in name else Path(name)
