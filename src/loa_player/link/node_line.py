"""The thread that talks to the node over HTTPS: what must arrive, arrives here.

A handful of errands, each with its own time. After a failure all wait with full jitter; a success
makes the line good again. While the doorbell works the errands are rare; without it they are
frequent enough that everything still works, slower.
"""

from __future__ import annotations

import logging
import random
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass

from loa_player.link.api import NodeError
from loa_player.link.backoff import Backoff
from loa_protocol import Refused

log = logging.getLogger(__name__)

_JITTER = 0.2
_IDLE_S = 30.0


@dataclass(slots=True)
class Errand:
    """Something to ask or to bring, every `interval_s()` seconds. Raises LinkError, NodeError."""

    name: str
    run: Callable[[], None]
    interval_s: Callable[[], float]
    due_s: float = 0.0


class NodeLine:
    """Runs errands one after another in one thread, earliest first."""

    def __init__(self, name: str, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._errands: dict[str, Errand] = {}
        self._backoff = Backoff()
        self._held_until_s = 0.0
        self._changed = threading.Condition()
        self._stopping = False
        self.failed_s = float("-inf")
        """When the other side was last asked in vain."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def add(self, name: str, run: Callable[[], None], interval_s: Callable[[], float]) -> None:
        """Add an errand that is due at once. Before `start` only."""
        self._errands[name] = Errand(name, run, interval_s)

    def put_off(self, spread_s: float, name: str) -> None:
        """Let an errand be due for the first time some time in the next `spread_s`. Before `start`
        only."""
        spread = random.uniform(0, spread_s)  # noqa: S311 - spreads load
        self._errands[name].due_s = self._monotonic_s() + spread

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the errand under way; a hanging one is left to its time-out."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(timeout=1.0)

    def hurry(self, *names: str) -> None:
        """Make errands due now."""
        with self._changed:
            for name in names:
                self._errands[name].due_s = 0.0
            self._changed.notify_all()

    def within(self, spread_s: float, *names: str) -> None:
        """Make errands due some time in the next `spread_s`, each device at its own: what ten
        thousand do at once, nobody does well."""
        with self._changed:
            for name in names:
                due_s = self._monotonic_s() + random.uniform(0, spread_s)  # noqa: S311 - spreads load
                self._errands[name].due_s = min(self._errands[name].due_s, due_s)
            self._changed.notify_all()

    def _run(self) -> None:
        while (errand := self._next()) is not None:
            try:
                errand.run()
            except NodeError as error:  # the node lives, and says no
                log.info("%s: máy chủ trả lời %s", errand.name, error)
                self._again(errand, self._backoff.failed())
            except (OSError, sqlite3.Error) as error:
                self._failed(errand, error)
            except Refused as refused:
                log.warning("%s: %s", errand.name, refused)
                self._succeeded(errand)
            # The last resort: this thread is the device's way to its node, and nobody starts it
            # again. One answer that nobody foresaw must cost one try, not the line.
            except Exception as error:
                log.exception("Lỗi bất ngờ khi làm việc %s", errand.name)
                self._failed(errand, error)
            else:
                self._succeeded(errand)

    def _next(self) -> Errand | None:
        with self._changed:
            while not self._stopping:
                errand = min(self._errands.values(), key=lambda e: e.due_s)
                wait_s = max(errand.due_s, self._held_until_s) - self._monotonic_s()
                if wait_s <= 0:
                    errand.due_s = float("inf")  # set anew when it has run
                    return errand
                self._changed.wait(min(wait_s, _IDLE_S))
            return None

    def _succeeded(self, errand: Errand) -> None:
        self._backoff.succeeded()
        self._again(errand, errand.interval_s() * (1 + random.uniform(-_JITTER, _JITTER)))  # noqa: S311  no secret

    def _failed(self, errand: Errand, error: Exception) -> None:
        self.failed_s = self._monotonic_s()
        wait_s = self._backoff.failed()
        log.info("Chưa xong việc %s (%s); thử lại sau %.1f giây", errand.name, error, wait_s)
        self._held_until_s = self._monotonic_s() + wait_s
        self._again(errand, 0.0)

    def _again(self, errand: Errand, after_s: float) -> None:
        with self._changed:
            # Somebody may have hurried it meanwhile: that call is not lost.
            errand.due_s = min(errand.due_s, self._monotonic_s() + after_s)
