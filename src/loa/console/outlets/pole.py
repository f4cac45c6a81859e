"""Tại cột: what a technician's telephone opens from a pole's label, step by step.

Position, picture, device, test sentence, heard or not: each a plain form of its own, in any order,
so that a lost line or a closed page loses nothing.
"""

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.outlets.labels import Label, sheet
from loa.delivery import trials
from loa.lib import clock
from loa.media import selectors as media
from loa.media.serving import file_response
from loa.newsroom.rules import BulletinRefused
from loa.outlets import commands, enrolment, knocks, rules, selectors, upkeep
from loa.outlets.knocks import Waiting
from loa.outlets.services import OutletError
from loa.people.authority import newest
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.web.lookups import station_or_404
from loa.web.middleware import actor
from loa.web.requests import (
    REFUSALS,
    desk_of,
    done,
    live,
    refused,
    sentence,
    signed_in,
    uuid_or_404,
)
from loa.web.uploads import picture_take
from loa_protocol.kinds import Kind

if TYPE_CHECKING:
    from uuid import UUID

    from loa.outlets.models import Outlet


def pole_or_404(who: Actor, wire_id: str) -> "Outlet":
    found = selectors.outlet_by_wire_id(who, wire_id)
    if found is None:
        raise Http404
    return found


def _address(request: HttpRequest) -> str:
    """Where the technician's telephone asks from, to compare with the device's own address."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.ENV.tls_proxy else ""
    return forwarded.rpartition(",")[2].strip()[:45] or request.META.get("REMOTE_ADDR", "")


@signed_in
def page(request: HttpRequest, wire_id: str) -> HttpResponse:
    """The pole, and what is still to be done at it."""
    who = actor(request)
    outlet = pole_or_404(who, wire_id)
    if not who.may(Action.OUTLET_ENROL, outlet.station.place.path):
        return redirect("console:outlet", outlet.pk)
    return _page(request, who, outlet)


def _page(
    request: HttpRequest,
    who: Actor,
    outlet: "Outlet",
    *,
    typed: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    among: list[Waiting] | None = None,
) -> HttpResponse:
    """The pole's page; `among` are the only devices to choose from."""
    now = clock.now()
    device = next(iter(outlet.live_devices), None)  # type: ignore[attr-defined]  # prefetched
    trial = selectors.last_command(outlet.pk, "self-test")
    waiting = among or []
    replacing = bool(request.GET.get("thay")) or "sticker" in (wrong or {})
    if not waiting and (device is None or replacing):
        waiting = knocks.waiting(
            who, near=_address(request), commune=outlet.station.place.path, limit=8
        )
    photo = outlet.photos.order_by("-taken_at").first()
    context = {
        "outlet": outlet,
        "station": outlet.station,
        "device": device,
        "health": getattr(outlet, "health", None),
        "waiting": waiting,
        "replacing": replacing,
        "trial": trial,
        "trial_state": selectors.state_of_command(trial, now) if trial else "",
        "sentence": trials.sentence_of(outlet),
        "photo": photo,
        "located": outlet.latitude is not None,
        "typed": typed or {},
        "wrong": wrong or {},
        "live_url": _here(outlet),
        "every": "2s",
    }
    return live(
        request,
        page="outlets/pole.html",
        part="outlets/parts/pole.html",
        context=context,
        status=422 if wrong else 200,
    )


def _here(outlet: "Outlet") -> str:
    return reverse("console:pole", args=[outlet.wire_id])


@signed_in
@require_POST
def position(request: HttpRequest, wire_id: str) -> HttpResponse:
    """Where the pole stands: from the telephone, or typed."""
    who = actor(request)
    outlet = pole_or_404(who, wire_id)
    typed = {name: request.POST.get(name, "")[:100] for name in ("latitude", "longitude")}
    try:
        upkeep.outlet_locate(
            actor=who,
            outlet=outlet,
            latitude=_degrees(typed["latitude"]),
            longitude=_degrees(typed["longitude"]),
        )
    except OutletError as refusal:
        wrong = {"position": sentence(refusal)}
        return _page(request, who, outlet, typed=typed, wrong=wrong)
    return done(request, _("Đã ghi vị trí."), _here(outlet))


def _degrees(text: str) -> float:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise OutletError(_("Tọa độ ghi bằng độ thập phân, ví dụ 21.4118.")) from error
    if value != value:  # noqa: PLR0124  not a number is not equal to itself
        raise OutletError(_("Tọa độ ghi bằng độ thập phân, ví dụ 21.4118."))
    return value


@signed_in
@require_POST
def photo(request: HttpRequest, wire_id: str) -> HttpResponse:
    """A picture of the pole, made anew without what the camera added."""
    who = actor(request)
    outlet = pole_or_404(who, wire_id)
    ensure(who, Action.OUTLET_ENROL, outlet.station.place.path)
    file = request.FILES.get("photo")
    try:
        if file is None:
            raise OutletError(_("Chưa có ảnh. Chụp hoặc chọn một ảnh rồi gửi lại."))
        kept = picture_take(file, who.owner)
        known = media.file_get(kept.sha256)
        upkeep.photo_add(
            actor=who, outlet=outlet, sha256=kept.sha256, mime=known.mime if known else "image/jpeg"
        )
    except (OutletError, BulletinRefused) as refusal:
        return _page(request, who, outlet, wrong={"photo": sentence(refusal)})
    return done(request, _("Đã lưu ảnh."), _here(outlet))


@signed_in
def photo_file(request: HttpRequest, wire_id: str, sha256: str) -> HttpResponseBase:
    """A picture of the pole."""
    outlet = pole_or_404(actor(request), wire_id)
    if not outlet.photos.filter(sha256=sha256).exists():
        raise Http404
    response = file_response(request, settings.ENV.media, sha256)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@signed_in
@require_POST
def bind(request: HttpRequest, wire_id: str) -> HttpResponse:
    """Bind a device that waits: chosen from the list, or by its sticker."""
    who = actor(request)
    outlet = pole_or_404(who, wire_id)
    typed = {"sticker": request.POST.get("sticker", "")[:200]}
    kid = request.POST.get("device", "")[:22]
    among: list[Waiting] = []
    knock = knocks.knock_get(who, kid)
    if not kid:
        near, commune = _address(request), outlet.station.place.path
        among = knocks.waiting_by_sticker(who, typed["sticker"], near=near, commune=commune)
        knock = among[0].knock if len(among) == 1 else None
    try:
        if len(among) > 1:
            raise OutletError(
                _(
                    "Nhiều thiết bị đang chờ cùng báo số máy này. Đọc mã khóa 12 chữ trên thiết bị"
                    " rồi chọn đúng dòng trong danh sách."
                )
            )
        if knock is None:
            raise OutletError(
                _(
                    "Không thấy thiết bị nào đang chờ có số máy hoặc mã khóa này."
                    " Kiểm tra thiết bị đã có điện và mạng, rồi thử lại."
                )
            )
        enrolment.device_bind(actor=who, outlet=outlet, knock=knock)
    except REFUSALS as refusal:
        wrong = {"sticker": sentence(refusal)}
        return _page(request, who, outlet, typed=typed, wrong=wrong, among=among)
    trials.trial_prepare(outlet)
    return done(
        request, _("Đã ghép thiết bị. Chờ thiết bị nhận việc rồi thử tiếng."), _here(outlet)
    )


@signed_in
@require_POST
def trial(request: HttpRequest, wire_id: str) -> HttpResponse:
    """Have this one loudspeaker say its name."""
    who = actor(request)
    outlet = pole_or_404(who, wire_id)
    try:
        trials.trial_ask(actor=who, outlet=outlet)
    except REFUSALS as refusal:
        return refused(request, refusal, _here(outlet))
    return redirect(_here(outlet) + "#thu")


@signed_in
@require_POST
def heard(request: HttpRequest, wire_id: str) -> HttpResponse:
    """The technician's word: heard or not. Grade D, in the journal."""
    who = actor(request)
    outlet = pole_or_404(who, wire_id)
    command = selectors.command_get(outlet.pk, uuid_or_404(request.POST.get("command", "")))
    word = request.POST.get("heard", "")
    if command is None or word not in {"yes", "no"}:
        raise Http404
    commands.heard_note(actor=who, command=command, heard=word == "yes")
    if word == "yes":
        return done(request, _("Xong. Cụm loa đã sẵn sàng phát."), _here(outlet))
    return done(
        request,
        _("Đã ghi: không nghe thấy. Xem dây loa, âm lượng và nguồn của tăng âm rồi thử lại."),
        _here(outlet),
    )


@signed_in
def label_sheet(request: HttpRequest, station_id: "UUID") -> HttpResponse:
    """The station's labels as one PDF; `?cum=` for one pole alone."""
    who = actor(request)
    station = station_or_404(who, station_id)
    ensure(who, Action.OUTLET_ENROL, station.place.path)
    poles = selectors.outlets(who).filter(station=station).prefetch_related(None)
    only = request.GET.get("cum", "")
    labels = [
        Label(
            url=f"{settings.ENV.web_url}{reverse('console:pole', args=[pole.wire_id])}",
            code=pole.code,
            name=pole.name,
            place=f"{station.place.name}" + (f", {pole.hamlet.name}" if pole.hamlet else ""),
        )
        for pole in poles
        if only in {"", pole.wire_id}
    ]
    if not labels:
        raise Http404
    data = sheet(labels, _("Tem QR của %(station)s") % {"station": station.name})
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="tem-{station.wire_id}.pdf"'
    return response


@signed_in
def setup_file(request: HttpRequest, station_id: "UUID") -> HttpResponse:
    """What any device of this commune needs to knock: no code in it, so one file for all cards."""
    who = actor(request)
    station = station_or_404(who, station_id)
    ensure(who, Action.OUTLET_ENROL, station.place.path)
    root = newest(Kind.ROOT)
    if root is None:
        raise Http404
    content = {
        "urls": [settings.ENV.device_url],
        "root_sha256": root.id,
        "area": station.place.path,
    }
    response = HttpResponse(json.dumps(content, indent=1) + "\n", content_type="application/json")
    code = station.place.code
    response.headers["Content-Disposition"] = f'attachment; filename="loa-{code}.json"'
    return response


@signed_in
def waiting(request: HttpRequest) -> HttpResponse:
    """Devices that wait to be bound, and those that something is wrong with."""
    who, path = desk_of(request)
    ensure(who, Action.OUTLET_ENROL, path)
    context: dict[str, Any] = {
        "waiting": knocks.waiting(who, near=_address(request), limit=100),
        "troubled": knocks.troubled(who),
        "movers": knocks.movers(who),
        "locked": knocks.locked_lately(),
        "lock_minutes": int(rules.LOCK_FOR.total_seconds() // 60),
        "tab": "waiting",
    }
    return render(request, "outlets/waiting_devices.html", context)


@signed_in
@require_POST
def dismiss(request: HttpRequest) -> HttpResponse:
    """Take a device off the list of troubles."""
    who = actor(request)
    kid = request.POST.get("device", "")[:22]
    found = next((one for one in knocks.troubled(who, 1000) if one.pk == kid), None)
    if found is None:
        raise Http404
    knocks.knock_dismiss(actor=who, knock=found)
    words = _("Đã bỏ khỏi danh sách. Nếu thiết bị còn hỏi, dòng này sẽ hiện lại.")
    return done(request, words, reverse("console:waiting"))
