"""A feed fills in a template: judged as devices judge it, and by what an office owes beyond that.

The bytes are the feed's own and go out unchanged. Nobody needs to press anything; for `cancel_s`
seconds one person may stop it for good.
"""

import hashlib
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from loa.alerts import events, quotas, rules, selectors, services
from loa.alerts.models import Area, Clip, FeedVoices, Order, State, Target, Template
from loa.alerts.order_templates import wordings
from loa.alerts.orders import acts, sound
from loa.alerts.orders.drafting import Draft
from loa.alerts.rules import OrderRefused
from loa.journal import services as journal
from loa.lib import clock, db
from loa.outlets import selectors as outlets
from loa.people.acceptance import trust_now
from loa.places import selectors as places
from loa_protocol.context import Channel, Context
from loa_protocol.envelope import Envelope, sign
from loa_protocol.fills import filled_text
from loa_protocol.kinds import RULES, Kind
from loa_protocol.ladder import verify
from loa_protocol.paths import ancestors, inside, inside_any
from loa_protocol.payloads import Fill, Issuer, Speech, new_nonce, parse_payload
from loa_protocol.refusals import Reason, Refused

FILL_MAX_BYTES = 64 * 1024
HOURS = 6
"""How long a filled template stands unless its feed says less."""
VOICES_A_DAY = 200
"""New voices that one feed may have made: each costs the node seconds of speech and a file."""


def fill_take(data: bytes | Envelope, *, by: str) -> Order:
    """Put a feed's signed fill in force. The same bytes twice are one order.

    `by` says which way it came, for the journal. Raises OrderRefused; then nothing is sent, and a
    fill that its feed did sign leaves a fact.
    """
    envelope = _parsed(data)
    known = selectors.order_get(envelope.id)
    if known is not None:
        return known
    row, doc = _judged(envelope)
    try:
        _check(doc, row)
        targets = tuple(doc.target)
        areas = outlets.live_by_commune(targets)
        return services.with_reserve(lambda: _put_in_force(envelope, doc, row, areas, by))
    except OrderRefused as refusal:
        _refused(row, refusal, by)
        raise


def fill_receive(*, actor: str, envelope: Envelope) -> Order:
    """Put another node's fill in force as its feed signed it: that node has judged what an office
    owes, here it is judged as a device will. Raises Refused."""
    row, doc = _verified(envelope)
    if doc.expires <= clock.now():
        raise Refused(Reason.EXPIRED, envelope.id)
    if doc.speech is not None and not services.speech_is_here(doc.speech.sha256):
        doc = doc.model_copy(update={"speech": None})  # the row's; the bytes stay as they are
    areas = outlets.live_by_commune(tuple(doc.target))
    return _put_in_force(envelope, doc, row, areas, actor, actor=actor)


def _parsed(data: bytes | Envelope) -> Envelope:
    if isinstance(data, bytes) and len(data) > FILL_MAX_BYTES:
        raise OrderRefused("too_large", gettext("Bản điền quá dài."))
    try:
        envelope = data if isinstance(data, Envelope) else Envelope.parse(data)
    except Refused as refusal:
        raise OrderRefused(refusal.reason.value, rules.sentence_of(refusal.reason)) from refusal
    if envelope.kind is not Kind.FILL:
        raise OrderRefused("unknown_kind", gettext("Không phải bản điền của một mẫu."))
    return envelope


def _judged(envelope: Envelope) -> tuple[Template, Fill]:
    try:
        return _verified(envelope)
    except Refused as refusal:
        raise OrderRefused(refusal.reason.value, rules.sentence_of(refusal.reason)) from refusal


def _verified(envelope: Envelope) -> tuple[Template, Fill]:
    trust = trust_now()
    office = parse_payload(Kind.FILL, envelope.payload).issuer.path  # proved by what follows
    context = Context(
        trust=trust.state, now=clock.now(), cache=trust.cache, templates=wordings.stored(office)
    )
    doc = cast(Fill, verify(envelope, Channel.LINK, context).payload)
    row = next(one for one in wordings.standing() if (one.path, one.name) == (office, doc.template))
    return row, doc


def _check(doc: Fill, row: Template) -> None:
    now = clock.now()
    if now - doc.issued > rules.FILL_FRESH:
        raise OrderRefused("stale", gettext("Bản điền quá cũ: có thể đã bị giữ lại trên đường."))
    rules.check_places(doc.target, [place.path for place in places.places_named(doc.target)])
    rules.check_filled(
        wordings.doc_of(bytes(row.payload)).blanks, doc.blanks, _names(doc.target, row.targets)
    )
    rules.check_text(doc.title, doc.text)
    rules.check_dates(Kind.FILL, doc.issued, doc.expires, now)
    quotas.check_office(doc.issuer.path, fills=True)
    if doc.siren is None:
        raise OrderRefused("no_siren", gettext("Lệnh khẩn cấp thật phải có còi báo động."))
    if doc.speech is not None and doc.speech != voice_known(doc.title, doc.text):
        raise OrderRefused(
            "media_missing", gettext("Giọng đọc không phải của máy chủ này. Xin bản nháp mới.")
        )


def _names(targets: tuple[str, ...], allowed: list[str]) -> set[str]:
    """What places of the order may be called: themselves, those inside, and those around them that
    the template reaches."""
    around = {
        above
        for path in targets
        for above in ancestors(path)
        if any(inside(above, one) for one in allowed)
    }
    inner = [*places.communes_inside(targets)[:4000], *places.hamlets_inside(targets)[:20_000]]
    return {place.name for place in [*places.places_named({*targets, *around}), *inner]}


def _put_in_force(
    envelope: Envelope,
    doc: Fill,
    row: Template,
    areas: dict[str, int],
    by: str,
    *,
    actor: str = "node",
) -> Order:
    now = clock.now()
    with transaction.atomic():
        db.lock(f"template {row.path} {row.name}")
        known = selectors.order_get(envelope.id)
        if known is not None:
            return known
        if wordings.fills_of([row])[row.pk] >= row.max_per_day:
            raise OrderRefused(
                "too_often", gettext("Mẫu này đã được điền đủ số lần cho phép trong một ngày.")
            )
        order = _order_of(envelope, doc, row, now)
        order.save(force_insert=True)
        Target.objects.bulk_create([Target(order=order, path=path) for path in doc.target])
        Area.objects.bulk_create(
            [Area(order=order, path=path, targeted=count) for path, count in areas.items()]
        )
        acts.end_drills(order, tuple(doc.target), now)
        journal.record(
            actor=actor,
            kind=events.ORDER_FILLED,
            place=order.path,
            subject=f"order:{order.pk}",
            payload={
                "name": row.title,
                "kind": order.kind,
                "alert": order.pk,
                "by": by,
                "targets": list(doc.target),
                "outlets": sum(areas.values()),
                "cancel_s": row.cancel_s,
            },
        )
    return order


def _order_of(envelope: Envelope, doc: Fill, row: Template, now: datetime) -> Order:
    """The row of a fill, in force; not saved."""
    return Order(
        id=envelope.id,
        kind=Kind.FILL.value,
        drill=False,
        alert=envelope.id,
        level=doc.class_,
        hazard=doc.hazard,
        title=doc.title,
        text=doc.text,
        path=doc.issuer.path,
        payload=envelope.payload,
        author=row.author,
        author_kid=envelope.sigs[0].kid,
        author_sig=envelope.sigs[0].sig,
        approver=row.approver,
        envelope=envelope.to_bytes(),
        state=State.ISSUED,
        made_at=doc.issued,
        speak_at=doc.speak_at,
        expires_at=doc.expires,
        proposed_at=now,
        issued_at=now,
        speech_id=doc.speech.sha256 if doc.speech else None,
        template=row,
        begins_at=doc.issued + timedelta(seconds=row.cancel_s),
    )


def _refused(row: Template, refusal: OrderRefused, by: str) -> None:
    with transaction.atomic():
        journal.record(
            actor="node",
            kind=events.FILL_REFUSED,
            place=row.path,
            subject=f"template:{row.pk[:32]}",
            payload={"name": row.title, "why": refusal.code, "by": by},
        )


# What a feed signs


def draft_asked(
    row: Template,
    blanks: dict[str, str],
    *,
    now: datetime,
    targets: tuple[str, ...],
    expires: datetime,
    level: int | None,
    voice: bool,
) -> Draft:
    """`fill_draft` for a feed that asks over the network: its words are judged before a voice is
    made of them, and voices are made only so often a day. Raises OrderRefused."""
    doc = wordings.doc_of(bytes(row.payload))
    wanted = targets or tuple(doc.target)
    if not all(inside_any(one, doc.target) for one in wanted):
        reason = Reason.OUTSIDE_ISSUER
        raise OrderRefused(reason.value, rules.sentence_of(reason))
    if blanks.keys() != doc.blanks.keys():
        raise OrderRefused("bad_field", rules.sentence_of(Reason.BAD_FIELD))
    rules.check_filled(doc.blanks, blanks, _names(wanted, row.targets))
    title, text = filled_text(doc.title or row.title, blanks), filled_text(doc.text, blanks)
    if voice and voice_known(title, text) is None:
        _count_voice(row.feed_kid)
    return fill_draft(
        row, blanks, now=now, targets=targets, expires=expires, level=level, voice=voice
    )


def _count_voice(kid: str) -> None:
    today = clock.local(clock.now()).date()
    FeedVoices.objects.get_or_create(feed_kid=kid, day=today)
    rows = FeedVoices.objects.filter(feed_kid=kid, day=today, made__lt=VOICES_A_DAY)
    if not rows.update(made=F("made") + 1):
        raise OrderRefused(
            "too_many_drafts",
            gettext(
                "Hôm nay nguồn này đã xin đủ %(max)d bản nháp có giọng đọc mới. Xin bản không có"
                " giọng đọc (voice: false); loa tự đọc bằng các mẩu thu sẵn."
            )
            % {"max": VOICES_A_DAY},
        )


def voices_forget(now: datetime) -> None:
    """Yesterday's counts say nothing any more."""
    FeedVoices.objects.filter(day__lt=clock.local(now).date()).delete()


def fill_draft(
    row: Template,
    blanks: dict[str, str],
    *,
    now: datetime,
    targets: tuple[str, ...] = (),
    expires: datetime | None = None,
    level: int | None = None,
    voice: bool = True,
) -> Draft:
    """The exact bytes for a feed to sign: the template's words filled in, with the node's voice
    unless `voice` is False (then devices say it with their own clips). Raises OrderRefused."""
    doc = wordings.doc_of(bytes(row.payload))
    title = filled_text(doc.title or row.title, blanks)
    text = filled_text(doc.text, blanks)
    fill = Fill(
        issuer=Issuer(path=doc.issuer.path, person=doc.issuer.person),
        target=targets or doc.target,
        issued=now,
        expires=expires or now + timedelta(hours=HOURS),
        nonce=new_nonce(),
        class_=min(level or doc.class_, doc.class_),
        hazard=doc.hazard or "other",
        title=title,
        text=text,
        languages=("vi",),
        speech=voice_made(title, text) if voice else None,
        siren=doc.hazard or "other",
        speak_at=now + rules.SPEAK_AFTER,
        plays=rules.PLAYS,
        every_s=rules.EVERY_S,
        gap_s=20,
        map_date=clock.local(now).date().isoformat(),
        template=doc.id,
        template_version=doc.version,
        blanks=blanks,
    )
    payload = fill.to_bytes()
    if len(payload) > RULES[Kind.FILL].max_bytes:
        raise OrderRefused("text_too_long", gettext("Lệnh quá dài. Rút ngắn lời loan báo."))
    return Draft(Kind.FILL, payload)


def voice_made(title: str, text: str) -> Speech | None:
    """The node's voice for these words, made once; None where it cannot be made."""
    known = voice_known(title, text)
    if known is not None:
        return known
    speech = sound.voice_if_any(f"{title}. {text}")
    if speech is None:
        return None
    Clip.objects.update_or_create(
        name=_voice_name(title, text),
        defaults={"text": text[:300], "voice": settings.LOA_VOICE, "file_id": speech.sha256},
    )
    return speech


def voice_known(title: str, text: str) -> Speech | None:
    """The same, if it was made before."""
    row = Clip.objects.filter(pk=_voice_name(title, text)).first()
    return None if row is None else sound.speech_again(row.file_id)


def _voice_name(title: str, text: str) -> str:
    return "fill-" + hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()[:48]


def fill_own(draft: Draft, *, by: str) -> Order:
    """Sign a draft with the node's own feed key, as it read it in CAP, and put it in force."""
    return fill_take(sign(Kind.FILL, draft.payload, [wordings.own_key()]), by=by)
