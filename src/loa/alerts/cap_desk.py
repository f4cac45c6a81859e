"""CAP messages that come to the node: taken once, kept as they came, shown, and never aired by
themselves. What may follow is an order by two persons, or a template that two signed in advance.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from cryptography import x509
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from loa.alerts import cap_filling, events
from loa.alerts.cap import mapping, reading
from loa.alerts.cap.areas import Centre
from loa.alerts.cap.parsing import MAX_BYTES
from loa.alerts.cap.reading import Message
from loa.alerts.cap.refusals import CapRefused, Reason
from loa.alerts.models import CapFile, CapMessage, CapSource, CapWay, Order
from loa.alerts.rules import OrderRefused
from loa.journal import services as journal
from loa.lib import clock
from loa.lib.text import nfc
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places import gazetteer
from loa.places.selectors import inside
from loa_protocol import paths
from loa_protocol.paths import inside_any

log = structlog.get_logger()

REFUSED_KEPT = timedelta(days=30)
REFUSED_MAX = 500
"""Refused ones of a source that are kept: a flood must not fill the disk."""
SOURCES_MAX = 20
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


# Sources


def source_add(
    *,
    actor: Actor,
    path: str,
    name: str,
    way: str,
    senders: Sequence[str],
    url: str = "",
    certificates: str = "",
    must_sign: bool = True,
) -> tuple[CapSource, str]:
    """A source and, for one that posts, its token: shown once, kept as a hash.

    Raises NotAllowed, OrderRefused.
    """
    ensure(actor, Action.ALERT_APPROVE, path)
    name = " ".join(nfc(name).split())[:120]
    if not name or not senders:
        raise OrderRefused("no_sender", gettext("Ghi tên nguồn và ít nhất một nơi gửi (sender)."))
    if way == CapWay.URL and not _may_be_asked(url):
        raise OrderRefused("bad_url", gettext("Địa chỉ phải bắt đầu bằng https://."))
    if must_sign and not trusted_of(certificates):
        raise OrderRefused(
            "no_certificate", gettext("Bắt buộc chữ ký số thì phải dán chứng thư của nơi gửi.")
        )
    if CapSource.objects.filter(stopped_at=None).count() >= SOURCES_MAX:
        raise OrderRefused("too_many", gettext("Đã có quá nhiều nguồn. Ngừng bớt một nguồn."))
    token = secrets.token_urlsafe(32) if way == CapWay.POST else ""
    with transaction.atomic():
        source = CapSource.objects.create(
            name=name,
            path=path,
            way=CapWay(way),
            url=url[:500] if way == CapWay.URL else "",
            token_hash=_hash(token) if token else "",
            senders=list(senders)[:16],
            certificates=certificates,
            must_sign=must_sign,
            added_by=str(actor),
            added_at=clock.now(),
        )
        _record(str(actor), events.CAP_SOURCE_ADDED, source)
    return source, token


def _may_be_asked(url: str) -> bool:
    """Over TLS; this machine's own addresses only where everything is a demonstration."""
    here = settings.ENV.demo and url.startswith(("http://localhost:", "http://127.0.0.1:"))
    return here or url.startswith("https://")


def source_stop(*, actor: Actor, source: CapSource) -> None:
    """No message of it is asked for or taken any more."""
    ensure(actor, Action.ALERT_APPROVE, source.path)
    with transaction.atomic():
        if CapSource.objects.filter(pk=source.pk, stopped_at=None).update(stopped_at=clock.now()):
            _record(str(actor), events.CAP_SOURCE_STOPPED, source)


def _record(actor: str, kind: str, source: CapSource) -> None:
    journal.record(
        actor=actor,
        kind=kind,
        place=source.path,
        subject=f"cap:{source.pk}",
        payload={"name": source.name, "way": source.way},
    )


def trusted_of(pem: str) -> list[x509.Certificate]:
    """The certificates in a text. Raises OrderRefused where there is text that is none."""
    if not pem.strip():
        return []
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise OrderRefused(
            "bad_certificate", gettext("Chứng thư phải ở dạng PEM, dán nguyên văn.")
        ) from error


def source_of_token(source_id: str, token: str) -> CapSource | None:
    """The source whose token this is."""
    try:
        source = CapSource.objects.filter(pk=source_id, stopped_at=None, way=CapWay.POST).first()
    except ValidationError:  # no UUID
        return None
    if source is None or not hmac.compare_digest(source.token_hash, _hash(token)):
        return None
    return source


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# Messages


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message; `known` where it had come before."""

    message: CapMessage
    known: bool


def message_take(
    data: bytes, *, by: str, path: str, source: CapSource | None = None, token: bool = False
) -> Taken:
    """Read a message and keep it. Refused ones leave a row with their reason, and no bytes.

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
    _fill_row(row, message, now)
    known = _known(message)
    if known is None:
        try:
            with transaction.atomic():
                _keep(row, data, digest)
        except IntegrityError:  # the same message by another way, at the same moment
            known = _known(message)
            if known is None:
                raise
    if known is not None and not _outdo(row, known, data, digest):
        return Taken(known, known=True)
    cap_filling.take_up(row)
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
    """Put a sure message where an unsure copy stood; whether it did.

    Anybody may bring a copy first, with other words under the same identifier: it must keep
    neither those words nor the warning from being what the signed one says.
    """
    if known.sure or not row.sure:
        return False
    with transaction.atomic():
        # Claimed by a conditional update: of two that come together one is taken up.
        if not CapMessage.objects.filter(pk=known.pk, sure=False).update(sure=True):
            return False
        row.pk = known.pk
        row.order_id = CapMessage.objects.values_list("order_id", flat=True).get(pk=known.pk)
        _keep(row, data, digest, again=True)
    return True


def _read(data: bytes, source: CapSource | None, now: datetime) -> Message:
    if source is None:
        return reading.read(data, now)
    message = reading.read(
        data, now, trusted=trusted_of(source.certificates), require_signature=source.must_sign
    )
    if message.alert.sender not in source.senders:
        raise CapRefused(Reason.SENDER_UNKNOWN, message.alert.sender[:100])
    return message


def _known(message: Message) -> CapMessage | None:
    alert = message.alert
    return CapMessage.objects.filter(
        sender=alert.sender, identifier=alert.identifier, sent_at=alert.sent, refused=""
    ).first()


def _fill_row(row: CapMessage, message: Message, now: datetime) -> None:
    alert = message.alert
    row.identifier, row.sender, row.sent_at = alert.identifier, alert.sender, alert.sent
    row.status, row.msg_type = alert.status, alert.msg_type
    row.signer = message.signer.name[:300] if message.signer else ""
    row.references = [[one.sender, one.identifier] for one in alert.references]
    info = mapping.chosen(alert, now)
    if info is not None:
        row.title = nfc(info.headline or info.event)[:300]
        row.onset_at, row.expires_at = info.onset or info.effective, info.expires
    draft = mapping.draft_of(alert, centres(), now)
    if draft is None:
        return
    row.draft, row.level, row.hazard = draft.kind, draft.level or 0, draft.hazard or ""
    row.text = draft.text[:8000]
    row.areas = [
        [described[:300], list(found.paths), list(found.nearest), list(found.unknown)]
        for described, found in draft.areas
    ]


def _keep_refused(row: CapMessage) -> CapMessage:
    old = CapMessage.objects.exclude(refused="").filter(source=row.source)
    old.filter(received_at__lt=row.received_at - REFUSED_KEPT).delete()
    if old.count() < REFUSED_MAX:
        row.save(force_insert=True)
    log.info("cap refused", why=row.refused, source=str(row.source_id))
    return row


# What is asked of them


def messages_for(actor: Actor) -> QuerySet[CapMessage]:
    """Messages that came to a place at, above or below the asker's, newest first."""
    return CapMessage.objects.filter(_mine(actor)).order_by("-received_at")


def sources_for(actor: Actor) -> list[CapSource]:
    """Sources of these places, those in use first."""
    found = CapSource.objects.filter(_mine(actor)).order_by("-added_at")
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


def inside_mine(actor: Actor, message: CapMessage) -> tuple[str, ...]:
    """Of its places those where the asker may write orders; a wider one becomes the asker's own."""
    mine = actor.places(Action.ALERT_AUTHOR)
    found: list[str] = []
    for path in message.targets:
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
