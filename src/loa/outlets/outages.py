"""When clusters were silent or reported a fault, from the hours of their health.

Known to the hour: an outage begins with the hour after the last one heard, and ends with the first
one heard again. Hours that a demonstration made up are none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Literal

from loa.lib import clock
from loa.outlets.models import HealthHour
from loa.places.selectors import inside

HOUR = timedelta(hours=1)
WINDOW = timedelta(days=31)
"""How far back its beginning is looked for."""

Kind = Literal["silent", "fault"]
Span = tuple[Kind, datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Outage:
    """One time of silence or fault. `closed_at` None: it goes on."""

    outlet: str
    commune: str
    kind: Kind
    opened_at: datetime
    closed_at: datetime | None


def outages(hours: Iterable[tuple[datetime, bool]], now: datetime) -> list[Span]:
    """Of one cluster's heard hours in order, each with whether a fault was reported in it: what was
    wrong, from when to when. The running hour and the one before it may still be heard."""
    found: list[Span] = []
    last: datetime | None = None
    fault_since: datetime | None = None
    for hour, fault in hours:
        if last is not None and hour - last > HOUR:
            found.append(("silent", last + HOUR, hour))
        if fault_since is not None and not fault:
            found.append(("fault", fault_since, hour))
            fault_since = None
        elif fault and fault_since is None:
            fault_since = hour
        last = hour
    if fault_since is not None:
        found.append(("fault", fault_since, None))
    if last is not None and now - last >= 2 * HOUR:
        found.append(("silent", last + HOUR, None))
    return found


def outages_since(path: str, since: datetime) -> Iterator[Outage]:
    """Those at or below the place that go on, or ended after `since`; of standing clusters."""
    now = clock.now()
    rows = (
        HealthHour.objects.filter(
            inside([path], "outlet__station__place__path"),
            hour__gte=min(since, now) - WINDOW,
            simulated=False,
            outlet__retired_at=None,
            outlet__kind="speaker",
        )
        .order_by("outlet__wire_id", "hour")
        .values_list(
            *("outlet__wire_id", "outlet__station__place__code", "hour", "worst"), named=True
        )
    )
    for (outlet, commune), some in groupby(
        rows.iterator(chunk_size=5000),
        key=attrgetter("outlet__wire_id", "outlet__station__place__code"),
    ):
        heard = ((row.hour, row.worst == "fault") for row in some)
        for kind, opened_at, closed_at in outages(heard, now):
            if closed_at is None or closed_at >= since:
                yield Outage(outlet, commune, kind, opened_at, closed_at)
