"""Persons' keys and the delegations that give them their right.

A private key never comes here: it lives in its owner's browser or in a file of theirs. Two distinct
registrars of a place sign each delegation; this room keeps the exact bytes on their way from one to
the other, and stores the paper once it verifies as a device would verify it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.text import nfc
from loa.people import authority, events
from loa.people.acceptance import Trust, accept, trust_now
from loa.people.ceremony import delegation_payload
from loa.people.models import Account, DelegationDraft, Document, PersonKey
from loa.people.rules import Action, Actor
from loa.people.selectors import NotAllowed, ensure, person_of
from loa.people.services import PeopleError
from loa_protocol.envelope import Envelope, Signature, attach_signature, signing_input
from loa_protocol.keys import PublicKey
from loa_protocol.kinds import DRILL_KINDS, Kind
from loa_protocol.paths import inside, node_address
from loa_protocol.payloads import (
    Issuer,
    Request,
    new_nonce,
    parse_payload,
)
from loa_protocol.refusals import Refused
from loa_protocol.trust import Grant

PROOF_PATH = "/khan-cap/khoa"
PROOF_LIFE = timedelta(minutes=10)
ALARM_DAYS = (60, 30, 14, 7)


def proof_payload(*, person: str, key: PublicKey, now: datetime, node: str) -> bytes:
    """The bytes that a new key signs to show that whoever registers it has it."""
    return Request(
        issuer=Issuer(path="vn", person=person),
        target=(node_address(node),),
        issued=now,
        expires=now + PROOF_LIFE,
        nonce=new_nonce(),
        method="POST",
        path=PROOF_PATH,
        body=hashlib.sha256(key.raw).hexdigest(),
    ).to_bytes()


def key_register(
    *, actor: Actor, account: Account, key: PublicKey, payload: bytes, sig: bytes, label: str = ""
) -> PersonKey:
    """Keep the public half of one's own new key; `payload` is `proof_payload`'s, signed with it.

    Raises PeopleError with a sentence: somebody else's account, a proof that does not fit, a key
    that is known already.
    """
    if actor.account_id != account.pk and not actor.is_node:
        raise PeopleError(gettext("Mỗi người chỉ đăng ký khóa của chính mình."))
    if not key.verify(signing_input(Kind.REQUEST, payload), sig) or not _proves(payload, key):
        raise PeopleError(gettext("Khóa chưa ký đúng thử thách. Tải lại trang rồi làm lại."))
    with transaction.atomic():
        if PersonKey.objects.filter(kid=key.kid).exists():
            raise PeopleError(gettext("Khóa này đã được đăng ký rồi."))
        made = PersonKey.objects.create(
            account=account,
            person=account.person_id,
            kid=key.kid,
            alg=key.alg,
            key=key.raw,
            label=" ".join(nfc(label).split())[:80],
            made_at=clock.now(),
        )
        journal.record(
            actor=str(actor),
            kind=events.KEY_REGISTERED,
            place="vn",
            subject=f"account:{account.pk}",
            payload={"kid": key.kid, "alg": key.alg},
        )
    return made


def _proves(payload: bytes, key: PublicKey) -> bool:
    try:
        request = parse_payload(Kind.REQUEST, payload)
    except Refused:
        return False
    return (
        isinstance(request, Request)
        and request.path == PROOF_PATH
        and request.body == hashlib.sha256(key.raw).hexdigest()
        and request.expires > clock.now()
    )


def key_lost(*, actor: Actor, key: PersonKey) -> None:
    """Its owner, or a registrar, says that a key is gone. It signs nothing here from now on; the
    registrar's `trust` document is what devices believe."""
    if actor.account_id != key.account_id:
        homes = [role.place.path for role in key.account.roles.select_related("place")]
        if not any(actor.may(Action.TRUST_SIGN, home) for home in homes):
            raise NotAllowed(actor, Action.TRUST_SIGN, homes[0] if homes else "vn")
    with transaction.atomic():
        PersonKey.objects.filter(pk=key.pk, lost_at=None).update(lost_at=clock.now())
        journal.record(
            actor=str(actor),
            kind=events.KEY_LOST,
            place="vn",
            subject=f"account:{key.account_id}",
            payload={"kid": key.kid},
        )


def key_of(kid: str) -> PersonKey | None:
    """A registered key that was not lost."""
    return PersonKey.objects.select_related("account").filter(kid=kid, lost_at=None).first()


def keys_of(account_id: UUID) -> list[PersonKey]:
    """A person's registered keys, newest first, lost ones too."""
    return list(PersonKey.objects.filter(account_id=account_id).order_by("-made_at", "-pk"))


def public_of(key: PersonKey) -> PublicKey:
    """The key itself."""
    return PublicKey("ed25519" if key.alg == "ed25519" else "p256", bytes(key.key))


# Delegations


def registrar_grant(trust: Trust, person: str, path: str) -> Grant | None:
    """The registrar's delegation of `person` that reaches `path` now."""
    now = clock.now()
    for grant in trust.state.grants.values():
        doc = grant.doc
        mine = doc.subject.type == "registrar" and doc.subject.id == person
        if mine and inside(path, doc.path) and doc.from_ <= now < doc.to:
            return grant
    return None


def delegation_ask(
    *, actor: Actor, key: PersonKey, path: str, drill: bool, ceiling: int, days: int = 180
) -> DelegationDraft:
    """The exact bytes of a delegation, for the asking registrar to sign first."""
    ensure(actor, Action.TRUST_SIGN, path)
    registrar = person_of(actor) or ""
    grant = registrar_grant(trust_now(), registrar, path)
    if grant is None:
        raise PeopleError(gettext("Gốc tin cậy chưa ủy quyền cho khóa đăng ký của anh chị."))
    if key.person == registrar:
        raise PeopleError(gettext("Không ai tự ủy quyền cho chính mình. Nhờ người đăng ký khác."))
    if not 1 <= ceiling <= grant.doc.ceiling:
        raise PeopleError(gettext("Mức cao nhất phải từ 1 đến mức của người đăng ký."))
    payload = delegation_payload(
        registrar=registrar,
        registrar_path=grant.doc.path,
        person=key.person,
        key=public_of(key),
        path=path,
        drill=drill,
        ceiling=ceiling,
        now=clock.now(),
        days=days,
    ).to_bytes()
    return DelegationDraft.objects.create(
        id=hashlib.sha256(payload).hexdigest(),
        key=key,
        path=path,
        drill=drill,
        payload=payload,
        made_by_id=actor.account_id or key.account_id,
        made_at=clock.now(),
    )


def delegation_sign(
    *, actor: Actor, draft_id: str, kid: str, sig: bytes
) -> tuple[DelegationDraft, bool]:
    """Add a registrar's signature; with the second one the paper is verified and stored.

    Returns the draft and whether it is complete. Raises PeopleError.
    """
    draft = DelegationDraft.objects.select_related("key").get(pk=draft_id)
    ensure(actor, Action.TRUST_SIGN, draft.path)
    key = key_of(kid)
    registrar = person_of(actor)
    if key is None or key.person != registrar:
        raise PeopleError(gettext("Chữ ký không phải của khóa anh chị đã đăng ký."))
    if draft.done_at or draft.declined_at:
        raise PeopleError(gettext("Giấy ủy quyền này đã xong hoặc đã bị từ chối."))
    envelope = (
        Envelope.parse(bytes(draft.envelope))
        if draft.envelope
        else Envelope(Kind.DELEGATION, bytes(draft.payload))
    )
    if not public_of(key).verify(envelope.signing_input, sig):
        raise PeopleError(gettext("Chữ ký không đúng. Tải lại trang rồi ký lại."))
    if draft.first and draft.first == registrar:
        raise PeopleError(
            gettext("Cần chữ ký của người đăng ký thứ hai, không phải của cùng một người.")
        )
    try:
        envelope = attach_signature(envelope, Signature(kid, sig))
    except Refused as refusal:
        raise PeopleError(gettext("Khóa này đã ký giấy này rồi.")) from refusal
    if not draft.first:
        return _first_signed(actor, draft, envelope, registrar or ""), False
    return _complete(actor, draft, envelope), True


def _first_signed(
    actor: Actor, draft: DelegationDraft, envelope: Envelope, registrar: str
) -> DelegationDraft:
    with transaction.atomic():
        draft.envelope, draft.first = envelope.to_bytes(), registrar
        draft.save(update_fields=["envelope", "first"])
        journal.record(
            actor=str(actor),
            kind=events.DELEGATION_ASKED,
            place=draft.path,
            subject=f"account:{draft.key.account_id}",
            payload={"draft": draft.pk, "drill": draft.drill},
        )
    return draft


def _complete(actor: Actor, draft: DelegationDraft, envelope: Envelope) -> DelegationDraft:
    try:
        accept(envelope)
    except Refused as refusal:
        raise PeopleError(
            gettext("Giấy ủy quyền không hợp lệ (%(reason)s).") % {"reason": refusal.reason.value}
        ) from refusal
    with transaction.atomic():
        draft.envelope, draft.done_at = envelope.to_bytes(), clock.now()
        draft.save(update_fields=["envelope", "done_at"])
        authority.document_store(actor=str(actor), envelope=envelope)
    return draft


def delegation_decline(*, actor: Actor, draft_id: str) -> None:
    """A registrar says no. The draft stays in the history."""
    draft = DelegationDraft.objects.select_related("key").get(pk=draft_id)
    ensure(actor, Action.TRUST_SIGN, draft.path)
    with transaction.atomic():
        DelegationDraft.objects.filter(pk=draft_id, done_at=None).update(declined_at=clock.now())
        journal.record(
            actor=str(actor),
            kind=events.DELEGATION_DECLINED,
            place=draft.path,
            subject=f"account:{draft.key.account_id}",
            payload={"draft": draft.pk},
        )


def drafts_waiting(paths: Sequence[str]) -> list[DelegationDraft]:
    """Delegations that wait for a signature, at or below the paths, oldest first."""
    rows = DelegationDraft.objects.select_related("key__account", "made_by")
    waiting = rows.filter(done_at=None, declined_at=None).order_by("made_at", "pk")
    return [draft for draft in waiting if any(inside(draft.path, path) for path in paths)]


def keys_without_right(paths: Sequence[str]) -> list[PersonKey]:
    """Registered keys of people with a role at or below the paths that no paper names yet."""
    named = set(_delegated_kids())
    rows = (
        PersonKey.objects.filter(lost_at=None).select_related("account").order_by("made_at", "pk")
    )
    found = []
    for key in rows.prefetch_related("account__roles__place"):
        at = [role.place.path for role in key.account.roles.all()]
        if key.kid not in named and any(inside(one, path) for one in at for path in paths):
            found.append(key)
    return found


def _delegated_kids() -> Iterator[str]:
    trust = trust_now()
    now = clock.now()
    for grant in trust.state.grants.values():
        if grant.doc.to > now:
            yield grant.kid


# What will end


@dataclass(frozen=True, slots=True)
class Ending:
    """A paper that ends soon, or has ended: whose, where, when, and which alarm stands. `kind` is
    node, registrar or person for a delegation, else `policy` or `trust`."""

    document: str
    kind: str
    who: str
    path: str
    drill: bool
    to: datetime
    days: int
    alarm: int


ENDED_FOR = timedelta(days=60)
"""For so long a paper that is over is still named."""
_RULES = frozenset({Kind.POLICY.value, Kind.TRUST.value})


def alarm_for(to: datetime, now: datetime) -> int | None:
    """The alarm that stands for a paper valid until `to`: 60, 30, 14, 7, 0 when over; or None."""
    left = to - now
    if left <= timedelta(0):
        return 0
    return min((days for days in ALARM_DAYS if left <= timedelta(days=days)), default=None)


def endings(now: datetime) -> list[Ending]:
    """Every delegation, policy and list of revoked keys whose end is near, soonest first. A paper
    that a newer one of the same key, place and kind has replaced is not named."""
    papers = authority.documents(Kind.DELEGATION, Kind.POLICY, Kind.TRUST)
    found = [_ending(paper, now) for paper in papers]
    return sorted((one for one in found if one is not None), key=lambda one: one.to)


def policy_ending(path: str, now: datetime) -> Ending | None:
    """The alarm of the policy that lasts longest over a place: when it ends, no programme sounds
    there. None while it is far off, or where there never was one."""
    lasting = [
        (parse_payload(paper.kind, paper.payload).expires, paper)
        for paper in authority.documents_over(Kind.POLICY, path)
    ]
    if not lasting:
        return None
    to, paper = max(lasting, key=lambda one: one[0])
    alarm = alarm_for(to, now)
    if alarm is None:
        return None
    return Ending(paper.id, Kind.POLICY.value, "", path, False, to, (to - now).days, alarm)


def _ending(paper: Envelope, now: datetime) -> Ending | None:
    """Without a policy no programme sounds, and a device that enrols after the end of a list of
    revoked keys never hears of it."""
    sort: str
    drill = False
    if paper.kind is Kind.DELEGATION:
        grant = authority.delegation_of(paper)
        to, sort, who, path = grant.to, grant.subject.type, grant.subject.id, grant.path
        drill = not DRILL_KINDS.isdisjoint(grant.kinds)
    else:
        doc = parse_payload(paper.kind, paper.payload)
        to, sort, path = doc.expires, paper.kind.value, doc.target[0]
        who = doc.issuer.person or doc.issuer.root or ""
    alarm = alarm_for(to, now)
    if alarm is None or to < now - ENDED_FOR:
        return None
    return Ending(paper.id, sort, who, path, drill, to, (to - now).days, alarm)


def endings_tell(now: datetime) -> int:
    """Record each alarm once in the journal; returns how many were new."""
    told = 0
    for ending in endings(now):
        subject = f"document:{ending.document[:16]}"
        row = Document.objects.filter(sha256=ending.document).first()
        if row is None or row.alarmed == ending.alarm:
            continue
        with transaction.atomic():
            Document.objects.filter(pk=row.pk).update(alarmed=ending.alarm)
            journal.record(
                actor="node",
                kind=events.RULE_EXPIRING if ending.kind in _RULES else events.DELEGATION_EXPIRING,
                place=ending.path,
                subject=subject,
                payload={"days": ending.alarm, "who": ending.who, "type": ending.kind},
            )
        told += 1
    return told
