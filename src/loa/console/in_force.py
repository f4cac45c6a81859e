"""What is in force in a commune, told to everybody who works there: an order needs no local step,
but nobody should learn of it from the street."""

from dataclasses import dataclass
from datetime import datetime

from loa.alerts import selectors as alerts
from loa.places.selectors import places_named
from loa_protocol.kinds import Kind

SOUNDING = (Kind.ALERT.value, Kind.FILL.value, Kind.DRILL.value, Kind.UPDATE.value)


@dataclass(frozen=True, slots=True)
class InForce:
    """An alert or drill as it stands: its newest words, who ordered it, until when."""

    title: str
    text: str
    office: str
    drill: bool
    since: datetime | None
    until: datetime


def orders_here(path: str) -> list[InForce]:
    """The orders in force in the commune, real ones first."""
    found = [order for order in alerts.in_force(path) if order.kind in SOUNDING]
    # A correction stands for its alert.
    updated = {order.alert for order in found if order.kind == Kind.UPDATE.value}
    found = [o for o in found if o.kind == Kind.UPDATE.value or o.pk not in updated]
    if not found:
        return []
    names = {place.path: place.name for place in places_named({order.path for order in found})}
    return [
        InForce(
            order.title,
            order.text,
            names.get(order.path, order.path),
            order.drill,
            order.issued_at,
            order.expires_at,
        )
        for order in sorted(found, key=lambda order: order.drill)
    ]
