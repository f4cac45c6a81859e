"""Reading: what is to come at a station, and the session in which a new item finds its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from loa.lib import clock
from loa.lib.ids import new_id
from loa.schedule import rules, selectors
from loa.schedule.models import Slot, Timetable
from loa.schedule.rules import Session, Wish
from loa.schedule.selectors import StationRef

DAYS = 14
"""How far one looks ahead for a session."""


@dataclass(frozen=True)
class Coming:
    """The open session of a station and those after it, in order, and what stands in them."""

    now: datetime
    sessions: tuple[Session, ...]
    slots: tuple[Slot, ...]
    tables: tuple[Timetable, ...] = ()
    """The station's timetables, for who draws one of the days."""

    @cached_property
    def lines(self) -> dict[datetime, list[Wish]]:
        """The items of each session that has any, by the session's start."""
        found: dict[datetime, list[Wish]] = {}
        for slot in self.slots:
            found.setdefault(slot.session_at, []).append(selectors.wish_of(slot))
        return found

    def takes(self, session: Session, item: Wish) -> bool:
        """Whether the session has a place for the item (rules.takes)."""
        return rules.takes(session, self.lines.get(session.start, ()), item, self.now)

    def room_for(self, item: Wish) -> Session | None:
        """The first session that takes the item; None where none does."""
        return next((one for one in self.sessions if self.takes(one, item)), None)

    def session_for(self, item: Wish, bulletin_id: UUID | None = None) -> Session | None:
        """The session for an item that is to sound soon; None where none is to come.

        Where none takes it, the first of all, whose want of room can be told. Where the same
        bulletin stands in line earlier, that session: asked for twice it is not aired twice.
        """
        found = self.room_for(item) or next(iter(self.sessions), None)
        there = self._standing(bulletin_id)
        return next((one for one in self.sessions if one == found or one.start in there), None)

    def daily(
        self,
        item: Wish,
        days: int,
        *,
        until: date | None = None,
        bulletin_id: UUID | None = None,
    ) -> list[Session]:
        """A session on each of `days` days, none after the day `until`: the one of `session_for`,
        then on every day the one at that hour if it takes the item, else the day's first that does.
        Days without room are passed over. Of a day on which the bulletin stands in line already,
        the session where it stands."""
        first = self.session_for(item, bulletin_id)
        if first is None:
            return []
        there = self._standing(bulletin_id)
        found = []
        for shift in range(days):
            hour = first.start + timedelta(days=shift)
            day = clock.local(hour).date()
            if until is not None and day > until:
                break
            of_day = [one for one in self.sessions if clock.local(one.start).date() == day]
            of_day.sort(key=lambda one: (one.start not in there, one.start != hour, one.start))
            fits = (one for one in of_day if one.start in there or self.takes(one, item))
            chosen = first if shift == 0 else next(fits, None)
            if chosen is not None:
                found.append(chosen)
        return found

    def _standing(self, bulletin_id: UUID | None) -> set[datetime]:
        """The starts of the sessions in which the bulletin stands in line and is not over."""
        return {
            slot.session_at
            for slot in self.slots
            if bulletin_id is not None
            and slot.bulletin_id == bulletin_id
            and slot.fixed_at is None
            and (
                slot.placed_at is None
                or slot.placed_at + timedelta(seconds=slot.seconds) > self.now
            )
        }


Tables = Mapping[UUID, Sequence[Timetable]]
"""The timetables of stations by their ids, as `selectors.timetables_of` gives them."""


def coming_at(station: StationRef, days: int = DAYS, tables: Tables | None = None) -> Coming:
    """What is to come at one station."""
    return coming_at_all([station], days, tables)[station.id]


def coming_at_all(
    stations: Sequence[StationRef], days: int = DAYS, tables: Tables | None = None
) -> dict[UUID, Coming]:
    """What is to come at each of the stations, by its id. Two queries, one where the caller has the
    timetables."""
    now = clock.now()
    tables = selectors.timetables_of(stations) if tables is None else tables
    sessions = {one.id: selectors.coming_sessions(tables[one.id], now, days) for one in stations}
    starts = {session.start for found in sessions.values() for session in found}
    slots: dict[UUID, list[Slot]] = {one.id: [] for one in stations}
    standing = Slot.objects.filter(station_id__in=slots, session_at__in=starts, removed_at=None)
    for slot in standing.order_by("session_at", "position", "made_at", "pk"):
        slots[slot.station_id].append(slot)
    return {
        one.id: Coming(now, tuple(sessions[one.id]), tuple(slots[one.id]), tuple(tables[one.id]))
        for one in stations
    }


def newcomer(
    content: Mapping[str, Any],
    seconds: int,
    *,
    class_name: str = "normal",
    own: bool = True,
    filler: bool = False,
) -> Wish:
    """What an item with these fields of a slot would want, before it is made."""
    return Wish(
        key=new_id(),
        title=content.get("title", ""),
        seconds=max(1, seconds),
        class_name=class_name,
        own=own,
        filler=filler,
        made_at=clock.now(),
        valid_from=content.get("valid_from"),
        valid_until=content.get("valid_until"),
    )
