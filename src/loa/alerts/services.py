"""Writes: an order is proposed by its author, issued with a second signature, or declined.

Every write verifies the exact bytes that came, whatever page or program they came from. Nothing is
sent unless it was issued, and issuing is one transaction with its fact.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils.translation import gettext

from loa.alerts import events, quotas, rules, selectors
from loa.alerts.models import Area, Order, State, Target
from loa.alerts.orders import acts, reorganised_targets, rights
from loa.alerts.rules import OrderRefused, sentence_of
from loa.journal import services as journal
from loa.lib import clock, db, reserve
from loa.media.selectors import file_get
from loa.outlets import selectors as outlets
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure, person_of
from loa.places import selectors as places
from loa_protocol.authority import CLOCK_TOLERANCE
from loa_protocol.envelope import Envelope, Signature, attach_signature
from loa_protocol.kinds import RULES, Kind
from loa_protocol.payloads import Common, Sounding, parse_payload
from loa_protocol.refusals import Reason, Refused

if TYPE_CHECKING:
    from loa_protocol.context import Verified

log = structlog.get_logger()
T = TypeVar("T")


def order_propose(
    *, actor: Actor, kind: Kind, payload: bytes, kid: str, sig: bytes, seen: str = ""
) -> Order:
    """Take the author's signed bytes. They wait for a second person; a mute or resume needs none
    and is issued at once.

    `seen` is the edition of the order that the author's page showed (`acted.Acted`), needed for
    what corrects, cancels or resumes one. Raises NotAllowed, OrderRefused; then nothing is kept.
    """
    envelope = Envelope(kind, payload, (Signature(kid, sig),))
    doc = _checked(actor, envelope)
    if kind in rules.ONE_PERSON:
        return _issue(actor, order_row(envelope, doc), rights.with_papers(envelope), seen)
    try:
        rights.first_signature_stands(rights.with_papers(envelope))
    except Refused as refusal:
        raise _refused(refusal) from refusal
    order = order_row(envelope, doc)
    quotas.check_waiting(order.author)
    return with_reserve(lambda: _propose(actor, order, doc, seen))


def _propose(actor: Actor, order: Order, doc: Common, seen: str) -> Order:
    with transaction.atomic():
        db.lock(f"order {order.alert}")
        acts.check_seen(Kind(order.kind), order.alert, seen, clock.now())
        if Order.objects.filter(pk=order.pk).exists():
            raise OrderRefused("seen", gettext("Lệnh này đã được gửi đi duyệt rồi."))
        order.save(force_insert=True)
        Target.objects.bulk_create([Target(order=order, path=path) for path in doc.target])
        journal.record(
            actor=str(actor),
            kind=events.ORDER_PROPOSED,
            place=order.path,
            subject=f"order:{order.pk}",
            payload={"kind": order.kind, "targets": list(doc.target), "kid": order.author_kid},
        )
    return order


def order_approve(
    *, actor: Actor, order_id: str, digest: str, kid: str, sig: bytes, seen: str = ""
) -> Order:
    """The second person's signature over the same bytes: the order is in force from here on.

    `digest` is what the approver's page showed, `seen` the edition of the order that these bytes
    are about, as that page showed it. Raises NotAllowed, OrderRefused.
    """
    order = selectors.order_get(order_id)
    if order is None or digest != order.pk:
        raise OrderRefused(
            "changed", gettext("Nội dung đã khác với lúc anh chị mở trang. Tải lại rồi xem lại.")
        )
    for path in selectors.places_of(order):
        ensure(actor, Action.ALERT_APPROVE, path)
    _check_second(actor, order, kid)
    _check_waits(order)
    doc = _parsed(Kind(order.kind), bytes(order.payload))
    _check_content(doc, Kind(order.kind))
    first = Signature(order.author_kid, bytes(order.author_sig))
    envelope = Envelope(Kind(order.kind), bytes(order.payload), (first,))
    try:
        envelope = attach_signature(envelope, Signature(kid, sig))
    except Refused as refusal:
        raise _refused(refusal) from refusal
    order.approver = person_of(actor) or ""
    return _issue(actor, order, rights.with_papers(envelope), seen)


def _check_waits(order: Order) -> None:
    if order.state == State.WITHDRAWN:
        raise OrderRefused(
            "withdrawn",
            gettext("Lệnh đã đổi sau khi bản này được gửi đi, nên bản này không còn hiệu lực."),
        )
    if order.state != State.PROPOSED:
        raise OrderRefused("done", gettext("Lệnh này đã được ký hoặc đã bị từ chối trước đó."))


def order_decline(*, actor: Actor, order_id: str, reason: str) -> None:
    """The second person says no, or the author takes it back. Nothing was sent."""
    order = selectors.order_get(order_id)
    if order is None:
        raise OrderRefused("unknown_order", gettext("Không có lệnh này."))
    me = person_of(actor)
    if me != order.author:
        for path in selectors.places_of(order):
            ensure(actor, Action.ALERT_APPROVE, path)
    with transaction.atomic():
        changed = Order.objects.filter(pk=order.pk, state=State.PROPOSED).update(
            state=State.DECLINED, declined_by=me or "", declined_reason=reason.strip()[:300]
        )
        if not changed:
            raise OrderRefused("done", gettext("Lệnh này đã được ký hoặc đã bị từ chối trước đó."))
        journal.record(
            actor=str(actor),
            kind=events.ORDER_DECLINED,
            place=order.path,
            subject=f"order:{order.pk}",
        )


def climb_due() -> list[str]:
    """Orders that wait too long for their second signature climb to the next on the roster;
    returns their ids. Called by the lane."""
    now = clock.now()
    found = []
    waiting = Order.objects.filter(state=State.PROPOSED, made_at__gt=now - rules.PROPOSAL_LIFE)
    for order in waiting:
        due = int((now - order.proposed_at).total_seconds() // settings.ENV.urgent_climb_s)
        if due <= order.climbed:
            continue
        with transaction.atomic():
            moved = Order.objects.filter(pk=order.pk, climbed=order.climbed, state=State.PROPOSED)
            if not moved.update(climbed=due):
                continue
            journal.record(
                actor="node",
                kind=events.ORDER_CLIMBED,
                place=order.path,
                subject=f"order:{order.pk}",
                payload={"step": due, "waited_s": int((now - order.proposed_at).total_seconds())},
            )
        found.append(order.pk)
    return found


def published(order_id: str) -> None:
    """The lane has given the order to the broker and listed it in `open`."""
    Order.objects.filter(pk=order_id, published_at=None).update(published_at=clock.now())


# What is checked, whoever brings it


def _checked(actor: Actor, envelope: Envelope) -> Common:
    """The payload, if this actor may say it here and now and it is what an order must be."""
    if envelope.kind not in rules.KINDS:
        raise OrderRefused("unknown_kind", gettext("Không phải một loại lệnh khẩn cấp."))
    doc = _parsed(envelope.kind, envelope.payload)
    for path in places.present(doc.target):
        _may_author(actor, path, envelope.kind)
    _check_author(actor, doc, envelope.sigs[0].kid)
    _check_content(doc, envelope.kind)
    return doc


def _may_author(actor: Actor, path: str, kind: Kind) -> None:
    """A stop is anybody's who may write or approve there; everything else is the author's."""
    if kind in rules.ONE_PERSON | rules.CANCELS and actor.may(Action.ALERT_APPROVE, path):
        return
    ensure(actor, Action.ALERT_AUTHOR, path)


def _parsed(kind: Kind, payload: bytes) -> Common:
    if len(payload) > RULES[kind].max_bytes:
        raise OrderRefused("too_large", gettext("Lệnh quá dài."))
    try:
        return parse_payload(kind, payload)
    except Refused as refusal:
        text = sentence_of(refusal.reason)
        if refusal.reason is Reason.BAD_FIELD:
            text = gettext("Nội dung lệnh chưa đúng mẫu (%(what)s).") % {"what": str(refusal)}
        raise OrderRefused(refusal.reason.value, text) from refusal


def _check_author(actor: Actor, doc: Common, kid: str) -> None:
    if doc.issuer.person is None or doc.issuer.person != person_of(actor):
        raise OrderRefused(
            "issuer_mismatch", gettext("Lệnh ghi tên người khác. Mỗi người chỉ ký lệnh của mình.")
        )
    places = rights.places_of(doc.issuer.person, doc.KIND)
    if places and doc.issuer.path not in places:
        raise OrderRefused(
            "issuer_mismatch", gettext("Nơi ban hành ghi trong lệnh không phải nơi được ủy quyền.")
        )
    owner = rights.person_of_kid(kid)
    if owner is not None and owner != doc.issuer.person:
        raise OrderRefused("issuer_mismatch", gettext("Khóa này là của người khác."))


def _check_second(actor: Actor, order: Order, kid: str) -> None:
    """Two persons, not two accounts: the ids are those of the persons, and so are the keys'."""
    me = person_of(actor)
    if me == order.author or rights.person_of_kid(kid) == order.author:
        raise OrderRefused(
            "same_person", gettext("Người soạn không tự duyệt được. Cần một người khác ký.")
        )
    if rights.person_of_kid(kid) not in {me, None}:
        raise OrderRefused("issuer_mismatch", gettext("Khóa này là của người khác."))


def _check_content(doc: Common, kind: Kind) -> None:
    now = clock.now()
    if doc.issued > now + CLOCK_TOLERANCE:
        raise OrderRefused("not_yet", sentence_of(Reason.NOT_YET))
    rules.check_places(doc.target, reorganised_targets.allowed(doc.target))
    if isinstance(doc, Sounding):
        rules.check_sounding(doc, kind, now)
        _check_speech(doc)
    else:
        rules.check_dates(kind, doc.issued, doc.expires, now)
    if kind not in {Kind.ALERT, Kind.DRILL}:
        rules.check_about(doc, kind, selectors.known(about(doc)), now)
        if kind in rules.ONE_PERSON:
            quotas.check_presses(doc.issuer.person or "")
        if kind in rules.MUTES:
            acts.check_silence(doc, kind, about(doc))
    else:
        quotas.check_office(doc.issuer.path)


def _check_speech(doc: Sounding) -> None:
    if doc.speech is None:
        return
    file = file_get(doc.speech.sha256)
    if file is None or file.bytes != doc.speech.bytes:
        raise OrderRefused("media_missing", gettext("Máy chủ không có bản ghi của lệnh. Ghi lại."))


def speech_is_here(sha256: str) -> bool:
    """Whether the store has the recording that an order names."""
    return file_get(sha256) is not None


def about(doc: Common) -> str:
    orders = getattr(doc, "orders", None)
    if orders:
        if len(orders) != 1:
            raise OrderRefused("bad_field", gettext("Mỗi lần dừng một lệnh."))
        return str(orders[0])
    return str(getattr(doc, "alert", ""))


def order_row(envelope: Envelope, doc: Common) -> Order:
    """The row of an order whose payload has been read; not saved."""
    kind = envelope.kind
    sounding = doc if isinstance(doc, Sounding) else None
    alert = envelope.id if kind in {Kind.ALERT, Kind.DRILL} else about(doc)
    known = selectors.known(alert)
    return Order(
        id=envelope.id,
        kind=kind.value,
        drill=kind in rules.DRILLS or (known is not None and known.drill),
        alert=known.id if known else alert,
        revision=getattr(doc, "revision", 0),
        level=sounding.class_ if sounding else known.level if known else 0,
        hazard=sounding.hazard if sounding else "",
        title=sounding.title if sounding else getattr(doc, "reason", ""),
        text=sounding.text if sounding else "",
        path=doc.issuer.path,
        payload=envelope.payload,
        author=doc.issuer.person or "",
        author_kid=envelope.sigs[0].kid,
        author_sig=envelope.sigs[0].sig,
        made_at=doc.issued,
        speak_at=sounding.speak_at if sounding else None,
        expires_at=doc.expires,
        proposed_at=clock.now(),
        speech_id=sounding.speech.sha256 if sounding and sounding.speech else None,
    )


# Issuing


def _issue(actor: Actor, order: Order, envelope: Envelope, seen: str) -> Order:
    """Verify as a device does, then put the order in force in one transaction."""
    try:
        verified = rights.judged(envelope)
        _check_ceiling(order, verified)
    except Refused as refusal:
        raise _refused(refusal) from refusal
    targets = tuple(verified.payload.target)
    areas = outlets.live_by_commune(targets)
    return with_reserve(lambda: put_in_force(actor, order, verified, areas, seen))


def _check_ceiling(order: Order, verified: "Verified") -> None:
    if Kind(order.kind) in rules.CANCELS and verified.ceiling < order.level:
        raise Refused(Reason.ABOVE_CEILING, f"class {order.level}")


def put_in_force(
    actor: Actor,
    order: Order,
    verified: "Verified",
    areas: dict[str, int],
    seen: str | None = None,
) -> Order:
    """One transaction: the order stands, and the lane finds it. The caller has verified it.

    `seen` is the edition that the signer's page showed; None for an order of another node, whose
    own page showed it. What the order overtakes is withdrawn with it.
    """
    now = clock.now()
    targets = tuple(verified.payload.target)
    with transaction.atomic():
        db.lock(f"order {order.alert}")
        fresh = selectors.order_get(order.pk)
        if fresh is not None and seen is not None:
            _check_waits(fresh)
        if seen is not None:
            acts.check_seen(Kind(order.kind), order.alert, seen, now)
        if seen is not None and order.kind == Kind.DRILL.value:
            acts.check_drill(order, targets, now)
        order.state, order.issued_at = State.ISSUED, now
        order.envelope = verified.envelope.to_bytes()
        order.alarms = sorted(verified.alarms)
        order.save(force_insert=fresh is None, force_update=fresh is not None)
        if fresh is None:
            Target.objects.bulk_create([Target(order=order, path=path) for path in targets])
        Area.objects.bulk_create(
            [Area(order=order, path=path, targeted=count) for path, count in areas.items()]
        )
        acts.end(order, targets, now)
        acts.withdraw_overtaken(order, targets, now)
        acts.end_drills(order, targets, now)
        journal.record(
            actor=str(actor),
            kind=events.ORDER_ISSUED,
            place=order.path,
            subject=f"order:{order.pk}",
            payload={
                "kind": order.kind,
                "alert": order.alert,
                "targets": list(targets),
                "signers": list(verified.signers),
                "outlets": sum(areas.values()),
                "alarms": order.alarms,
            },
        )
    return order


def with_reserve(write: Callable[[], T]) -> T:
    """Do `write`; on a full disk give up the reserve and do it once more."""
    try:
        return write()
    except OperationalError as error:
        if not db.is_full(error) or not reserve.release(settings.ENV.data):
            raise
        log.error("disk full: the reserve was given up for an urgent order")
        done = write()
    with transaction.atomic():
        journal.record(actor="node", kind=events.RESERVE_USED, place="vn")
    return done


def _refused(refusal: Refused) -> OrderRefused:
    return OrderRefused(refusal.reason.value, sentence_of(refusal.reason))
