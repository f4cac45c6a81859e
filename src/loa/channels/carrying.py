"""An urgent order's text to every outlet of every channel that can show text.

Loudspeakers have their own way. Here each outlet gets a row before the first send, tries until the
order is over or a person must look, and is taken back when the order is. A new channel needs
nothing in `alerts`: it declares `text`, and its outlets are reached.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet
from pydantic import ValidationError

from loa.alerts import selectors as alerts
from loa.alerts.models import Order
from loa.channels.contract import Channel, ChannelError, Feature, Job
from loa.channels.registry import channels
from loa.delivery.models import Attempt
from loa.lib import clock
from loa.outlets import selectors as outlets
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue

log = structlog.get_logger()

SOUNDED = frozenset({"alert", "drill", "update", "fill"})
FIRST_RETRY, MOST_RETRY = timedelta(seconds=5), timedelta(minutes=5)
AT_ONCE = 200
DRILL = "DIỄN TẬP: "
"""Said on every channel: a drill can never be taken for the real thing."""
OPEN = ("trying", "carried", "shown")

Work = Callable[[], None]
Runner = Callable[[Iterable[Work]], None]


def one_by_one(work: Iterable[Work]) -> None:
    """The plainest runner; the worker brings one with threads, so that a slow board holds up none
    but itself."""
    for job in work:
        job()


def carry(run: Runner = one_by_one) -> bool:
    """Begin what is new, try what is due, take back what is over; whether there was anything."""
    kinds = texts()
    if not kinds:
        return False
    now = clock.now()
    resting = aside.resting(Queue.TEXTS)
    awake = Attempt.objects.exclude(pk__in=[row for row in resting if _is_attempt(row)])
    for order in _speaking(now):
        if order.pk not in resting:
            with quarantine.isolated(Queue.TEXTS, order.pk, name=order.title):
                _begin(order, kinds, now)
    sends = list(
        awake.filter(state="trying", due_at__lte=now)
        .select_related("order", "outlet__station__place")
        .order_by("due_at", "pk")[:AT_ONCE]
    )
    backs = _over(awake, now)
    run([partial(_apart, _send, one) for one in sends])
    run([partial(_apart, _take_back, one) for one in backs])
    return bool(sends or backs)


def _apart(work: Callable[[Attempt], None], attempt: Attempt) -> None:
    """One outlet's send or taking back: what breaks there ends no other outlet's."""
    name = f"{attempt.outlet.name}: {attempt.order.title}"
    with quarantine.isolated(Queue.TEXTS, str(attempt.pk), name=name, atomic=False):
        work(attempt)


def texts() -> dict[str, type[Channel[Any]]]:
    """The installed channels that can show text, by kind."""
    return {kind: one for kind, one in channels().items() if Feature.TEXT in one.features}


def _speaking(now: datetime) -> list[Order]:
    """Orders in force that say something; a filled template once its window is over."""
    return [
        order
        for order in alerts.in_force()
        if order.kind in SOUNDED and (order.begins_at is None or order.begins_at <= now)
    ]


def _begin(order: Order, kinds: Iterable[str], now: datetime) -> None:
    """A row for every outlet that has none: committed before anything is sent."""
    wanted = outlets.outlets_of_kinds(kinds, alerts.targets_of(order))
    known = set(Attempt.objects.filter(order=order).values_list("outlet_id", flat=True))
    with transaction.atomic():
        Attempt.objects.bulk_create(
            [
                Attempt(order=order, outlet=outlet, began_at=now, due_at=now)
                for outlet in wanted
                if outlet.pk not in known
            ],
            ignore_conflicts=True,
        )


def _send(attempt: Attempt) -> None:
    """One try. The row says so before it is made, and what came of it after."""
    won = Attempt.objects.filter(pk=attempt.pk, state="trying", tries=attempt.tries).update(
        tries=attempt.tries + 1, due_at=clock.now() + MOST_RETRY
    )
    if not won or not _still_wanted(attempt):
        return
    try:
        receipt = _channel(attempt).deliver(_job(attempt))
    except ChannelError as error:
        _failed(attempt, error)
        return
    # A channel's own fault must not end the others' deliveries.
    except Exception as error:
        log.exception("channel broke", kind=attempt.outlet.kind)
        _failed(attempt, ChannelError("broken", f"Kênh gặp lỗi: {error}"))
        return
    Attempt.objects.filter(pk=attempt.pk, state="trying").update(
        state=receipt.state,
        grade=receipt.grade or "",
        reference=receipt.reference[:200],
        done_at=clock.now(),
        code="",
        error="",
    )


def _still_wanted(attempt: Attempt) -> bool:
    order = alerts.order_get(attempt.order_id)
    return order is not None and order.ended_at is None and order.expires_at > clock.now()


def _failed(attempt: Attempt, error: ChannelError) -> None:
    doubled = FIRST_RETRY * 2 ** min(attempt.tries, 10)
    wait = timedelta(seconds=error.retry_after_s) if error.retry_after_s else doubled
    Attempt.objects.filter(pk=attempt.pk, state="trying").update(
        state="failed" if error.permanent else "trying",
        due_at=clock.now() + min(wait, MOST_RETRY),
        code=error.code[:40],
        error=str(error)[:300],
    )
    log.warning("not carried", outlet=attempt.outlet.wire_id, code=error.code)


def _is_attempt(row: str) -> bool:
    """Orders are set aside under their hash, attempts under their UUID."""
    return "-" in row


def _over(awake: QuerySet[Attempt], now: datetime) -> list[Attempt]:
    """What is shown somewhere and must not be any more: cancelled, over, or corrected there."""
    found = (
        awake.filter(state__in=OPEN, due_at__lte=now + MOST_RETRY)
        .select_related("order", "outlet__station__place")
        .order_by("due_at", "pk")
    )
    corrected = _corrected(found)
    return [
        one
        for one in found
        if one.order.ended_at is not None
        or one.order.expires_at <= now
        or (one.order.alert, one.outlet_id, one.order.revision) in corrected
    ][:AT_ONCE]


def _corrected(found: Iterable[Attempt]) -> set[tuple[str, UUID, int]]:
    """Wordings that a newer one, already shown at the same outlet, has replaced."""
    shown: dict[tuple[str, UUID], int] = {}
    rows = list(found)
    for one in rows:
        if one.state != "trying":
            key = (one.order.alert, one.outlet_id)
            shown[key] = max(shown.get(key, -1), one.order.revision)
    return {
        (one.order.alert, one.outlet_id, one.order.revision)
        for one in rows
        if one.order.revision < shown.get((one.order.alert, one.outlet_id), -1)
    }


def _take_back(attempt: Attempt) -> None:
    channel = _channel_class(attempt)
    if attempt.tries and channel is not None and Feature.CANCEL in channel.features:
        try:
            _channel(attempt).cancel(_job(attempt))
        except ChannelError as error:
            if not error.permanent and attempt.order.expires_at + timedelta(hours=1) > clock.now():
                _hold(attempt, error)
                return
            log.warning("not taken back", outlet=attempt.outlet.wire_id, code=error.code)
    Attempt.objects.filter(pk=attempt.pk).update(state="withdrawn", done_at=clock.now())


def _hold(attempt: Attempt, error: ChannelError) -> None:
    wait = timedelta(seconds=error.retry_after_s) if error.retry_after_s else FIRST_RETRY
    Attempt.objects.filter(pk=attempt.pk).update(
        due_at=clock.now() + MOST_RETRY + min(wait, MOST_RETRY),
        code=error.code[:40],
        error=str(error)[:300],
    )


def _channel_class(attempt: Attempt) -> type[Channel[Any]] | None:
    return texts().get(attempt.outlet.kind)


def _channel(attempt: Attempt) -> Channel[Any]:
    """The outlet's channel with its settings. Raises ChannelError where these are no good."""
    found = _channel_class(attempt)
    if found is None:
        raise ChannelError("no_channel", "Kênh này không còn được cài đặt.", permanent=True)
    try:
        return found(found.Config.model_validate(attempt.outlet.config))
    except ValidationError as error:
        raise ChannelError(
            "bad_config", "Thiết lập của kênh chưa đúng; mở trang Kênh để sửa.", permanent=True
        ) from error


def _job(attempt: Attempt) -> Job:
    order = attempt.order
    return Job(
        key=attempt.key,
        outlet_id=attempt.outlet_id,
        bulletin_id=UUID(order.pk[:32]),
        title=(DRILL if order.drill else "") + order.title,
        text=(DRILL if order.drill else "") + order.text,
        at=order.issued_at or order.made_at,
        expires=order.expires_at,
        audio_sha256=order.speech_id,
        urgent=True,
    )
