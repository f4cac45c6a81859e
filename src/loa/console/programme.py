"""Lịch phát: a station's day and week, its items moved and removed, new ones put in."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console import scheduling, timeline
from loa.console.asking import (
    REFUSALS,
    desk_of,
    done,
    refused,
    sentence,
    signed_in,
    uuid_or_404,
    whole_or_none,
)
from loa.console.bulletin import bulletin_or_404
from loa.console.channels import station_or_404
from loa.console.middleware import actor
from loa.lib import clock
from loa.newsroom import selectors as newsroom
from loa.outlets import selectors as outlets
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.places.selectors import inside
from loa.schedule import rules, selectors, services
from loa.schedule.handlers import seconds_of, slot_content, station_ref
from loa.schedule.rules import ScheduleRefused, Session
from loa.schedule.selectors import Day

if TYPE_CHECKING:
    from loa.outlets.models import Station

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


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """Choose a station; who has one alone sees it at once."""
    who, path = desk_of(request)
    ensure(who, Action.SCHEDULE_VIEW, path or "vn")
    stations = list(outlets.stations(who).filter(inside([path], "place__path"))[:200])
    if len(stations) == 1:
        return redirect("console:programme", stations[0].pk)
    return render(request, "console/programme_index.html", {"stations": stations})


def day_from(text: str) -> date:
    """The day asked for, kept near today; today for what is no day."""
    today = selectors.today()
    try:
        day = date.fromisoformat(text[:10])
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
    week = selectors.days_of(station_ref(station), monday, 7, now)
    chosen = week[day.weekday()]
    may_edit = who.may(Action.SCHEDULE_EDIT, path)
    context = {
        "station": station,
        "day": day,
        "now": now,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "week": [_week_day(monday, index, one, day) for index, one in enumerate(week)],
        "sessions": [_session_rows(one, chosen, now) for one in chosen.programmes],
        "picture": timeline.draw(day, chosen.programmes, chosen.quiet, _past(chosen, now), now),
        "may_edit": may_edit,
        "may_timetable": who.may(Action.TIMETABLE_EDIT, path),
        "library": selectors.library(who, path).filter(picked_at=None)[:LIBRARY_SHOWN],
        "own": _own(request, path) if may_edit else [],
        "coming": [one.session for one in chosen.programmes if one.session.end > now],
    }
    return render(request, "console/programme.html", context)


def _own(request: HttpRequest, path: str) -> Any:
    return newsroom.office_bulletins(actor(request), path).filter(
        state="approved", simulated=False
    )[:OWN_SHOWN]


def _week_day(monday: date, index: int, day: Day, chosen: date) -> WeekDay:
    items = [placed for one in day.programmes for placed in one.placed]
    date_of = monday + timedelta(days=index)
    seconds = sum(placed.wish.seconds for placed in items)
    return WeekDay(date_of, len(items), seconds, date_of == chosen)


def _past(day: Day, now: datetime) -> dict[UUID, str]:
    items = [placed for one in day.programmes for placed in one.placed]
    return {
        placed.wish.key: "done" if placed.end <= now else "now"
        for placed in items
        if placed.at <= now
    }


def _session_rows(programme: rules.Programme, day: Day, now: datetime) -> dict[str, Any]:
    rows = [
        {
            "placed": placed,
            "slot": day.slots[placed.wish.key],
            "started": placed.at <= now + rules.LEAD,
        }
        for placed in programme.placed
    ]
    left = [day.slots[wish.key] for wish in programme.left_over]
    return {
        "session": programme.session,
        "rows": rows,
        "left_over": left,
        "free_s": programme.free_s,
        "over": programme.session.end <= now,
    }


def _back(station_id: UUID, day: date | None = None) -> str:
    url = reverse("console:programme", args=[station_id])
    return f"{url}?ngay={day.isoformat()}" if day else url


@signed_in
@require_POST
def item(request: HttpRequest, station_id: UUID, slot_id: UUID) -> HttpResponse:
    """Move an item up or down in its session, or take it out."""
    who = actor(request)
    station = station_or_404(who, station_id)
    ensure(who, Action.SCHEDULE_EDIT, station.place.path)
    slot = selectors.slot_get(station_id, slot_id)
    if slot is None:
        raise Http404
    day = clock.local(slot.session_at).date()
    here, do = _back(station_id, day), request.POST.get("do", "")
    ref = station_ref(station)
    if do == "remove":
        services.slot_remove(actor=who, station=ref, slot_id=slot_id, why=_("đài bỏ khỏi lịch"))
        return done(request, _("Đã bỏ “%(title)s” khỏi lịch.") % {"title": slot.title}, here)
    line = _line_of(station, slot, clock.now())
    order = _swapped([wish.key for wish in line], slot_id, -1 if do == "up" else 1)
    for position, key in enumerate(order, start=1):
        services.slot_move(actor=who, station=ref, slot_id=key, position=position)
    return redirect(here)


def _line_of(station: "Station", slot: Any, now: datetime) -> list[rules.Wish]:
    """The items that stand in line with this one: same session, same rank, still to come."""
    day = selectors.day_of(station_ref(station), clock.local(slot.session_at).date(), now)
    wishes = [
        selectors.wish_of(other)
        for other in day.slots.values()
        if other.session_at == slot.session_at
    ]
    mine = rules.rank(selectors.wish_of(slot))[0]
    line = [
        wish
        for wish in wishes
        if wish.fixed_at is None and rules.rank(wish)[0] == mine and not _sounding(wish, now)
    ]
    return sorted(line, key=rules.rank)


def _sounding(wish: rules.Wish, now: datetime) -> bool:
    return wish.placed_at is not None and wish.placed_at <= now + rules.LEAD


def _swapped(keys: list[UUID], key: UUID, step: int) -> list[UUID]:
    if key not in keys:
        return []
    at = keys.index(key)
    to = min(max(at + step, 0), len(keys) - 1)
    keys[at], keys[to] = keys[to], keys[at]
    return keys


@signed_in
@require_POST
def add(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """Put an approved bulletin of one's own, or one of the source library, into a session."""
    who = actor(request)
    station = station_or_404(who, station_id)
    ensure(who, Action.SCHEDULE_EDIT, station.place.path)
    session_start = _moment(request.POST.get("session", ""))
    here = _back(station_id, clock.local(session_start).date() if session_start else None)
    bulletin_id = uuid_or_404(request.POST.get("bulletin", ""))
    bulletin = _bulletin(request, station, bulletin_id)
    try:
        scheduling.schedule(
            who,
            bulletin,
            station,
            scheduling.Wanted(session=session_start),
            filler=request.POST.get("filler") == "1",
        )
    except REFUSALS as refusal:
        return refused(request, refusal, here)
    return done(request, _("Đã thêm vào buổi phát. Lịch được ký và gửi tới loa ngay."), here)


def _bulletin(request: HttpRequest, station: "Station", bulletin_id: UUID) -> Any:
    """One's own bulletin, or one that the commune's library holds; 404 for any other."""
    who = actor(request)
    held = selectors.library(who, station.place.path).filter(bulletin_id=bulletin_id).first()
    return held.bulletin if held else bulletin_or_404(who, bulletin_id)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


@signed_in
def relay(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """A relay of another station's programme, with what sounds when its source fails."""
    who = actor(request)
    station = station_or_404(who, station_id)
    ensure(who, Action.SCHEDULE_EDIT, station.place.path)
    names = ("title", "url", "line_input", "day", "hour", "minutes", "fallback", "silence_s")
    typed = {name: request.POST.get(name, "") for name in names}
    refusal = ""
    if request.method == "POST":
        try:
            at = _put_relay(request, station, typed)
        except REFUSALS as refused_because:
            refusal = sentence(refused_because)
        else:
            words = _("Đã xếp tiếp âm. Mất nguồn thì loa tự phát bài dự phòng.")
            return done(request, words, _back(station_id, clock.local(at).date()))
    context = {
        "station": station,
        "typed": typed,
        "refusal": refusal,
        "own": _own(request, station.place.path),
        "today": selectors.today(),
    }
    return render(request, "console/relay.html", context, status=422 if refusal else 200)


def _put_relay(request: HttpRequest, station: "Station", typed: dict[str, str]) -> datetime:
    minutes, silence_s = (
        whole_or_none(typed["minutes"], 300),
        whole_or_none(typed["silence_s"], 600),
    )
    if not minutes:
        raise ScheduleRefused(_("Ghi số phút tiếp âm, từ 1 đến 300."))
    title = " ".join(typed["title"].split())[:200]
    if not title:
        raise ScheduleRefused(_("Ghi tên chương trình được tiếp âm."))
    at = scheduling.fixed_time(typed["day"], typed["hour"])
    fallback = _fallback(request, typed["fallback"])
    session = selectors.session_at(station_ref(station), at, minutes * 60)
    if session is None:
        raise ScheduleRefused(_("Giờ này nằm ngoài buổi phát của đài."))
    content = services.relay_content(
        title=title,
        url=typed["url"].strip()[:300],
        line_input=typed["line_input"].strip()[:40],
        fallback_sha256=fallback["opus_id"],
        silence_s=silence_s or 20,
    )
    _add_relay(request, station, session, content, minutes * 60, at)
    return at


def _add_relay(
    request: HttpRequest,
    station: "Station",
    session: Session,
    content: dict[str, Any],
    seconds: int,
    at: datetime,
) -> None:
    services.slot_add(
        actor=actor(request),
        station=station_ref(station),
        content=content,
        seconds=seconds,
        session=session,
        at=at,
    )


def _fallback(request: HttpRequest, text: str) -> dict[str, Any]:
    if not text:
        raise ScheduleRefused(_("Chọn một tin đã duyệt làm bài dự phòng khi mất nguồn."))
    bulletin = bulletin_or_404(actor(request), uuid_or_404(text))
    version = newsroom.approved_version(bulletin.pk)
    if version is None or not seconds_of(version):
        raise ScheduleRefused(_("Bài dự phòng phải là tin đã duyệt và có âm thanh."))
    return slot_content(version)
