"""Trusted time: the node's last signed answer plus the monotonic clock.

Disciplined like a small NTP client: of a round of answers the fastest counts, its error is half the
round trip, and a worse round never replaces a better one that is still good. From rounds far enough
apart the rate of the board's crystal is learnt, so that the time stays within 100 ms of the
neighbours' through a day without network. The time handed out never goes back, except by the
root's `clock`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loa_protocol.clock import Clock

# What an undisciplined crystal may be off, and one whose rate was learnt.
DRIFT_UNKNOWN = 100e-6
DRIFT_LEARNT = 1.5e-6
_RATE_LIMIT = 300e-6
_RATE_FROM_S = 900.0
_HISTORY = 64
_AHEAD_TOLERANCE_S = 5.0
# The wire carries milliseconds, cut: half of one is added back.
_CUT_S = 0.0005
# A clock before this was never set: these pages are younger.
_NEVER_TOLD = datetime(2026, 1, 1, tzinfo=UTC)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Probe:
    """One signed answer: asked and heard at monotonic seconds, `answer` as the node said it."""

    sent_s: float
    heard_s: float
    answer: datetime


@dataclass(frozen=True, slots=True)
class Anchor:
    """Trusted time `at_s` (seconds since 1970) at monotonic `mono_s`, known to `error_s`.

    `boot` ties it to one run of the machine: its monotonic clock counts on when only the process
    is started again.
    """

    at_s: float
    mono_s: float
    error_s: float
    rate: float = 0.0
    rate_known: bool = False
    boot: str = ""


def boot_id() -> str:
    """A name for this run of the machine; empty where the system has none."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


class TrustedClock:
    """Safe to use from any thread. `boot` names this run of the machine (the system's own name)."""

    def __init__(
        self,
        system: Clock,
        *,
        floor: datetime,
        anchor: Anchor | None = None,
        boot: str | None = None,
    ) -> None:
        self._system = system
        self._boot = boot_id() if boot is None else boot
        self._lock = threading.Lock()
        self._history: deque[Anchor] = deque(maxlen=_HISTORY)
        self._last_s = self._floor_s = floor.timestamp()
        self._own_clock_lives = system.now() >= max(floor, _NEVER_TOLD)
        usable = anchor is not None and bool(anchor.boot) and anchor.boot == self._boot
        self._authenticated = usable
        if anchor is not None and usable:
            self._anchor = anchor
        else:
            start_s = max(system.now().timestamp(), self._last_s)
            rate = anchor.rate if anchor else 0.0
            known = anchor.rate_known if anchor else False
            self._anchor = Anchor(
                start_s, system.monotonic(), float("inf"), rate, known, self._boot
            )

    @property
    def authenticated(self) -> bool:
        """Whether a signed answer stands behind the time since the machine started."""
        return self._authenticated

    @property
    def credible(self) -> bool:
        """Whether an order in force may go on sounding: somebody vouched for the time, or the
        machine's own clock at least did not fall behind what was true when it was last on. A clock
        that says 1970 cannot tell whether an alert is over.
        """
        return self._authenticated or self._own_clock_lives

    @property
    def anchor(self) -> Anchor:
        """What to save so that a restarted process need not ask again."""
        return self._anchor

    def monotonic(self) -> float:
        """Monotonic seconds, on which everything is scheduled."""
        return self._system.monotonic()

    def now(self) -> datetime:
        """Trusted now. Never goes back."""
        with self._lock:
            self._last_s = max(self._last_s, self._at(self._system.monotonic()))
            return _moment(self._last_s)

    def trusted_of(self, mono_s: float) -> datetime:
        """The trusted time at the monotonic second `mono_s`."""
        return _moment(self._at(mono_s))

    def mono_of(self, moment: datetime) -> float:
        """The monotonic second of the trusted time `moment`."""
        anchor = self._anchor
        return anchor.mono_s + (moment.timestamp() - anchor.at_s) / (1.0 + anchor.rate)

    def error_s(self) -> float:
        """How far off the time may be; infinite before the first answer."""
        return self._error_at(self._system.monotonic())

    def discipline(self, probes: Sequence[Probe]) -> bool:
        """Take a round of answers that passed verification; whether it changed the clock."""
        best = min(probes, key=lambda p: p.heard_s - p.sent_s)
        mono_s = (best.sent_s + best.heard_s) / 2
        error_s = (best.heard_s - best.sent_s) / 2 + _CUT_S
        at_s = best.answer.timestamp() + _CUT_S
        with self._lock:
            known_s = self._error_at(mono_s)
            agrees = abs(at_s - self._at(mono_s)) <= known_s + error_s
            if agrees and error_s >= known_s:
                return False
            if not agrees:
                self._history.clear()
            if not self._authenticated:
                # What the board's own clock claimed was a guess: only the floor holds.
                self._last_s = self._floor_s
            rate, rate_known = self._rate(at_s, mono_s, error_s)
            self._anchor = Anchor(at_s, mono_s, error_s, rate, rate_known, self._boot)
            self._history.append(self._anchor)
            self._authenticated = True
        return True

    def at_least(self, moment: datetime) -> None:
        """It is `moment` or later, as a verified `open` proves; by how much is unknown.

        A disciplined clock is not moved by the little that two clocks always differ.
        """
        with self._lock:
            mono_s = self._system.monotonic()
            ahead_s = moment.timestamp() - self._at(mono_s)
            if ahead_s > (_AHEAD_TOLERANCE_S if self._authenticated else 0.0):
                self._history.clear()
                self._anchor = Anchor(moment.timestamp(), mono_s, float("inf"), boot=self._boot)

    def reset(self, floor: datetime) -> None:
        """The root's `clock`: the one thing that may take the time back."""
        with self._lock:
            self._last_s = self._floor_s = floor.timestamp()
            self._history.clear()
            self._anchor = Anchor(
                self._last_s, self._system.monotonic(), float("inf"), boot=self._boot
            )
            self._authenticated = False

    def _at(self, mono_s: float) -> float:
        anchor = self._anchor
        return anchor.at_s + (mono_s - anchor.mono_s) * (1.0 + anchor.rate)

    def _error_at(self, mono_s: float) -> float:
        anchor = self._anchor
        drift = DRIFT_LEARNT if anchor.rate_known else DRIFT_UNKNOWN
        return anchor.error_s + abs(mono_s - anchor.mono_s) * drift

    def _rate(self, at_s: float, mono_s: float, error_s: float) -> tuple[float, bool]:
        """The crystal's rate from the oldest good round to this one, when far enough apart."""
        anchor = self._anchor
        past = [a for a in self._history if mono_s - a.mono_s >= _RATE_FROM_S]
        if not past:
            return anchor.rate, anchor.rate_known
        old = min(past, key=lambda a: (a.error_s + error_s) / (mono_s - a.mono_s))
        span_s = mono_s - old.mono_s
        rate = (at_s - old.at_s) / span_s - 1.0
        if abs(rate) > _RATE_LIMIT:  # not a crystal: somebody's clock jumped
            return 0.0, False
        return rate, (old.error_s + error_s) / span_s <= DRIFT_LEARNT


def _moment(seconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
