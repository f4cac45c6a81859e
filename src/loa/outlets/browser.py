"""Loudspeakers that live in a visitor's browser: outlets of the demo's station like any other."""

from datetime import datetime, timedelta

from loa.lib import clock
from loa.outlets import selectors, services
from loa.outlets.enrolment import device_revoke
from loa.outlets.models import Outlet
from loa.outlets.services import OutletError
from loa.people.rules import NODE

KIND = "browser"
MOST = 10
"""Older ones leave when more browsers come."""
CLOSED_AFTER = timedelta(hours=1)
"""A closed tab is never heard of again."""


def leave_behind(now: datetime) -> int:
    """Retire the browsers that were closed: they would stand as silent for ever. How many."""
    rows = Outlet.objects.filter(kind=KIND, retired_at=None)
    gone = list(rows.filter(health__seen_at__lt=now - CLOSED_AFTER))
    for outlet in gone:
        _retire(outlet, now)
    return len(gone)


def _retire(outlet: Outlet, now: datetime) -> None:
    device_revoke(actor=NODE, outlet_id=outlet.pk, reason="trình duyệt đã đóng")
    Outlet.objects.filter(pk=outlet.pk).update(retired_at=now)


def claim_for_browser() -> tuple[str, str]:
    """A fresh outlet for a browser: its claim code and its name.

    Raises OutletError where there is no station to listen to.
    """
    stations = selectors.stations_in(["vn"])
    if not stations:
        raise OutletError("Chưa có đài nào để nghe.")
    station = stations[0]
    standing = Outlet.objects.filter(station=station, kind=KIND, retired_at=None).order_by("pk")
    for old in list(standing)[: max(0, standing.count() - MOST + 1)]:
        _retire(old, clock.now())
    number = Outlet.objects.filter(station=station, kind=KIND).count() + 1
    name = f"Loa trên trình duyệt {number}"
    outlet = services.outlet_add(
        actor=NODE, station=station, code=f"TD{number:03}", name=name, kind=KIND
    )
    code, _ = services.claim_make(actor=NODE, outlet=outlet)
    return code, name
