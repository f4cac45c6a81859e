"""Changing a programme that stands: adding, moving, taking out and back, copying a day."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from loa.console.schedule.programme import back_to, day_from
from loa.lib import clock
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.schedule import rearranging, selectors, services
from loa.schedule.handlers import station_ref
from loa.schedule.rules import ScheduleRefused, Session, parse_hour
from loa.schedule.selectors import StationRef
from loa.web import formats, scheduling
from loa.web.lookups import bulletin_or_404, station_or_404
from loa.web.middleware import actor
from loa.web.requests import REFUSALS, Undo, done, refused, signed_in, uuid_or_404, whole_or_none

if TYPE_CHECKING:
    from loa.outlets.models import Station
    from loa.schedule.models import Slot


def _station(request: HttpRequest, station_id: UUID) -> "Station":
    who = actor(request)
    station = station_or_404(who, station_id)
    ensure(who, Action.SCHEDULE_EDIT, station.place.path)
    return station


@signed_in
@require_POST
def item(request: HttpRequest, station_id: UUID, slot_id: UUID) -> HttpResponse:
    """Take an item out, put it back, or move it: up, down, to a session's line, to an hour."""
    ref = station_ref(_station(request, station_id))
    do = request.POST.get("do", "")
    if do == "restore":
        return _restore(request, ref, slot_id)
    slot = selectors.slot_get(station_id, slot_id)
    if slot is None:
        raise Http404
    here = back_to(station_id, clock.local(slot.session_at).date())
    if do == "remove":
        return _remove(request, ref, slot, here)
    try:
        to = _move(request, ref, slot, do)
    except REFUSALS as refusal:
        return refused(request, refusal, here)
    return redirect(back_to(station_id, to) if to else here)


def _remove(request: HttpRequest, ref: StationRef, slot: "Slot", here: str) -> HttpResponse:
    services.slot_remove(
        actor=actor(request), station=ref, slot_id=slot.pk, why=_("đài bỏ khỏi lịch")
    )
    words = _("Đã bỏ “%(title)s” khỏi lịch.") % {"title": slot.title}
    back = Undo(reverse("console:item", args=[ref.id, slot.pk]), {"do": "restore"})
    return done(request, words, here, undo=back)


def _restore(request: HttpRequest, ref: StationRef, slot_id: UUID) -> HttpResponse:
    here = back_to(ref.id)
    slot = selectors.removed_slot_get(ref.id, slot_id)
    if slot is None:
        raise Http404
    here = back_to(ref.id, clock.local(slot.session_at).date())
    try:
        rearranging.slot_restore(actor=actor(request), station=ref, slot_id=slot_id)
    except REFUSALS as refusal:
        return refused(request, refusal, here)
    return done(request, _("Đã đưa “%(title)s” trở lại lịch.") % {"title": slot.title}, here)


def _move(request: HttpRequest, ref: StationRef, slot: "Slot", do: str) -> date | None:
    """Move as asked; the day it stands on afterwards, None where nothing was to be done."""
    now = clock.now()
    here = selectors.session_of(ref, slot.session_at)
    if do in {"up", "down"} and here is not None:
        line = [other.pk for other in rearranging.waiting_with(slot, here, now)]
        if slot.pk not in line:
            return None
        index = line.index(slot.pk) + (-1 if do == "up" else 1)
        if not 0 <= index < len(line):
            return None
        _shift(request, ref, slot, here, index=index)
        return clock.local(here.start).date()
    wanted = _moment(request.POST.get("session", ""))
    session = selectors.session_of(ref, wanted) if wanted else here
    if session is None:
        raise ScheduleRefused(_("Buổi phát ấy không còn. Tải lại trang rồi chọn buổi khác."))
    if hour := request.POST.get("hour", "").strip():
        _shift(request, ref, slot, session, at=_at(session, hour))
    else:
        _shift(request, ref, slot, session, index=whole_or_none(request.POST.get("index", ""), 500))
    return clock.local(session.start).date()


def _shift(
    request: HttpRequest, ref: StationRef, slot: "Slot", session: Session, **where: Any
) -> None:
    rearranging.slot_shift(
        actor=actor(request), station=ref, slot_id=slot.pk, session=session, **where
    )


def _at(session: Session, hour: str) -> datetime:
    """The hour inside the session, whose end may be after midnight."""
    day = clock.local(session.start).date()
    at = datetime.combine(day, parse_hour(hour[:8]), clock.VIETNAM)
    return at if at >= session.start else at + timedelta(days=1)


@signed_in
@require_POST
def add(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """Put an approved bulletin of one's own, or one of the source library, into a session."""
    station = _station(request, station_id)
    session_start = _moment(request.POST.get("session", ""))
    here = back_to(station_id, clock.local(session_start).date() if session_start else None)
    bulletin = _bulletin(request, station, uuid_or_404(request.POST.get("bulletin", "")))
    try:
        scheduling.schedule(
            actor(request),
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
        moment = clock.moment_read(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


@signed_in
@require_POST
def copy_day(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """Copy the commune's own items of one day to another, all or nothing."""
    ref = station_ref(_station(request, station_id))
    source = day_from(request.POST.get("tu", ""))
    try:
        target = scheduling.day_of(request.POST.get("den", ""))
        count = rearranging.day_copy(
            actor=actor(request), station=ref, source=source, target=target
        )
    except REFUSALS as refusal:
        return refused(request, refusal, back_to(station_id, source))
    words = ngettext(
        "Đã chép %(count)d mục sang %(day)s.", "Đã chép %(count)d mục sang %(day)s.", count
    )
    said = words % {"count": count, "day": formats.day(target)}
    return done(request, said, back_to(station_id, target))
