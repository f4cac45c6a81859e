"""Writing down what is said of a dispatch: at once, late, twice, or out of order."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext_noop

from loa.channels import accounts
from loa.channels.contract import Outcome, RecipientOutcome, Withdrawal
from loa.channels.failures import ChannelError, Failure, Scope
from loa.channels.models import Dispatch, DispatchRecipient
from loa.channels.rules import (
    Standing,
    State,
    Withdrawn,
    advance,
    of_recipients,
    retry_wait,
    strength,
    withdraw_advance,
)
from loa.lib import clock

log = structlog.get_logger()

WITHDRAW_TRIES_FOR = timedelta(hours=24)
RECIPIENT_TRIES_MAX = 12
IN_DOUBT = Failure(
    code="in_doubt",
    sentence=gettext_noop(
        "Máy chủ dừng giữa lúc gửi, không rõ tin đã tới chưa. Kiểm tra rồi gửi lại nếu cần."
    ),
)


def record(outcomes: Iterable[Outcome]) -> None:
    """Apply outcomes to their dispatches. Unknown keys are passed over: the row may be of a time
    before a restore. A failure of the account's own pauses or blocks the account."""
    for outcome in outcomes:
        with transaction.atomic():
            row = Dispatch.objects.select_for_update().filter(pk=outcome.key).first()
            if row is None:
                log.warning("outcome without a dispatch", key=str(outcome.key))
                continue
            if outcome.recipients:
                _record_recipients(row, outcome)
            else:
                _record_one(row, outcome)
        failure = outcome.failure
        if failure is not None and failure.scope is Scope.ACCOUNT:
            accounts.account_fail(row.outlet.account_id, failure)


def _record_one(row: Dispatch, outcome: Outcome) -> None:
    now = clock.now()
    if not outcome.final:
        if row.state == State.SENDING and outcome.failure is not None:
            account = outcome.failure.scope is Scope.ACCOUNT
            retry_at = outcome.failure.retry_at or (now if account else None)
            _recipients_back(row)
            _wait(row, replace(outcome.failure, retry_at=retry_at), now)
        return
    standing = Standing(State(row.state), row.grade)
    told = advance(standing, outcome)
    if told == standing and row.state != State.SENDING:
        return
    failure = outcome.failure if told.state is State.FAILED else None
    Dispatch.objects.filter(pk=row.pk).update(
        state=told.state,
        grade=told.grade,
        reference=(outcome.reference or row.reference)[:200],
        done_at=now,
        lease_at=None,
        code=failure.code[:40] if failure else "",
        error=failure.sentence[:300] if failure else "",
    )


def _wait(row: Dispatch, failure: Failure, now: datetime) -> None:
    """Back to waiting, with the failure and the date of the next try."""
    due_at = failure.retry_at or now + retry_wait(row.tries)
    Dispatch.objects.filter(pk=row.pk).update(
        state=State.WAITING,
        due_at=due_at,
        lease_at=None,
        code=failure.code[:40],
        error=failure.sentence[:300],
    )
    log.warning("dispatch waits", key=str(row.pk), code=failure.code)


def put_back(keys: Iterable[UUID], failure: Failure) -> None:
    """Nothing of these was sent, for a reason that is not theirs: they wait, with the reason."""
    now = clock.now()
    with transaction.atomic():
        rows = Dispatch.objects.select_for_update().filter(pk__in=list(keys), state=State.SENDING)
        for row in rows:
            _recipients_back(row)
            _wait(row, failure, now)


def _recipients_back(row: Dispatch) -> None:
    DispatchRecipient.objects.filter(dispatch=row, state=State.SENDING).update(state=State.WAITING)


def fail(keys: Iterable[UUID], failure: Failure) -> None:
    """These cannot be sent as they are; a person must look."""
    now = clock.now()
    with transaction.atomic():
        rows = Dispatch.objects.select_for_update().filter(
            pk__in=list(keys), state__in=[State.WAITING, State.SENDING]
        )
        for row in rows:
            open_ones = row.recipients.filter(state__in=[State.WAITING, State.SENDING])
            open_ones.update(state=State.FAILED, code=failure.code[:40], done_at=now)
            reached = row.recipients.filter(state__in=[State.CARRIED, State.SHOWN]).exists()
            Dispatch.objects.filter(pk=row.pk).update(
                state=State.CARRIED if reached else State.FAILED,
                done_at=now,
                lease_at=None,
                code=failure.code[:40],
                error=failure.sentence[:300],
            )


def in_doubt(keys: Iterable[UUID], *, failure: Failure = IN_DOUBT) -> None:
    """A try was begun and nobody knows how it ended, by a channel that may not repeat it. Copies
    that were being sent become unknown; those not yet begun still wait."""
    now = clock.now()
    with transaction.atomic():
        rows = Dispatch.objects.select_for_update().filter(pk__in=list(keys), state=State.SENDING)
        for row in rows:
            doubtful = row.recipients.filter(state=State.SENDING)
            if row.recipients.exists():
                doubtful.update(state=State.UNKNOWN, code=failure.code[:40], done_at=now)
                _settle_list(row, failure)
            else:
                Dispatch.objects.filter(pk=row.pk).update(
                    state=State.UNKNOWN,
                    done_at=now,
                    lease_at=None,
                    code=failure.code[:40],
                    error=failure.sentence[:300],
                )


def _record_recipients(row: Dispatch, outcome: Outcome) -> None:
    now = clock.now()
    held = {
        one.ref: one
        for one in row.recipients.filter(ref__in=[one.ref for one in outcome.recipients])
    }
    for told in outcome.recipients:
        if told.ref in held:
            _record_recipient(held[told.ref], told, now)
    if row.state == State.SENDING:
        # Whom the channel said nothing about was not sent to, by the contract.
        row.recipients.filter(state=State.SENDING).update(state=State.WAITING)
    _settle_list(row, outcome.failure, outcome.reference)


def _record_recipient(held: DispatchRecipient, told: RecipientOutcome, now: datetime) -> None:
    failure = told.failure
    again_at = failure.retry_at if failure is not None and told.state == "failed" else None
    if failure is not None and again_at is not None and held.tries < RECIPIENT_TRIES_MAX:
        if held.state == State.SENDING:
            DispatchRecipient.objects.filter(pk=held.pk).update(
                state=State.WAITING, due_at=again_at, code=failure.code[:40]
            )
        return
    state = max(Standing(State(held.state)), Standing(State(told.state)), key=strength).state
    if state != held.state:
        code = failure.code[:40] if failure and state is State.FAILED else ""
        DispatchRecipient.objects.filter(pk=held.pk).update(state=state, code=code, done_at=now)


def _settle_list(row: Dispatch, failure: Failure | None, reference: str = "") -> None:
    """The dispatch's own state, from those of its people."""
    states = set(row.recipients.values_list("state", flat=True))
    state = of_recipients(State(one) for one in states)
    changes: dict[str, object] = {"state": state, "lease_at": None}
    if reference:
        changes["reference"] = reference[:200]
    if state is State.WAITING:
        due = row.recipients.filter(state=State.WAITING).aggregate(at=Min("due_at"))["at"]
        changes["due_at"] = due or clock.now()
    else:
        changes["done_at"] = clock.now()
        reason = failure if state in {State.FAILED, State.UNKNOWN} else None
        changes["code"] = reason.code[:40] if reason else ""
        changes["error"] = reason.sentence[:300] if reason else ""
    Dispatch.objects.filter(pk=row.pk).update(**changes)


def withdrawals(told: Iterable[Withdrawal]) -> None:
    """Apply what is said of taking dispatches back."""
    now = clock.now()
    for one in told:
        with transaction.atomic():
            row = Dispatch.objects.select_for_update().filter(pk=one.key).first()
            if row is None or not row.withdrawn:
                continue
            state = withdraw_advance(Withdrawn(row.withdrawn), Withdrawn(one.state))
            Dispatch.objects.filter(pk=row.pk).update(
                withdrawn=state,
                withdraw_due_at=None,
                withdrawn_at=now if state is Withdrawn.CONFIRMED else row.withdrawn_at,
                withdraw_error=one.why[:300] if state is Withdrawn.CANNOT else "",
            )


def withdraw_failed(keys: Iterable[UUID], error: ChannelError | None) -> None:
    """Taking back did not go through: again later, or a person must look."""
    now = clock.now()
    failure = error.failure if error else IN_DOUBT
    for row in Dispatch.objects.filter(pk__in=list(keys)):
        over = row.expires_at is not None and row.expires_at + WITHDRAW_TRIES_FOR < now
        permanent = failure.permanent and failure.scope is not Scope.ACCOUNT and error is not None
        if permanent or over:
            withdrawals([Withdrawal(key=row.pk, state="cannot", why=failure.sentence)])
            continue
        due_at = failure.retry_at or now + retry_wait(row.withdraw_tries)
        Dispatch.objects.filter(pk=row.pk).update(
            withdraw_due_at=due_at, withdraw_error=failure.sentence[:300]
        )


def gone(key: UUID, refs: Iterable[UUID]) -> None:
    """These persons left the list, or cannot be reached, before their copy was sent."""
    refs = list(refs)
    if not refs:
        return
    with transaction.atomic():
        row = Dispatch.objects.select_for_update().get(pk=key)
        held = row.recipients.filter(ref__in=refs, state__in=[State.WAITING, State.SENDING])
        held.update(state=State.FAILED, code="left", done_at=clock.now())
        if not row.recipients.filter(state=State.SENDING).exists():
            _settle_list(row, None)
