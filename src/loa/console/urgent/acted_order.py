"""The order that an act is about, in the words of the pages that ask for a signature."""

from collections.abc import Sequence
from typing import Any

from loa.alerts.models import Order
from loa.alerts.orders.acts import acted
from loa.alerts.orders.phases import phase
from loa.lib import clock
from loa.outlets import selectors as outlets
from loa.places.selectors import names_of

NAMES_SHOWN = 6


def acted_on(alert: Order) -> dict[str, Any]:
    """The order as it stands now and its places by name, for a page that asks for a signature."""
    context = standing(alert)
    targets = context["acted"].targets
    names = list(names_of(targets[:NAMES_SHOWN]).values())
    more = max(0, len(targets) - len(names))
    return {**context, "acted_where": ", ".join(names), "acted_more": more}


def standing(alert: Order, later: Sequence[Order] | None = None) -> dict[str, Any]:
    """`seen`: the edition that the page shows and its form must carry. `wording`, `phase`, `on_air`
    and the rest: the order as it stands now. `later` are the orders about it, if the caller has
    them."""
    now = clock.now()
    found = acted(alert, now, later)
    on_air = outlets.sounding_now((alert.pk, found.wording.pk), now)
    return {
        "acted": found,
        "seen": found.edition,
        "wording": found.wording,
        "over": found.over,
        "on_air": on_air,
        "phase": phase(found, on_air, now),
        "since": found.wording.issued_at,
    }
