"""Proofs on their way to the node: sealed once, sent until somebody says that they are stored."""

from __future__ import annotations

from datetime import datetime, timedelta

from loa_player.gate import Gate
from loa_player.identity import Identity
from loa_player.link.api import Caller, DeviceApi
from loa_player.store import Store
from loa_protocol import Envelope, Kind, Reason, new_nonce, sign
from loa_protocol.paths import node_address
from loa_protocol.payloads import Issuer, Receipt

# The longest lines fill a payload of 16 KiB at about 40.
LINES_MAX = 32
BATCH = 10
# A proof does not go bad: it lives as long as a device may be away from any network.
_LIFE = timedelta(days=365)


def caller_of(gate: Gate) -> Caller:
    """Who this device is in signed requests, and which node it speaks to."""
    receiver = gate.receiver
    if receiver is None:
        raise ValueError("not enrolled")
    return Caller(Issuer(path=receiver.area or "vn", outlet=receiver.outlet), receiver.node)


class Reporter:
    """Belongs to the thread that talks to the node."""

    def __init__(self, store: Store, gate: Gate, identity: Identity) -> None:
        self._store = store
        self._gate = gate
        self._identity = identity

    def seal(self, now: datetime) -> list[Envelope]:
        """Sign what has happened since; returns the new receipts, already durable."""
        sealed = []
        while lines := self._store.outcomes(LINES_MAX):
            caller = caller_of(self._gate)
            receipt = Receipt(
                issuer=caller.issuer,
                target=(node_address(caller.node),),
                issued=now,
                expires=now + _LIFE,
                nonce=new_nonce(),
                items=tuple(item for _, item in lines),
            )
            envelope = sign(Kind.RECEIPT, receipt, [self._identity.key])
            self._store.seal(envelope, [seq for seq, _ in lines], now)
            sealed.append(envelope)
        return sealed

    def deliver(self, api: DeviceApi) -> int:
        """Send all that wait; returns how many were stored. Raises LinkError, NodeError."""
        delivered = 0
        while waiting := self._store.receipts(BATCH):
            answer = api.send_receipts(waiting)
            # Nobody signs this answer: it speaks of what was sent here and now, of nothing else.
            sent = {envelope.id for envelope in waiting}
            refused = {id_: why for id_, why in answer.refused.items() if id_ in sent}
            for reason in refused.values():
                self._store.count_refusal(f"receipt_{_known(reason)}")
            done = self._store.confirm([*sent.intersection(answer.stored), *refused])
            if not done:
                break  # the node answered, but stored none of these: try again later
            delivered += done
        return delivered


def _known(reason: str) -> Reason:
    """`reason` if the protocol has it: a name of the sender's choice makes no row of its own."""
    try:
        return Reason(reason)
    except ValueError:
        return Reason.BAD_FIELD
