"""An order on paper, and as a file for those who sign without a browser."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from loa.alerts import selectors
from loa.alerts.drafting import Draft
from loa.console import urgent
from loa.console.middleware import actor
from loa.console.sentences import told
from loa.console.urgent_order import live_context
from loa.console.urgent_room import entrants_only, order_or_404, to_sign
from loa.journal import selectors as journal
from loa.lib import clock
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
    context = {
        **live_context(who, order),
        **urgent.echo_of(selectors.targets_of(order)),
        "before": selectors.before(order),
        "facts": told(sorted(facts, key=lambda fact: fact.seq)),
        "printed_at": clock.now(),
    }
    return render(request, "console/urgent/report.html", context)
