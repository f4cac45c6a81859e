"""CAP messages that come to the node: taken once, kept as they came, shown, and never aired by
themselves. What may follow is an order by two persons, or a template that two signed in advance.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from loa.alerts import events
from loa.alerts.cap import filling, mapping, reading, sources
from loa.alerts.cap.areas import Centre
from loa.alerts.cap.mapping import OrderDraft
from loa.alerts.cap.parsing import MAX_BYTES
from loa.alerts.cap.reading import Message
from loa.alerts.cap.refusals import CapRefused, Reason
from loa.alerts.models import CapFile, CapMessage, CapSource, Order
from loa.journal import services as journal
from loa.lib import clock, db
from loa.people.rules import Action, Actor
from loa.places import gazetteer
from loa.places.selectors import inside
from loa_protocol import paths
from loa_protocol.paths import inside_any

log = structlog.get_logger()

REFUSED_KEPT = timedelta(days=30)
REFUSED_MAX = 500
"""Refused ones of a source that are kept: a flood must not fill the disk."""
KEPT = timedelta(days=400)
"""Messages that became no order; those that did are kept for ever."""
A_DAY = timedelta(days=1)
UNSURE_A_DAY = 500
SURE_A_DAY = 5000
"""New messages of one source. Who signs is known and trusted: only the disk is guarded there."""
_centres: list[Centre] = []


def centres() -> Sequence[Centre]:
    """The communes of the gazetteer by their coordinates, read once."""
    if not _centres:
        _centres.extend(
            Centre(f"vn/{unit.parent[1]}/{unit.code}", unit.latitude, unit.longitude)
            for unit in gazetteer.current_units()
            if unit.level == "commune"
            and unit.parent is not None
            and unit.latitude is not None
            and unit.longitude is not None
        )
    return _centres


# Messages


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message; `known` where it had come before."""

    message: CapMessage
    known: bool


def message_take(
    data: bytes, *, by: str, path: str, source: CapSource | None = None, token: bool = False
) -> Taken:
    """Read a message and keep it. Refused ones leave a row with their reason, and no bytes; one too
    many leaves none, and may be sent again.

    The same message again changes nothing, unless this one is sure and what stands here is not.
    Without a `source` (an officer's file) nothing counts as sure, and no template is filled.
    """
    now = clock.now()
    digest = hashlib.sha256(data[: MAX_BYTES + 1]).hexdigest()
    row = CapMessage(source=source, path=path, by=by, received_at=now)
    try:
        message = _read(data, source, now)
    except CapRefused as refusal:
        row.refused, row.refused_text = str(refusal.reason), refusal.sentence[:500]
        return Taken(_keep_refused(row), known=False)
    signed = message.signer is not None and message.signer.trusted
    row.sure = source is not None and (signed or (token and not source.must_sign))
    parts = _fill_row(row, message, now)
    known = _known(message)
    if known is None:
        if _too_many(row):
            return Taken(_not_kept(row), known=False)
        try:
            with transaction.atomic():
                _keep(row, data, digest)
        except IntegrityError:  # the same message by another way, at the same moment
            known = _known(message)
            if known is None:
                raise
    if known is not None and not _outdo(row, known, data, digest):
        return Taken(known, known=True)
    filling.take_up(row, parts)
    return Taken(row, known=False)


def _keep(row: CapMessage, data: bytes, digest: str, *, again: bool = False) -> None:
    row.file, _ = CapFile.objects.get_or_create(sha256=digest, defaults={"data": data})
    row.save(force_insert=not again, force_update=again)
    journal.record(
        actor=row.by,
        kind=events.CAP_RECEIVED,
        place=row.path,
        subject=f"cap-message:{row.pk}",
        payload={
            "name": row.title or row.msg_type,
            "sender": row.sender[:200],
            "status": row.status,
            "sha256": digest,
        },
    )


def _outdo(row: CapMessage, known: CapMessage, data: bytes, digest: str) -> bool:
    """Put a sure message where an unsure copy stood, or one that only a place inside ours was sure
    of; whether it did.

    Anybody may bring a copy first, with other words under the same identifier: it must keep
    neither those words nor the warning from being what the signed one says.
    """
    wider = row.path != known.path and paths.inside(known.path, row.path)
    if not row.sure or (known.sure and not wider):
        return False
    with transaction.atomic():
        # Claimed by a conditional update: of two that come together one is taken up.
        standing = CapMessage.objects.filter(pk=known.pk, sure=known.sure, path=known.path)
        if not standing.update(sure=True, path=row.path):
            return False
        row.pk = known.pk
        row.order_id = CapMessage.objects.values_list("order_id", flat=True).get(pk=known.pk)
        _keep(row, data, digest, again=True)
    return True


def _read(data: bytes, source: CapSource | None, now: datetime) -> Message:
    if source is None:
        return reading.read(data, now)
    message = reading.read(
        data,
        now,
        trusted=sources.trusted_of(source.certificates),
        require_signature=source.must_sign,
    )
    if message.alert.sender not in source.senders:
        raise CapRefused(Reason.SENDER_UNKNOWN, message.alert.sender[:100])
    return message


def _known(message: Message) -> CapMessage | None:
    alert = message.alert
    return CapMessage.objects.filter(
        sender=alert.sender, identifier=alert.identifier, sent_at=alert.sent, refused=""
    ).first()


def _fill_row(row: CapMessage, message: Message, now: datetime) -> list[OrderDraft]:
    """Write what the message says, by its severest part; its parts as drafts, severest first."""
    alert = message.alert
    row.identifier, row.sender, row.sent_at = alert.identifier, alert.sender, alert.sent
    row.status, row.msg_type = alert.status, alert.msg_type
    row.signer = message.signer.name[:300] if message.signer else ""
    row.references = [[one.sender, one.identifier] for one in alert.references]
    info = mapping.chosen(alert, now)
    if info is not None:
        row.title = mapping.title_of(info)[:300]
        row.onset_at, row.expires_at = info.onset or info.effective, info.expires
    parts = mapping.drafts_of(alert, centres(), now)
    if not parts:
        return []
    draft = parts[0]
    row.draft, row.level, row.hazard = draft.kind, draft.level or 0, draft.hazard or ""
    row.text = draft.text[:8000]
    row.areas = areas_of(draft)
    return parts


def areas_of(draft: OrderDraft) -> list[list[Any]]:
    """The places of a part as `CapMessage.areas` keeps them."""
    return [
        [described[:300], list(found.paths), list(found.nearest), list(found.unknown)]
        for described, found in draft.areas
    ]


def parts_of(message: CapMessage) -> list[OrderDraft]:
    """The parts of a message that was kept, as they counted when it came, severest first."""
    if message.file is None:
        return []
    alert = reading.reread(bytes(message.file.data))
    return mapping.drafts_of(alert, centres(), message.received_at)


def _keep_refused(row: CapMessage) -> CapMessage:
    old = CapMessage.objects.exclude(refused="").filter(source=row.source)
    old.filter(received_at__lt=row.received_at - REFUSED_KEPT).delete()
    if old.count() < REFUSED_MAX:
        row.save(force_insert=True)
    log.info("cap refused", why=row.refused, source=str(row.source_id))
    return row


def _too_many(row: CapMessage) -> bool:
    """Whether the day's share is used up: of the source, or of the officer who brought a file."""
    same = CapMessage.objects.filter(
        source=row.source, sure=row.sure, refused="", received_at__gt=row.received_at - A_DAY
    )
    if row.source is None:
        same = same.filter(by=row.by)
    return same.count() >= (SURE_A_DAY if row.sure else UNSURE_A_DAY)


def _not_kept(row: CapMessage) -> CapMessage:
    refusal = CapRefused(Reason.TOO_MANY)
    log.warning("cap too many", source=str(row.source_id))
    return CapMessage(
        source=row.source,
        path=row.path,
        by=row.by,
        received_at=row.received_at,
        refused=str(refusal.reason),
        refused_text=refusal.sentence,
    )


def messages_forget(now: datetime) -> int:
    """Drop messages that became no order, and bytes that no message names any more; how many."""
    old = CapMessage.objects.filter(order=None)
    with transaction.atomic():
        gone, _ = old.filter(refused="", received_at__lt=now - KEPT).delete()
        old.exclude(refused="").filter(received_at__lt=now - REFUSED_KEPT).delete()
        db.unreferenced(CapFile).delete()
    return gone


# What is asked of them


def messages_for(actor: Actor) -> QuerySet[CapMessage]:
    """Messages that came to a place at, above or below the asker's, newest first."""
    return CapMessage.objects.filter(_mine(actor)).order_by("-received_at", "-pk")


def sources_for(actor: Actor) -> list[CapSource]:
    """Sources of these places, those in use first."""
    found = CapSource.objects.filter(_mine(actor)).order_by("-added_at", "-pk")
    return sorted(found, key=lambda one: one.stopped_at is not None)


def _mine(actor: Actor) -> Q:
    mine = (*actor.places(Action.ALERT_AUTHOR), *actor.places(Action.ALERT_APPROVE))
    reach = inside(mine, "path")
    for path in mine:
        reach |= Q(path__in=list(paths.ancestors(path)))
    return reach


def about(message: CapMessage) -> list[CapMessage]:
    """The messages here that this one refers to, and those that refer to it."""
    wanted = Q()
    for sender, identifier in message.references:
        wanted |= Q(sender=sender, identifier=identifier)
    earlier = list(CapMessage.objects.filter(wanted, refused="")) if wanted else []
    later = [
        one
        for one in CapMessage.objects.filter(sender=message.sender, refused="").exclude(
            pk=message.pk
        )[:500]
        if [message.sender, message.identifier] in one.references
    ]
    return sorted([*earlier, *later], key=lambda one: one.received_at)


def replaced_by(message: CapMessage) -> CapMessage | None:
    """The newest Update or Cancel about this message: then it is no longer what counts."""
    later = [
        one
        for one in about(message)
        if one.msg_type in {"Update", "Cancel"}
        and [message.sender, message.identifier] in one.references
    ]
    return later[-1] if later else None


def inside_mine(actor: Actor, targets: Sequence[str]) -> tuple[str, ...]:
    """Of a message's places those where the asker may write orders; a wider one becomes the
    asker's own."""
    mine = actor.places(Action.ALERT_AUTHOR)
    found: list[str] = []
    for path in targets:
        if inside_any(path, mine):
            found.append(path)
        else:
            found += [own for own in mine if paths.inside(own, path)]
    return tuple(dict.fromkeys(found))


def used(message_id: str, order: Order) -> None:
    """An officer began this order from the message."""
    try:
        CapMessage.objects.filter(pk=message_id, order=None).update(order=order)
    except ValidationError:  # no UUID
        log.warning("not a cap message", id=message_id[:40])


def waiting(actor: Actor, since: datetime) -> int:
    """Messages that could become an order, came after `since` and became none yet."""
    found: Any = messages_for(actor).filter(
        received_at__gt=since, order=None, refused="", expires_at__gt=clock.now()
    )
    return int(found.exclude(draft="").count())
