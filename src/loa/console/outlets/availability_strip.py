"""The heart strip: thirty days of an outlet, hour by hour, in one small picture. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from loa.lib import clock

DAYS = 30
CELL, GAP = 10, 2


@dataclass(frozen=True, slots=True)
class Cell:
    x: int
    y: int
    state: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Days across, hours down; `good_hours` of `hours` that have passed heard the outlet well."""

    width: int
    height: int
    cells: tuple[Cell, ...]
    first: date
    last: date
    good_hours: int
    hours: int


def strip(worst: Mapping[datetime, str], since: datetime | None, now: datetime) -> Strip:
    """The picture of the hours' worst states. Before `since` (the enrolment) nothing is blamed:
    those hours are empty, as are hours to come; an hour without a report is silent once it is
    over."""
    last = clock.local(now).date()
    first = last - timedelta(days=DAYS - 1)
    cells = []
    good = passed = 0
    for column in range(DAYS):
        midnight = datetime.combine(first + timedelta(days=column), time(0), clock.VIETNAM)
        for row in range(24):
            hour = midnight + timedelta(hours=row)
            ends = hour + timedelta(hours=1)
            ahead = hour > now or since is None or ends <= since
            ahead = ahead or (ends > now and hour not in worst)
            state = "none" if ahead else worst.get(hour, "silent") or "idle"
            shown = {"playing": "idle", "alert": "idle"}.get(state, state)
            cells.append(Cell(column * (CELL + GAP), row * 4, shown))
            if not ahead:
                passed += 1
                good += shown == "idle"
    return Strip(DAYS * (CELL + GAP), 24 * 4, tuple(cells), first, last, good, passed)


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch of hours in which an outlet was not well. `until` is None while it lasts."""

    state: str
    since: datetime
    until: datetime | None
    hours: int


def silences(
    worst: Mapping[datetime, str], since: datetime | None, now: datetime, most: int = 6
) -> list[Silence]:
    """The stretches of the strip in which the outlet was silent or broken, the newest first."""
    if since is None:
        return []
    first = now - timedelta(days=DAYS)
    hour = max(first, since + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    found: list[Silence] = []
    while hour <= now - timedelta(hours=1):
        state = worst.get(hour, "silent") or "idle"
        state = state if state in {"silent", "fault"} else ""
        last = found[-1] if found else None
        if last and last.state == state and last.until == hour:
            until = hour + timedelta(hours=1)
            found[-1] = Silence(state, last.since, until, last.hours + 1)
        elif state:
            found.append(Silence(state, hour, hour + timedelta(hours=1), 1))
        hour += timedelta(hours=1)
    if found and found[-1].until == hour:
        last = found[-1]
        found[-1] = Silence(last.state, last.since, None, last.hours)
    return found[::-1][:most]
