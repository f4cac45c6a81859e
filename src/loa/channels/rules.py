"""States of a dispatch, when to try again, and the limits of an account. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field, model_validator

from loa.channels.contract import Outcome
from loa.lib import clock

FIRST_RETRY, MOST_RETRY = timedelta(seconds=5), timedelta(minutes=5)


class State(StrEnum):
    """How far a dispatch is known to have come, in this order."""

    WAITING = "waiting"
    SENDING = "sending"
    CARRIED = "carried"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SHOWN = "shown"


class Withdrawn(StrEnum):
    """How far taking a dispatch back has come; NONE while nobody asked for it."""

    NONE = ""
    WANTED = "wanted"
    ASKED = "asked"
    CANNOT = "cannot"
    CONFIRMED = "confirmed"


_RANK = {state: rank for rank, state in enumerate(State)}
_GRADES = ("", "D", "C", "B", "A")
_WITHDRAWN_RANK = {state: rank for rank, state in enumerate(Withdrawn)}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a dispatch: its state, and the grade of the word for it."""

    state: State
    grade: str = ""


def advance(standing: Standing, outcome: Outcome) -> Standing:
    """What is known after an outcome. It never moves backwards: outcomes may come late, twice and
    in any order, and the same set of them always ends in the same standing.

    A failure that may be tried again says nothing new. A failure for good after `carried` counts
    (a letter that came back); after `shown` it does not: people have seen it.
    """
    if not outcome.final:
        return standing
    told = Standing(State(outcome.state), outcome.grade or "")
    return max(standing, told, key=strength)


def strength(standing: Standing) -> tuple[int, int]:
    """How much a standing says; the greater one wins."""
    return (_RANK[standing.state], _GRADES.index(standing.grade))


def withdraw_advance(standing: Withdrawn, told: Withdrawn) -> Withdrawn:
    """How a withdrawal stands after another word; it never moves backwards."""
    return max(standing, told, key=_WITHDRAWN_RANK.__getitem__)


def of_recipients(states: Iterable[State]) -> State:
    """How a list's dispatch stands, by its people: on its way while one of them waits; failed
    only where it reached nobody."""
    known = set(states)
    if known & {State.WAITING, State.SENDING}:
        return State.WAITING
    for state in (State.SHOWN, State.CARRIED, State.UNKNOWN):
        if state in known:
            return state
    return State.FAILED


def retry_wait(tries: int) -> timedelta:
    """How long to wait after a try without a better date: five seconds, doubled to five minutes."""
    doublings = min(max(tries, 1) - 1, 10)
    return min(MOST_RETRY, FIRST_RETRY * (1 << doublings))


class Limits(BaseModel):
    """What an account may send. The node keeps them over all its workers together.

    `urgent_reserve` units of each day and month are kept for urgent orders. In the quiet hours
    (Vietnam's time; may cross midnight) bulletins wait; urgent orders do not, unless
    `quiet_holds_urgent`: some systems refuse everything at night.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_minute: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        title=gettext_noop("Gửi nhiều nhất mỗi phút"),
        description=gettext_noop("Để trống nếu không giới hạn."),
    )
    per_day: int | None = Field(
        default=None,
        ge=0,
        le=100_000_000,
        title=gettext_noop("Gửi nhiều nhất mỗi ngày"),
        description=gettext_noop("Để trống nếu không giới hạn."),
    )
    per_month: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000_000,
        title=gettext_noop("Gửi nhiều nhất mỗi tháng"),
        description=gettext_noop("Để trống nếu không giới hạn."),
    )
    urgent_reserve: int = Field(
        default=0, ge=0, le=100_000_000, title=gettext_noop("Số lượt gửi giữ lại cho lệnh khẩn cấp")
    )
    quiet_from: time | None = Field(default=None, title=gettext_noop("Giờ nghỉ từ"))
    quiet_until: time | None = Field(default=None, title=gettext_noop("Giờ nghỉ đến"))
    quiet_holds_urgent: bool = Field(
        default=False, title=gettext_noop("Trong giờ nghỉ, lệnh khẩn cấp cũng chờ")
    )

    @model_validator(mode="after")
    def _both_ends(self) -> "Limits":
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours need both ends")
        return self


@dataclass(frozen=True, slots=True)
class Window:
    """One span in which units are counted: at most `most` from `start` until `end`."""

    span: str
    start: datetime
    end: datetime
    most: int


def windows(limits: Limits, now: datetime, *, urgent: bool) -> list[Window]:
    """The windows that a send at `now` counts in. Days and months are Vietnam's."""
    local = clock.local(now)
    found: list[Window] = []
    kept = 0 if urgent else limits.urgent_reserve
    if limits.per_minute is not None:
        minute = local.replace(second=0, microsecond=0)
        found.append(_window("minute", minute, minute + timedelta(minutes=1), limits.per_minute))
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if limits.per_day is not None:
        most = max(0, limits.per_day - kept)
        found.append(_window("day", day, day + timedelta(days=1), most))
    if limits.per_month is not None:
        month = day.replace(day=1)
        following = (month + timedelta(days=32)).replace(day=1)
        found.append(_window("month", month, following, max(0, limits.per_month - kept)))
    return found


def _window(span: str, start: datetime, end: datetime, most: int) -> Window:
    return Window(span, start, end, most)


def quiet_until(limits: Limits, now: datetime, *, urgent: bool) -> datetime | None:
    """The end of the quiet hours that `now` lies in; None where it lies in none or they do not
    count."""
    if limits.quiet_from is None or limits.quiet_until is None:
        return None
    if urgent and not limits.quiet_holds_urgent:
        return None
    local = clock.local(now)
    begin, end, at = limits.quiet_from, limits.quiet_until, local.time()
    inside = begin <= at < end if begin <= end else at >= begin or at < end
    if not inside:
        return None
    over = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return over if over > local else over + timedelta(days=1)
