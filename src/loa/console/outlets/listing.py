"""Kênh as a list and as a tree: found by state, technology, hamlet and words; many at once."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from loa.lib import clock
from loa.outlets import commands, finding, selectors, services, station_lists
from loa.outlets.finding import Wanted
from loa.outlets.services import OutletError
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import hamlets_of, inside, place_get
from loa.schedule import selectors as schedule
from loa.schedule.handlers import station_ref
from loa.schedule.services import timetable_set
from loa.web import formats
from loa.web.middleware import actor
from loa.web.outlet_states import WORST_FIRST, outlet_state
from loa.web.requests import (
    REFUSALS,
    beside,
    desk_of,
    done,
    live,
    page_number,
    refused,
    sentence,
    signed_in,
    whole_or_none,
)

BULK_MAX = 500
STATIONS_MAX = 200


def wanted_of(request: HttpRequest, path: str) -> Wanted:
    """What the address asks for. A place outside the asker's desk narrows to nothing of others':
    the selectors hold the scope."""
    asked = request.GET.get("noi", "")[:24]
    state = request.GET.get("tinh-trang", "")
    return Wanted(
        path=asked if asked.startswith(path + "/") else path,
        state=state if state in finding.STATES else "",
        technology=request.GET.get("cong-nghe", "")[:5],
        station=_uuid_or_none(request.GET.get("dai", "")),
        text=request.GET.get("tim", "")[:100],
    )


def _uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def filters(request: HttpRequest, wanted: Wanted, path: str) -> dict[str, Any]:
    """What the form of filters shows."""
    commune = (
        place_get("/".join(wanted.path.split("/")[:3])) if wanted.path.count("/") >= 2 else None
    )
    kept = request.GET.copy()
    kept.pop("trang", None)
    kept.pop("seen", None)
    narrowed = wanted.path != path
    return {
        "wanted": wanted,
        "narrowed": (commune or place_get(wanted.path)) if narrowed else None,
        "path": path,
        "states": [(key, formats.FINDING_STATES[key]) for key in finding.STATES],
        "technologies": selectors.technologies(),
        "hamlets": list(hamlets_of(commune)) if commune else [],
        "query": kept.urlencode(),
    }


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """Outlets of the asker's places, found and cut into pages."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_VIEW, path or "vn")
    now = clock.now()
    wanted = wanted_of(request, path)
    found = finding.page_of(who, wanted, now, page_number(request))
    rows = [{"outlet": outlet, "state": outlet_state(outlet, now)} for outlet in found.rows]
    if not wanted.is_wide and not wanted.state:
        rows.sort(key=lambda row: WORST_FIRST.get(str(row["state"]), 9))
    context = {
        **filters(request, wanted, path),
        "rows": rows,
        "page": found,
        "counts": finding.counts(who, wanted, now),
        "may_command": who.may(Action.OUTLET_COMMAND, path),
        "may_enrol": who.may(Action.OUTLET_ENROL, path),
        "tab": "outlets",
        "every": "10s",
    }
    return live(
        request, page="outlets/outlets.html", part="outlets/parts/outlets.html", context=context
    )


@signed_in
def tree(request: HttpRequest) -> HttpResponse:
    """The places below, each with its outlets by state; down to hamlets. Of a wide place the lines
    are kept as they were drawn, for COUNTED_S: they are the same for all who see those places."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_VIEW, path or "vn")
    wanted = wanted_of(request, path)
    at = wanted.path or path
    steps = at.split("/")
    above = ["/".join(steps[:depth]) for depth in range(path.count("/") + 1, len(steps) + 1)]
    is_commune = at.count("/") >= 2
    context = {
        "branches": lambda: _lines(finding.branches(who, at, clock.now()), is_commune),
        "scope": ",".join(who.places(Action.OUTLET_VIEW)),
        "counted_s": finding.COUNTED_S,
        "here": place_get(at),
        "above": [place for place in (place_get(one) for one in above[:-1]) if place],
        "is_commune": is_commune,
        "may_enrol": who.may(Action.OUTLET_ENROL, path),
        "tab": "tree",
    }
    return render(request, "outlets/outlet_tree.html", context)


@dataclass(frozen=True, slots=True)
class Line:
    """One place of the tree in words; badges are (how it looks, what it says)."""

    name: str
    url: str
    people: str
    badges: tuple[tuple[str, str], ...]
    outlets: str


def _lines(branches: list[finding.Branch], is_commune: bool) -> list[Line]:
    """The words of a hundred places, each sentence looked up once."""
    below = reverse("console:outlets") if is_commune else ""
    people, outlets = _("%(count)s người dân"), _("%(count)s cụm loa")
    kinds = (
        ("silent", "failed", _("%(count)s mất liên lạc")),
        ("fault", "failed", _("%(count)s hỏng")),
        ("playing", "", _("%(count)s đang phát")),
        ("never", "plain", _("%(count)s chưa ghép")),
    )

    def said(words: str, count: int) -> str:
        return words % {"count": formats.number(count)}

    return [
        Line(
            name=branch.name or _("Chưa ghi thôn"),
            url=f"{below}?noi={branch.path}" if branch.path else "",
            people=said(people, branch.people) if branch.people is not None else "",
            badges=tuple(
                (look, said(words, getattr(branch, kind)))
                for kind, look, words in kinds
                if getattr(branch, kind)
            ),
            outlets=said(outlets, branch.outlets),
        )
        for branch in branches
    ]


def _ids(request: HttpRequest, name: str) -> list[UUID]:
    found = [_uuid_or_none(text) for text in request.POST.getlist(name)[: BULK_MAX + 1]]
    return [one for one in found if one is not None]


def _back(request: HttpRequest) -> str:
    """The list the asker came from, with its filters: built here, never taken as an address."""
    query = request.POST.get("query", "")[:500]
    return reverse("console:outlets") + (f"?{query}" if query and "\n" not in query else "")


@signed_in
@require_POST
def many(request: HttpRequest) -> HttpResponse:
    """One volume, or one command, for all the outlets that are ticked."""
    who = actor(request)
    ids = _ids(request, "outlet")
    back = _back(request)
    try:
        if not ids:
            raise OutletError(_("Chưa chọn cụm loa nào. Đánh dấu rồi bấm lại."))
        if len(ids) > BULK_MAX:
            raise OutletError("Mỗi lần nhiều nhất %(most)s cụm loa.", most=BULK_MAX)
        outlets = finding.chosen(who, ids, BULK_MAX)
        for outlet in outlets:
            ensure(who, Action.OUTLET_COMMAND, outlet.station.place.path)
        did, failed = _do_many(who, outlets, request.POST.get("do", ""), request.POST)
    except REFUSALS as refusal:
        return refused(request, refusal, back)
    for words in failed[:3]:
        messages.error(request, words, extra_tags="failed")
    words = ngettext("Đã gửi cho %d cụm loa.", "Đã gửi cho %d cụm loa.", did) % did
    return done(request, words, back)


def _do_many(who: Actor, outlets: list[Any], do: str, post: Any) -> tuple[int, list[str]]:
    """How many were done, and sentences of those that could not be."""
    did, failed = 0, []
    volume_pct = whole_or_none(post.get("volume_pct", ""))
    if do == "volume" and (volume_pct is None or volume_pct > 100):
        raise OutletError("Âm lượng là một số từ 0 đến 100.")
    for outlet in outlets:
        try:
            if do == "volume":
                services.outlet_volume(actor=who, outlet=outlet, volume_pct=volume_pct or 0)
            else:
                commands.command_give(actor=who, outlet=outlet, do=do)
        except REFUSALS as refusal:
            failed.append(f"{outlet.code}: {sentence(refusal)}")
        else:
            did += 1
    return did, failed


@signed_in
def hours(request: HttpRequest) -> HttpResponse:
    """One week's hours for several stations: from a preset, or as another station has them."""
    who, path = desk_of(request)
    ensure(who, Action.TIMETABLE_EDIT, path)
    mine = inside(who.places(Action.TIMETABLE_EDIT), "place__path")
    text = request.GET.get("tim", "")[:100]
    rows = station_lists.stations_of(who, path, "", text).filter(mine)
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            did = _set_hours(who, rows, request)
        except REFUSALS as refusal:
            wrong = beside(refusal)
        else:
            words = (
                ngettext("Đã đặt giờ phát cho %d đài.", "Đã đặt giờ phát cho %d đài.", did) % did
            )
            return done(request, words, reverse("console:channels"))
    lines = rows.order_by("place__name", "name").values("pk", "name", place_name=F("place__name"))
    shown = list(lines[: STATIONS_MAX + 1])
    context = {
        "stations": shown[:STATIONS_MAX],
        "more": STATIONS_MAX if len(shown) > STATIONS_MAX else None,
        "text": text,
        "ticked": set(_ids(request, "station")),
        "presets": [(key, preset) for key, preset in schedule.presets().items()],
        "preset": request.POST.get("preset", ""),
        "wrong": wrong,
    }
    return render(request, "outlets/hours_many.html", context, status=422 if wrong else 200)


def _set_hours(who: Actor, rows: QuerySet[Any], request: HttpRequest) -> int:
    """All of them or none."""
    stations = list(rows.select_related("place").filter(pk__in=_ids(request, "station")))
    if not stations:
        raise OutletError(_("Chưa chọn đài nào. Đánh dấu rồi bấm lại.")).at("station")
    preset = schedule.presets().get(request.POST.get("preset", ""))
    if preset is None:
        raise OutletError(_("Xin chọn một mẫu giờ phát.")).at("preset")
    with transaction.atomic():
        for station in stations:
            timetable_set(
                actor=who,
                station=station_ref(station),
                name=preset["name"],
                days=preset["days"],
                quiet=preset["quiet"],
                session_limit_min=preset.get("session_limit_min"),
            )
    return len(stations)
