"""The day as a picture: hours across, sessions as bands, items true to their length (an SVG).

Pure geometry; the template draws it. One unit across is one minute.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from loa.lib import clock
from loa.schedule.rules import Placed, Programme

HEIGHT = 84
LANE_TOP, LANE_HEIGHT = 26, 40
LEAST_WIDTH = 3.0
"""What lasts seconds must still be seen."""
MINUTES_SHOWN = 960
NOTCH = 5.0


@dataclass(frozen=True, slots=True)
class Band:
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Block:
    """One item: its outline (a notch at the top left marks priority), its state, its words."""

    key: UUID
    outline: str
    state: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Picture:
    """A day's drawing in units of `MINUTES_SHOWN` across."""

    width: float
    height: int
    hours: tuple[tuple[float, str], ...]
    sessions: tuple[Band, ...]
    quiet: tuple[Band, ...]
    blocks: tuple[Block, ...]
    now_x: float | None


@dataclass(frozen=True, slots=True)
class _Scale:
    start: datetime
    end: datetime

    def x(self, moment: datetime) -> float:
        held = min(max(moment, self.start), self.end)
        share = (held - self.start).total_seconds() / (self.end - self.start).total_seconds()
        return round(share * MINUTES_SHOWN, 1)

    def band(self, start: datetime, end: datetime) -> Band | None:
        left, right = self.x(start), self.x(end)
        return Band(left, round(right - left, 1)) if right > left else None


def draw(
    day: date,
    programmes: Iterable[Programme],
    quiet: Iterable[tuple[datetime, datetime]],
    states: Mapping[UUID, str],
    now: datetime,
    *,
    whole_day: bool = False,
) -> Picture:
    """The day from an hour before its first session to an hour after its last; the whole day
    where there is none, or where several days stand under one another. `states` says what became
    of an item (done, failed, now, ahead). Nothing is drawn of what lies outside."""
    laid = list(programmes)
    scale = _scale(day, [] if whole_day else laid)
    bands = [scale.band(one.session.start, one.session.end) for one in laid]
    silent = [scale.band(start, end) for start, end in quiet]
    blocks = [
        _block(scale, placed, states.get(placed.wish.key, "ahead"))
        for one in laid
        for placed in one.placed
        if placed.end > scale.start and placed.at < scale.end
    ]
    inside = scale.start <= now < scale.end
    return Picture(
        width=MINUTES_SHOWN,
        height=HEIGHT,
        hours=_hours(scale),
        sessions=tuple(band for band in bands if band),
        quiet=tuple(band for band in silent if band),
        blocks=tuple(blocks),
        now_x=scale.x(now) if inside else None,
    )


def _scale(day: date, programmes: list[Programme]) -> _Scale:
    midnight = datetime.combine(day, time(0), clock.VIETNAM)
    whole = _Scale(midnight, midnight + timedelta(days=1))
    if not programmes:
        return whole
    first = clock.local(programmes[0].session.start).replace(minute=0, second=0)
    last = max(clock.local(one.session.end) for one in programmes)
    start = max(whole.start, first - timedelta(hours=1))
    end = last.replace(minute=0, second=0) + timedelta(hours=2)
    return _Scale(start, max(min(whole.end, end), start + timedelta(hours=2)))


def _hours(scale: _Scale) -> tuple[tuple[float, str], ...]:
    hours = round((scale.end - scale.start).total_seconds() / 3600)
    step = 1 if hours <= 12 else 2
    marks = [scale.start + timedelta(hours=count) for count in range(0, hours + 1, step)]
    midnight = scale.start.replace(hour=0)
    return tuple(
        (scale.x(mark), f"{round((mark - midnight).total_seconds() / 3600)}") for mark in marks
    )


def _block(scale: _Scale, placed: Placed, state: str) -> Block:
    left = scale.x(placed.at)
    width = max(LEAST_WIDTH, round(scale.x(placed.end) - left, 1))
    top, bottom, right = LANE_TOP, LANE_TOP + LANE_HEIGHT, round(left + width, 1)
    if placed.wish.class_name == "priority":
        notch = min(NOTCH, width)
        tip = f"M{left} {top - NOTCH}L{left + notch} {top}"
    else:
        tip = f"M{left} {top}"
    outline = f"{tip}L{right} {top}L{right} {bottom}L{left} {bottom}Z"
    return Block(placed.wish.key, outline, state, placed.wish.title, placed.at)
