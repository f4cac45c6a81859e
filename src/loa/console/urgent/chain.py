"""The tests of the emergency chain: who did not answer last night, and the weekly hour."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from loa.delivery import chain
from loa.delivery.models import ChainHour
from loa.lib import clock
from loa.people import keys
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.places.selectors import communes_inside, places_named
from loa.web.middleware import actor
from loa.web.requests import desk_of, done, signed_in

HOME = "/khan-cap/thu-chuoi"
ROWS_MAX, FAILED_MAX, HOURS_MAX = 200, 200, 50
DAYS = (
    gettext_lazy("thứ Hai"),
    gettext_lazy("thứ Ba"),
    gettext_lazy("thứ Tư"),
    gettext_lazy("thứ Năm"),
    gettext_lazy("thứ Sáu"),
    gettext_lazy("thứ Bảy"),
    gettext_lazy("Chủ nhật"),
)


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """The last silent and the last audible round of each commune, and every pole that failed."""
    who = actor(request)
    mine = who.places(Action.OUTLET_VIEW)
    if not mine:
        raise Http404
    silent, audible = chain.last_rounds(mine, "silent"), chain.last_rounds(mine, "audible")
    own = list(communes_inside(who.places(Action.OUTLET_COMMAND))[:HOURS_MAX])
    named = places_named({row.path for row in [*silent, *audible]})
    hours = chain.hours_of([place.path for place in own])
    context = {
        "names": {place.path: place.name for place in named},
        "silent": silent[:ROWS_MAX],
        "audible": audible[:ROWS_MAX],
        "failed": chain.failed_checks([*silent, *audible], FAILED_MAX),
        "asked": sum(row.asked for row in silent),
        "answered": sum(row.answered for row in silent),
        "hours": [(place, _said(hours.get(place.path))) for place in own],
        "days": list(enumerate(DAYS)),
    }
    return render(request, "urgent/chain.html", context)


@signed_in
def alarm(request: HttpRequest) -> HttpResponse:
    """Lines for the first page where a loudspeaker owed an answer last night, or where the hours
    that were signed end soon; else nothing. Asked for by itself: the page need not wait for it."""
    who, path = desk_of(request)
    context = {
        "chain_missing": chain.missing_lately(who.places(Action.OUTLET_VIEW)),
        "ending": keys.policy_ending(path, clock.now()) if path else None,
    }
    return render(request, "urgent/parts/chain_alarm.html", context)


def _said(hour: ChainHour | None) -> dict[str, object]:
    if hour is None:
        return {"weekday": None, "time": "08:00"}
    return {"weekday": hour.weekday, "time": f"{hour.minute // 60:02}:{hour.minute % 60:02}"}


@signed_in
@require_POST
def set_hour(request: HttpRequest) -> HttpResponse:
    """The commune's own hour for the audible test, or never."""
    path, day = request.POST.get("path", ""), request.POST.get("weekday", "")
    ensure(actor(request), Action.OUTLET_COMMAND, path)
    try:
        hour, _colon, minute = request.POST.get("time", "").partition(":")
        weekday = int(day) if day else None
        chain.hour_set(
            actor=actor(request),
            path=path,
            weekday=weekday,
            minute=int(hour) * 60 + int(minute) if weekday is not None else 0,
        )
    except ValueError as error:
        raise Http404 from error
    return done(request, _("Đã ghi giờ thử tiếng hằng tuần."), HOME)
