"""The worker's loops and their pieces of work: the one list that the worker runs.

A piece is isolated from every other piece: one that raises rests for some seconds, the others of
its loop go on. A piece that works on rows names the queues whose rows it isolates one by one
(`loa.quarantine`). `tests/config/test_poison.py` plants a poisoned row for each piece named here.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
from django.db import close_old_connections

from loa.lib import clock
from loa.lib.changes import Commits
from loa.people.authority import NoAuthority
from loa.quarantine.rules import Queue

log = structlog.get_logger()

IDLE_LOOK_S, SOON_LOOK_S = 10.0, 2.0
"""How long a loop lets its pieces lie while nobody writes to the database: what falls due by the
clock alone is done that much later at most. The second one is for ways by which warnings come and
go."""
REST_AFTER_FAILURE_S = 5.0
PASSES_MOST = 1000
"""Passes over one loop's pieces before connections are renewed and `stop` is looked at."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece of work: `work` does some of it and returns whether there is more.

    `every_s` is how long it rests after it had nothing to do; `begin_after_s` how long after the
    start it is done first. `share` rests as many times as long as the work took, so that a long
    count is made more seldom. `queues` are the queues whose rows it sets aside one by one.
    """

    name: str
    work: Callable[[], bool]
    every_s: float = 0.0
    begin_after_s: float = 0.0
    share: float = 0.0
    queues: tuple[Queue, ...] = ()


@dataclass(frozen=True)
class Loop:
    """A thread's pieces, done in turn whenever something was written, and every `look_s`."""

    name: str
    pieces: tuple[Piece, ...]
    look_s: float = IDLE_LOOK_S


class Runner:
    """Runs one loop's pieces. Keeps only when each is to be done next, on the monotonic clock."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        now_s = clock.current().monotonic()
        self._due_s = {piece.name: now_s + piece.begin_after_s for piece in loop.pieces}

    def turn(self) -> bool:
        """Every piece that is due, once, in order; returns whether one of them has more to do.

        Never raises for what a piece raises: it is logged, and the piece rests.
        """
        more = False
        for piece in self.loop.pieces:
            if clock.current().monotonic() >= self._due_s[piece.name]:
                more = self._do(piece) or more
        return more

    def _do(self, piece: Piece) -> bool:
        began_s = clock.current().monotonic()
        rest_s, more = piece.every_s, False
        try:
            more = piece.work()
        except NoAuthority as missing:
            log.warning("the node cannot sign", piece=piece.name, why=str(missing))
            rest_s = REST_AFTER_FAILURE_S
        except Exception:
            log.exception("work failed", loop=self.loop.name, piece=piece.name)
            rest_s = REST_AFTER_FAILURE_S
        now_s = clock.current().monotonic()
        if not more:
            self._due_s[piece.name] = now_s + max(rest_s, piece.share * (now_s - began_s))
        return more

    def run(self, stop: threading.Event, commits: Commits) -> None:
        """Turn until told to stop. While nothing is written to the database the pieces are asked
        every `look_s` only: an idle node costs next to nothing."""
        while not stop.is_set():
            number = commits.number
            close_old_connections()
            if not self._turns(stop):
                commits.wait(number, self.loop.look_s)

    def _turns(self, stop: threading.Event) -> bool:
        """Whether work was left when the passes were used up."""
        for _ in range(PASSES_MOST):
            if not self.turn():
                return False
            if stop.is_set():
                return False
        return True


def start(loops: Iterable[Loop], stop: threading.Event, commits: Commits) -> list[threading.Thread]:
    """Run each loop on a thread of its own; they end when `stop` is set."""
    threads = [
        threading.Thread(target=Runner(loop).run, args=(stop, commits), name=loop.name, daemon=True)
        for loop in loops
    ]
    for thread in threads:
        thread.start()
    return threads
