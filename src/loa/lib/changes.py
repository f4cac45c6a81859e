"""Whether anything was written to the database since one looked last, without asking any table.

An idle node's loops look for work several times a second. What they ask costs a hundred times more
than the question whether anybody has written at all.
"""

from typing import Any

from django.db import connection

Mark = tuple[Any, ...]


class ChangeWatch:
    """Watches the calling thread's database connection. Not shared between threads."""

    def __init__(self) -> None:
        self._seen: Mark | None = None

    def changed(self) -> bool:
        """Whether a transaction was committed since the last call, by this connection or another.

        True at the first call, and whenever the connection was renewed in between. May be True for
        nothing (PostgreSQL counts what it writes for itself); never False after a commit.
        """
        mark = _mark()
        before, self._seen = self._seen, mark
        return mark != before


def _mark() -> Mark:
    """The connection, which compares as itself, and counters of what was written. SQLite:
    `data_version` tells others' commits, `total_changes` the connection's own
    (sqlite.org/pragma.html). PostgreSQL: the place in its write-ahead log."""
    connection.ensure_connection()
    held = connection.connection
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA data_version")
            (version,) = cursor.fetchone()
            return (held, version, held.total_changes)
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        return (held, *cursor.fetchone())
