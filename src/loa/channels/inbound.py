"""What outside systems send us: stored raw first, answered, then understood. And what was missed
is asked for."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q

from loa.channels import accounts, loading, members, outcomes
from loa.channels.contract import (
    AnyChannel,
    Channel,
    Event,
    InboundRequest,
    Outcome,
    PersonEvent,
    Withdrawal,
)
from loa.channels.failures import ChannelError, Scope
from loa.channels.models import ChannelAccount, Inbound
from loa.channels.registry import channel_of, channels
from loa.lib import clock
from loa.lib.sentences import Refusal
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue

log = structlog.get_logger()

BODY_MAX = 256 << 10
HEADERS_MAX = 20
WAITING_MAX = 100_000
KEPT = timedelta(days=90)
POLL_EVERY = timedelta(seconds=15)
AT_ONCE = 50


class InboundRefused(Refusal):
    """Why an inbound request is not stored."""


def store(
    *,
    kind: str,
    body: bytes,
    key: str = "",
    headers: Mapping[str, str] | None = None,
    account_id: UUID | None = None,
) -> bool:
    """Keep a request byte for byte; False where it was stored before. `key` is the sender's own id;
    without one the hash of the bytes. Raises InboundRefused for what is too large, and while too
    much waits to be understood."""
    if len(body) > BODY_MAX or len(key) > 128 or len(headers or {}) > HEADERS_MAX:
        raise InboundRefused("Yêu cầu quá lớn.")
    kept = {name[:64]: value[:1024] for name, value in (headers or {}).items()}
    with transaction.atomic():
        if Inbound.objects.filter(understood_at=None).count() >= WAITING_MAX:
            raise InboundRefused("Máy chủ đang có quá nhiều yêu cầu chờ xử lý. Gửi lại sau.")
        _row, made = Inbound.objects.get_or_create(
            kind=kind,
            key=key or hashlib.sha256(body).hexdigest(),
            defaults={
                "account_id": account_id,
                "body": body,
                "headers": kept,
                "received_at": clock.now(),
            },
        )
    return made


def understand() -> bool:
    """Understand the next requests in the order in which they came; whether there were any."""
    rows = (
        Inbound.objects.filter(understood_at=None)
        .exclude(pk__in=list(aside.resting(Queue.INBOUND)))
        .select_related("account__place")
        .order_by("received_at", "pk")[:AT_ONCE]
    )
    done = False
    for row in rows:
        done = True
        with quarantine.isolated(Queue.INBOUND, str(row.pk), name=row.kind, atomic=False):
            _understand(row)
    return done


def _understand(row: Inbound) -> None:
    channel = channel_of(row.kind)
    error = ""
    events: list[Event] = []
    try:
        if channel is None:
            raise ValueError("no such channel")
        account = loading.opened(row.account) if row.account else None
        request = InboundRequest(
            key=row.key, body=bytes(row.body), headers=row.headers, received_at=row.received_at
        )
        events = channel.receive(account, request)
    except ValueError as unread:
        # Kept with its bytes: a person or a later version may read it.
        error = type(unread).__name__
        log.warning("inbound not understood", kind=row.kind, inbound=str(row.pk))
    apply(events)
    Inbound.objects.filter(pk=row.pk).update(understood_at=clock.now(), error=error[:80])


def apply(events: Iterable[Event]) -> None:
    """Act on events. Each may be applied twice with no more effect than once."""
    for event in events:
        if isinstance(event, Outcome):
            outcomes.record([event])
        elif isinstance(event, Withdrawal):
            outcomes.withdrawals([event])
        else:
            _apply_person(event)


def _apply_person(event: PersonEvent) -> None:
    if event.kind == "stop":
        members.stop(event.ref, why="asked")
    else:
        members.bounced(event.ref, event.failure)


Work = Callable[[], None]


def poll_due(run: Callable[[Iterable[Work]], None]) -> bool:
    """Ask each account's outside system for what was missed, once in `POLL_EVERY`."""
    now = clock.now()
    kinds = [kind for kind, channel in channels().items() if _polls(channel)]
    rows = (
        ChannelAccount.objects.filter(accounts.usable(now), kind__in=kinds)
        .filter(_poll_due(now))
        .exclude(pk__in=list(aside.resting(Queue.POLLS)))
        .select_related("place")
        .order_by(F("polled_at").asc(nulls_first=True))[:AT_ONCE]
    )
    run([partial(_guarded_poll, account, now) for account in rows])
    return False


def _polls(channel: AnyChannel) -> bool:
    return type(channel).poll is not Channel.poll


def _poll_due(now: datetime) -> Q:
    return Q(polled_at=None) | Q(polled_at__lte=now - POLL_EVERY)


def _guarded_poll(account: ChannelAccount, now: datetime) -> None:
    mine = ChannelAccount.objects.filter(_poll_due(now), pk=account.pk)
    if not mine.update(polled_at=now):
        return
    with quarantine.isolated(Queue.POLLS, str(account.pk), name=account.name, atomic=False):
        channel = channel_of(account.kind)
        if channel is None:
            return
        try:
            apply(channel.poll(loading.opened(account)))
        except ChannelError as error:
            if error.failure.scope is Scope.ACCOUNT:
                accounts.account_fail(account.pk, error.failure)
            log.warning("poll refused", account=str(account.pk), code=error.failure.code)


def forget(now: datetime) -> None:
    """Drop requests that were understood long ago."""
    Inbound.objects.filter(understood_at__lt=now - KEPT).delete()
