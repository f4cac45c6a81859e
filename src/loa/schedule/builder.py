"""Which stations' plans have to be looked at, and building them one by one."""

from datetime import datetime
from uuid import UUID

from django.db.models import Max

from loa.lib import clock
from loa.outlets import selectors as outlets
from loa.people.authority import NodeIdentity
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa.schedule import selectors, services
from loa.schedule.handlers import station_ref
from loa.schedule.models import Plan
from loa.schedule.plans import RENEW_WHEN_LEFT, plan_issue

BATCH = 20


def build_due(node: NodeIdentity) -> bool:
    """Build the plans of stations that were touched; returns whether more are waiting.

    A station whose plan cannot be built is set aside with its reason: the others go on. It is
    tried again when it is touched anew, and when its time has come.
    """
    _touch_left_out()
    waiting = _waiting()
    for station_id in waiting[:BATCH]:
        station = outlets.station_by_id(station_id)
        with quarantine.isolated(Queue.PLANS, str(station_id), name=station.name):
            plan_issue(station=station_ref(station), node=node)
    return len(waiting) > BATCH


def _touch_left_out() -> None:
    """Slots that a plan left out are looked at again when their time has come; those that left the
    programme are no longer anybody's concern."""
    rows = aside.due(Queue.PLAN_ITEMS)
    if not rows:
        return
    standing = selectors.stations_of_slots([UUID(row) for row in rows])
    quarantine.release(Queue.PLAN_ITEMS, [row for row in rows if UUID(row) not in standing])
    services.stations_touched(sorted(set(standing.values())))


def _waiting() -> list[UUID]:
    """Touched stations, those that wait longest first, without those that rest."""
    known = aside.known(Queue.PLANS)
    now = clock.now()
    return [
        station_id
        for station_id, touched in selectors.dirty_stations()
        if (row := known.get(str(station_id))) is None
        or row.next_at <= now
        or touched > row.tried_at
    ]


def renewals_due(now: datetime) -> int:
    """Touch the stations whose plan reaches less far than devices must always hold."""
    newest = Plan.objects.values("station_id").annotate(until=Max("expires_at"))
    due = [row["station_id"] for row in newest if row["until"] - now <= RENEW_WHEN_LEFT]
    services.stations_touched(due)
    return len(due)
