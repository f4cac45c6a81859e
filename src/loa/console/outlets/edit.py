"""Sửa cụm loa: what is known of a pole, and taking it down."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.outlets.stations import outlet_details
from loa.outlets import upkeep
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.places.selectors import hamlets_of
from loa.web.lookups import outlet_or_404
from loa.web.middleware import actor
from loa.web.requests import REFUSALS, beside, done, refused, signed_in

if TYPE_CHECKING:
    from loa.outlets.models import Outlet

FIELDS = ("code", "name", "hamlet", "speakers", "latitude", "longitude", "vendor")


def _known(outlet: "Outlet") -> dict[str, str]:
    """The fields as they would have been typed."""
    values = {
        "code": outlet.code,
        "name": outlet.name,
        "hamlet": outlet.hamlet.path if outlet.hamlet else "",
        "speakers": outlet.speakers,
        "latitude": outlet.latitude,
        "longitude": outlet.longitude,
        "vendor": outlet.vendor,
    }
    return {name: "" if value is None else str(value) for name, value in values.items()}


@signed_in
def edit(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Change what is known of an outlet."""
    who = actor(request)
    found = outlet_or_404(who, outlet_id)
    ensure(who, Action.OUTLET_MANAGE, found.station.place.path)
    hamlets = list(hamlets_of(found.station.place))
    name, typed, wrong = found.name, _known(found), {}
    if request.method == "POST":
        typed = {field: request.POST.get(field, "") for field in FIELDS}
        try:
            upkeep.outlet_change(
                actor=who,
                outlet=found,
                code=typed["code"].strip(),
                name=typed["name"],
                **outlet_details(typed, hamlets),
            )
        except REFUSALS as refusal:
            wrong = beside(refusal)
        else:
            here = reverse("console:outlet", args=[outlet_id])
            return done(request, _("Đã lưu thông tin cụm loa."), here)
    context = {
        "typed": typed,
        "wrong": wrong,
        "station": found.station,
        "hamlets": hamlets,
        "outlet": found,
        "outlet_name": name,
    }
    return render(request, "outlets/outlet_new.html", context, status=422 if wrong else 200)


@signed_in
@require_POST
def retire(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Take an outlet down; its history stays."""
    who = actor(request)
    found = outlet_or_404(who, outlet_id)
    try:
        upkeep.outlet_retire(actor=who, outlet=found)
    except REFUSALS as refusal:
        return refused(request, refusal, reverse("console:outlet_edit", args=[outlet_id]))
    station = reverse("console:station", args=[found.station_id])
    return done(request, _("Đã gỡ cụm loa. Những gì đã phát vẫn được giữ."), station)
