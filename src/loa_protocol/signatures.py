"""A memory of signature checks and parsed delegations.

Whether a signature is good never changes; whether its key may speak does, and is judged anew each
time from dates, revocations and the root.
"""

from collections import OrderedDict
from typing import TypeVar, cast

from .envelope import Envelope, Signature
from .keys import PublicKey
from .payloads import Delegation, parse_payload
from .trust import Grant

REMEMBERED_MAX = 2048

K = TypeVar("K")
V = TypeVar("V")


class SignatureCache:
    """Bounded, least recently used out first. One per process; not for several threads at once."""

    def __init__(self, size: int = REMEMBERED_MAX) -> None:
        self._size = size
        self._checks: OrderedDict[tuple[str, str, bytes, bytes], bool] = OrderedDict()
        self._grants: OrderedDict[Envelope, Grant] = OrderedDict()

    def check(self, envelope: Envelope, signature: Signature, key: PublicKey) -> bool:
        """Whether `signature` over `envelope` is by `key`."""
        name = (envelope.kind, envelope.id, signature.sig, key.raw)
        known = self._checks.get(name)
        if known is None:
            known = key.verify(envelope.signing_input, signature.sig)
            _remember(self._checks, name, known, self._size)
        else:
            self._checks.move_to_end(name)
        return known

    def grant(self, envelope: Envelope) -> Grant:
        """The delegation in an envelope of that kind. Raises Refused as `parse_payload`."""
        known = self._grants.get(envelope)
        if known is None:
            doc = cast(Delegation, parse_payload(envelope.kind, envelope.payload))
            known = Grant(envelope, doc)
            _remember(self._grants, envelope, known, self._size)
        else:
            self._grants.move_to_end(envelope)
        return known


def _remember(memory: OrderedDict[K, V], key: K, value: V, size: int) -> None:
    memory[key] = value
    if len(memory) > size:
        memory.popitem(last=False)
