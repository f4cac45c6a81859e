"""Tiếp âm: a relay of another station's programme, with what sounds when its source fails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from loa.console.schedule.programme import back_to, own_approved
from loa.lib import clock
from loa.newsroom import selectors as newsroom
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.schedule import relaying, selectors, services
from loa.schedule.handlers import seconds_of, slot_content, station_ref
from loa.schedule.rules import ScheduleRefused
from loa.schedule.selectors import StationRef
from loa.web import scheduling
from loa.web.lookups import bulletin_or_404, station_or_404
from loa.web.middleware import actor
from loa.web.requests import REFUSALS, done, sentence, signed_in, uuid_or_404, whole_or_none


@signed_in
def page(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """The form of a relay, and putting it into the programme."""
    who = actor(request)
    station = station_or_404(who, station_id)
    ensure(who, Action.SCHEDULE_EDIT, station.place.path)
    names = ("title", "url", "line_input", "day", "hour", "minutes", "fallback", "silence_s")
    typed = {name: request.POST.get(name, "") for name in names}
    refusal = ""
    if request.method == "POST":
        try:
            at = _put(request, station_ref(station), typed)
        except REFUSALS as refused_because:
            refusal = sentence(refused_because)
        else:
            words = _("Đã xếp tiếp âm. Mất nguồn thì loa tự phát bài dự phòng.")
            return done(request, words, back_to(station_id, clock.local(at).date()))
    context = {
        "station": station,
        "typed": typed,
        "refusal": refusal,
        "own": own_approved(who, station.place.path),
        "today": selectors.today(),
    }
    return render(request, "schedule/relay.html", context, status=422 if refusal else 200)


def _put(request: HttpRequest, station: StationRef, typed: dict[str, str]) -> datetime:
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
    session = selectors.session_at(station, at, minutes * 60)
    if session is None:
        raise ScheduleRefused(_("Giờ này nằm ngoài buổi phát của đài."))
    content = relaying.relay_content(
        title=title,
        url=typed["url"].strip()[:300],
        line_input=typed["line_input"].strip()[:40],
        fallback=fallback,
        silence_s=silence_s or 20,
    )
    services.slot_add(
        actor=actor(request),
        station=station,
        content=content,
        seconds=minutes * 60,
        session=session,
        at=at,
    )
    return at


def _fallback(request: HttpRequest, text: str) -> dict[str, Any]:
    if not text:
        raise ScheduleRefused(_("Chọn một tin đã duyệt làm bài dự phòng khi mất nguồn."))
    bulletin = bulletin_or_404(actor(request), uuid_or_404(text))
    version = newsroom.approved_version(bulletin.pk)
    if version is None or not seconds_of(version):
        raise ScheduleRefused(_("Bài dự phòng phải là tin đã duyệt và có âm thanh."))
    return slot_content(version)
