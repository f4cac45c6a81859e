"""Outlets in state mode: each is told everything that it should show now."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F, Min, Q
from pydantic import ValidationError

from loa.channels import accounts, limits, loading, outcomes
from loa.channels.contract import AnyChannel, AnyMessage, Mode, Withdrawal
from loa.channels.failures import ChannelError, Scope
from loa.channels.models import ChannelAccount, ChannelOutlet, Dispatch
from loa.channels.registry import channel_of
from loa.channels.rules import MOST_RETRY, Limits, State, Withdrawn, quiet_until
from loa.lib import clock
from loa.newsroom.renditions import ApprovalVoid, NotApproved

LEASE_MORE = timedelta(seconds=60)
OUTLETS_AT_ONCE = 100

Work = Callable[[], None]
Job = tuple[str, list[UUID], Work]
"""What people call it, the rows under which it is set aside, the work."""


def mode_of(channel: AnyChannel, account: ChannelAccount) -> Mode:
    """The mode of an account; one with settings that are no good is found out when it is opened."""
    if len(channel.modes) == 1:
        return next(iter(channel.modes))
    try:
        return channel.mode(channel.Settings.model_validate(account.settings))
    except ValidationError:
        return Mode.PUSH


def jobs(now: datetime, resting: Iterable[str]) -> list[Job]:
    """One job for each outlet that has to be told something now."""
    rows = (
        ChannelOutlet.objects.filter(
            account__in=ChannelAccount.objects.filter(accounts.usable(now)), sync_due_at__lte=now
        )
        .exclude(paused_until__gt=now)
        .exclude(pk__in=list(resting))
        .select_related("account__place")
        .order_by("sync_due_at")[:OUTLETS_AT_ONCE]
    )
    found: list[Job] = []
    for outlet in rows:
        channel = channel_of(outlet.account.kind)
        if channel is None or mode_of(channel, outlet.account) is not Mode.STATE:
            ChannelOutlet.objects.filter(pk=outlet.pk).update(sync_due_at=None)
            continue
        found.append((outlet.name, [outlet.pk], partial(sync_outlet, outlet.pk, channel)))
    return found


def sync_outlet(outlet_id: UUID, channel: AnyChannel) -> None:
    """Claim one outlet, tell it what it should show, write down what it says."""
    now = clock.now()
    lease_at = now + timedelta(seconds=channel.timeout_s) + LEASE_MORE
    outlet = _claim(outlet_id, now, lease_at)
    if outlet is None:
        return
    keys = _take_rows(outlet, now, lease_at)
    desired = _desired(outlet, now)
    try:
        target = accounts.target_of(outlet, channel.kind)
        told = channel.sync(loading.opened(outlet.account), target, desired)
    except ChannelError as error:
        _refused(outlet, keys, error, lease_at)
        return
    # The state is told whole the next time: nothing can be doubled by that.
    except Exception:
        outcomes.put_back(keys, outcomes.IN_DOUBT)
        ChannelOutlet.objects.filter(pk=outlet.pk).update(sync_due_at=now + MOST_RETRY)
        raise
    outcomes.record(told)
    outcomes.put_back(set(keys) - {one.key for one in told}, outcomes.IN_DOUBT)
    backs = Dispatch.objects.filter(
        outlet=outlet, withdrawn__in=[Withdrawn.WANTED, Withdrawn.ASKED], withdraw_due_at__lte=now
    )
    outcomes.withdrawals([Withdrawal(key=row.key, state="confirmed") for row in backs])
    following = _next_change(outlet, now)
    ChannelOutlet.objects.filter(pk=outlet.pk, sync_due_at=lease_at).update(
        sync_due_at=following, synced_at=now, paused_until=None
    )


def _claim(outlet_id: UUID, now: datetime, lease_at: datetime) -> ChannelOutlet | None:
    with transaction.atomic():
        mine = ChannelOutlet.objects.filter(pk=outlet_id, sync_due_at__lte=now)
        if not mine.update(sync_due_at=lease_at):
            return None
        outlet = ChannelOutlet.objects.select_related("account__place", "place", "pole").get(
            pk=outlet_id
        )
        urgent = Dispatch.objects.filter(outlet=outlet, urgent=True, withdrawn="").exists()
        quiet = quiet_until(Limits.model_validate(outlet.account.limits), now, urgent=urgent)
        if quiet is None and limits.take(outlet.account, now, wanted=1, urgent=urgent):
            return outlet
        later = quiet or limits.next_room(outlet.account, now, urgent=urgent)
        ChannelOutlet.objects.filter(pk=outlet_id).update(sync_due_at=later)
        return None


def _live(outlet: ChannelOutlet, now: datetime) -> Q:
    return (
        Q(outlet=outlet, withdrawn=Withdrawn.NONE, due_at__lte=now)
        & (Q(expires_at=None) | Q(expires_at__gt=now))
        & ~Q(state=State.FAILED)
    )


def _take_rows(outlet: ChannelOutlet, now: datetime, lease_at: datetime) -> list[UUID]:
    """The outlet's waiting rows become this try's."""
    waiting = Dispatch.objects.filter(_live(outlet, now), state=State.WAITING)
    keys = list(waiting.values_list("key", flat=True))
    Dispatch.objects.filter(pk__in=keys, state=State.WAITING).update(
        state=State.SENDING, tries=F("tries") + 1, lease_at=lease_at
    )
    return keys


def _desired(outlet: ChannelOutlet, now: datetime) -> list[AnyMessage]:
    """Everything the outlet should show: urgent orders first, then the newest."""
    if outlet.retired_at is not None:
        return []
    keys = Dispatch.objects.filter(_live(outlet, now)).values_list("key", flat=True)
    rows = loading.rows_of(list(keys))
    rows.sort(key=lambda row: (row.urgent, row.begun_at), reverse=True)
    desired: list[AnyMessage] = []
    for row in rows:
        try:
            if loading.still_wanted(row):
                desired.append(loading.message_of(row))
        except NotApproved:
            continue
        except ApprovalVoid:
            loading.note_void(row)
            outcomes.fail([row.key], loading.VOID)
        except ChannelError as error:
            outcomes.fail([row.key], error.failure)
    return desired


def _refused(
    outlet: ChannelOutlet, keys: list[UUID], error: ChannelError, lease_at: datetime
) -> None:
    failure = error.failure
    now = clock.now()
    retry_at = failure.retry_at or now + MOST_RETRY
    if failure.scope is Scope.ACCOUNT:
        accounts.account_fail(outlet.account_id, failure)
        retry_at = failure.retry_at or now
    if failure.permanent and failure.scope is not Scope.ACCOUNT:
        outcomes.fail(keys, failure)
    else:
        outcomes.put_back(keys, failure)
    ChannelOutlet.objects.filter(pk=outlet.pk, sync_due_at=lease_at).update(sync_due_at=retry_at)


def _next_change(outlet: ChannelOutlet, now: datetime) -> datetime | None:
    """When the outlet should show something else by itself: an end, or a beginning."""
    rows = Dispatch.objects.filter(outlet=outlet, withdrawn=Withdrawn.NONE)
    end = rows.filter(expires_at__gt=now).aggregate(at=Min("expires_at"))["at"]
    begin = rows.filter(state=State.WAITING, due_at__gt=now).aggregate(at=Min("due_at"))["at"]
    return min((moment for moment in (end, begin) if moment is not None), default=None)
