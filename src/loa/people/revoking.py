"""Revoking a key: one registrar signs the place's list of keys that count no more.

Lists only grow, and nobody takes a key off again: who was revoked by mistake makes a new key. The
list is what devices believe; the node only keeps and serves it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.utils.translation import gettext

from loa.lib import clock
from loa.people import authority, keys
from loa.people.acceptance import accept, trust_now
from loa.people.ceremony import POLICY_LIFE
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure, person_of
from loa.people.services import PeopleError
from loa_protocol.envelope import Envelope, Signature
from loa_protocol.kinds import DRILL_KINDS, Kind
from loa_protocol.paths import inside
from loa_protocol.payloads import Issuer, Revoked, Trust, new_nonce, parse_payload
from loa_protocol.refusals import Refused
from loa_protocol.trust import Grant


@dataclass(frozen=True, slots=True)
class Right:
    """What one delegation in force lets a key do."""

    kid: str
    subject: str
    type: str
    path: str
    drill: bool
    to: datetime


def rights_in(paths: Sequence[str]) -> list[Right]:
    """Every delegation in force at or below the paths whose key is not revoked, by person."""
    state, now = trust_now().state, clock.now()
    found = [
        _right(grant)
        for grant in state.grants.values()
        if any(inside(grant.doc.path, path) for path in paths)
        and grant.doc.to > now
        and state.revoked_since(grant) is None
    ]
    return sorted(found, key=lambda one: (one.type, one.subject, one.kid, one.path, one.drill))


def _right(grant: Grant) -> Right:
    doc = grant.doc
    drill = not DRILL_KINDS.isdisjoint(doc.kinds)
    return Right(grant.kid, doc.subject.id, doc.subject.type, doc.path, drill, doc.to)


def revocation_ask(*, actor: Actor, path: str, kids: Sequence[str]) -> bytes:
    """The exact bytes of the place's next list, with these keys in it: for the registrar to sign.

    Raises NotAllowed, PeopleError.
    """
    ensure(actor, Action.TRUST_SIGN, path)
    registrar = person_of(actor) or ""
    grant = keys.registrar_grant(trust_now(), registrar, path)
    if grant is None:
        raise PeopleError(gettext("Gốc tin cậy chưa ủy quyền cho khóa đăng ký của anh chị."))
    known = {one.kid for one in rights_in([path])}
    if not kids or not set(kids) <= known:
        raise PeopleError(gettext("Chọn ít nhất một khóa đang có hiệu lực ở nơi này."))
    now, listed = clock.now(), _listed(path)
    fresh = [Revoked(kid=kid, since=now) for kid in dict.fromkeys(kids)]
    newest = authority.newest(Kind.TRUST, path)
    last = _doc(newest.payload).version if newest is not None else 0
    return Trust(
        issuer=Issuer(path=grant.doc.path, person=registrar),
        target=(path,),
        issued=now,
        expires=now + POLICY_LIFE,
        nonce=new_nonce(),
        version=authority.next_version(last, now),
        revoked=(*listed, *fresh),
    ).to_bytes()


def revocation_sign(*, actor: Actor, payload: bytes, kid: str, sig: bytes) -> Trust:
    """Keep the signed list: from here on the node takes nothing of these keys, and every device
    that asks does the same. Raises NotAllowed, PeopleError."""
    try:
        doc = _doc(payload)
    except Refused as refusal:
        raise PeopleError(gettext("Danh sách thu hồi không đúng mẫu.")) from refusal
    path = doc.target[0]
    ensure(actor, Action.TRUST_SIGN, path)
    registrar = person_of(actor)
    key = keys.key_of(kid)
    if key is None or key.person != registrar or doc.issuer.person != registrar:
        raise PeopleError(gettext("Chữ ký không phải của khóa anh chị đã đăng ký."))
    if not {one.kid for one in _listed(path)} <= {one.kid for one in doc.revoked}:
        raise PeopleError(
            gettext("Danh sách vừa có người khác thêm. Tải lại trang rồi thu hồi lại.")
        )
    grant = keys.registrar_grant(trust_now(), registrar or "", path)
    envelope = Envelope(Kind.TRUST, payload, (Signature(kid, sig),))
    if grant is not None:
        envelope = envelope.with_chain([grant.envelope])
    try:
        accept(envelope)
    except Refused as refusal:
        raise PeopleError(
            gettext("Danh sách thu hồi không hợp lệ (%(reason)s).")
            % {"reason": refusal.reason.value}
        ) from refusal
    authority.document_store(actor=str(actor), envelope=envelope)
    return doc


def _listed(path: str) -> tuple[Revoked, ...]:
    newest = authority.newest(Kind.TRUST, path)
    return () if newest is None else _doc(newest.payload).revoked


def _doc(payload: bytes) -> Trust:
    return cast(Trust, parse_payload(Kind.TRUST, payload))


def digest_of(payload: bytes) -> str:
    """What the registrar's page shows the beginning of."""
    return hashlib.sha256(payload).hexdigest()
