"""Which outlets a station had at a moment: what is past is counted against what existed then."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Min

from loa.outlets import browser
from loa.outlets.models import Outlet


@dataclass(frozen=True, slots=True)
class OutletSpan:
    """An outlet from the enrolment of its first device until it was retired, if it was."""

    id: UUID
    wire_id: str
    hamlet: str | None
    since: datetime
    until: datetime | None

    def stood(self, moment: datetime) -> bool:
        """Whether the outlet could sound at the moment, had it been in order."""
        return self.since <= moment and (self.until is None or moment < self.until)


def outlet_spans(station_id: UUID) -> list[OutletSpan]:
    """The station's outlets that ever had a device, the retired ones too; a visitor's browser is
    none of the station's. One query."""
    rows = (
        Outlet.objects.filter(station_id=station_id, devices__isnull=False)
        .exclude(kind=browser.KIND)
        .annotate(since=Min("devices__enrolled_at"))
        .values_list("pk", "wire_id", "hamlet__path", "since", "retired_at")
        .order_by("pk")
    )
    return [OutletSpan(*row) for row in rows]
