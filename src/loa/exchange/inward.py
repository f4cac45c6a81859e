"""Records of the other side taken in. Nothing of it sounds by itself: the bus proves who is at the
other end of the line, not who is the author, so a bulletin becomes a draft that a person approves,
and an urgent one is refused: that is an order, signed by two persons (protocol.md 3)."""

import hashlib
from collections.abc import Sequence
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from loa.exchange import events, outward, rendering
from loa.exchange.models import Foreign, Passed
from loa.exchange.profile import Profile
from loa.exchange.records import Acknowledgement, Bulletin, Directive, Message, Record, Way
from loa.exchange.refusals import ExchangeRefused, Fault
from loa.journal import services as journal
from loa.lib import clock
from loa.lib.ids import new_id
from loa.newsroom import services as newsroom
from loa.newsroom.rules import BulletinRefused, Draft
from loa.newsroom.selectors import bulletin_get, categories
from loa.people.authority import own_path
from loa.people.rules import NODE
from loa.places import selectors as places
from loa.tasks import receiving
from loa_protocol.paths import inside

NUMBER_MAX = 40


def take(*, actor: str, data: bytes, profile: Profile, peer: str = "") -> Message:
    """Take a message; returns the acknowledgement to send back, whether it was accepted or refused.

    All of its records or none. The same message twice is taken once and acknowledged the same.
    `peer` is who is at the other end of the line; blank for a file that somebody brought. Raises
    ExchangeRefused only for what cannot even be read: then nobody is known to answer to.
    """
    read = rendering.from_xml if rendering.is_xml(data) else rendering.from_json
    message = read(data, profile)
    digest = hashlib.sha256(data).hexdigest()
    before = Passed.objects.filter(
        out=False, peer=message.sender, message=message.id, accepted=True
    ).first()
    if before is not None:
        fault = None if before.sha256 == digest else Fault.CHANGED
        return _answer(message, fault)
    try:
        _check(message, peer)
        with transaction.atomic():
            for record in message.records:
                _take(message.sender, record)
            _keep(actor, message, digest, None)
    except ExchangeRefused as refusal:
        with transaction.atomic():
            _keep(actor, message, digest, refusal.fault)
        return _answer(message, refusal.fault)
    return _answer(message, None)


def _check(message: Message, peer: str) -> None:
    if message.receiver != outward.system_id():
        raise ExchangeRefused(Fault.OTHER_RECEIVER, message.receiver)
    if peer and message.sender != peer:
        raise ExchangeRefused(Fault.OTHER_RECEIVER, message.sender)
    if any(type(record).WAY is Way.UP for record in message.records) and own_path() != "vn":
        raise ExchangeRefused(Fault.WRONG_WAY, message.name)


def _take(sender: str, record: Record) -> None:
    if isinstance(record, Acknowledgement):
        acknowledged(sender, record)
    elif isinstance(record, Bulletin):
        _bulletin(sender, record)
    elif isinstance(record, Directive):
        _directive(sender, record)
    else:
        raise ExchangeRefused(Fault.NOT_TAKEN_YET, record.NAME)


def acknowledged(sender: str, record: Acknowledgement) -> None:
    Passed.objects.filter(out=True, peer=sender, message=record.message).update(
        accepted=record.accepted, error=(record.error or "")[:40]
    )


def _bulletin(sender: str, record: Bulletin) -> None:
    if record.level == "urgent":
        raise ExchangeRefused(Fault.URGENT_NEEDS_ORDER, record.id)
    known = Foreign.objects.filter(peer=sender, bulletin=record.id).first()
    if record.recalled:
        if known is not None:
            _recall(known.local)
        return
    if known is not None and known.version >= record.version:
        return
    path = own_path() or "vn"
    place = places.place_get(path)
    if place is None:
        raise ExchangeRefused(Fault.UNKNOWN_AREA, path)
    draft = _draft(record, path)
    try:
        if known is not None and _editable(known.local):
            edition = bulletin_get(NODE, known.local).edition
            newsroom.bulletin_edit(
                actor=NODE, bulletin_id=known.local, edition=edition, draft=draft
            )
            local = known.local
        else:
            local = newsroom.bulletin_write(
                actor=NODE, place_id=place.pk, place_path=path, draft=draft
            ).pk
    except BulletinRefused as refusal:
        raise ExchangeRefused(Fault.BAD_FIELD, str(refusal)) from refusal
    Foreign.objects.update_or_create(
        peer=sender, bulletin=record.id, defaults={"version": record.version, "local": local}
    )


def _directive(sender: str, record: Directive) -> None:
    """A document of the office above for this node's own office. One that is here already, also by
    a link, is left as it is."""
    path = own_path() or "vn"
    if path == "vn":
        raise ExchangeRefused(Fault.WRONG_WAY, record.number)
    if record.file is not None:
        raise ExchangeRefused(Fault.NOT_TAKEN_YET, "a directive with a file")
    if len(record.number) > NUMBER_MAX:
        raise ExchangeRefused(Fault.BAD_FIELD, "number")
    if receiving.is_numbered("vn", record.number):
        return
    receiving.directive_receive(
        actor=f"exchange:{sender}"[:80],
        came=receiving.CameDirective(
            id=uuid5(NAMESPACE_URL, f"{sender}/{record.number}"),
            office="vn",
            number=record.number,
            title=record.subject,
            body=record.issuer,
            signed_on=record.issued_on,
            due=clock.local(record.deadline).date() if record.deadline else None,
            whom="province",
            targets=(path,),
            file_sha256="",
            file_name="",
            file_bytes=0,
        ),
    )


def _draft(record: Bulletin, path: str) -> Draft:
    if record.category not in {code for code, _ in categories()}:
        raise ExchangeRefused(Fault.UNKNOWN_CODE, record.category)
    if record.text is None and record.summary is None:
        raise ExchangeRefused(Fault.NOT_TAKEN_YET, "media without text")
    return Draft(
        title=record.title,
        body=record.text or record.summary or "",
        category=record.category,
        class_name=record.level,
        language=record.language,
        issuer=record.issuer,
        valid_from=record.valid_from,
        valid_until=record.valid_until,
        targets=_targets(record.areas, path),
    )


def _targets(areas: Sequence[str], own: str) -> tuple[str, ...]:
    """Official codes, former ones too, as places of this node."""
    found: list[str] = []
    for code in areas:
        if code == "vn":
            found.append(own)
            continue
        level = "province" if len(code) == 2 else "commune"
        units = [place.path for place in places.units_with_code(level, code)]
        found += [path for path in units if inside(path, own)]
    if not found:
        raise ExchangeRefused(Fault.UNKNOWN_AREA, " ".join(areas[:5]))
    return tuple(dict.fromkeys(found))


def _editable(local: UUID) -> bool:
    return bulletin_get(NODE, local).state in {"draft", "returned"}


def _recall(local: UUID) -> None:
    row = bulletin_get(NODE, local)
    if row.state in {"submitted", "approved"}:
        newsroom.bulletin_withdraw(
            actor=NODE,
            bulletin_id=local,
            edition=row.edition,
            reason="Nơi gửi thu hồi qua trao đổi chính thức.",
        )


def _keep(actor: str, message: Message, digest: str, fault: Fault | None) -> None:
    Passed.objects.update_or_create(
        out=False,
        peer=message.sender,
        message=message.id,
        defaults={
            "record": message.name,
            "count": len(message.records),
            "sha256": digest,
            "at": clock.now(),
            "accepted": fault is None,
            "error": fault.value if fault else "",
        },
    )
    journal.record(
        actor=actor,
        kind=events.REFUSED if fault else events.RECEIVED,
        place=own_path() or "vn",
        payload={
            "peer": message.sender,
            "message": message.id,
            "record": message.name,
            "count": len(message.records),
            "error": fault.value if fault else "",
        },
    )


def _answer(message: Message, fault: Fault | None) -> Message:
    now = clock.now()
    return Message(
        id=f"ack-{new_id()}",
        sender=outward.system_id(),
        receiver=message.sender,
        sent_at=now,
        records=(
            Acknowledgement(
                message=message.id,
                accepted=fault is None,
                error=fault.value if fault else None,
                at=now,
            ),
        ),
    )
