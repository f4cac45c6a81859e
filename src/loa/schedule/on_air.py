"""What a device says it plays, by the title that its signed plan gives it."""

from uuid import UUID

from loa.schedule.models import Plan
from loa.schedule.selectors import newest_plan
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Plan as PlanPayload
from loa_protocol.payloads import item_id, parse_payload


def title_of(station_id: UUID, item: str) -> str:
    """The title of the item with this identity in the station's newest plan; empty for one that is
    not in it (an order, a test, an item of an older plan)."""
    if not item:
        return ""
    plan = newest_plan(station_id)
    return _titles(plan.sha256, plan).get(item, "") if plan is not None else ""


_kept: dict[str, dict[str, str]] = {}
KEPT = 64
"""Plans whose titles a process remembers."""


def _titles(sha256: str, plan: Plan) -> dict[str, str]:
    """Item identity -> title. A plan of two weeks is read once, not at every look."""
    found = _kept.get(sha256)
    if found is not None:
        return found
    payload = parse_payload(Kind.PLAN, Envelope.parse(bytes(plan.envelope)).payload)
    found = {}
    if isinstance(payload, PlanPayload):
        found.update({item_id(payload.station, item): item.title for item in payload.items})
    while len(_kept) >= KEPT:
        _kept.pop(next(iter(_kept)))
    _kept[sha256] = found
    return found
