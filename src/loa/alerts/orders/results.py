"""What devices answered to orders: taken from their signed receipts as they are stored."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from loa.alerts.models import Answer, Order
from loa.alerts.selectors import targets_of
from loa_protocol.paths import inside
from loa_protocol.payloads import ReceiptItem

if TYPE_CHECKING:
    from loa.outlets.models import Outlet


def answers_note(
    *, outlet: "Outlet", area: str, items: Sequence[ReceiptItem], now: datetime
) -> int:
    """Note what `outlet` says about orders that are for its commune (`area`); other items are
    passed over, and so are times more than a day before the order or after its end. Idempotent;
    called in the transaction that stores the receipt. Returns how many were noted."""
    wanted = {item.id for item in items if len(item.id) == 64}
    if not wanted:
        return 0
    orders = {
        order.pk: order
        for order in Order.objects.filter(pk__in=wanted)
        if any(inside(area, target) or inside(target, area) for target in targets_of(order))
    }
    mine = [item for item in items if item.id in orders and _in_its_time(item, orders[item.id])]
    for item in mine:
        late = item.at >= orders[item.id].expires_at
        _note(outlet.pk, area, item, late=late, now=now)
    return len(mine)


AROUND = timedelta(days=1)


def _in_its_time(item: ReceiptItem, order: Order) -> bool:
    """Whether the answer's times lie around the order's life; its clock may be off a little."""
    first = (order.issued_at or order.made_at) - AROUND
    times = [item.at] if item.started is None else [item.at, item.started]
    return first <= min(times) and max(times) <= order.expires_at + AROUND


def _note(outlet: UUID, area: str, item: ReceiptItem, *, late: bool, now: datetime) -> None:
    answer, fresh = Answer.objects.get_or_create(
        order_id=item.id, outlet_id=outlet, defaults={"area": area, "first_at": now}
    )
    before = _values(answer)
    _take(answer, item)
    answer.late = answer.late or (late and item.result == "accepted")
    if fresh or _values(answer) != before:
        answer.save()


def _take(answer: Answer, item: ReceiptItem) -> None:
    if item.result == "accepted":
        answer.accepted_at = answer.accepted_at or item.at
    elif item.result == "refused":
        answer.refused = answer.refused or (item.reason or "refused")
    else:
        answer.result, answer.reason = item.result, item.reason or ""
    if item.started is not None:
        answer.started_at = min(answer.started_at or item.started, item.started)
        answer.accepted_at = answer.accepted_at or item.started
        answer.level_lufs = item.level_lufs if item.level_lufs is not None else answer.level_lufs
        answer.volume_pct = item.volume_pct if item.volume_pct is not None else answer.volume_pct
    if item.result == "played":
        answer.played_at = item.at
        answer.plays = max(answer.plays, item.run or 1)


def _values(answer: Answer) -> tuple[object, ...]:
    return tuple(getattr(answer, field.attname) for field in Answer._meta.concrete_fields)
