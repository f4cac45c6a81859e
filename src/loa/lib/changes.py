"""Whether anything was written to the database since one looked last, without asking any table.

Loops that look for work several times a second would ask tables for nothing nearly always. The
question whether anybody has written at all costs a hundredth of that.
"""

import threading
from collections.abc import Callable
from typing import Any

import structlog
from django.db import DatabaseError, close_old_connections, connection

log = structlog.get_logger()

LOOK_EVERY_S = 0.1
AFTER_FAILURE_S = 1.0
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


class Commits:
    """Tells a process's threads that something was written: one thread looks, the others sleep.

    `number` grows with every look that found a commit, also with every one that failed: who cannot
    know looks for work.
    """

    def __init__(self, stop: threading.Event, tell: Callable[[], None] | None = None) -> None:
        """Look until `stop` is set. `tell` is called after each growth of `number`, on the looking
        thread: for whoever waits for something else, too."""
        self.number = 0
        self._stop = stop
        self._told = tell
        self._grown = threading.Condition()
        threading.Thread(target=self._look, name="commits", daemon=True).start()

    def wait(self, number: int, timeout_s: float) -> None:
        """Until `number` is not the newest any more, the process is told to stop, or the time is
        over."""
        with self._grown:
            self._grown.wait_for(lambda: self.number != number or self._stop.is_set(), timeout_s)

    def _look(self) -> None:
        watch, wait_s = ChangeWatch(), 0.0
        while not self._stop.wait(wait_s):
            close_old_connections()
            try:
                found, wait_s = watch.changed(), LOOK_EVERY_S
            except DatabaseError:
                log.exception("database")
                found, wait_s = True, AFTER_FAILURE_S
            if found:
                self._tell()
        self._tell()
        connection.close()

    def _tell(self) -> None:
        with self._grown:
            self.number += 1
            self._grown.notify_all()
        if self._told is not None:
            self._told()


def _mark() -> Mark:
    """The connection, which compares as itself, and counters of what was written. SQLite:
    `data_version` tells others' commits, `total_changes` the connection's own
    (sqlite.org/pragma.html). PostgreSQL: the place in its write-ahead log. The driver is asked
    directly: this is asked ten times a second in every process."""
    connection.ensure_connection()
    held = connection.connection
    with connection.wrap_database_errors:
        if connection.vendor == "sqlite":
            (version,) = held.execute("PRAGMA data_version").fetchone()
            return (held, version, held.total_changes)
        return (held, *held.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone())
