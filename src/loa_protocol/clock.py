"""Clocks, and how times are written on the wire.

Everything in the project takes a `Clock`; nothing reads the system's time by itself, so that a week
can be tested in a minute.
"""

import os
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

CLOCK_OFFSET_VARIABLE = "LOA_CLOCK_OFFSET"

_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?Z"
)


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The time of day: aware, UTC. It may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds since some unknown moment; never goes back while the process lives."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock, shifted by `offset_s` seconds."""

    offset_s: float = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset_s)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class ManualClock:
    """A clock that a test moves by hand."""

    current: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    elapsed_s: float = field(default=0.0)

    def now(self) -> datetime:
        return self.current

    def monotonic(self) -> float:
        return self.elapsed_s

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass on both clocks."""
        self.current += timedelta(seconds=seconds)
        self.elapsed_s += seconds

    def jump(self, to: datetime) -> None:
        """Set the time of day alone, as a battery or a false time server would."""
        self.current = to


def system_clock(*, demo_root: bool) -> SystemClock:
    """The clock of a process.

    `LOA_CLOCK_OFFSET` (seconds) is honoured only under a demo root, whose keys open nothing real;
    elsewhere the variable is ignored, because it could bring an expired order back to life.

    Raises ValueError if the variable is not a number under a demo root.
    """
    raw = os.environ.get(CLOCK_OFFSET_VARIABLE, "")
    if not demo_root or not raw:
        return SystemClock()
    return SystemClock(offset_s=float(raw))


def wire_time(moment: datetime) -> datetime:
    """`moment` in UTC, cut to the milliseconds that the wire can carry.

    Raises ValueError for a naive time.
    """
    if moment.tzinfo is None:
        raise ValueError("a naive time has no place on the wire")
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def format_time(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS[.mmm]Z`; the milliseconds only when they are not zero."""
    moment = wire_time(moment)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    milliseconds = moment.microsecond // 1000
    return f"{text}.{milliseconds:03d}Z" if milliseconds else f"{text}Z"


@lru_cache(maxsize=512)
def parse_time(text: str) -> datetime:
    """The moment that `text` names; exactly the wire's form, nothing more lenient.

    Remembered: a plan's new version repeats nearly all times of the one before. Raises ValueError.
    """
    if _TIME.fullmatch(text) is None:
        raise ValueError("not of the form YYYY-MM-DDTHH:MM:SS[.mmm]Z")
    return datetime.fromisoformat(text)
