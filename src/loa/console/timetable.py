"""Lịch tuần: a station's sessions, quiet hours and limit, from presets or by hand."""

import re
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loa.console import wording
from loa.console.asking import (
    REFUSALS,
    done,
    sentence,
    signed_in,
    whole_or_none,
)
from loa.console.channels import station_or_404
from loa.console.middleware import actor
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.schedule import selectors, services
from loa.schedule.handlers import station_ref
from loa.schedule.rules import Hours, ScheduleRefused, parse_hour

if TYPE_CHECKING:
    from loa.outlets.models import Station

SPAN = re.compile(r"(\S+?)\s*[-–]\s*(\S+)")
SPANS_MAX = 12

Typed = dict[str, str]


@signed_in
def page(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """The timetable in force, to be changed from a day on, or for a special time."""
    who = actor(request)
    station = station_or_404(who, station_id)
    ensure(who, Action.TIMETABLE_EDIT, station.place.path)
    tables = selectors.timetables_for(station_ref(station))
    refusal = ""
    if request.method == "POST":
        typed = _from_post(request)
        preset = selectors.presets().get(request.POST.get("preset", ""))
        if request.POST.get("do") == "preset" and preset:
            typed = _from_preset(preset)
        else:
            try:
                _set(who, station, typed)
            except REFUSALS as refused_because:
                refusal = sentence(refused_because)
            else:
                here = reverse("console:programme", args=[station_id])
                return done(
                    request, _("Đã đặt lịch tuần. Lịch phát được dựng lại và ký ngay."), here
                )
    else:
        current = selectors.timetable_on(tables, selectors.today())
        typed = _from_table(current)
    context = {
        "station": station,
        "typed": typed,
        "refusal": refusal,
        "days": [(f"day{n}", name, typed[f"day{n}"]) for n, name in enumerate(wording.WEEKDAYS)],
        "presets": [(key, preset) for key, preset in selectors.presets().items()],
        "tables": tables[:10],
    }
    return render(request, "console/timetable.html", context, status=422 if refusal else 200)


def _blank() -> Typed:
    names = ("name", "quiet", "limit", "since", "until", "special")
    return dict.fromkeys((*names, *(f"day{n}" for n in range(7))), "")


def _from_post(request: HttpRequest) -> Typed:
    return {name: str(request.POST.get(name, ""))[:400] for name in _blank()}


def _spans(spans: Any) -> str:
    return ", ".join(f"{start}-{end}" for start, end in spans)


def _from_preset(preset: dict[str, Any]) -> Typed:
    typed = _blank() | {f"day{n}": _spans(preset["days"][n]) for n in range(7)}
    limit = preset.get("session_limit_min")
    return typed | {
        "name": preset["name"],
        "quiet": _spans(preset["quiet"]),
        "limit": str(limit) if limit else "",
        "special": "1" if preset.get("special") else "",
    }


def _from_table(table: Any) -> Typed:
    if table is None:
        return _blank() | {"name": _("Lịch tuần của đài")}
    typed = _blank() | {f"day{n}": _spans(table.days[n]) for n in range(7)}
    limit = table.session_limit_min
    return typed | {
        "name": table.name,
        "quiet": _spans(table.quiet),
        "limit": str(limit) if limit else "",
    }


def hours_of(text: str) -> list[Hours]:
    """`05:00-06:00, 17:00-18:00` as pairs. Raises ScheduleRefused naming what cannot be read."""
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    if len(parts) > SPANS_MAX:
        raise ScheduleRefused(_("Mỗi ngày nhiều nhất %(count)d buổi.") % {"count": SPANS_MAX})
    spans: list[Hours] = []
    for part in parts:
        found = SPAN.fullmatch(part)
        if found is None:
            raise ScheduleRefused(
                _("“%(text)s” không phải là một buổi. Ghi như 05:00-06:00.") % {"text": part[:40]}
            )
        for hour in found.groups():
            parse_hour(hour)
        spans.append((found[1], found[2]))
    return spans


def _set(who: Actor, station: "Station", typed: Typed) -> None:
    limit = whole_or_none(typed["limit"], 24 * 60)
    if typed["limit"].strip() and not limit:
        raise ScheduleRefused(_("Thời lượng tối đa của một buổi là số phút, từ 1 đến 1.440."))
    services.timetable_set(
        actor=who,
        station=station_ref(station),
        name=" ".join(typed["name"].split()) or _("Lịch tuần của đài"),
        days=[hours_of(typed[f"day{n}"]) for n in range(7)],
        quiet=hours_of(typed["quiet"]),
        session_limit_min=limit,
        special=typed["special"] == "1",
        since=_day(typed["since"]),
        until=_day(typed["until"]),
    )


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError as error:
        raise ScheduleRefused(
            _("“%(text)s” không phải là một ngày có thật.") % {"text": text.strip()[:20]}
        ) from error
