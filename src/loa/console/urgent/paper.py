"""An order on paper, and as a file for those who sign without a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from loa.alerts import selectors
from loa.alerts.models import Order
from loa.alerts.orders.drafting import Draft
from loa.alerts.selectors import Tally
from loa.console.urgent import compose
from loa.console.urgent.order import live_context, reach_of
from loa.journal import selectors as journal
from loa.lib import clock
from loa.places.selectors import names_of
from loa.web.facts.sentences import told
from loa.web.middleware import actor
from loa.web.signing import entrants_only, order_or_404, to_sign
from loa_protocol.kinds import Kind


@entrants_only
def draft_file(request: HttpRequest, order_id: str) -> HttpResponse:
    """The order's exact bytes as a file for `loa sign`."""
    order = order_or_404(actor(request), order_id)
    value = to_sign(Draft(Kind(order.kind), bytes(order.payload)), ()).plain()
    response = JsonResponse(value)
    response["Content-Disposition"] = f'attachment; filename="lenh-{order.pk[:8]}.json"'
    return response


@entrants_only
def report(request: HttpRequest, order_id: str) -> HttpResponse:
    """Everything about an order on paper."""
    who = actor(request)
    order = order_or_404(who, order_id)
    facts = list(journal.facts_of(f"order:{order.pk}"))
    for later in selectors.about(order.pk):
        if later.pk != order.pk:
            facts += list(journal.facts_of(f"order:{later.pk}"))
    shown = live_context(who, order)
    context = {
        **shown,
        "wordings": _wordings(order, shown["later"]),
        "office_name": names_of([order.path]).get(order.path, order.path),
        **compose.echo_of(selectors.targets_of(order)),
        "before": selectors.before(order),
        "reach": reach_of(order),
        "facts": told(sorted(facts, key=lambda fact: fact.seq)),
        "printed_at": clock.now(),
    }
    return render(request, "urgent/report.html", context)


@dataclass(frozen=True, slots=True)
class Wording:
    """Words that sounded: until when they were the order's, how long their sound is, what became of
    them."""

    order: Order
    until: datetime
    ms: int | None
    tally: Tally


def _wordings(order: Order, later: Sequence[Order]) -> list[Wording]:
    """The order's own words and those of each issued correction, in the order of what happened.
    Two queries for each."""
    updates = [one for one in later if one.kind == "update" and one.state == "issued"]
    each = [order, *sorted(updates, key=lambda one: one.revision)]
    over = order.ended_at or order.expires_at
    ends = [*(one.issued_at or one.made_at for one in each[1:]), over]
    return [
        Wording(one, end, one.speech.ms if one.speech else None, selectors.tally(one))
        for one, end in zip(each, ends, strict=True)
    ]
