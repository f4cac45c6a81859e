"""Making the documents of the chain of trust: root, delegations, policy, revocations.

Run where the keys are: on an offline machine for a real root, in the data folder for the demo's.
Nothing here touches the database; what comes out is stored with `authority.document_store`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from loa_protocol.authority import PERSON_DELEGATION_MAX
from loa_protocol.envelope import Envelope, sign
from loa_protocol.keys import PublicKey, SigningKey
from loa_protocol.kinds import DRILL_KINDS, NODE_KINDS, REAL_KINDS, REGISTRAR_KINDS, Kind
from loa_protocol.payloads import (
    Delegation,
    Hours,
    Issuer,
    Policy,
    Revoked,
    Root,
    RootHolder,
    Subject,
    Trust,
    new_nonce,
)

ROOT_LIFE = timedelta(days=10 * 365)
NODE_LIFE = timedelta(days=2 * 365)
REGISTRAR_LIFE = timedelta(days=2 * 365)
POLICY_LIFE = timedelta(days=2 * 365)
STARTED_BEFORE = timedelta(minutes=5)
"""Validity begins a little before signing: a device's clock may be behind ours."""
_ALARM_CLASSES = 5
REAL = tuple(sorted({str(kind) for kind in REAL_KINDS} | {"resume"}))
DRILL = tuple(sorted({str(kind) for kind in DRILL_KINDS} | {"resume"}))


def version_at(now: datetime) -> int:
    """Unix milliseconds: greater than any version issued before (protocol.md 4)."""
    return int(now.timestamp() * 1000)


def make_root(
    *, holders: dict[str, SigningKey], threshold: int, demo: bool, now: datetime
) -> Envelope:
    """A root of several holders, signed by a threshold of them."""
    keys = tuple(
        RootHolder(holder=name, alg=key.public.alg, key=key.public.text)
        for name, key in holders.items()
    )
    payload = Root(
        issuer=Issuer(path="vn", root=next(iter(holders))),
        target=("vn",),
        issued=now,
        expires=now + ROOT_LIFE,
        nonce=new_nonce(),
        version=version_at(now),
        threshold=threshold,
        keys=keys,
        demo=demo,
    )
    return sign(Kind.ROOT, payload, list(holders.values())[:threshold])


def delegate_by_root(
    *,
    signers: Sequence[SigningKey],
    holder: str,
    subject: Subject,
    path: str,
    now: datetime,
) -> Envelope:
    """Root gives a node or a registrar its right at a place and below."""
    node = subject.type == "node"
    payload = Delegation(
        issuer=Issuer(path="vn", root=holder),
        target=(path,),
        issued=now,
        expires=now + (NODE_LIFE if node else REGISTRAR_LIFE),
        nonce=new_nonce(),
        version=version_at(now),
        subject=subject,
        path=path,
        kinds=tuple(sorted(kind.value for kind in (NODE_KINDS if node else REGISTRAR_KINDS))),
        ceiling=0 if node else _ALARM_CLASSES,
        from_=now - STARTED_BEFORE,
        to=now + (NODE_LIFE if node else REGISTRAR_LIFE),
    )
    return sign(Kind.DELEGATION, payload, list(signers))


def subject_of(kind: str, name: str, key: SigningKey) -> Subject:
    """A delegation's subject for this key."""
    return Subject.model_validate(
        {"type": kind, "id": name, "alg": key.public.alg, "key": key.public.text}
    )


def make_policy(
    *,
    registrar: SigningKey,
    registrar_id: str,
    registrar_path: str,
    path: str,
    chain: Sequence[Envelope],
    now: datetime,
    hours: Sequence[tuple[int, int]] = ((4 * 60 + 30, 21 * 60),),
    max_minutes_day: int = 240,
    relays: Sequence[str] = (),
) -> Envelope:
    """What programmes may do at a place, whatever the node says."""
    payload = Policy(
        issuer=Issuer(path=registrar_path, person=registrar_id),
        target=(path,),
        issued=now,
        expires=now + POLICY_LIFE,
        nonce=new_nonce(),
        version=version_at(now),
        hours=tuple(Hours(from_min=start, to_min=end) for start, end in hours),
        max_minutes_day=max_minutes_day,
        programme_max_pct=100,
        alert_pct=100,
        relays=tuple(relays),
    )
    return sign(Kind.POLICY, payload, [registrar], chain)


def make_trust(
    *,
    registrar: SigningKey,
    registrar_id: str,
    registrar_path: str,
    path: str,
    chain: Sequence[Envelope],
    now: datetime,
    revoked: Sequence[Revoked] = (),
) -> Envelope:
    """The revoked keys of a place. Lists only grow."""
    payload = Trust(
        issuer=Issuer(path=registrar_path, person=registrar_id),
        target=(path,),
        issued=now,
        expires=now + POLICY_LIFE,
        nonce=new_nonce(),
        version=version_at(now),
        revoked=tuple(revoked),
    )
    return sign(Kind.TRUST, payload, [registrar], chain)


def delegation_payload(
    *,
    registrar: str,
    registrar_path: str,
    person: str,
    key: PublicKey,
    path: str,
    drill: bool,
    ceiling: int,
    now: datetime,
    days: int = 180,
) -> Delegation:
    """What two registrars sign for a person. Real and drill are always separate papers."""
    life = min(timedelta(days=days), PERSON_DELEGATION_MAX)
    begin = now - STARTED_BEFORE
    return Delegation(
        issuer=Issuer(path=registrar_path, person=registrar),
        target=(path,),
        issued=now,
        expires=begin + life,
        nonce=new_nonce(),
        version=version_at(now),
        subject=Subject(type="person", id=person, alg=key.alg, key=key.text),
        path=path,
        kinds=DRILL if drill else REAL,
        ceiling=ceiling,
        from_=begin,
        to=begin + life,
    )
