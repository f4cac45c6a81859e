"""What a person does about one dispatch: send it again, say that it hangs there or is gone."""

from uuid import UUID

from django.db import transaction

from loa.channels import beginning, events, loading, outcomes
from loa.channels.accounts import ChannelRefused
from loa.channels.contract import AnyMessage, Mode, Outcome, Withdrawal
from loa.channels.models import ChannelOutlet, Dispatch
from loa.channels.registry import channel_of
from loa.channels.rules import State, Withdrawn
from loa.journal import services as journal
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure


def _held(actor: Actor, key: UUID, action: Action) -> Dispatch:
    row = Dispatch.objects.select_related("outlet__account", "outlet__place", "outlet__pole").get(
        pk=key
    )
    ensure(actor, action, row.outlet.place.path)
    return row


def retry(*, actor: Actor, key: UUID) -> None:
    """Send a failed or unknown dispatch again; of a list only the copies that failed or are
    unknown. The person has seen that it may come twice. Raises NotAllowed, ChannelRefused."""
    row = _held(actor, key, Action.OUTLET_COMMAND)
    now = clock.now()
    with transaction.atomic():
        again = Dispatch.objects.filter(
            pk=key, state__in=[State.FAILED, State.UNKNOWN], withdrawn=Withdrawn.NONE
        ).exclude(form="")
        moved = again.update(
            state=State.WAITING, due_at=now, lease_at=None, code="", error="", alone=False
        )
        if not moved:
            raise ChannelRefused("Lượt gửi này không gửi lại được. Tải lại trang để xem.")
        row.recipients.filter(state__in=[State.FAILED, State.UNKNOWN]).exclude(code="left").update(
            state=State.WAITING, due_at=now, tries=0
        )
        ChannelOutlet.objects.filter(pk=row.outlet_id, synced_at__isnull=False).update(
            sync_due_at=now
        )
        if not beginning.people_of(row):
            raise ChannelRefused("Danh sách chưa có ai xác nhận muốn nhận tin.")
        _record(actor, events.DISPATCH_RETRIED, row)


def confirm_shown(*, actor: Actor, key: UUID) -> None:
    """A person's word that it can be read there now (grade D), for an outlet that a person serves.
    Raises NotAllowed, ChannelRefused."""
    row = _by_person(actor, key)
    if row.state != State.CARRIED or row.withdrawn:
        raise ChannelRefused("Tờ tin này chưa in được hoặc đã có xác nhận. Tải lại trang để xem.")
    with transaction.atomic():
        outcomes.record([Outcome(key=key, state="shown", at=clock.now(), grade="D")])
        _record(actor, events.DISPATCH_CONFIRMED, row, said="shown")


def confirm_removed(*, actor: Actor, key: UUID) -> None:
    """A person's word that it is not there any more. Raises NotAllowed, ChannelRefused."""
    row = _by_person(actor, key)
    if not row.withdrawn:
        raise ChannelRefused("Tin này chưa bị thu hồi.")
    with transaction.atomic():
        outcomes.withdrawals([Withdrawal(key=key, state="confirmed")])
        _record(actor, events.DISPATCH_CONFIRMED, row, said="removed")


def _by_person(actor: Actor, key: UUID) -> Dispatch:
    row = _held(actor, key, Action.OUTLET_COMMAND)
    channel = channel_of(row.outlet.account.kind)
    if channel is None or Mode.PULL not in channel.modes:
        raise ChannelRefused("Kênh này tự báo kết quả, không cần xác nhận.")
    return row


def content_of(*, actor: Actor, key: UUID) -> AnyMessage:
    """What an outlet gets, as it was approved. Raises NotAllowed, ApprovalVoid, ChannelError."""
    _held(actor, key, Action.OUTLET_VIEW)
    (row,) = loading.rows_of([key])
    return loading.message_of(row)


def _record(actor: Actor, kind: str, row: Dispatch, **payload: str) -> None:
    journal.record(
        actor=str(actor),
        kind=kind,
        place=row.outlet.place.path,
        subject=f"bulletin:{row.bulletin_id}" if row.bulletin_id else f"order:{row.order_id}",
        payload={"outlet": str(row.outlet_id), **payload},
    )
