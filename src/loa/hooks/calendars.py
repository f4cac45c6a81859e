"""A station's programme as iCalendar (RFC 5545), for the calendar of one's own telephone.

Calendar programs cannot sign in, so the address itself is the key: signed for one account and one
station, worth no more than that account's rights at the moment it is asked, and worth nothing once
the account's password was changed.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from loa.lib import clock
from loa.people.rules import Action
from loa.people.selectors import actor_of
from loa.schedule import holidays, selectors
from loa.schedule.handlers import station_ref
from loa.schedule.rules import Placed, Programme
from loa.web.calendar_address import account_of
from loa.web.lookups import station_or_404
from loa_protocol.clock import wire_time

if TYPE_CHECKING:
    pass

BACK_DAYS, AHEAD_DAYS = 7, 14


def feed(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """The last week and the days of the plan: sessions, their items, holidays."""
    who = actor_of(account_of(request.GET.get("khoa", ""), station_id))
    station = station_or_404(who, station_id)
    if not who.may(Action.SCHEDULE_VIEW, station.place.path):
        raise Http404
    now = clock.now()
    first = selectors.today(now) - timedelta(days=BACK_DAYS)
    calendar = Calendar()
    calendar.add("prodid", "-//Loa//vi")
    calendar.add("version", "2.0")
    calendar.add("name", station.name)
    calendar.add("x-wr-calname", station.name)
    calendar.add("refresh-interval", timedelta(minutes=15), {"value": "DURATION"})
    for programme in selectors.programmes(station_ref(station), first, BACK_DAYS + AHEAD_DAYS, now):
        calendar.add_component(_session(station.wire_id, programme, now))
        for placed in programme.placed:
            calendar.add_component(_item(placed, now))
    for shift in range(BACK_DAYS + AHEAD_DAYS):
        day = first + timedelta(days=shift)
        if name := holidays.holiday_on(day):
            calendar.add_component(
                _event(f"{day.isoformat()}@loa", name, now, dtstart=day, transp="TRANSPARENT")
            )
    answer = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


def _session(wire_id: str, programme: Programme, now: datetime) -> Event:
    session = programme.session
    return _event(
        f"{wire_id}-{wire_time(session.start):%Y%m%dT%H%M}@loa",
        _("Buổi phát, %(count)d mục") % {"count": len(programme.placed)},
        now,
        dtstart=session.start,
        dtend=session.end,
        transp="TRANSPARENT",
    )


def _item(placed: Placed, now: datetime) -> Event:
    return _event(
        f"{placed.wish.key}@loa",
        placed.wish.title,
        now,
        dtstart=placed.at,
        dtend=placed.end,
        priority=1 if placed.wish.class_name == "priority" else 5,
    )


def _event(uid: str, summary: str, now: datetime, **fields: Any) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("summary", summary)
    event.add("dtstamp", now)
    for name, value in fields.items():
        event.add(name, value)
    return event
