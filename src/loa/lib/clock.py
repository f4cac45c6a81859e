"""The node's one clock. Everything that asks for the time asks here, so that a test can answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from zoneinfo import ZoneInfo

from loa_protocol.clock import Clock, SystemClock

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
"""People's times. Database and wire are UTC; conversion happens at the edges."""

_clock: Clock = SystemClock()


YEARS = range(1900, 2200)
"""Years that people mean. At the calendar's ends no moment can be moved into another zone."""


def use(clock: Clock) -> None:
    """Make `clock` the process's clock. Called once at start, before anything reads the time."""
    global _clock  # noqa: PLW0603  the one injectable clock of the process
    _clock = clock


def current() -> Clock:
    """The clock itself, for what needs its monotonic side too."""
    return _clock


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _clock.now()


def local(moment: datetime) -> datetime:
    """The same moment on a Vietnamese wall clock. Never raises: what lies at the calendar's ends,
    where no moment can be moved into another zone, stays at the end."""
    try:
        return moment.astimezone(VIETNAM)
    except (OverflowError, ValueError):
        if moment.year > YEARS.start:
            return datetime.max.replace(tzinfo=VIETNAM)
        return datetime.min.replace(tzinfo=VIETNAM)


def day_read(text: str) -> date:
    """`2026-11-23` as a day. Raises ValueError for what is none, and for years nobody means."""
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError(text)
    return day


def moment_read(text: str) -> datetime:
    """`2026-11-23T16:40`, with or without a zone, as it stands. Raises ValueError as above."""
    moment = datetime.fromisoformat(text)
    if moment.year not in YEARS:
        raise ValueError(text)
    return moment


@contextmanager
def using(clock: Clock) -> Iterator[Clock]:
    """Run a block under another clock; the former one comes back whatever happens."""
    former = _clock
    use(clock)
    try:
        yield clock
    finally:
        use(former)
