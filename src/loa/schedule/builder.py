"""Which stations' plans have to be looked at, and building them one by one."""

from datetime import datetime

from django.db.models import Max

from loa.outlets import selectors as outlets
from loa.people.authority import NodeIdentity
from loa.schedule import selectors, services
from loa.schedule.handlers import station_ref
from loa.schedule.models import Plan
from loa.schedule.plans import RENEW_WHEN_LEFT, plan_issue

BATCH = 20


def build_due(node: NodeIdentity) -> bool:
    """Build the plans of stations that were touched; returns whether more are waiting."""
    waiting = selectors.dirty_stations()
    for station_id in waiting[:BATCH]:
        station = outlets.station_by_id(station_id)
        plan_issue(station=station_ref(station), node=node)
    return len(waiting) > BATCH


def renewals_due(now: datetime) -> int:
    """Touch the stations whose plan reaches less far than devices must always hold."""
    newest = Plan.objects.values("station_id").annotate(until=Max("expires_at"))
    due = [row["station_id"] for row in newest if row["until"] - now <= RENEW_WHEN_LEFT]
    services.stations_touched(due)
    return len(due)
