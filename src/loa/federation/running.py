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
from loa.people.authority import NoAuthority, node_identity
from loa_protocol import peer_api

log = structlog.get_logger()

PUSH_EVERY_S, PUSH_SOON_S = 0.2, 0.05
BEAT_EVERY_S = 20.0
"""A node that has nothing to tell shows that it is there."""
PULL_WAIT_S = 25
BACKOFF_FIRST_S, BACKOFF_MOST_S = 1.0, 30.0
"""Short: a province that was cut off is to catch up within seconds of the line's return."""


def start(stop: threading.Event) -> list[threading.Thread]:
    """Begin all of it; the threads end by themselves when `stop` is set."""
    applying.retry_unknown()
    threads = [
        threading.Thread(target=_guarded, args=(stop, name, loop), name=name, daemon=True)
        for name, loop in LINES.items()
    ]
    for thread in threads:
        thread.start()
    return threads


def _guarded(stop: threading.Event, name: str, loop: Callable[[threading.Event], None]) -> None:
    """A loop that breaks is logged and begun again; it never ends while the worker lives."""
    while not stop.is_set():
        try:
            loop(stop)
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


def _with_parent(stop: threading.Event, work: Callable[[Line, Link], float], idle_s: float) -> None:
    """Do `work` with the node above again and again; it returns how long to pause."""
    line: Line | None = None
    backoff = _Backoff()
    try:
        while not stop.is_set():
            close_old_connections()
            link = next(iter(selectors.parents()), None)
            if link is None:
                stop.wait(max(1.0, idle_s))
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
                pause_s = backoff.failed()
            stop.wait(pause_s)
    finally:
        if line is not None:
            line.close()


def _pulling(stop: threading.Event) -> None:
    def work(line: Line, link: Link) -> float:
        pull_once(line, link, wait_s=PULL_WAIT_S)
        return 0.0

    _with_parent(stop, work, 1.0)


def _pushing(stop: threading.Event) -> None:
    _with_parent(stop, Telling().step, 1.0)


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
        if self._has_all(link) and now_s - self._told_at_s < BEAT_EVERY_S:
            return PUSH_EVERY_S
        stands, self._stands = self._stands, None
        self._stands = push_once(line, link, stands)
        self._told_at_s = now_s
        return PUSH_SOON_S if self._has_all(link) else 0.0

    def _has_all(self, link: Link) -> bool:
        stands = self._stands
        return stands is not None and (stands.seq, stands.hash) == (link.out_seq, link.out_hash)


def _fetching(stop: threading.Event) -> None:
    def work(line: Line, link: Link) -> float:
        for one in fetching.wanted(link):
            if stop.is_set():
                break
            if fetching.fetch(one, line.pieces):
                receiving.speech_arrived(one.sha256)
                applying.retry_waiting()
        return 0.3

    _with_parent(stop, work, 1.0)


LINES: dict[str, Callable[[threading.Event], None]] = {
    "link-pull": _pulling,
    "link-push": _pushing,
    "link-files": _fetching,
}
"""The loops that hold a line to the node above, by the names of their threads."""

__all__ = ["LINES", "start"]
