"""The first day of a commune: what has to be done before a loudspeaker speaks, and what is done."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loa.delivery import selectors as delivery
from loa.newsroom import selectors as newsroom
from loa.outlets import selectors as outlets
from loa.people.authority import documents_over
from loa.people.rules import Action, Actor, RoleName
from loa.people.selectors import has_role_at
from loa.places.selectors import hamlets_of, inside, place_get
from loa.schedule import selectors as schedule
from loa.schedule.handlers import station_ref
from loa.web.requests import desk_of, signed_in
from loa_protocol.kinds import Kind

if TYPE_CHECKING:
    from loa.outlets.models import Station
    from loa.places.models import Place


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: whether it is done, and where it is done (empty for who may not)."""

    label: str
    done: bool
    url: str


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """The commune's first steps; for the day's page, which asks with HTMX, what is left of them."""
    who, path = desk_of(request)
    commune = place_get(path) if path.count("/") >= 2 else None
    if commune is None:
        raise Http404
    found = steps(who, commune)
    part = bool(getattr(request, "htmx", False))
    done = sum(step.done for step in found)
    context = {"steps": found, "done": done, "place": commune, "brief": part}
    name = "home/parts/first_day.html" if part else "home/first_day.html"
    return render(request, name, context)


def steps(who: Actor, commune: "Place") -> tuple[Step, ...]:
    """The commune's first steps in their order."""
    path = commune.path
    rows = outlets.stations(who).filter(inside([path], "place__path"))
    station = rows.annotate(sounded=delivery.ever_sounded()).first()
    heads = station is not None and outlets.live_outlets_of(station.pk).exists()
    sent = newsroom.office_bulletins(who, path).filter(simulated=False).exclude(state="draft")
    return (
        Step(
            _("Ghi các thôn, tổ dân phố"),
            hamlets_of(commune).exists(),
            _url(who, Action.PLACE_EDIT, path, "hamlets"),
        ),
        Step(
            _("Thêm đài của xã"),
            station is not None,
            _url(who, Action.OUTLET_MANAGE, path, "station_new"),
        ),
        Step(
            _("Đặt lịch tuần có buổi phát"),
            station is not None and schedule.next_session(station_ref(station)) is not None,
            _url(who, Action.TIMETABLE_EDIT, path, "timetable", station),
        ),
        Step(
            _("Cơ quan quản lý đã ký giờ được phát"),
            bool(documents_over(Kind.POLICY, path)),
            "",
        ),
        Step(
            _("Thêm cụm loa và ghép thiết bị"),
            heads,
            _url(who, Action.OUTLET_VIEW, path, "station", station),
        ),
        Step(
            _("Có người duyệt tin"),
            has_role_at(path, RoleName.COMMUNE_APPROVER),
            _url(who, Action.ACCOUNT_MANAGE, path, "staff"),
        ),
        Step(
            _("Viết tin đầu tiên và gửi duyệt"),
            sent.exists(),
            _url(who, Action.BULLETIN_WRITE, path, "new"),
        ),
        Step(
            _("Nghe loa phát, xem bằng chứng trên trang của tin"),
            station is not None and station.sounded,
            "",
        ),
    )


def _url(
    who: Actor, action: Action, path: str, name: str, station: "Station | bool | None" = False
) -> str:
    """Where the step is done; empty for who may not, or while there is no station yet."""
    if not who.may(action, path) or station is None:
        return ""
    return reverse(f"console:{name}", args=[station.pk] if isinstance(station, Model) else [])
