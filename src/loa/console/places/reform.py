"""Thêm › Địa giới: merging, splitting and renaming units, seen before it is done."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loa.lib import clock
from loa.outlets.selectors import area_taken
from loa.people.rules import Action, Actor
from loa.people.selectors import NotAllowed, ensure
from loa.places.reform import operations, planning, selectors, services
from loa.places.reform.operations import ReformRefused, Row
from loa.web.middleware import actor
from loa.web.requests import done, sentence, signed_in
from loa_protocol.paths import inside_any

if TYPE_CHECKING:
    from loa.places.models import Place, Reorganisation
    from loa.places.reform.planning import Plan

UNITS_SHOWN = 200
CHOICES_SHOWN = 20
HEAD = "former,successor,share,name,province"


def _mine(who: Actor) -> "list[Reorganisation]":
    scope = who.places(Action.PLACE_REFORM)
    return [one for one in selectors.reforms() if inside_any(services.common_path(one.rows), scope)]


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """Every reorganisation of one's places; a new one from a file or from lines typed here."""
    who = actor(request)
    if not who.places(Action.PLACE_REFORM):
        ensure(who, Action.PLACE_REFORM, "vn")
    typed = {name: request.POST.get(name, "") for name in ("document", "day", "lines")}
    refusal = ""
    if request.method == "POST":
        try:
            made = _drafted(request, who, typed)
        except ReformRefused as because:
            refusal = sentence(because)
        except NotAllowed:
            refusal = _("Văn bản này động tới xã, tỉnh ngoài địa bàn mà anh chị được sắp xếp.")
        else:
            return redirect("console:reform", made.pk)
    context = {"reforms": _mine(who), "typed": typed, "refusal": refusal}
    return render(request, "places/reforms.html", context, status=422 if refusal else 200)


def _drafted(request: HttpRequest, who: Actor, typed: dict[str, str]) -> "Reorganisation":
    rows = _rows(request, typed["lines"])
    try:
        day = clock.day_read(typed["day"])
    except ValueError as error:
        raise ReformRefused("no_day", "Xin chọn ngày văn bản có hiệu lực.") from error
    ensure(who, Action.PLACE_REFORM, services.common_path([asdict(row) for row in rows]))
    return services.reform_draft(
        actor=str(who), day=day, document=typed["document"][:200], rows=rows
    )


def _rows(request: HttpRequest, lines: str) -> list[Row]:
    file = request.FILES.get("file")
    if file is None:
        return operations.read_rows(f"{HEAD}\n{lines.strip()}\n" if lines.strip() else "")
    if (file.size or 0) > operations.BYTES_MAX:
        raise ReformRefused("too_large", "Tệp lớn hơn 4 MB.")
    try:
        return operations.read_rows(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ReformRefused("bad_file", "Tệp không phải CSV đọc được.") from error


@signed_in
def page(request: HttpRequest, reform_id: UUID) -> HttpResponse:
    """One reorganisation: what it moves, what is undecided, and its next step."""
    who = actor(request)
    reform = selectors.reform_get(reform_id)
    if reform is None:
        raise Http404
    ensure(who, Action.PLACE_REFORM, services.common_path(reform.rows))
    refusal = ""
    if request.method == "POST":
        try:
            return _step(request, who, reform)
        except ReformRefused as because:
            refusal = sentence(because)
            reform.refresh_from_db()
    context = {"reform": reform, "refusal": refusal, **_state(reform)}
    return render(request, "places/reform.html", context, status=422 if refusal else 200)


def _step(request: HttpRequest, who: Actor, reform: "Reorganisation") -> HttpResponse:
    do, here = request.POST.get("do", ""), reverse("console:reform", args=[reform.pk])
    name = str(who)
    if do == "decide":
        said = _decisions(request, reform)
        count = services.reform_decide(actor=name, reorganisation=reform, decisions=said)
        return done(request, _("Đã ghi %(count)d quyết định.") % {"count": count}, here)
    if do == "apply":
        digest = request.POST.get("digest", "")
        services.reform_apply(actor=name, reorganisation=reform, digest=digest)
        return done(request, _("Đã áp dụng. Xem lại, rồi chốt hoặc hoàn tác."), here)
    if do == "confirm":
        services.reform_confirm(actor=name, reorganisation=reform)
        return done(request, _("Đã chốt."), here)
    if do == "undo":
        rest = {
            key.removeprefix("rest-"): str(value)
            for key, value in request.POST.items()
            if key.startswith("rest-") and value
        }
        services.reform_undo(actor=name, reorganisation=reform, rest=rest)
        return done(request, _("Đã hoàn tác: mọi thứ trở lại như trước."), here)
    if do == "drop":
        services.reform_drop(actor=name, reorganisation=reform)
        return done(request, _("Đã bỏ bản dự kiến."), reverse("console:reforms"))
    raise Http404


def _decisions(request: HttpRequest, reform: "Reorganisation") -> dict[tuple[str, UUID], str]:
    """What was chosen thing by thing, and for all that is left of a unit at once."""
    plan = planning.plan(reform)
    said = {}
    for item in plan.items:
        chosen = request.POST.get(f"{item.what}:{item.row}", "")
        if not chosen and item.code is None:
            chosen = request.POST.get(f"all:{item.former.pk}", "")
        if chosen and chosen != item.code:
            said[item.what, item.row] = chosen
    return said


def _state(reform: "Reorganisation") -> dict[str, Any]:
    if reform.state == "draft":
        try:
            return _draft_state(reform, planning.plan(reform))
        except ReformRefused as because:
            return {"broken": sentence(because)}
    if reform.state == "applied":
        told, every = area_taken(services.common_path(reform.rows))
        return {"told": told, "devices": every, "mixed": _mixed(reform)}
    return {}


def _draft_state(reform: "Reorganisation", plan: "Plan") -> dict[str, Any]:
    choices = selectors.choices(plan)
    undecided = len(plan.undecided)
    units = selectors.unit_lines(plan)
    return {
        "plan": plan,
        "units": units[:UNITS_SHOWN],
        "units_more": max(0, len(units) - UNITS_SHOWN),
        "carried": selectors.carried(plan),
        "counts": [(selectors.label_of(what), n) for what, n in plan.counts.items() if n],
        "choices": [
            (choice, [(item, selectors.label_of(item.what)) for item in choice.items])
            for choice in choices[:CHOICES_SHOWN]
        ],
        "choices_more": max(0, len(choices) - CHOICES_SHOWN),
        "undecided": undecided,
        "told_by_map": sum(item.by == "coordinates" for item in plan.items),
        "blockers": [blocker.said(_) for blocker in plan.blockers],
        "notices": [notice.said(_) for notice in plan.notices],
        "early": reform.day > clock.local(clock.now()).date(),
        "ready": not undecided and not plan.blockers,
    }


def _mixed(reform: "Reorganisation") -> "list[tuple[Place, list[Place]]]":
    """Units that were made of several: where what is new there would go if it is undone."""
    return [(made, formers) for made, formers in selectors.made_of(reform) if len(formers) > 1]
