"""Whether a paper of the chain of trust may be kept: checked as a device would check it."""

from django.conf import settings

from loa.lib import clock
from loa.people import authority
from loa_protocol.context import Channel, Context
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.ladder import verify
from loa_protocol.refusals import Reason, Refused
from loa_protocol.signatures import SignatureCache
from loa_protocol.trust import TrustState


def accept(envelope: Envelope) -> None:
    """Raise Refused unless the paper is a first root, or verifies under the root that is here.

    The first root is believed as it comes: whoever runs the command compares its hash.
    """
    root = authority.newest(Kind.ROOT)
    if root is None:
        if envelope.kind is not Kind.ROOT:
            raise Refused(Reason.ROOT_MISMATCH, "the root comes first")
        if TrustState.begin(envelope, envelope.id).demo and not settings.ENV.demo:
            raise Refused(Reason.ROOT_MISMATCH, "gốc trình diễn chỉ dùng với LOA_DEMO=1")
        return
    state = TrustState.begin(root, root.id)
    if envelope.kind is Kind.ROOT:
        state.with_root(envelope, clock.now())
        return
    known = authority.documents(Kind.DELEGATION)
    carried = envelope.with_chain((*known, *envelope.chain))
    context = Context(trust=state, now=clock.now(), cache=SignatureCache())
    verify(carried.to_bytes(), Channel.LINK, context)
