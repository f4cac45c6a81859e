"""The one envelope for everything that is signed (protocol page, section 1)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Protocol, Self

from .encoding import b64decode, b64encode, dump_object, parse_object
from .keys import KID_BYTES, SIGNATURE_BYTES, SigningKey
from .kinds import CHAIN_KINDS, KIB, RULES, Kind
from .refusals import Reason, Refused

ENVELOPE_MAX_BYTES = 512 * KIB
CHAIN_MAX_BYTES = 32 * KIB
CHAIN_MAX = 16
SIGNATURES_MAX = 8

_FIELDS = {"v", "kind", "payload", "sigs", "chain"}


class Payload(Protocol):
    """A payload model: it knows the bytes that are signed."""

    def to_bytes(self) -> bytes:
        """UTF-8 JSON."""
        ...


@dataclass(frozen=True)
class Signature:
    """One signature. Whose it is, the delegations say."""

    kid: str
    sig: bytes


@dataclass(frozen=True)
class Envelope:
    """Exact bytes, who signed them, and the documents that give the signers their right."""

    kind: Kind
    payload: bytes
    sigs: tuple[Signature, ...] = ()
    chain: tuple["Envelope", ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Kept: the same few delegations are looked up many times for each order."""
        return hash((self.kind, self.payload, self.sigs, self.chain))

    @cached_property
    def id(self) -> str:
        """Lowercase hex SHA-256 of the payload bytes; signatures do not change it."""
        return hashlib.sha256(self.payload).hexdigest()

    @cached_property
    def signing_input(self) -> bytes:
        """What every signature of this envelope is over."""
        return signing_input(self.kind, self.payload)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The envelope in `data`. Proves only its form; the payload is not looked into.

        Raises Refused: too_large, bad_envelope, bad_version, unknown_kind, bad_chain,
        too_many_signatures, duplicate_signature.
        """
        if len(data) > ENVELOPE_MAX_BYTES:
            raise Refused(Reason.TOO_LARGE, f"envelope of {len(data)} bytes")
        try:
            value = parse_object(data)
        except ValueError as error:
            raise Refused(Reason.BAD_ENVELOPE, str(error)) from error
        return cls.from_value(value)

    @classmethod
    def from_value(cls, value: dict[str, Any]) -> Self:
        """The envelope in a strictly parsed JSON value; the caller has bounded its size.

        Raises as `parse`.
        """
        kind = _head(value)
        payload = _payload(kind, value["payload"])
        sigs = _signatures(value["sigs"])
        return cls(kind, payload, sigs, _members(value["chain"]))

    def to_value(self) -> dict[str, Any]:
        """The envelope as a JSON value, for a message that holds several."""
        return {
            "v": 1,
            "kind": str(self.kind),
            "payload": b64encode(self.payload),
            "sigs": [{"kid": s.kid, "sig": b64encode(s.sig)} for s in self.sigs],
            "chain": [member.to_value() for member in self.chain],
        }

    def to_bytes(self) -> bytes:
        """The bytes that travel."""
        return dump_object(self.to_value())

    def with_chain(self, chain: Iterable["Envelope"]) -> "Envelope":
        """The same signed payload with other supporting documents (without their own chains)."""
        return replace(self, chain=tuple(replace(m, chain=()) for m in chain))


def signing_input(kind: Kind, payload: bytes) -> bytes:
    """The exact bytes under a signature: no signature can mean two things."""
    return b"loa/v1/" + kind.encode() + b"\x00" + payload


def sign(
    kind: Kind,
    payload: Payload | bytes,
    signers: Sequence[SigningKey],
    chain: Iterable[Envelope] = (),
) -> Envelope:
    """A new envelope over `payload`, signed by each of `signers` in turn.

    Raises Refused(too_large), Refused(duplicate_signature), Refused(too_many_signatures).
    """
    data = payload if isinstance(payload, bytes) else payload.to_bytes()
    if len(data) > RULES[kind].max_bytes:
        raise Refused(Reason.TOO_LARGE, f"{kind} payload of {len(data)} bytes")
    envelope = Envelope(kind, data).with_chain(chain)
    for signer in signers:
        envelope = add_signature(envelope, signer)
    return envelope


def add_signature(envelope: Envelope, signer: SigningKey) -> Envelope:
    """The same bytes with one more signature, as the second person adds it."""
    signature = Signature(signer.kid, signer.sign(envelope.signing_input))
    return attach_signature(envelope, signature)


def attach_signature(envelope: Envelope, signature: Signature) -> Envelope:
    """The same bytes with a signature that was made elsewhere (a browser, a token).

    Raises Refused(duplicate_signature), Refused(too_many_signatures).
    """
    if any(known.kid == signature.kid for known in envelope.sigs):
        raise Refused(Reason.DUPLICATE_SIGNATURE, signature.kid)
    if len(envelope.sigs) >= SIGNATURES_MAX:
        raise Refused(Reason.TOO_MANY_SIGNATURES)
    return replace(envelope, sigs=(*envelope.sigs, signature))


def _head(value: dict[str, Any]) -> Kind:
    version = value.get("v")
    if type(version) is not int:
        raise Refused(Reason.BAD_ENVELOPE, "no version")
    if version != 1:
        raise Refused(Reason.BAD_VERSION, str(version))
    if value.keys() != _FIELDS:
        raise Refused(Reason.BAD_ENVELOPE, "fields are not exactly v, kind, payload, sigs, chain")
    kind = value["kind"]
    if not isinstance(kind, str):
        raise Refused(Reason.BAD_ENVELOPE, "kind is not a string")
    try:
        return Kind(kind)
    except ValueError as error:
        raise Refused(Reason.UNKNOWN_KIND, kind[:40]) from error


def _payload(kind: Kind, text: object) -> bytes:
    payload = _bytes(text)
    if len(payload) > RULES[kind].max_bytes:
        raise Refused(Reason.TOO_LARGE, f"{kind} payload of {len(payload)} bytes")
    return payload


def _members(chain: object) -> tuple[Envelope, ...]:
    if not isinstance(chain, list):
        raise Refused(Reason.BAD_ENVELOPE, "chain is not a list")
    if len(chain) > CHAIN_MAX:
        raise Refused(Reason.BAD_CHAIN, f"{len(chain)} members")
    members = []
    size = 0
    for value in chain:
        if not isinstance(value, dict):
            raise Refused(Reason.BAD_CHAIN, "a member is not an object")
        member = _member(value)
        size += len(member.payload)
        if size > CHAIN_MAX_BYTES:
            raise Refused(Reason.TOO_LARGE, "chain payloads")
        members.append(member)
    return tuple(members)


def _member(value: dict[str, Any]) -> Envelope:
    kind = _head(value)
    if kind not in CHAIN_KINDS or value["chain"] != []:
        raise Refused(Reason.BAD_CHAIN, "nested, or neither root nor delegation")
    sigs = value["sigs"]
    if not _are_texts(sigs) or not isinstance(value["payload"], str):
        raise Refused(Reason.BAD_ENVELOPE, "payload or sigs of a member")
    pairs = tuple((item["kid"], item["sig"]) for item in sigs)
    return _decoded_member(kind, value["payload"], pairs)


def _are_texts(sigs: object) -> bool:
    return isinstance(sigs, list) and all(
        isinstance(item, dict)
        and item.keys() == {"kid", "sig"}
        and isinstance(item["kid"], str)
        and isinstance(item["sig"], str)
        for item in sigs
    )


@lru_cache(maxsize=512)
def _decoded_member(kind: Kind, payload: str, sigs: tuple[tuple[str, str], ...]) -> Envelope:
    """A member by its exact text: the same few come with every order."""
    signatures = _signatures([{"kid": kid, "sig": sig} for kid, sig in sigs])
    return Envelope(kind, _payload(kind, payload), signatures)


def _bytes(text: object, length: int | None = None) -> bytes:
    if not isinstance(text, str):
        raise Refused(Reason.BAD_ENVELOPE, "not a string")
    try:
        data = b64decode(text)
    except ValueError as error:
        raise Refused(Reason.BAD_ENVELOPE, str(error)) from error
    if length is not None and len(data) != length:
        raise Refused(Reason.BAD_ENVELOPE, f"not {length} bytes")
    return data


def _signatures(value: object) -> tuple[Signature, ...]:
    if not isinstance(value, list):
        raise Refused(Reason.BAD_ENVELOPE, "sigs is not a list")
    if len(value) > SIGNATURES_MAX:
        raise Refused(Reason.TOO_MANY_SIGNATURES, str(len(value)))
    sigs: dict[str, Signature] = {}
    for item in value:
        if not isinstance(item, dict) or item.keys() != {"kid", "sig"}:
            raise Refused(Reason.BAD_ENVELOPE, "a signature is not exactly kid and sig")
        _bytes(item["kid"], KID_BYTES)
        if item["kid"] in sigs:
            raise Refused(Reason.DUPLICATE_SIGNATURE, item["kid"])
        sigs[item["kid"]] = Signature(item["kid"], _bytes(item["sig"], SIGNATURE_BYTES))
    return tuple(sigs.values())
