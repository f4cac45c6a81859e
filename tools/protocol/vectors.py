"""Test vectors: what every implementation must accept, and what it must refuse by which name."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from loa_protocol import (
    Channel,
    Envelope,
    Kind,
    Reason,
    Receiver,
    Signature,
    SigningKey,
    attach_signature,
    format_time,
    sign,
)
from loa_protocol.encoding import b64encode
from tools.protocol.world import NOW, PROVINCE, World, key_named

NAMES = (
    *("h1", "h2", "h3", "h4", "r1", "r2", "p1", "p2", "v1", "v2", "d1", "d2"),
    *("node24", "centre", "o1", "feed", "feed2", "node31"),
)


@dataclass(frozen=True)
class Vector:
    """One thing that arrives. `before` are things that the device has accepted already;
    `padded_to` is the size in bytes to which spaces fill the text up."""

    name: str
    data: bytes
    way: str
    reason: Reason | None = None
    now: datetime = NOW
    time_known: bool = True
    before: tuple["Vector", ...] = ()
    receiver: Receiver | None = field(default_factory=lambda: World().receiver())
    key: str | None = None
    padded_to: int | None = None

    def value(self) -> dict[str, Any]:
        """The vector as it is written."""
        written: dict[str, Any] = {
            "name": self.name,
            "way": self.way,
            "now": format_time(self.now),
            "time_known": self.time_known,
            "receiver": None if self.receiver is None else vars(self.receiver),
            "expect": str(self.reason) if self.reason else "accepted",
        }
        if self.padded_to:
            written["padded_to"] = self.padded_to
        if self.key:
            written["signed_by"] = self.key
        if self.before:
            written["before"] = [vector.value() for vector in self.before]
        try:
            written["text"] = self.data.decode()
        except UnicodeDecodeError:
            written["base64url"] = b64encode(self.data)
        return written


def good(name: str, envelope: Envelope, channel: Channel, **more: Any) -> Vector:
    """A vector that is accepted."""
    return Vector(name, envelope.to_bytes(), channel.name.lower(), **more)


def bad(
    reason: Reason,
    name: str,
    envelope: Envelope | bytes,
    channel: Channel = Channel.AREA,
    **more: Any,
) -> Vector:
    """A vector that is refused."""
    data = envelope if isinstance(envelope, bytes) else envelope.to_bytes()
    return Vector(name, data, channel.name.lower(), reason, **more)


def changed(envelope: Envelope, **fields: Any) -> bytes:
    """An envelope's text with some of its fields replaced."""
    return json.dumps({**envelope.to_value(), **fields}, separators=(",", ":")).encode()


def resigned(envelope: Envelope, *signers: str, **fields: Any) -> Envelope:
    """The same payload with some fields replaced (None takes one away), signed anew."""
    value = {**json.loads(envelope.payload), **fields}
    text = json.dumps({k: v for k, v in value.items() if v is not None}, ensure_ascii=False)
    keys = [key_named(name) for name in signers or ("p1", "p2")]
    return sign(envelope.kind, text.encode(), keys, envelope.chain)


def raw(world: World, payload: bytes, kind: Kind = Kind.ALERT) -> Envelope:
    """Any bytes, well signed."""
    return sign(kind, payload, [key_named("p1"), key_named("p2")], world.officers)


def p256_officer(world: World) -> Envelope:
    """An alert of which a browser signed one half with P-256 (deterministic, RFC 6979)."""
    private = ec.derive_private_key(0x10A, ec.SECP256R1())
    key = SigningKey(private)
    chain = (*world.registrars, world.person("p1", PROVINCE, key=key), world.officers[3])
    envelope = sign(Kind.ALERT, world.alert_doc(), [key_named("p2")], chain)
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(private.sign(envelope.signing_input, algorithm))
    return attach_signature(envelope, Signature(key.kid, r.to_bytes(32) + s.to_bytes(32)))


def document() -> dict[str, Any]:
    """All vectors with the world that they live in."""
    from tools.protocol import accepted, bounds, refused, standing

    world = World()
    makers = (accepted, refused, standing, bounds)
    vectors = [vector for maker in makers for vector in maker.vectors(world)]
    names = [vector.name for vector in vectors]
    if len(set(names)) != len(names):
        raise ValueError("two vectors have one name")
    return {
        "about": (
            "TEST KEYS: their seeds are public. Never trust them. Each vector stands alone: begin "
            "with `root`, accept what is in `before`, then judge the vector. With `padded_to`, "
            "spaces follow `text` until it has so many bytes."
        ),
        "anchor": world.root.id,
        "root": world.root.to_value(),
        "keys": {name: _key(name) for name in NAMES},
        "vectors": [vector.value() for vector in vectors],
    }


def _key(name: str) -> dict[str, str]:
    key = key_named(name)
    return {
        "alg": key.public.alg,
        "seed_is_sha256_of": f"loa test key {name}",
        "key": key.public.text,
        "kid": key.kid,
    }
