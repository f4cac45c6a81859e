"""Whether a paper of the chain of trust may be kept: checked as a device would check it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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
    """Raise Refused unless the paper is a first root, or verifies under all that is known here:
    the root, its delegations, and every revocation in force (lists of revoked keys only grow).

    The first root is believed as it comes: whoever runs the command compares its hash.
    """
    root, now = authority.newest(Kind.ROOT), clock.now()
    if root is None:
        if envelope.kind is not Kind.ROOT:
            raise Refused(Reason.ROOT_MISMATCH, "the root comes first")
        if TrustState.begin(envelope, envelope.id).demo and not settings.ENV.demo:
            raise Refused(Reason.ROOT_MISMATCH, "gốc trình diễn chỉ dùng với LOA_DEMO=1")
        return
    state = TrustState.begin(root, root.id)
    if envelope.kind is Kind.ROOT:
        state.with_root(envelope, now)
        return
    state, cache = learned(state, now)
    verify(
        envelope,
        Channel.LINK if envelope.kind is not Kind.POLICY else Channel.POLICY,
        Context(trust=state, now=now, cache=cache),
    )


def learned(state: TrustState, now: datetime) -> tuple[TrustState, SignatureCache]:
    """Everything stored, learned paper by paper as a device learns it. What has expired or was
    revoked since is passed over: it counts no more, and must not stand in the way."""
    cache = SignatureCache()
    for kind in (Kind.DELEGATION, Kind.TRUST):
        for stored in authority.documents(kind):
            try:
                context = Context(trust=state, now=now, cache=cache)
                state = verify(stored, Channel.LINK, context).trust
            except Refused:
                continue
    return state, cache


@dataclass(frozen=True)
class Trust:
    """All that this node believes: for judging orders as devices will judge them."""

    state: TrustState
    cache: SignatureCache
    key: tuple[int, int]
    at: datetime


LOOKED_AT_AGAIN = timedelta(minutes=1)
_trust: Trust | None = None


def trust_now() -> Trust:
    """The trust of this moment. Raises NoAuthority before the first root.

    Kept for a minute, or until another paper is stored. Dates, revocations and thresholds are
    judged anew by every verification, whatever is kept here.
    """
    global _trust  # noqa: PLW0603  one trust per process
    now = clock.now()
    key = authority.documents_key()
    if _trust is None or _trust.key != key or abs(now - _trust.at) > LOOKED_AT_AGAIN:
        root = authority.newest(Kind.ROOT)
        if root is None:
            raise authority.NoAuthority("Máy chủ chưa có gốc tin cậy. Chạy: loa node accept")
        state, cache = learned(TrustState.begin(root, root.id), now)
        _trust = Trust(state, cache, key, now)
    return _trust
