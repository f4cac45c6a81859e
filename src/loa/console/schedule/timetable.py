"""Lịch tuần: sessions, quiet hours and limit of a station or of a place, by hand or by preset."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import place_get
from loa.schedule import selectors, services
from loa.schedule.handlers import station_ref
from loa.schedule.rules import ScheduleRefused
from loa.schedule.selectors import StationRef
from loa.web import formats
from loa.web.hours import hours_of
from loa.web.lookups import station_or_404
from loa.web.middleware import actor
from loa.web.requests import REFUSALS, desk_of, done, sentence, signed_in, whole_or_none
from loa.web.scheduling import day_of

if TYPE_CHECKING:
    from loa.places.models import Place
    from loa.schedule.models import Timetable


Typed = dict[str, str]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose timetable it is: a station's, or a place's template for all its stations."""

    path: str
    name: str
    back: str
    station: StationRef | None = None
    place: "Place | None" = None

    def tables(self) -> "list[Timetable]":
        """The timetables that hold here, the nearest first."""
        if self.station is not None:
            return selectors.timetables_for(self.station)
        return selectors.templates_for(self.path)

    def template(self, tables: "list[Timetable]") -> "Timetable | None":
        """The ordinary one that the place above has set and that would hold today without ours."""
        above = [
            table
            for table in tables
            if not table.special and table.station_id is None and table.place != self.place
        ]
        return selectors.timetable_on(above, selectors.today())


@signed_in
def page(request: HttpRequest, station_id: UUID) -> HttpResponse:
    """A station's timetable in force, to be changed from a day on, or for a special time."""
    who = actor(request)
    station = station_or_404(who, station_id)
    back = reverse("console:programme", args=[station_id])
    whose = Whose(station.place.path, station.name, back, station=station_ref(station))
    return _page(request, who, whose)


@signed_in
def template(request: HttpRequest) -> HttpResponse:
    """The timetable that a place gives all stations in it that have set none of their own."""
    who, path = desk_of(request)
    place = place_get(path) if path else None
    if place is None:
        raise Http404
    whose = Whose(path, place.name, reverse("console:schedule"), place=place)
    return _page(request, who, whose)


def _page(request: HttpRequest, who: Actor, whose: Whose) -> HttpResponse:
    ensure(who, Action.TIMETABLE_EDIT, whose.path)
    tables = whose.tables()
    above = whose.template(tables)
    refusal = ""
    if request.method == "POST":
        typed = _from_post(request)
        preset = selectors.presets().get(request.POST.get("preset", ""))
        if request.POST.get("do") == "preset" and preset:
            typed = _from_preset(preset)
        elif request.POST.get("do") == "template" and above:
            typed = _from_table(above)
        else:
            try:
                with transaction.atomic():  # what else is wrong is said first
                    _set(who, whose, typed)
                    _check_sounds(request, typed)
            except REFUSALS as refused_because:
                refusal = sentence(refused_because)
            else:
                words = _("Đã đặt lịch tuần. Lịch phát được dựng lại và ký ngay.")
                return done(request, words, whose.back)
    else:
        typed = _from_table(selectors.timetable_on(tables, selectors.today()))
    context = {
        "whose": whose,
        "typed": typed,
        "refusal": refusal,
        "silent": not any(typed[f"day{n}"].strip() for n in range(7)),
        "days": [(f"day{n}", name, typed[f"day{n}"]) for n, name in enumerate(formats.WEEKDAYS)],
        "presets": [(key, preset) for key, preset in selectors.presets().items()],
        "tables": tables[:10],
        "above": above,
        "differences": _differences(typed, above) if above else [],
    }
    return render(request, "schedule/timetable.html", context, status=422 if refusal else 200)


def _check_sounds(request: HttpRequest, typed: Typed) -> None:
    """A week without a session silences every loudspeaker: only on purpose. Raises
    ScheduleRefused."""
    if request.POST.get("silent") or any(typed[f"day{n}"].strip() for n in range(7)):
        return
    raise ScheduleRefused(
        "Lịch chưa có buổi phát nào nên loa sẽ im cả tuần. Ghi giờ phát, hoặc đánh dấu “Cả tuần"
        " không phát” nếu muốn như vậy."
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """One line in which the timetable on the page differs from the one of the place above."""

    what: str
    theirs: str
    ours: str


def _differences(typed: Typed, above: "Timetable") -> list[Difference]:
    theirs = _from_table(above)
    names = [(f"day{n}", str(name)) for n, name in enumerate(formats.WEEKDAYS)]
    names += [("quiet", _("Giờ yên tĩnh")), ("limit", _("Một buổi phát nhiều nhất, phút"))]
    return [
        Difference(label, theirs[name] or "–", typed[name].strip() or "–")
        for name, label in names
        if theirs[name] != typed[name].strip()
    ]


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


def _set(who: Actor, whose: Whose, typed: Typed) -> None:
    limit = whole_or_none(typed["limit"], 24 * 60)
    if typed["limit"].strip() and not limit:
        raise ScheduleRefused(_("Thời lượng tối đa của một buổi là số phút, từ 1 đến 1.440."))
    services.timetable_set(
        actor=who,
        station=whose.station,
        place=whose.place,
        name=" ".join(typed["name"].split()) or _("Lịch tuần của đài"),
        days=[hours_of(typed[f"day{n}"]) for n in range(7)],
        quiet=hours_of(typed["quiet"]),
        session_limit_min=limit,
        special=typed["special"] == "1",
        since=_day(typed["since"]),
        until=_day(typed["until"]),
    )


def _day(text: str) -> date | None:
    return day_of(text) if text.strip() else None
