"""The calls for a second signature: what went out to whom, and who opened the order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from loa.alerts.models import Call, Order
from loa.alerts.orders.approver_roster import Approver
from loa.lib import clock

LOOKS_FOR = timedelta(seconds=8)
"""The order's open page says so every two seconds: after this long without a word it is closed."""
SAID_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Called:
    """A person of the roster with what is known of their call (None: nothing was sent yet)."""

    approver: Approver
    call: Call | None
    watching: bool


def called(order: Order, people: Sequence[Approver]) -> list[Called]:
    """The roster with each person's call. One query."""
    calls = {call.account_id: call for call in Call.objects.filter(order=order)}
    now = clock.now()
    return [
        Called(one, calls.get(one.account_id), _watches(calls.get(one.account_id), now))
        for one in people
    ]


def _watches(call: Call | None, now: datetime) -> bool:
    return call is not None and call.seen_at is not None and now - call.seen_at < LOOKS_FOR


def uncalled(order: Order, people: Sequence[Approver]) -> list[Approver]:
    """Those of `people` to whom no letter was tried yet."""
    tried = Call.objects.filter(order=order).exclude(mail_at=None, mail_failure="")
    known = set(tried.values_list("account_id", flat=True))
    return [one for one in people if one.account_id not in known]


def mailed(order: Order, failures: Mapping[UUID, str]) -> None:
    """Letters were tried now: by account, empty where it went out, else one word for why not."""
    for account_id, failure in failures.items():
        fields = {"mail_failure": failure} if failure else {"mail_at": clock.now()}
        Call.objects.update_or_create(order=order, account_id=account_id, defaults=fields)


def pushed(order: Order, failures: Mapping[UUID, str]) -> None:
    """The same for pushes."""
    for account_id, failure in failures.items():
        sent = {"push_failure": "", "push_at": clock.now()}
        fields = {"push_failure": failure} if failure else sent
        Call.objects.update_or_create(order=order, account_id=account_id, defaults=fields)


def looked(order: Order, account_id: UUID) -> None:
    """The person has the order's page before them. Telemetry, not a fact."""
    now = clock.now()
    call, _made = Call.objects.get_or_create(order=order, account_id=account_id)
    if call.opened_at is None:
        Call.objects.filter(pk=call.pk).update(opened_at=now, seen_at=now)
    elif call.seen_at is None or now - call.seen_at >= SAID_EVERY:
        Call.objects.filter(pk=call.pk).update(seen_at=now)
