"""The worker's part: keep the line to the node above. Pulling, pushing and fetching files have a
thread each, so that a slow line holds up nothing else."""

import threading
from collections.abc import Callable

import structlog
from django.db import close_old_connections

from loa.alerts.orders import receiving
from loa.federation import applying, fetching, selectors, talk
from loa.federation.line import Line, pull_once, push_once
from loa.federation.models import Link
from loa.federation.refusals import LinkRefused
from loa.lib import clock
from loa.lib.changes import Commits
from loa.people.authority import NoAuthority, node_identity
from loa_protocol import peer_api

log = structlog.get_logger()

Loop = Callable[[threading.Event, Commits], None]

PUSH_SOON_S = 0.05
FETCH_AGAIN_S = 0.3
LOOK_S = 10.0
"""How long a line rests while nobody writes to the database: what it is to do begins with a row."""
BEAT_EVERY_S = 20.0
"""A node that has nothing to tell shows that it is there."""
PULL_WAIT_S = 25
BACKOFF_FIRST_S, BACKOFF_MOST_S = 1.0, 30.0
"""Short: a province that was cut off is to catch up within seconds of the line's return."""


def start(stop: threading.Event, commits: Commits) -> list[threading.Thread]:
    """Begin all of it; the threads end by themselves when `stop` is set."""
    applying.retry_unknown()
    threads = [
        threading.Thread(target=_guarded, args=(stop, commits, name, loop), name=name, daemon=True)
        for name, loop in LINES.items()
    ]
    for thread in threads:
        thread.start()
    return threads


def _guarded(stop: threading.Event, commits: Commits, name: str, loop: Loop) -> None:
    """A loop that breaks is logged and begun again; it never ends while the worker lives."""
    while not stop.is_set():
        try:
            loop(stop, commits)
        except NoAuthority:
            stop.wait(5.0)
        except Exception:
            log.exception("link loop broke", loop=name)
            stop.wait(5.0)
        finally:
            close_old_connections()


class _Backoff:
    """How long to leave a line alone that failed."""

    def __init__(self) -> None:
        self._wait_s = 0.0

    def failed(self) -> float:
        self._wait_s = min(BACKOFF_MOST_S, max(BACKOFF_FIRST_S, self._wait_s * 2))
        return self._wait_s

    def well(self) -> None:
        self._wait_s = 0.0


def _with_parent(
    stop: threading.Event, commits: Commits, work: Callable[[Line, Link], float]
) -> None:
    """Do `work` with the node above again and again. It returns how long to pause if nobody writes
    to the database meanwhile; after a failure the pause is kept whatever is written."""
    line: Line | None = None
    backoff = _Backoff()
    try:
        while not stop.is_set():
            close_old_connections()
            number = commits.number
            link = next(iter(selectors.parents()), None)
            if link is None:
                commits.wait(number, LOOK_S)
                continue
            node = node_identity()
            same = line is not None and (line.url, line.peer) == (link.url, link.peer)
            if line is None or not same or line.node is not node:
                line = Line(link.url, link.peer, node)
            try:
                pause_s = work(line, link)
                backoff.well()
            except LinkRefused as refused:
                talk.note_fault(link, refused)
                log.info("link", peer=link.peer, reason=refused.reason.value, detail=refused.detail)
                stop.wait(backoff.failed())
            else:
                commits.wait(number, pause_s)
    finally:
        if line is not None:
            line.close()


def _pulling(stop: threading.Event, commits: Commits) -> None:
    def work(line: Line, link: Link) -> float:
        pull_once(line, link, wait_s=PULL_WAIT_S)
        return 0.0

    _with_parent(stop, commits, work)


def _pushing(stop: threading.Event, commits: Commits) -> None:
    _with_parent(stop, commits, Telling().step)


class Telling:
    """Our side of telling the node above: where it stands, as it last said itself."""

    def __init__(self) -> None:
        self._stands: peer_api.Cursor | None = None
        self._told_at_s = 0.0

    def step(self, line: Line, link: Link) -> float:
        """Ask where it stands, or tell what it lacks; seconds to pause before the next.

        Where it has more of our list than we do, we were restored from a backup, and telling
        begins the new epoch. Raises LinkRefused; then it is asked anew.
        """
        now_s = clock.current().monotonic()
        quiet_s = now_s - self._told_at_s
        if self._has_all(link) and quiet_s < BEAT_EVERY_S:
            return BEAT_EVERY_S - quiet_s
        stands, self._stands = self._stands, None
        self._stands = push_once(line, link, stands)
        self._told_at_s = now_s
        return PUSH_SOON_S if self._has_all(link) else 0.0

    def _has_all(self, link: Link) -> bool:
        stands = self._stands
        return stands is not None and (stands.seq, stands.hash) == (link.out_seq, link.out_hash)


def _fetching(stop: threading.Event, commits: Commits) -> None:
    def work(line: Line, link: Link) -> float:
        wanted = fetching.wanted(link)
        for one in wanted:
            if stop.is_set():
                break
            if fetching.fetch(one, line.pieces):
                receiving.speech_arrived(one.sha256)
                applying.retry_waiting()
        return FETCH_AGAIN_S if wanted else LOOK_S

    _with_parent(stop, commits, work)


LINES: dict[str, Loop] = {
    "link-pull": _pulling,
    "link-push": _pushing,
    "link-files": _fetching,
}
"""The loops that hold a line to the node above, by the names of their threads."""

__all__ = ["LINES", "start"]
