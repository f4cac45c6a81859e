"""How a day is laid out. Pure: sessions and wishes in, a programme out. All times aware, UTC."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from uuid import UUID

from loa.lib.sentences import Refusal, Sentence, duration
from loa_protocol.paths import inside

GAP = timedelta(seconds=2)
"""Silence between two items, so that one ends before the next begins on every device."""
LEAD = timedelta(seconds=20)
"""What is put into an open session starts no sooner: the devices must fetch it first."""

_UNNUMBERED = 1_000_000
"""Where what nobody gave a place in the line stands: behind all that was given one."""
LAST = _UNNUMBERED + 1
"""The place of what comes to the line's end."""

Hours = tuple[str, str]


class ScheduleRefused(Refusal):
    """What does not fit, as a sentence for the asker that names the other item."""


@dataclass(frozen=True, slots=True)
class Session:
    """A broadcasting window; `limit_s` caps the programme in it (None: its whole length)."""

    start: datetime
    end: datetime
    limit_s: int | None = None

    @property
    def capacity_s(self) -> int:
        length = int((self.end - self.start).total_seconds())
        return length if self.limit_s is None else min(length, self.limit_s)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A slot that wants a place in a session."""

    key: UUID
    title: str
    seconds: int
    class_name: str = "normal"
    own: bool = True
    filler: bool = False
    fixed_at: datetime | None = None
    position: int = 0
    made_at: datetime
    placed_at: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether there is room for it between `start` and `end` while it is in force."""
        begin = max(start, self.valid_from or start)
        return begin + timedelta(seconds=self.seconds) <= min(end, self.valid_until or end)

    def holds(self, start: datetime, end: datetime) -> bool:
        """Whether what it says is in force all the time from `start` to `end`."""
        return not (
            (self.valid_from is not None and start < self.valid_from)
            or (self.valid_until is not None and end > self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class Placed:
    wish: Wish
    at: datetime

    @property
    def end(self) -> datetime:
        return self.at + timedelta(seconds=self.wish.seconds)


@dataclass(frozen=True, slots=True)
class Programme:
    """A session laid out: what has its time, what did not fit, and what room is left."""

    session: Session
    placed: tuple[Placed, ...]
    left_over: tuple[Wish, ...] = field(default=())

    @property
    def free_s(self) -> int:
        return max(0, self.session.capacity_s - sum(item.wish.seconds for item in self.placed))

    def room_s(self, now: datetime) -> int:
        """What the session can still take at `now`: of one that is open, no more than its rest
        holds beside what is still to sound in it."""
        begin = max(now, self.session.start)
        rest = int((self.session.end - begin).total_seconds())
        ahead = sum(
            min(item.wish.seconds, int((item.end - begin).total_seconds()))
            for item in self.placed
            if item.end > begin
        )
        return max(0, min(self.free_s, rest - ahead))


def only_within(targets: Iterable[str], commune: str) -> list[str]:
    """What narrows an item inside a commune: the hamlets among a bulletin's targets.

    Empty where it is for the whole commune, or says nothing about its parts.
    """
    named = list(targets)
    if any(inside(commune, target) for target in named):
        return []
    return [target for target in named if inside(target, commune)]


def reaches(only: Sequence[str], outlet: str, hamlet: str | None) -> bool:
    """Whether an item with these limits is for an outlet, by its wire id and its hamlet's path."""
    if not only or f"outlet:{outlet}" in only:
        return True
    return hamlet is not None and any(inside(hamlet, target) for target in only)


def rank(wish: Wish) -> tuple[int, int, int, datetime, UUID]:
    """The line in a session: priority first; the commune's own priority before another's unless
    the commune moved it (`position`); then normal items, fillers last (TT 39/2020). What came after
    a line was put in order by hand stands behind it. Of items put in at one moment the one made
    first comes first, as their ids tell (UUIDv7)."""
    position = wish.position or _UNNUMBERED
    if wish.filler:
        return (3, 0, position, wish.made_at, wish.key)
    if wish.class_name == "priority":
        return (0, position, 0 if wish.own else 1, wish.made_at, wish.key)
    return (1, position, 0, wish.made_at, wish.key)


def clashes(wishes: Iterable[Wish]) -> bool:
    """Whether the commune must be asked for an order: its own priority meets another's, and it
    has not yet moved either."""
    priority = [wish for wish in wishes if wish.class_name == "priority" and not wish.filler]
    kinds = {wish.own for wish in priority}
    return len(kinds) == 2 and all(wish.position == 0 for wish in priority)


def arrange(session: Session, wishes: Sequence[Wish], now: datetime) -> Programme:
    """Lay out a session.

    Fixed items stand at their time. What has started, or will within LEAD, stays where it was
    placed. All others take, in the order of `rank`, the first gap that holds them while what they
    say is in force. What the session's limit or length does not hold is left over, never cut.
    """
    standing = [wish for wish in wishes if wish.fixed_at or is_sounding(wish, now)]
    placed = [Placed(wish, _stands_at(wish)) for wish in standing]
    budget_s = session.capacity_s - sum(item.wish.seconds for item in placed)
    left_over: list[Wish] = []
    earliest = max(session.start, now + LEAD) if session.start < now + LEAD else session.start
    waiting = [wish for wish in wishes if wish not in standing]
    for wish in sorted(waiting, key=rank):
        begin = max(earliest, wish.valid_from or earliest)
        end = min(session.end, wish.valid_until or session.end)
        at = _first_gap(placed, wish.seconds, begin, end)
        if at is None or wish.seconds > budget_s:
            left_over.append(wish)
            continue
        budget_s -= wish.seconds
        placed.append(Placed(wish, at))
    placed.sort(key=lambda item: item.at)
    return Programme(session, tuple(placed), tuple(left_over))


def takes(session: Session, line: Sequence[Wish], wish: Wish, now: datetime) -> bool:
    """Whether the session has a place for one more beside its `line`.

    A normal item and a filler cost no other its place; a priority item may. Fillers that have not
    begun give way to all but another filler.
    """
    rivals = list(line) if wish.filler else _firm(line, now)
    after = {item.wish.key for item in arrange(session, [*rivals, wish], now).placed}
    if wish.key not in after:
        return False
    if wish.class_name == "priority" and not wish.filler:
        return True
    return all(item.wish.key in after for item in arrange(session, rivals, now).placed)


def _firm(line: Sequence[Wish], now: datetime) -> list[Wish]:
    return [one for one in line if not one.filler or one.fixed_at or is_sounding(one, now)]


def no_room(session: Session, line: Sequence[Wish], wish: Wish, now: datetime) -> Sentence:
    """Why the session does not take it, in words."""
    rivals = list(line) if wish.filler else _firm(line, now)
    room_s = arrange(session, rivals, now).room_s(now + LEAD)
    if room_s < wish.seconds:
        return Sentence(
            "Tin dài %(length)s, buổi phát còn %(room)s. Rút ngắn tin hoặc chọn buổi khác.",
            length=duration(wish.seconds),
            room=duration(room_s),
        )
    if not wish.meets(max(session.start, now + LEAD), session.end):
        return Sentence("Tin không còn hoặc chưa có hiệu lực vào giờ này. Chọn buổi khác.")
    return Sentence(
        "Buổi phát còn %(room)s nhưng không có khoảng liền nào đủ cho tin dài %(length)s. Rút"
        " ngắn tin hoặc chọn buổi khác.",
        length=duration(wish.seconds),
        room=duration(room_s),
    )


def is_sounding(wish: Wish, now: datetime) -> bool:
    """Whether it has begun, or will so soon that devices hold it already."""
    return wish.placed_at is not None and wish.placed_at <= now + LEAD


def matched(before: Sequence[Session], after: Sequence[Session]) -> list[tuple[Session, Session]]:
    """Sessions of one day with those of another: by the hour of their start, else by number."""
    by_hour = {session.start.time(): session for session in after}
    pairs = []
    for number, session in enumerate(before):
        found = by_hour.get(session.start.time())
        if found is None and number < len(after):
            found = after[number]
        if found is not None:
            pairs.append((session, found))
    return pairs


def _stands_at(wish: Wish) -> datetime:
    at = wish.fixed_at or wish.placed_at
    if at is None:
        raise ValueError("a standing wish has a time")
    return at


def _first_gap(
    placed: Iterable[Placed], seconds: int, earliest: datetime, end: datetime
) -> datetime | None:
    at = earliest
    length = timedelta(seconds=seconds)
    for item in sorted(placed, key=lambda other: other.at):
        if at + length + GAP <= item.at:
            break
        at = max(at, item.end + GAP)
    return at if at + length <= end else None


def overlapping(at: datetime, seconds: int, others: Iterable[Placed]) -> Placed | None:
    """The first item that sounds at the same time; None if the time is free."""
    end = at + timedelta(seconds=seconds)
    return next((other for other in others if other.at < end and at < other.end), None)


def parse_hour(text: str) -> time:
    """`HH:MM`, 00:00 to 23:59; `24:00` is the day's end and reads as 00:00 of the next.

    Raises ScheduleRefused with a sentence.
    """
    parts = text.split(":")
    if len(parts) != 2 or not all(
        part.isascii() and part.isdigit() and len(part) == 2 for part in parts
    ):
        raise ScheduleRefused(
            "“%(text)s” không phải là giờ. Ghi hai chữ số giờ, hai chữ số phút.", text=text[:20]
        )
    hour, minute = int(parts[0]), int(parts[1])
    if (hour, minute) == (24, 0):
        return time(0, 0)
    if hour > 23 or minute > 59:
        raise ScheduleRefused("“%(text)s” không phải là giờ trong ngày.", text=text)
    return time(hour, minute)


def window(day: date, hours: Hours, zone: tzinfo) -> tuple[datetime, datetime]:
    """The window of `hours` that begins on `day`; an end not after its start is the next day's."""
    start = datetime.combine(day, parse_hour(hours[0]), zone)
    end = datetime.combine(day, parse_hour(hours[1]), zone)
    if end <= start:
        end += timedelta(days=1)
    return start, end


def check_hours(days: Sequence[Sequence[Hours]], quiet: Sequence[Hours]) -> None:
    """Refuse what cannot be a timetable: overlapping sessions, or one that meets quiet hours."""
    if len(days) != 7:
        raise ScheduleRefused("Lịch tuần phải có đủ bảy ngày.")
    monday = date(2026, 1, 5)
    for weekday, sessions in enumerate(days):
        day = monday + timedelta(days=weekday)
        spans = sorted(window(day, hours, UTC) for hours in sessions)
        for (_, end), (start, _) in pairwise(spans):
            if start < end:
                raise ScheduleRefused("Hai buổi phát trong một ngày chồng lên nhau.")
        silent = [window(day + timedelta(days=shift), q, UTC) for q in quiet for shift in (-1, 0)]
        for start, end in spans:
            if any(start < until and since < end for since, until in silent):
                raise ScheduleRefused(
                    "Buổi phát %(start)s - %(end)s rơi vào giờ yên tĩnh.",
                    start=f"{start:%H:%M}",
                    end=f"{end:%H:%M}",
                )
