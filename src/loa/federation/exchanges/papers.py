"""Papers of trust: roots, registrars' and nodes' delegations, revocations, policies.

Both ways: a province's devices must know what was revoked for the whole nation, and the centre must
be able to judge a province's orders.
"""

from collections.abc import Iterable

from loa.federation.contract import (
    Arrived,
    Body,
    Direction,
    Exchange,
    NotTaken,
    Outward,
    Peer,
    Waits,
)
from loa.federation.refusals import Fault
from loa.journal.services import Recorded
from loa.people import authority, events
from loa.people.acceptance import accept
from loa_protocol.encoding import b64decode, b64encode
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside
from loa_protocol.payloads import Delegation
from loa_protocol.refusals import Reason, Refused

KINDS = {Kind.ROOT.value, Kind.DELEGATION.value, Kind.TRUST.value, Kind.POLICY.value}
FROM_LINK = "link:"
"""How the journal names a link as actor: what came over one is not told back."""


def check_above_us(office: str) -> None:
    """What comes down is said by an office above this node, never in the name of one of its own.

    Raises NotTaken.
    """
    own = authority.node_identity().path
    if office == own or not inside(own, office):
        raise NotTaken(Fault.OUTSIDE_SENDER, office)


class Paper(Body):
    """A signed paper, byte for byte (base64url)."""

    envelope: str


def _export(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    if fact.actor.startswith(FROM_LINK) or fact.payload.get("kind") not in KINDS:
        return
    stored = authority.document_by_subject(fact.subject)
    if stored is None:
        return
    envelope = Envelope.parse(bytes(stored.envelope))
    if envelope.kind is Kind.DELEGATION:
        paper: Delegation = authority.delegation_of(envelope)
        # A person's delegation travels in the chain of that person's orders, and nowhere else.
        if paper.subject.type == "person":
            return
    if not peer.below and not inside(stored.path, authority.node_identity().path):
        return
    yield Outward(
        place=stored.path,
        body=Paper(envelope=b64encode(bytes(stored.envelope))),
        audience=(stored.path,),
    )


def _handle(arrived: Arrived) -> None:
    try:
        envelope = Envelope.parse(b64decode(arrived.body.envelope))
        accept(envelope)
        authority.document_store(actor=f"{FROM_LINK}{arrived.peer.node}", envelope=envelope)
    except Refused as refused:
        if refused.reason is Reason.UNKNOWN_KEY:
            raise Waits("giấy ủy quyền của người ký") from refused
        if refused.reason is Reason.OLD_VERSION:
            return
        raise NotTaken(refused.reason, refused.detail) from refused
    except ValueError as error:
        raise NotTaken(Fault.BAD_BODY, str(error)) from error


EXCHANGES = tuple(
    Exchange(
        kind="trust.paper",
        direction=direction,
        schema=Paper,
        critical=True,
        first=True,
        facts=frozenset({events.DOCUMENT_STORED}),
        export=_export,
        handle=_handle,
    )
    for direction in Direction
)
