"""Taking back what was sent: cancelled, over, corrected, withdrawn."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from loa.channels import accounts, loading, outcomes
from loa.channels.contract import AnyMessage
from loa.channels.failures import ChannelError, Scope
from loa.channels.models import ChannelAccount, ChannelOutlet, Dispatch
from loa.channels.registry import channel_of
from loa.channels.rules import MOST_RETRY, State, Withdrawn

log = structlog.get_logger()

OPEN = (State.WAITING, State.SENDING, State.CARRIED, State.UNKNOWN, State.SHOWN)


def withdraw(rows: QuerySet[Dispatch], now: datetime) -> int:
    """Ask that these be taken back, once; how many. What was never tried is confirmed at once: it
    is nowhere. What failed reached nobody and stays as it is."""
    with transaction.atomic():
        fresh = rows.filter(withdrawn=Withdrawn.NONE, state__in=OPEN)
        outlets = list(fresh.values_list("outlet_id", flat=True))
        never = fresh.filter(state=State.WAITING, tries=0)
        done = never.update(withdrawn=Withdrawn.CONFIRMED, withdrawn_at=now)
        asked = fresh.update(withdrawn=Withdrawn.WANTED, withdraw_due_at=now)
        ChannelOutlet.objects.filter(pk__in=outlets, synced_at__isnull=False).update(
            sync_due_at=now
        )
    return done + asked


def withdraw_ended(now: datetime) -> int:
    """Ask back what shows an order that was cancelled, is over, or was corrected there."""
    live = Dispatch.objects.filter(order__isnull=False, withdrawn=Withdrawn.NONE, state__in=OPEN)
    over = live.filter(Q(order__ended_at__isnull=False) | Q(expires_at__lte=now))
    corrected = _corrected(live.select_related("order"))
    return withdraw(live.filter(Q(pk__in=over.values("pk")) | Q(pk__in=corrected)), now)


def _corrected(live: Iterable[Dispatch]) -> list[UUID]:
    """Wordings that a newer one, already carried to the same outlet, has replaced."""
    rows = [(row, row.order) for row in live if row.order is not None]
    newest: dict[tuple[str, UUID], int] = {}
    for row, order in rows:
        if row.state in {State.CARRIED, State.SHOWN}:
            key = (order.alert, row.outlet_id)
            newest[key] = max(newest.get(key, -1), order.revision)
    return [
        row.pk
        for row, order in rows
        if order.revision < newest.get((order.alert, row.outlet_id), -1)
    ]


def due(now: datetime, resting: Iterable[str]) -> list[Dispatch]:
    """Withdrawals to be made now."""
    rows = Dispatch.objects.filter(withdraw_due_at__lte=now, withdrawn=Withdrawn.WANTED)
    rows = rows.exclude(state=State.SENDING).exclude(pk__in=list(resting))
    found = rows.select_related("outlet__account__place").order_by("-urgent", "withdraw_due_at")
    return list(found[:200])


def withdraw_batch(account: ChannelAccount, keys: Sequence[UUID], now: datetime) -> None:
    """Have one account's messages taken back. The row says so before the call."""
    mine = [key for key in keys if _claim(key, now)]
    channel = channel_of(account.kind)
    messages: list[AnyMessage] = []
    for key in mine:
        message = loading.message_again(key)
        if message is None:
            outcomes.withdraw_failed([key], None)
        else:
            messages.append(message)
    if channel is None or not messages:
        return
    keys = [message.key for message in messages]
    try:
        told = channel.withdraw(loading.opened(account), messages)
    except ChannelError as error:
        if error.failure.scope is Scope.ACCOUNT:
            accounts.account_fail(account.pk, error.failure)
        outcomes.withdraw_failed(keys, error)
        return
    outcomes.withdrawals(told)
    silent = set(keys) - {one.key for one in told}
    if silent:
        outcomes.withdraw_failed(silent, None)


def _claim(key: UUID, now: datetime) -> bool:
    """Whether this worker has it; others leave it alone meanwhile."""
    row = Dispatch.objects.filter(pk=key, withdrawn=Withdrawn.WANTED, withdraw_due_at__lte=now)
    return bool(
        row.update(withdraw_due_at=now + MOST_RETRY, withdraw_tries=F("withdraw_tries") + 1)
    )
