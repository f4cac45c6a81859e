"""Wordings that two persons sign in advance: proposed, issued, withdrawn, and which stand now.

The province decides here that a machine may warn without waiting for a person: exactly these words,
these places, so often a day, and a window in which one person stops it.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from loa.alerts import events, quotas, rules
from loa.alerts.models import Order, State, Template
from loa.alerts.orders import rights
from loa.alerts.rules import OrderRefused, sentence_of
from loa.journal import services as journal
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure, person_of
from loa.places import selectors as places
from loa_protocol.context import StoredTemplate
from loa_protocol.envelope import Envelope, Signature, attach_signature
from loa_protocol.fills import template_key
from loa_protocol.keys import PublicKey, SigningKey
from loa_protocol.kinds import RULES, Kind
from loa_protocol.paths import covers
from loa_protocol.payloads import Template as Payload
from loa_protocol.payloads import parse_payload
from loa_protocol.refusals import Refused
from loa_protocol.trust import check_version_not_ahead

DAYS_MAX = 180
"""No longer than the longest delegation of those who signed it."""
PAST_MAX = 200


def template_propose(*, actor: Actor, payload: bytes, kid: str, sig: bytes) -> Template:
    """Take the author's signed bytes; nothing may be filled in before a second person has signed.

    Raises NotAllowed, OrderRefused.
    """
    envelope = Envelope(Kind.TEMPLATE, payload, (Signature(kid, sig),))
    doc = doc_of(payload)
    for path in doc.target:
        ensure(actor, Action.ALERT_AUTHOR, path)
    if doc.issuer.person != person_of(actor) or rights.person_of_kid(kid) != person_of(actor):
        raise OrderRefused(
            "issuer_mismatch", gettext("Mẫu ghi tên người khác. Mỗi người chỉ ký mẫu của mình.")
        )
    _check(doc)
    try:
        rights.first_signature_stands(rights.with_papers(envelope))
    except Refused as refusal:
        raise OrderRefused(refusal.reason.value, sentence_of(refusal.reason)) from refusal
    template = _row(envelope, doc)
    quotas.check_templates_waiting(template.author)
    with transaction.atomic():
        if Template.objects.filter(pk=template.pk).exists():
            raise OrderRefused("seen", gettext("Mẫu này đã được gửi đi duyệt rồi."))
        template.save(force_insert=True)
        _record(actor, events.TEMPLATE_PROPOSED, template)
    return template


def template_approve(
    *, actor: Actor, template_id: str, digest: str, kid: str, sig: bytes
) -> Template:
    """The second person's signature: from here on the feed may fill it in.

    Raises NotAllowed, OrderRefused.
    """
    template = template_get(template_id)
    if template is None or digest != template.pk:
        raise OrderRefused(
            "changed", gettext("Nội dung đã khác với lúc anh chị mở trang. Tải lại rồi xem lại.")
        )
    for path in template.targets:
        ensure(actor, Action.ALERT_APPROVE, path)
    me = person_of(actor)
    if me == template.author or rights.person_of_kid(kid) != me:
        raise OrderRefused(
            "same_person", gettext("Người soạn không tự duyệt được. Cần một người khác ký.")
        )
    _check(doc_of(bytes(template.payload)))
    first = Signature(template.author_kid, bytes(template.author_sig))
    envelope = Envelope(Kind.TEMPLATE, bytes(template.payload), (first,))
    try:
        whole = rights.with_papers(attach_signature(envelope, Signature(kid, sig)))
        verified = rights.judged(whole)
    except Refused as refusal:
        raise OrderRefused(refusal.reason.value, sentence_of(refusal.reason)) from refusal
    with transaction.atomic():
        won = Template.objects.filter(pk=template.pk, state=State.PROPOSED).update(
            state=State.ISSUED,
            approver=me or "",
            envelope=verified.envelope.to_bytes(),
            issued_at=clock.now(),
        )
        if not won:
            raise OrderRefused("done", gettext("Mẫu này đã được ký hoặc đã bị từ chối trước đó."))
        _record(actor, events.TEMPLATE_ISSUED, template)
    template.refresh_from_db()
    return template


def template_receive(*, actor: str, envelope: Envelope) -> Template | None:
    """Keep a template that another node's two persons signed, byte for byte; None if it stands here
    already. Raises Refused by the names that a device would use."""
    if Template.objects.filter(pk=envelope.id, state=State.ISSUED).exists():
        return None
    verified = rights.judged(envelope)
    doc = cast(Payload, verified.payload)
    check_version_not_ahead(doc.version, clock.now())
    row = _row(envelope, doc)
    row.state, row.issued_at = State.ISSUED, clock.now()
    row.approver = next((one for one in verified.signers if one != row.author), "")
    row.envelope = envelope.to_bytes()
    with transaction.atomic():
        row.save()
        journal.record(
            actor=actor,
            kind=events.TEMPLATE_ISSUED,
            place=row.path,
            subject=f"template:{row.pk[:32]}",
            payload={"name": row.title, "version": row.version},
        )
    return row


def template_decline(*, actor: Actor, template_id: str) -> None:
    """The second person says no, or the author takes it back."""
    template = _standing(template_id)
    if person_of(actor) != template.author:
        for path in template.targets:
            ensure(actor, Action.ALERT_APPROVE, path)
    with transaction.atomic():
        won = Template.objects.filter(pk=template.pk, state=State.PROPOSED).update(
            state=State.DECLINED, declined_by=person_of(actor) or ""
        )
        if not won:
            raise OrderRefused("done", gettext("Mẫu này đã được ký hoặc đã bị từ chối trước đó."))
        _record(actor, events.TEMPLATE_DECLINED, template)


def template_withdraw(*, actor: Actor, template_id: str) -> None:
    """One person stops a template at this node: no fill of it is taken or passed on any more."""
    template = _standing(template_id)
    for path in template.targets:
        if not actor.may(Action.ALERT_APPROVE, path):
            ensure(actor, Action.ALERT_AUTHOR, path)
    with transaction.atomic():
        if Template.objects.filter(pk=template.pk, withdrawn_at=None).update(
            withdrawn_at=clock.now()
        ):
            _record(actor, events.TEMPLATE_WITHDRAWN, template)


def _standing(template_id: str) -> Template:
    template = template_get(template_id)
    if template is None:
        raise OrderRefused("unknown_template", gettext("Không có mẫu này."))
    return template


def _record(actor: Actor, kind: str, template: Template) -> None:
    journal.record(
        actor=str(actor),
        kind=kind,
        place=template.path,
        subject=f"template:{template.pk[:32]}",
        payload={"name": template.title, "version": template.version},
    )


def _row(envelope: Envelope, doc: Payload) -> Template:
    feed = PublicKey.from_text(doc.feed.alg, doc.feed.key)
    return Template(
        id=envelope.id,
        name=doc.id,
        version=doc.version,
        path=doc.issuer.path,
        targets=list(doc.target),
        level=doc.class_,
        hazard=doc.hazard or "",
        title=doc.title or "",
        text=doc.text,
        cancel_s=doc.cancel_s,
        max_per_day=doc.max_per_day,
        feed_kid=feed.kid,
        own_feed=doc.cap is not None,
        payload=envelope.payload,
        author=doc.issuer.person or "",
        author_kid=envelope.sigs[0].kid,
        author_sig=envelope.sigs[0].sig,
        made_at=doc.issued,
        expires_at=doc.expires,
    )


def doc_of(payload: bytes) -> Payload:
    """What a template's bytes say. Raises OrderRefused."""
    if len(payload) > RULES[Kind.TEMPLATE].max_bytes:
        raise OrderRefused("too_large", gettext("Mẫu quá dài."))
    try:
        return cast(Payload, parse_payload(Kind.TEMPLATE, payload))
    except Refused as refusal:
        raise OrderRefused(refusal.reason.value, sentence_of(refusal.reason)) from refusal


def _check(doc: Payload) -> None:
    now = clock.now()
    try:
        check_version_not_ahead(doc.version, now)
    except Refused as refusal:
        raise OrderRefused(refusal.reason.value, sentence_of(refusal.reason)) from refusal
    rules.check_places(doc.target, [place.path for place in places.places_named(doc.target)])
    if doc.title is None or doc.hazard is None:
        raise OrderRefused("no_text", gettext("Chưa có tiêu đề hoặc lời loan báo."))
    rules.check_blanks(doc.title, doc.text, doc.blanks)
    if doc.expires <= now:
        raise OrderRefused("expired", gettext("Mẫu đã hết hiệu lực."))
    if doc.expires - doc.issued > timedelta(days=DAYS_MAX):
        raise OrderRefused("life_too_long", gettext("Mẫu có hiệu lực nhiều nhất 180 ngày."))
    if doc.cap is not None and doc.cap.blanks.keys() != doc.blanks.keys():
        raise OrderRefused(
            "bad_field", gettext("Mỗi chỗ trống phải có một phần của bản tin CAP để điền vào.")
        )
    try:
        feed = PublicKey.from_text(doc.feed.alg, doc.feed.key)
        if doc.cap is not None and feed.kid != own_feed().kid:
            raise OrderRefused(
                "bad_key", gettext("Mẫu điền từ CAP phải mang khóa nguồn của máy chủ này.")
            )
    except (Refused, ValueError) as error:
        raise OrderRefused("bad_key", gettext("Khóa của nguồn không đúng dạng.")) from error


# Which stand


def template_get(template_id: str) -> Template | None:
    """One template; None for an unknown one."""
    return Template.objects.filter(pk=template_id).first()


def by_subject(subject: str) -> Template | None:
    """The issued template that a fact is about."""
    start = subject.partition(":")[2]
    return Template.objects.filter(pk__startswith=start, state=State.ISSUED).first()


def standing() -> list[Template]:
    """The newest issued version of each office's id, if it is neither over nor withdrawn."""
    newest: dict[tuple[str, str], Template] = {}
    for row in Template.objects.filter(state=State.ISSUED).order_by("version"):
        newest[row.path, row.name] = row
    now = clock.now()
    return [row for row in newest.values() if row.withdrawn_at is None and row.expires_at > now]


def stored(office: str) -> Mapping[str, StoredTemplate]:
    """What the ladder needs to judge a fill of this office's."""
    kept = [stored_of(row) for row in standing() if row.path == office]
    return {template_key(one.doc): one for one in kept}


def stored_of(row: Template) -> StoredTemplate:
    """An issued template as the ladder knows it."""
    return StoredTemplate(Envelope.parse(bytes(row.envelope or b"")), doc_of(bytes(row.payload)))


def envelopes_over(area: str) -> list[Envelope]:
    """The templates that devices in this commune must hold."""
    return [
        Envelope.parse(bytes(row.envelope or b""))
        for row in standing()
        if covers(tuple(row.targets), (area,)) or any(t.startswith(area) for t in row.targets)
    ]


def templates_for(actor: Actor) -> list[Template]:
    """Those that touch the asker's places, newest first: all that may still speak or wait, however
    many came after them, and of the others the newest."""
    mine = (*actor.places(Action.ALERT_AUTHOR), *actor.places(Action.ALERT_APPROVE))
    alive = Q(expires_at__gt=clock.now(), withdrawn_at=None) & ~Q(state=State.DECLINED)
    found = Template.objects.order_by("-made_at", "-pk")
    return [
        row
        for row in [*found.filter(alive), *found.exclude(alive)[:PAST_MAX]]
        if covers(tuple(row.targets), mine) or covers(mine, tuple(row.targets))
    ]


def templates_waiting(actor: Actor) -> list[Template]:
    """Proposed ones that the asker may sign as the second person."""
    me = person_of(actor)
    return [
        row
        for row in Template.objects.filter(state=State.PROPOSED, expires_at__gt=clock.now())
        if row.author != me and all(actor.may(Action.ALERT_APPROVE, p) for p in row.targets)
    ]


FEED_KEY = "feed.pem"


def own_key() -> SigningKey:
    """The key with which this node fills templates from CAP; made at first use, mode 0600.

    It can say only what two persons signed in advance."""
    path = settings.ENV.keys / FEED_KEY
    with suppress(FileExistsError):  # two processes may come first together
        if not path.exists():
            SigningKey.generate().save(path)
    return SigningKey.load(path)


def own_feed() -> PublicKey:
    """The public half of `own_key`, as templates name it."""
    return own_key().public


def fills_of(rows: Sequence[Template]) -> dict[str, int]:
    """How often each of these templates was filled in the last day, whatever its version, by its
    primary key. Another office's template of the same id is another template."""
    since = clock.now() - timedelta(days=1)
    orders = Order.objects.filter(template__name__in=[row.name for row in rows], made_at__gt=since)
    often = Counter(orders.values_list("template__path", "template__name"))
    return {row.pk: often[row.path, row.name] for row in rows}


def blanks_json(doc: Payload) -> str:
    """The blanks as a machine's programmer needs them."""
    return json.dumps(
        {name: blank.model_dump(mode="json") for name, blank in doc.blanks.items()},
        ensure_ascii=False,
    )
