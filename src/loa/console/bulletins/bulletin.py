"""A bulletin's own page: what it says, and the proof of its way from the desk to the horn."""

from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from loa.channels.selectors import reach_of_bulletin
from loa.console.bulletins import proof
from loa.console.bulletins.province_results import heard_below
from loa.delivery import selectors as delivery
from loa.journal import selectors as journal
from loa.lib import clock
from loa.media.serving import file_response
from loa.newsroom import differences, rules, selectors, services
from loa.newsroom.companions import companion_begin
from loa.newsroom.correcting import correction_begin
from loa.outlets import selectors as outlets
from loa.people.rules import Action, Actor
from loa.places.selectors import inside, place_get, places_named, present
from loa.schedule import airing
from loa.schedule import selectors as schedule_selectors
from loa.schedule.rules import ScheduleRefused
from loa.web import airing_form, scheduling
from loa.web.facts.sentences import told
from loa.web.lookups import bulletin_or_404
from loa.web.middleware import actor
from loa.web.requests import (
    REFUSALS,
    desk_of,
    done,
    live,
    page_number,
    refused,
    sentence,
    signed_in,
    uuid_or_404,
    whole_or_none,
)

if TYPE_CHECKING:
    from loa.newsroom.models import Bulletin, Version

ROWS_MAX = 60
HISTORY_MAX = 100


@signed_in
def reach(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """The part of the page that lists the outlets of the other channels; asked apart, so that the
    page itself stays small."""
    bulletin_or_404(actor(request), bulletin_id)
    found = [one for one in reach_of_bulletin(bulletin_id) if one.kind != "speaker"]
    return render(request, "web/parts/reach.html", {"reach": found[:ROWS_MAX]})


@signed_in
def page(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """The page; its proof renews itself while somebody looks."""
    who = actor(request)
    bulletin = bulletin_or_404(who, bulletin_id)
    context = _proof_context(who, bulletin, request)
    if not request.htmx:  # type: ignore[attr-defined]  # set by django_htmx's middleware
        context |= _whole_context(who, bulletin)
    return live(
        request,
        page="bulletins/bulletin.html",
        part="bulletins/parts/proof.html",
        context=context,
    )


def _proof_context(who: Actor, bulletin: "Bulletin", request: HttpRequest) -> dict[str, Any]:
    within = who.places(Action.OUTLET_VIEW)
    chosen = request.GET.get("dai", "")
    way = proof.proof_of(bulletin, within)
    stations = proof.stations_of(bulletin.pk, way.planned, bool(chosen))
    station = next((row for row in stations if str(row.station_id) == chosen), None)
    station = station or (stations[0] if len(stations) == 1 else None)
    number = page_number(request)
    start = (number - 1) * ROWS_MAX
    plays = []
    if station is not None:
        plays = delivery.plays_at(bulletin.pk, station.station_id, start, ROWS_MAX + 1)
    more = len(plays) > ROWS_MAX if station else len(stations) > start + ROWS_MAX
    plays = plays[:ROWS_MAX]
    return {
        "bulletin": bulletin,
        "proof": way,
        "stations": stations[start : start + ROWS_MAX],
        "stations_count": len(stations),
        "number": number,
        "more": more,
        "station": station,
        "plays": plays,
        "verified": delivery.verified(plays),
    }


def _whole_context(who: Actor, bulletin: "Bulletin") -> dict[str, Any]:
    path = bulletin.place.path
    version = selectors.newest_version(bulletin.pk)
    targets = present(version.targets, own=path)
    whole = targets in ([path], [])
    wishes = airing.wishes_for(bulletin.pk) if who.may(Action.BULLETIN_VIEW, path) else []
    return {
        "version": version,
        "production": version.production,
        "pictures": selectors.pictures_of(version),
        "targets": [bulletin.place] if whole else places_named(targets),
        "category": version.get_category_display(),
        "own": who.may(Action.BULLETIN_VIEW, path),
        "wishes": airing_form.wish_words(wishes),
        "wish_problems": [row.problem for row in wishes if row.problem],
        "may_edit": bulletin.state in rules.EDITABLE and who.may(Action.BULLETIN_WRITE, path),
        "may_approve": bulletin.state == "submitted" and who.may(Action.BULLETIN_APPROVE, path),
        "below": heard_below(bulletin.pk) if path == "vn" else None,
        "may_accompany": bulletin.state == "approved"
        and path.count("/") < 2
        and any(place.count("/") >= 2 for place in who.places(Action.BULLETIN_WRITE)),
        "may_correct": bulletin.state == "approved" and who.may(Action.BULLETIN_WRITE, path),
        "may_withdraw": bulletin.state != "withdrawn" and who.may(Action.BULLETIN_WITHDRAW, path),
        "may_schedule": bulletin.state == "approved"
        and not bulletin.simulated
        and bool(who.places(Action.SCHEDULE_EDIT)),
    }


@signed_in
def history(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """Versions with their differences, decisions, and the journal's own facts.

    Only for the office that wrote it and those above: who merely received it sees what was sent,
    not how it came to be.
    """
    who = actor(request)
    try:
        bulletin = selectors.bulletin_get(who, bulletin_id)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    rows = selectors.versions_with_pictures(bulletin_id).prefetch_related(None)
    versions = list(rows[:HISTORY_MAX])
    steps = [
        (newer, differences.difference(_whole_text(older), _whole_text(newer)))
        for newer, older in pairwise(versions)
    ]
    seen = inside(who.places(Action.JOURNAL_VIEW), "place")
    facts = journal.facts_of(f"bulletin:{bulletin_id}").filter(seen)
    context = {
        "bulletin": bulletin,
        "steps": steps,
        "first": versions[-1],
        "decisions": selectors.decisions_of(bulletin_id),
        "slots": schedule_selectors.slots_of(bulletin_id, who.places(Action.OUTLET_VIEW))[
            :HISTORY_MAX
        ],
        "title": versions[0].title,
        "facts": told(facts[:HISTORY_MAX]),
    }
    return render(request, "bulletins/bulletin_history.html", context)


def _whole_text(version: "Version") -> str:
    return f"{version.title}\n\n{version.body}\n\n{version.spoken}"


@signed_in
def sound(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """The state of the sound: asked again until it is made."""
    bulletin = bulletin_or_404(actor(request), bulletin_id)
    context = {
        "bulletin": bulletin,
        "production": selectors.newest_version(bulletin_id).production,
    }
    return render(request, "bulletins/parts/sound.html", context)


@signed_in
def sound_file(request: HttpRequest, bulletin_id: UUID, kind: str) -> HttpResponseBase:
    """The newest version's sound, in ranges; `kind` is opus or mp3."""
    bulletin_or_404(actor(request), bulletin_id)
    production = selectors.newest_version(bulletin_id).production
    sha256 = getattr(production, f"{kind}_id", None) if kind in {"opus", "mp3"} else None
    if sha256 is None:
        raise Http404
    response = file_response(request, settings.ENV.media, sha256)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@signed_in
def picture(request: HttpRequest, bulletin_id: UUID, position: int) -> HttpResponseBase:
    """A picture of the newest version."""
    bulletin_or_404(actor(request), bulletin_id)
    pictures = selectors.versions_with_pictures(bulletin_id)[0].pictures.all()
    found = next((row for row in pictures if row.position == position), None)
    if found is None:
        raise Http404
    response = file_response(request, settings.ENV.media, found.file_id)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@signed_in
def receipt(request: HttpRequest, play_id: UUID) -> HttpResponse:
    """The raw signed receipt behind a play, byte for byte, for anybody's own checking."""
    who = actor(request)
    play = delivery.play_get(play_id)
    if play is None or play.receipt is None:
        raise Http404
    if not who.may(Action.OUTLET_VIEW, play.outlet.station.place.path):
        raise Http404
    data = bytes(play.receipt.envelope)
    name = f"chung-nhan-{play.receipt.sha256[:12]}.json"
    response = HttpResponse(data, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@signed_in
@require_POST
def withdraw(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """Take the bulletin back from every plan and outlet, with a reason."""
    who = actor(request)
    bulletin = bulletin_or_404(who, bulletin_id)
    here = reverse("console:bulletin", args=[bulletin_id])
    try:
        services.bulletin_withdraw(
            actor=who,
            bulletin_id=bulletin_id,
            edition=whole_or_none(request.POST.get("edition", "")) or bulletin.edition,
            reason=request.POST.get("reason", ""),
        )
    except REFUSALS as refusal:
        return refused(request, refusal, here)
    return done(
        request,
        _("Đã thu hồi. Tin rời mọi lịch phát; loa có mạng biết trong khoảng một phút."),
        here,
    )


@signed_in
@require_POST
def correct(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """Begin a correction with the bulletin's words; it takes its place once it is approved."""
    who = actor(request)
    bulletin_or_404(who, bulletin_id)
    try:
        made = correction_begin(actor=who, bulletin_id=bulletin_id)
    except REFUSALS as refusal:
        return refused(request, refusal, reverse("console:bulletin", args=[bulletin_id]))
    return redirect("console:edit", made.pk)


@signed_in
@require_POST
def accompany(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """The commune's own words beside a bulletin of its library: an introduction, or a translation
    in a recording. The bulletin itself is not touched."""
    who, path = desk_of(request)
    place = place_get(path)
    held = schedule_selectors.library(who, path).filter(bulletin_id=bulletin_id)
    if place is None or not held.exists():
        raise Http404
    try:
        made = companion_begin(actor=who, source_id=bulletin_id, place=place)
    except REFUSALS as refusal:
        return refused(request, refusal, reverse("console:bulletin", args=[bulletin_id]))
    return redirect("console:edit", made.pk)


@signed_in
def put_on_air(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """Schedule an approved bulletin: next session, a chosen one, a fixed time, or repeated."""
    who = actor(request)
    bulletin = bulletin_or_404(who, bulletin_id)
    if request.method == "POST":
        return _put(request, who, bulletin)
    return _put_page(request, who, bulletin)


def _put_page(
    request: HttpRequest, who: Actor, bulletin: "Bulletin", refusal: str = ""
) -> HttpResponse:
    version = selectors.newest_version(bulletin.pk)
    context = {
        "bulletin": bulletin,
        "version": version,
        "offers": scheduling.offers(who, bulletin),
        "refusal": refusal,
        "typed": request.POST,
        "today": schedule_selectors.today(),
    }
    return render(request, "bulletins/put_on_air.html", context, status=422 if refusal else 200)


def _put(request: HttpRequest, who: Actor, bulletin: "Bulletin") -> HttpResponse:
    here = reverse("console:bulletin", args=[bulletin.pk])
    station_id = uuid_or_404(request.POST.get("station", ""))
    try:
        station = outlets.station_get(who, station_id)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    try:
        wish = _wish(request)
        slots = scheduling.schedule(who, bulletin, station, wish)
    except REFUSALS as refusal:
        return _put_page(request, who, bulletin, sentence(refusal))
    count = len(slots)
    words = ngettext(
        "Đã xếp vào một buổi phát. Lịch được ký và gửi tới loa ngay.",
        "Đã xếp vào %(count)d buổi phát. Lịch được ký và gửi tới loa ngay.",
        count,
    )
    return done(request, words % {"count": count} if "%(" in words else words, here)


def _wish(request: HttpRequest) -> scheduling.Wanted:
    post = request.POST
    how = post.get("how", "next")
    if how == "fixed":
        return scheduling.Wanted(
            at=scheduling.fixed_time(post.get("day", ""), post.get("hour", ""))
        )
    if how == "session":
        return scheduling.Wanted(session=_session_start(post.get("session", "")))
    if how == "repeat":
        days = whole_or_none(post.get("days", ""), 31)
        if not days:
            raise ScheduleRefused(_("Ghi số ngày lặp lại, từ 1 đến 31."))
        return scheduling.Wanted(days=days)
    return scheduling.Wanted()


def _session_start(text: str) -> datetime:
    try:
        start = clock.moment_read(text)
    except ValueError as error:
        raise ScheduleRefused(_("Chọn một buổi phát trong danh sách.")) from error
    if start.tzinfo is None:
        raise ScheduleRefused(_("Chọn một buổi phát trong danh sách."))
    return start
