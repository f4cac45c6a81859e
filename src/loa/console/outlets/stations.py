"""Kênh: stations and outlets with their state; adding, claiming, revoking, volume."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.alerts import selectors as alerts
from loa.console.outlets import availability_strip
from loa.delivery import selectors as delivery
from loa.lib import clock
from loa.outlets import memory, selectors, services, station_lists
from loa.outlets.enrolment import device_revoke
from loa.outlets.services import OutletError
from loa.people.authority import newest
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import communes_inside, hamlets_of, place_get
from loa.schedule import on_air
from loa.web.lookups import outlet_or_404, station_or_404
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
    signed_in,
    whole_or_none,
)
from loa.web.signing import KINDS
from loa_protocol.kinds import Kind

if TYPE_CHECKING:
    from loa.outlets.models import Outlet

PLAYS_SHOWN = 10
COMMANDS_SHOWN = 8


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """The stations the asker may see, found and cut into pages; who has one alone sees it."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_VIEW, path or "vn")
    only = station_lists.only_station(who, path)
    if only is not None:
        return redirect("console:station", only)
    text, technology = request.GET.get("tim", "")[:100], request.GET.get("cong-nghe", "")[:5]
    number = page_number(request)
    rows, more = station_lists.stations_page(who, path, technology, text, clock.now(), number)
    context = {
        "rows": rows,
        "more": more,
        "number": number,
        "text": text,
        "technology": technology,
        "technologies": selectors.technologies(),
        "may_manage": who.may(Action.OUTLET_MANAGE, path),
        "may_hours": who.may(Action.TIMETABLE_EDIT, path),
        "may_enrol": who.may(Action.OUTLET_ENROL, path),
        "path": path,
        "tab": "stations",
    }
    return render(request, "outlets/channels.html", context)


@signed_in
def station(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """A station's outlets, what needs somebody first."""
    who = actor(request)
    found = station_or_404(who, station_id)
    now = clock.now()
    heads = selectors.outlet_lines().filter(station=found, retired_at=None)
    rows = [{"outlet": head, "state": outlet_state(head, now)} for head in heads]
    rows.sort(key=lambda row: (WORST_FIRST.get(str(row["state"]), 9), str(row["outlet"])))
    may = who.may(Action.OUTLET_MANAGE, found.place.path)
    context = {
        "station": found,
        "rows": rows,
        "may_manage": may,
        "may_enrol": who.may(Action.OUTLET_ENROL, found.place.path),
        "tab": "stations",
    }
    return live(
        request, page="outlets/station.html", part="outlets/parts/station.html", context=context
    )


@signed_in
def outlet(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """One outlet: what it does now, how it has been, what it played, its devices."""
    who = actor(request)
    found = outlet_or_404(who, outlet_id)
    return outlet_page(request, who, found)


def outlet_page(
    request: HttpRequest, who: Actor, found: "Outlet", *, status: int = 200, **more: Any
) -> HttpResponse:
    """The outlet's page; `more` is what a refused form gives back."""
    now, path = clock.now(), found.station.place.path
    devices = selectors.devices_of(found.pk)
    current = next((device for device in devices if device.revoked_at is None), None)
    first = min((device.enrolled_at for device in devices), default=None)
    plays = delivery.outlet_plays(found.pk, PLAYS_SHOWN)
    hours = selectors.hours_of(found.pk, now - timedelta(days=availability_strip.DAYS))
    since = min([*hours, first]) if first and hours else first or min(hours, default=None)
    health = getattr(found, "health", None)
    state = outlet_state(found, now)
    playing = health if state == "playing" else None
    context = {
        "outlet": found,
        "station": found.station,
        "state": state,
        "health": health,
        "devices": devices,
        "device": current,
        "strip": availability_strip.strip(hours, since, now),
        "plays": plays,
        "faults": availability_strip.silences(hours, since, now),
        "commands": [
            (one, selectors.state_of_command(one, now))
            for one in selectors.commands_of(found.pk, COMMANDS_SHOWN)
        ],
        "memory": memory.of_outlet(found.pk),
        "others": _named(found.station_id, {play.item for play in plays if not play.bulletin_id}),
        "titles": {play.bulletin_id: getattr(play, "heading", "") for play in plays},
        "verified": delivery.verified(plays),
        "doubtful": max((getattr(play, "doubted", 0) for play in plays), default=0),
        "claim_until": getattr(found, "claim_until", None),
        "on_air": on_air.title_of(found.station_id, playing.item) if playing else "",
        "may_enrol": who.may(Action.OUTLET_ENROL, path),
        "may_command": who.may(Action.OUTLET_COMMAND, path),
        "may_manage": who.may(Action.OUTLET_MANAGE, path),
        "live_url": reverse("console:outlet", args=[found.pk]),
        **more,
    }
    return live(
        request,
        page="outlets/outlet.html",
        part="outlets/parts/outlet.html",
        context=context,
        status=status,
    )


def _named(station_id: "UUID", items: set[str]) -> dict[str, str]:
    """What sounded without a bulletin, by its item: an order, a relay of the plan."""
    orders = alerts.titles(items)
    words = {
        item: f"{KINDS[kind]}: {title}" if title else str(KINDS[kind])
        for item, (kind, title) in orders.items()
    }
    return words | {
        item: on_air.title_of(station_id, item) or _("mục của một lịch cũ")
        for item in items - words.keys()
    }


@signed_in
def station_new(request: HttpRequest) -> HttpResponse:
    """Add a station to a commune of the asker's place."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_MANAGE, path)
    typed = {name: request.POST.get(name, "") for name in ("name", "commune", "technology")}
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            place = place_get(typed["commune"])
            if place is None or not who.may(Action.OUTLET_MANAGE, place.path):
                raise OutletError("Xin chọn một xã, phường trong địa bàn của anh chị.").at(
                    "commune"
                )
            made = services.station_add(
                actor=who,
                place=place,
                name=typed["name"],
                technology=_technology(typed["technology"]),
            )
        except REFUSALS as refusal:
            wrong = beside(refusal)
        else:
            return done(
                request, _("Đã thêm đài. Đặt lịch tuần và thêm cụm loa."), _station_url(made.pk)
            )
    context = {
        "typed": typed,
        "wrong": wrong,
        "communes": communes_inside([path]).order_by("name")[:400],
        "technologies": selectors.technologies(),
    }
    return render(request, "outlets/station_new.html", context, status=422 if wrong else 200)


def _technology(text: str) -> str:
    if text not in {value for value, _label in selectors.technologies()}:
        raise OutletError("Xin chọn công nghệ của đài.").at("technology")
    return text


def _station_url(station_id: UUID) -> str:
    return reverse("console:station", args=[station_id])


@signed_in
def outlet_new(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """Add an outlet: a cluster on its pole."""
    who = actor(request)
    found = station_or_404(who, station_id)
    ensure(who, Action.OUTLET_MANAGE, found.place.path)
    typed = {
        name: request.POST.get(name, "")
        for name in ("code", "name", "hamlet", "speakers", "latitude", "longitude", "vendor")
    }
    wrong: dict[str, str] = {}
    hamlets = list(hamlets_of(found.place))
    if request.method != "POST":
        typed["code"] = selectors.next_code(found.pk)
    else:
        try:
            made = services.outlet_add(
                actor=who,
                station=found,
                code=typed["code"],
                name=typed["name"],
                **outlet_details(typed, hamlets),
            )
        except REFUSALS as refusal:
            wrong = beside(refusal)
        else:
            return done(
                request,
                _("Đã thêm cụm loa. In tem QR rồi ghép thiết bị tại cột."),
                reverse("console:outlet", args=[made.pk]),
            )
    context = {"typed": typed, "wrong": wrong, "station": found, "hamlets": hamlets}
    return render(request, "outlets/outlet_new.html", context, status=422 if wrong else 200)


def outlet_details(typed: dict[str, str], hamlets: list[Any]) -> dict[str, Any]:
    """What was typed of an outlet as its fields. Raises OutletError with the field."""
    hamlet = next((place for place in hamlets if place.path == typed["hamlet"]), None)
    if typed["hamlet"] and hamlet is None:
        raise OutletError("Thôn này không thuộc xã của đài.").at("hamlet")
    speakers = whole_or_none(typed["speakers"], 999)
    if typed["speakers"] and speakers is None:
        raise OutletError("Số loa là một số nguyên, nhiều nhất 999.").at("speakers")
    return {
        "hamlet": hamlet,
        "speakers": speakers,
        "latitude": _degrees(typed, "latitude", 90),
        "longitude": _degrees(typed, "longitude", 180),
        "vendor": typed["vendor"],
    }


def _degrees(typed: dict[str, str], name: str, most: int) -> float | None:
    text = typed[name].strip()
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError as error:
        raise OutletError("Tọa độ ghi bằng độ thập phân, ví dụ 21.4118.").at(name) from error
    if not -most <= value <= most:
        raise OutletError("Tọa độ nằm ngoài bản đồ.").at(name)
    return value


@signed_in
@require_POST
def claim(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """A fresh claim code. It is on this answer alone: only its hash is kept."""
    who = actor(request)
    found = outlet_or_404(who, outlet_id)
    code, expires_at = services.claim_make(actor=who, outlet=found)
    if request.POST.get("form") == "file":
        return _claim_file(found, code)
    return outlet_page(request, who, found, claim_code=code, claim_expires=expires_at)


def _claim_file(found: "Outlet", code: str) -> HttpResponse:
    """What a player needs to bind itself to the outlet: for its memory card."""
    root = newest(Kind.ROOT)
    if root is None:
        raise Http404
    content = {
        "urls": [settings.ENV.device_url],
        "root_sha256": root.id,
        "claim": code,
        "outlet": found.wire_id,
    }
    response = HttpResponse(json.dumps(content, indent=1) + "\n", content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.wire_id}-claim.json"'
    return response


@signed_in
@require_POST
def revoke(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """The device at the outlet counts no more."""
    who = actor(request)
    found = outlet_or_404(who, outlet_id)
    here = reverse("console:outlet", args=[outlet_id])
    reason = " ".join(request.POST.get("reason", "").split())[:200]
    if not reason:
        return refused(request, OutletError(_("Xin ghi lý do thu hồi quyền của thiết bị.")), here)
    device_revoke(actor=who, outlet_id=found.pk, reason=reason)
    return done(
        request,
        _("Đã thu hồi quyền. Thiết bị cũ không nhận lịch, không gửi chứng nhận được nữa."),
        here,
    )


@signed_in
@require_POST
def volume(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """The volume of programmes at one outlet."""
    who = actor(request)
    found = outlet_or_404(who, outlet_id)
    here = reverse("console:outlet", args=[outlet_id])
    volume_pct = whole_or_none(request.POST.get("volume_pct", ""))
    try:
        services.outlet_volume(
            actor=who, outlet=found, volume_pct=-1 if volume_pct is None else volume_pct
        )
    except REFUSALS as refusal:
        return refused(request, refusal, here)
    return done(
        request, _("Đã đặt âm lượng %(pct)d %%. Loa có mạng đổi ngay.") % {"pct": volume_pct}, here
    )
