"""Lịch phát: a station's day and week, its items moved and removed, new ones put in."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from loa.lib import clock
from loa.newsroom import selectors as newsroom
from loa.outlets import station_lists
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import places_named
from loa.schedule import holidays, rules, selectors
from loa.schedule.handlers import station_ref
from loa.schedule.rules import Session
from loa.schedule.selectors import Day, left_after_sounding
from loa.web import calendar_address, timeline
from loa.web.lookups import station_or_404
from loa.web.middleware import actor
from loa.web.requests import desk_of, page_number, signed_in

LIBRARY_SHOWN = 20
OWN_SHOWN = 20
BACK_DAYS, AHEAD_DAYS = 60, 14


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One day of the week's strip."""

    day: date
    items: int
    seconds: int
    current: bool
    holiday: str
    picture: timeline.Picture


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """Choose a station; who has one alone sees it at once."""
    who, path = desk_of(request)
    ensure(who, Action.SCHEDULE_VIEW, path or "vn")
    only = station_lists.only_station(who, path)
    if only is not None:
        return redirect("console:programme", only)
    text = request.GET.get("tim", "")[:100]
    number = page_number(request)
    stations, more = station_lists.stations_named(who, path, "", text, number)
    above = bool(path) and path.count("/") < 2
    context = {
        "stations": stations,
        "text": text,
        "number": number,
        "more": more,
        "may_template": above and who.may(Action.TIMETABLE_EDIT, path),
    }
    return render(request, "schedule/programme_index.html", context)


def day_from(text: str) -> date:
    """The day asked for, kept near today; today for what is no day."""
    today = selectors.today()
    try:
        day = clock.day_read(text[:10])
    except ValueError:
        return today
    return min(max(day, today - timedelta(days=BACK_DAYS)), today + timedelta(days=AHEAD_DAYS))


@signed_in
def page(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """A station's day, item by item, in the week it stands in."""
    who = actor(request)
    station = station_or_404(who, station_id)
    path = station.place.path
    ensure(who, Action.SCHEDULE_VIEW, path)
    now, day = clock.now(), day_from(request.GET.get("ngay", ""))
    monday = day - timedelta(days=day.weekday())
    days = selectors.days_of(station_ref(station), monday - timedelta(days=1), 8, now)
    week, chosen = days[1:], days[1 + day.weekday()]
    if day == selectors.today(now):
        chosen = _with_open(days[day.weekday()], chosen, now)
    may_edit = who.may(Action.SCHEDULE_EDIT, path)
    taken_back = newsroom.taken_back(left_after_sounding(chosen.slots.values()))
    context = {
        "station": station,
        "day": day,
        "now": now,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "week": [_week_day(monday, index, one, day, now) for index, one in enumerate(week)],
        "whole_week": request.GET.get("xem") == "tuan",
        "holiday": holidays.holiday_on(day),
        "sessions": [_session_rows(one, chosen, now, taken_back) for one in chosen.programmes],
        "picture": timeline.draw(day, chosen.programmes, chosen.quiet, _past(chosen, now), now),
        "may_edit": may_edit,
        "may_timetable": who.may(Action.TIMETABLE_EDIT, path),
        "library": selectors.library(who, path).filter(picked_at=None)[:LIBRARY_SHOWN],
        "own": own_approved(who, path) if may_edit else [],
        "coming": [one.session for one in chosen.programmes if one.session.end > now],
        "movable": _movable(days, now) if may_edit else [],
        "feed": calendar_address.address(request, station_id),
        "hamlets": _hamlets(chosen),
        "last_day": selectors.today(now) + timedelta(days=AHEAD_DAYS - 1),
    }
    return render(request, "schedule/programme.html", context)


def _with_open(before: Day, today: Day, now: datetime) -> Day:
    """Today, and first what began yesterday and is open yet."""
    still = tuple(one for one in before.programmes if one.session.end > now)
    return replace(today, programmes=(*still, *today.programmes))


def own_approved(who: Actor, path: str) -> Any:
    """The office's approved bulletins, newest first, for choosing one."""
    return newsroom.office_bulletins(who, path).filter(state="approved", simulated=False)[
        :OWN_SHOWN
    ]


def _hamlets(day: Day) -> dict[str, str]:
    """Names of the hamlets that the day's items are limited to."""
    paths = {path for slot in day.slots.values() for path in slot.only}
    return {place.path: place.name for place in places_named(sorted(paths))} if paths else {}


def _movable(days: list[Day], now: datetime) -> list[Session]:
    """The sessions to come, where an item may be moved to."""
    return [one.session for day in days for one in day.programmes if one.session.end > now]


def _week_day(monday: date, index: int, day: Day, chosen: date, now: datetime) -> WeekDay:
    items = [placed for one in day.programmes for placed in one.placed]
    date_of = monday + timedelta(days=index)
    seconds = sum(placed.wish.seconds for placed in items)
    return WeekDay(
        date_of,
        len(items),
        seconds,
        date_of == chosen,
        holidays.holiday_on(date_of),
        timeline.draw(date_of, day.programmes, day.quiet, _past(day, now), now, whole_day=True),
    )


def _past(day: Day, now: datetime) -> dict[UUID, str]:
    items = [placed for one in day.programmes for placed in one.placed]
    return {
        placed.wish.key: "done" if placed.end <= now else "now"
        for placed in items
        if placed.at <= now
    }


def _session_rows(
    programme: rules.Programme,
    day: Day,
    now: datetime,
    taken_back: dict[UUID, Literal["withdrawn", "corrected"]],
) -> dict[str, Any]:
    rows = [
        {
            "placed": placed,
            "slot": day.slots[placed.wish.key],
            "started": placed.at <= now + rules.LEAD,
            "taken_back": _of(day.slots[placed.wish.key].bulletin_id, taken_back),
        }
        for placed in programme.placed
    ]
    left = [day.slots[wish.key] for wish in programme.left_over]
    return {
        "session": programme.session,
        "rows": rows,
        "left_over": left,
        "free_s": programme.room_s(now),
        "used_s": programme.session.capacity_s - programme.free_s,
        "over": programme.session.end <= now,
    }


def _of(bulletin_id: UUID | None, taken_back: dict[UUID, Literal["withdrawn", "corrected"]]) -> str:
    return taken_back.get(bulletin_id, "") if bulletin_id else ""


def back_to(station_id: UUID, day: date | None = None) -> str:
    """The address of a station's day."""
    url = reverse("console:programme", args=[station_id])
    return f"{url}?ngay={day.isoformat()}" if day else url
