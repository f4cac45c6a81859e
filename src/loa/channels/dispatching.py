"""The dispatcher: claims what is due, sends it, writes down what came of it.

A row is claimed by a conditional update together with its units of the account's limits, in one
short transaction. The channel is called after it, outside of any transaction. A worker that dies
in between leaves `sending` rows: after their lease they are sent again where the channel is
repeatable by key, and otherwise become `unknown`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from loa.channels import (
    accounts,
    beginning,
    limits,
    loading,
    outcomes,
    syncing,
    withdrawing,
)
from loa.channels.contract import AnyChannel, AnyMessage, Mode, Recipient
from loa.channels.failures import ChannelError, Failure, Scope
from loa.channels.models import ChannelAccount, ChannelOutlet, Dispatch, DispatchRecipient
from loa.channels.registry import channel_of, channels
from loa.channels.rules import Limits, State, Withdrawn, quiet_until
from loa.channels.syncing import Job, Work
from loa.lib import clock
from loa.newsroom.renditions import ApprovalVoid, NotApproved
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue

log = structlog.get_logger()

AT_ONCE = 200
LEASE_MORE = timedelta(seconds=60)

Runner = Callable[[Iterable[Work]], None]

LATE = Failure(code="expired", sentence=gettext_noop("Đã quá thời hạn của tin mà chưa gửi được."))
WITHDRAWN = Failure(code="not_approved", sentence=gettext_noop("Tin đã thu hồi nên không gửi nữa."))
BROKEN = Failure(
    code="broken",
    sentence=gettext_noop(
        "Phần mềm của kênh gặp lỗi khi gửi nên không biết tin đã tới chưa. Báo quản trị viên."
    ),
)
NOT_SAID = Failure(
    code="no_outcome",
    sentence=gettext_noop("Kênh không cho biết tin đã tới chưa. Kiểm tra rồi gửi lại nếu cần."),
)


def one_by_one(work: Iterable[Work]) -> None:
    """The plainest runner. The worker brings one with threads, so that a slow system delays only
    its own messages."""
    for job in work:
        job()


def dispatch(run: Runner = one_by_one) -> bool:
    """Begin what is new, send what is due, take back what is over. Whether there was anything."""
    now = clock.now()
    _lapse(now)
    withdrawing.withdraw_ended(now)
    beginning.begin_orders(now)
    # Orders are set aside under their hash, dispatches and outlets under their UUID.
    resting = {row for row in aside.resting(Queue.DISPATCHES) if "-" in row}
    jobs = [*_sends(now, resting), *syncing.jobs(now, resting), *_backs(now, resting)]
    run([partial(_guarded, name, keys, job) for name, keys, job in jobs])
    return bool(jobs)


def _guarded(name: str, keys: list[UUID], job: Work) -> None:
    """One batch: what breaks there stops nobody else. A broken batch of several is taken apart, so
    that the one row at which the channel breaks can be named."""
    outcome = quarantine.isolated(Queue.DISPATCHES, str(keys[0]), name=name, atomic=False)
    if len(keys) == 1:
        with outcome:
            job()
        return
    try:
        job()
    except quarantine.NOT_THE_ROWS_FAULT:
        raise
    # Whatever the channel's own code raises: the rows are tried apart, and named then.
    except Exception:
        log.exception("batch broke", first=str(keys[0]), rows=len(keys))
        Dispatch.objects.filter(pk__in=keys).update(alone=True)


def _lapse(now: datetime) -> None:
    """Rows whose time has passed: tries that nobody ended, dispatches past their end, messages of
    which no further word came."""
    left = Dispatch.objects.filter(state=State.SENDING, lease_at__lte=now)
    for key, kind in left.values_list("key", "outlet__account__kind"):
        channel = channel_of(kind)
        if channel is not None and channel.repeatable:
            outcomes.put_back([key], outcomes.IN_DOUBT)
            Dispatch.objects.filter(pk=key, state=State.WAITING).update(due_at=now)
        else:
            outcomes.in_doubt([key])
    late = Dispatch.objects.filter(
        state=State.WAITING, withdrawn=Withdrawn.NONE, expires_at__lte=now, order=None
    )
    outcomes.fail(late.values_list("key", flat=True)[:AT_ONCE], LATE)
    for kind, channel in channels().items():
        if channel.word_within is not None:
            Dispatch.objects.filter(
                state=State.CARRIED,
                outlet__account__kind=kind,
                done_at__lte=now - channel.word_within,
            ).update(state=State.UNKNOWN, code="no_word")


def _sends(now: datetime, resting: Iterable[str]) -> list[Job]:
    """Batches of what is due in push and pull mode, urgent orders first."""
    rows = (
        Dispatch.objects.filter(
            accounts_usable(now),
            state=State.WAITING,
            withdrawn=Withdrawn.NONE,
            due_at__lte=now,
            outlet__retired_at=None,
        )
        .exclude(outlet__paused_until__gt=now)
        .exclude(pk__in=list(resting))
        .select_related("outlet__account__place")
        .order_by("-urgent", "due_at", "pk")[:AT_ONCE]
    )
    found: list[Job] = []
    ordered = sorted(rows, key=lambda row: (not row.urgent, str(row.outlet.account_id)))
    for _key, group in groupby(ordered, key=lambda row: (row.urgent, row.outlet.account_id)):
        held = list(group)
        account = held[0].outlet.account
        channel = channel_of(account.kind)
        if channel is None:
            outcomes.fail([row.key for row in held], accounts.NoSuchChannel().failure)
        elif syncing.mode_of(channel, account) is not Mode.STATE:
            found += _batches(account, channel, held)
    return found


def accounts_usable(now: datetime) -> Q:
    """Filter for dispatches whose account may send now."""
    usable = ChannelAccount.objects.filter(accounts.usable(now))
    return Q(outlet__account__in=usable)


def _batches(account: ChannelAccount, channel: AnyChannel, rows: Sequence[Dispatch]) -> list[Job]:
    size = 1 if channel.has_lists else channel.batch_max
    apart = [[row.key] for row in rows if row.alone]
    together = [row.key for row in rows if not row.alone]
    batches = [together[at : at + size] for at in range(0, len(together), size)]
    return [
        (account.name, keys, partial(send_batch, account.pk, keys)) for keys in [*batches, *apart]
    ]


def _backs(now: datetime, resting: Iterable[str]) -> list[Job]:
    rows = withdrawing.due(now, resting)
    rows.sort(key=lambda row: str(row.outlet.account_id))
    found: list[Job] = []
    for _id, group in groupby(rows, key=lambda row: row.outlet.account_id):
        held = list(group)
        account = held[0].outlet.account
        channel = channel_of(account.kind)
        if channel is None or syncing.mode_of(channel, account) is Mode.STATE:
            continue
        for at in range(0, len(held), channel.batch_max):
            keys = [row.key for row in held[at : at + channel.batch_max]]
            job = partial(withdrawing.withdraw_batch, account, keys, now)
            found.append((account.name, keys, job))
    return found


def send_batch(account_id: UUID, keys: Sequence[UUID]) -> None:
    """Claim these dispatches of one account, send them, write down the outcomes."""
    now = clock.now()
    account = ChannelAccount.objects.select_related("place").get(pk=account_id)
    channel = channel_of(account.kind)
    if channel is None:
        return
    claimed = claim(account, channel, keys, now)
    messages = _messages(channel, claimed)
    if not messages:
        return
    sent = [message.key for message in messages]
    try:
        told = channel.send(loading.opened(account), messages)
    except ChannelError as error:
        refused(account, sent, error.failure)
        return
    # The channel broke in the middle: whether anything was sent is not known.
    except Exception:
        if channel.repeatable:
            outcomes.put_back(sent, BROKEN)
        else:
            outcomes.in_doubt(sent, failure=BROKEN)
        raise
    outcomes.record(one for one in told if one.key in set(sent))
    silent = set(sent) - {one.key for one in told}
    if silent:
        outcomes.in_doubt(silent, failure=NOT_SAID)


def refused(account: ChannelAccount, keys: Sequence[UUID], failure: Failure) -> None:
    """Nothing was sent. What was wrong decides who waits and who fails."""
    if failure.scope is Scope.ACCOUNT:
        accounts.account_fail(account.pk, failure)
        outcomes.put_back(keys, replace(failure, retry_at=failure.retry_at or clock.now()))
    elif failure.permanent:
        outcomes.fail(keys, failure)
    else:
        if failure.scope is Scope.OUTLET:
            outlets = Dispatch.objects.filter(pk__in=keys).values("outlet")
            ChannelOutlet.objects.filter(pk__in=outlets).update(paused_until=failure.retry_at)
        outcomes.put_back(keys, failure)


def claim(
    account: ChannelAccount, channel: AnyChannel, keys: Sequence[UUID], now: datetime
) -> list[tuple[UUID, tuple[UUID, ...]]]:
    """Take dispatches for this worker, with the persons of this try: (key, refs) of each.

    Rows that another worker has are passed over. What has no unit of the limits waits for its
    next window.
    """
    with transaction.atomic():
        if not ChannelAccount.objects.filter(accounts.usable(now), pk=account.pk).exists():
            return []
        rows = list(
            Dispatch.objects.select_for_update()
            .filter(pk__in=keys, state=State.WAITING, withdrawn=Withdrawn.NONE, due_at__lte=now)
            .order_by("due_at", "pk")
        )
        if not rows:
            return []
        urgent = all(row.urgent for row in rows)
        held = quiet_until(Limits.model_validate(account.limits), now, urgent=urgent)
        if held is not None:
            _hold(rows, held, "quiet_hours")
            return []
        refs = {row.key: _refs(row, channel, now) for row in rows}
        wanted = sum(max(1, len(refs[row.key])) for row in rows)
        taken = limits.take(account, now, wanted=wanted, urgent=urgent)
        lease_at = now + timedelta(seconds=channel.timeout_s) + LEASE_MORE
        return _take_rows(account, rows, refs, taken, now=now, lease_at=lease_at)


def _refs(row: Dispatch, channel: AnyChannel, now: datetime) -> tuple[UUID, ...]:
    if not channel.has_lists:
        return ()
    waiting = row.recipients.filter(state=State.WAITING, due_at__lte=now).order_by("due_at", "pk")
    return tuple(waiting.values_list("ref", flat=True)[: channel.batch_max])


def _take_rows(
    account: ChannelAccount,
    rows: Sequence[Dispatch],
    refs: dict[UUID, tuple[UUID, ...]],
    taken: int,
    *,
    now: datetime,
    lease_at: datetime,
) -> list[tuple[UUID, tuple[UUID, ...]]]:
    claimed: list[tuple[UUID, tuple[UUID, ...]]] = []
    for row in rows:
        mine = refs[row.key][:taken]
        units = max(1, len(refs[row.key])) if not refs[row.key] else len(mine)
        if not taken or not units:
            _hold([row], limits.next_room(account, now, urgent=row.urgent), "limit")
            continue
        won = Dispatch.objects.filter(pk=row.pk, state=State.WAITING, tries=row.tries).update(
            state=State.SENDING, tries=F("tries") + 1, lease_at=lease_at
        )
        if not won:
            continue
        taken -= units
        DispatchRecipient.objects.filter(dispatch=row, ref__in=mine).update(
            state=State.SENDING, tries=F("tries") + 1
        )
        claimed.append((row.key, mine))
    return claimed


def _hold(rows: Sequence[Dispatch], until: datetime, code: str) -> None:
    Dispatch.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=until, code=code)


def _messages(
    channel: AnyChannel, claimed: Sequence[tuple[UUID, tuple[UUID, ...]]]
) -> list[AnyMessage]:
    """The messages of claimed dispatches. What must not be sent any more, or cannot be, is written
    down here and left out."""
    refs = dict(claimed)
    made: list[AnyMessage] = []
    for row in loading.rows_of(list(refs)):
        if not loading.still_wanted(row):
            outcomes.put_back([row.key], LATE)
            continue
        try:
            people = _people(channel, row, refs[row.key])
            if channel.has_lists and not people:
                if not refs[row.key]:
                    outcomes.fail([row.key], beginning.NO_PEOPLE)
                continue
            made.append(loading.message_of(row, people))
        except NotApproved:
            outcomes.put_back([row.key], WITHDRAWN)
        except ApprovalVoid:
            loading.note_void(row)
            outcomes.fail([row.key], loading.VOID)
        except ChannelError as error:
            refused(row.outlet.account, [row.key], error.failure)
    return made


def _people(channel: AnyChannel, row: Dispatch, refs: tuple[UUID, ...]) -> tuple[Recipient, ...]:
    """The persons of this try who still want it and can be reached; the others' copies end."""
    if not channel.has_lists:
        return ()
    target = accounts.target_of(row.outlet, channel.kind)
    wanted = set(refs)
    people = tuple(one for one in channel.recipients(target) if one.ref in wanted)
    outcomes.gone(row.key, wanted - {one.ref for one in people})
    return people
