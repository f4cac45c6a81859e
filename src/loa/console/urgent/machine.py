"""Whether the machine before the asker can sign: said before anything is written, with the machine
that can and the people who can stop an order meanwhile. Only the browser knows its keys."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from loa.alerts.orders.approver_roster import stoppers
from loa.people import keys
from loa.people.rules import Action, Actor
from loa.people.selectors import person_of
from loa.web.middleware import actor
from loa.web.signing import entrants_only, kids_for
from loa_protocol.kinds import Kind

SHOWN = 6


@entrants_only
def part(request: HttpRequest) -> HttpResponse:
    """The same for the room's first page, which fetches it: what it may ask itself is used up."""
    context = machine_of(actor(request), Kind.ALERT)
    return render(request, "urgent/parts_machine.html", context)


def machine_of(who: Actor, kind: Kind, targets: Sequence[str] = ()) -> dict[str, Any]:
    """`my_kids`: the asker's keys that may sign orders of this kind, for the browser to look for;
    `machines`: what their owner called the machines that hold them. `stoppers`: who else can stop
    orders in `targets` (the asker's own places where none are given), with their accounts."""
    kids = kids_for(who, kind)
    own = {key.kid: key.label for key in keys.keys_of(who.account_id)} if who.account_id else {}
    mine = targets or (*who.places(Action.ALERT_AUTHOR), *who.places(Action.ALERT_APPROVE))
    return {
        "my_kids": json.dumps(kids),
        "machines": [label for kid in kids if (label := own.get(kid, ""))],
        "stoppers": stoppers(mine[:1], person_of(who) or "")[:SHOWN],
    }
