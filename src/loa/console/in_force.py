"""What is in force in a commune, told to everybody who works there: an order needs no local step,
but nobody should learn of it from the street."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loa.alerts import selectors as alerts
from loa.alerts.acted import words_by_alert
from loa.alerts.models import Order
from loa.alerts.phases import read_through
from loa.alerts.silence import WORDS, silence
from loa.lib import clock
from loa.places.selectors import places_named
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside

SOUNDING = (Kind.ALERT.value, Kind.FILL.value, Kind.DRILL.value, Kind.UPDATE.value)


@dataclass(frozen=True, slots=True)
class InForce:
    """An alert or drill as it stands: its newest words, who ordered it, until when. `again`: all
    of the commune is silent, and sounds again then."""

    title: str
    text: str
    office: str
    drill: bool
    since: datetime | None
    until: datetime
    again: datetime | None


def orders_here(path: str) -> list[InForce]:
    """The orders in force in the commune, real ones first."""
    standing = alerts.in_force(path)
    found = [order for order in standing if order.kind in SOUNDING]
    # A correction stands for its alert.
    updated = {order.alert for order in found if order.kind == Kind.UPDATE.value}
    found = [o for o in found if o.kind == Kind.UPDATE.value or o.pk not in updated]
    if not found:
        return []
    found = _unfinished(found, standing)
    again = _silent_until(path, found, [order for order in standing if order.kind in WORDS])
    names = {place.path: place.name for place in places_named({order.path for order in found})}
    return [
        InForce(
            order.title,
            order.text,
            names.get(order.path, order.path),
            order.drill,
            order.issued_at,
            order.expires_at,
            again.get(order.pk),
        )
        for order in sorted(found, key=lambda order: order.drill)
    ]


def _unfinished(orders: Sequence[Order], standing: Sequence[Order]) -> list[Order]:
    """Without the drills that have been read, and those that a real order ended here."""
    real = [order.made_at for order in orders if not order.drill]
    drills = [order for order in orders if order.drill and order.kind == Kind.DRILL.value]
    said = words_by_alert(one for one in standing if one.drill) if drills else {}
    over = {
        drill.pk
        for drill in drills
        if any(drill.made_at < at for at in real)
        or read_through(drill, said.get(drill.pk, []), alerts.targets_of(drill), clock.now())
    }
    return [order for order in orders if order.pk not in over]


def _silent_until(path: str, orders: Sequence[Order], said: Sequence[Order]) -> dict[str, datetime]:
    """By order that is silent wherever it is for in the commune, when the first of those places
    sounds again. No query where nothing was silenced."""
    if not said:
        return {}
    targets = alerts.targets_of_orders(one.pk for one in orders)
    words = words_by_alert(said)
    now = clock.now()
    found = {}
    for order in orders:
        meant = [place for place in targets.get(order.pk, ()) if inside(place, path)] or [path]
        whole = silence(meant, words.get(order.alert, []), now)
        if whole.whole and not whole.but and whole.until is not None:
            found[order.pk] = whole.until
    return found
