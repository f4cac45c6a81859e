"""Keys and signatures: Ed25519, and for officers' browsers also ECDSA P-256 with SHA-256.

A key's algorithm stands with the key, in a delegation; a message never says how it is to be
checked.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from .encoding import b64decode, b64encode
from .refusals import Reason, Refused

Algorithm = Literal["ed25519", "p256"]

SIGNATURE_BYTES = 64
KID_BYTES = 16

_P = 2**255 - 19
# The y coordinates of the points of order 1, 2, 4 and 8 (RFC 7748, section 7, warns of them).
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _P - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    }
)


def kid_of(alg: str, raw: bytes) -> str:
    """The short name of a key, fit for use or not."""
    return b64encode(hashlib.sha256(alg.encode() + b"\x00" + raw).digest()[:KID_BYTES])


@dataclass(frozen=True)
class PublicKey:
    """A key that signatures are checked with.

    Raises Refused(weak_key) for a wrong length, a point that is not on the curve (p256), a point of
    small order or a second spelling of a point (ed25519).
    """

    alg: Algorithm
    raw: bytes

    def __post_init__(self) -> None:
        if self.alg == "ed25519":
            _check_ed25519(self.raw)
        elif len(self.raw) != 65 or self.raw[0] != 4:
            raise Refused(Reason.WEAK_KEY, "p256 key is not 65 bytes 04, X, Y")
        else:
            _ = self._p256

    @classmethod
    def from_text(cls, alg: Algorithm, key: str) -> Self:
        """From the wire's two fields. Raises Refused(weak_key)."""
        try:
            raw = b64decode(key)
        except ValueError as error:
            raise Refused(Reason.WEAK_KEY, str(error)) from error
        return cls(alg, raw)

    @property
    def text(self) -> str:
        """The key as the wire writes it."""
        return b64encode(self.raw)

    @cached_property
    def kid(self) -> str:
        """The key's short name: it finds a key, and proves nothing."""
        return kid_of(self.alg, self.raw)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) was made over exactly `message` with this key."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            if self.alg == "ed25519":
                self._ed25519.verify(signature, message)
            else:
                r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
                self._p256.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    @cached_property
    def _ed25519(self) -> ed25519.Ed25519PublicKey:
        return ed25519.Ed25519PublicKey.from_public_bytes(self.raw)

    @cached_property
    def _p256(self) -> ec.EllipticCurvePublicKey:
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.raw)
        except ValueError as error:
            raise Refused(Reason.WEAK_KEY, "not a point of P-256") from error


class SigningKey:
    """A private key. It never prints itself."""

    def __init__(self, private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self.public = _public_of(private)

    @classmethod
    def generate(cls, alg: Algorithm = "ed25519") -> Self:
        """A new key from the system's random source."""
        if alg == "ed25519":
            return cls(ed25519.Ed25519PrivateKey.generate())
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The Ed25519 key of a 32-byte seed. Raises ValueError for another length."""
        return cls(ed25519.Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def load(cls, path: Path, *, passphrase: str | None = None) -> Self:
        """The key in a PEM file (PKCS #8), or in a file of 32 raw bytes (Ed25519).

        Raises OSError if it cannot be read, ValueError or TypeError if it is another thing or the
        passphrase is wrong or missing.
        """
        data = path.read_bytes()
        if len(data) == 32:
            return cls.from_seed(data)
        secret = passphrase.encode() if passphrase is not None else None
        private = serialization.load_pem_private_key(data, secret)
        if isinstance(private, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
            return cls(private)
        raise ValueError("neither an Ed25519 nor a P-256 key")

    def save(self, path: Path, *, passphrase: str | None = None) -> None:
        """Write the key as PEM to a new file that only its owner may read, and make it durable.

        Raises FileExistsError: a key is never overwritten.
        """
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase is not None:
            encryption = serialization.BestAvailableEncryption(passphrase.encode())
        pem = self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())

    @property
    def kid(self) -> str:
        """The short name of the public half."""
        return self.public.kid

    def sign(self, message: bytes) -> bytes:
        """64 bytes over `message`. Envelopes make the message; sign nothing else with a Loa key."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.sign(message)
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def __repr__(self) -> str:
        return f"SigningKey({self.public.alg}, {self.kid})"


def _check_ed25519(raw: bytes) -> None:
    if len(raw) != 32:
        raise Refused(Reason.WEAK_KEY, "ed25519 key is not 32 bytes")
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _P or y in _SMALL_ORDER_Y:
        raise Refused(Reason.WEAK_KEY, "ed25519 key of small order, or not canonical")


def _public_of(
    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey,
) -> PublicKey:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return PublicKey("ed25519", private.public_key().public_bytes_raw())
    if not isinstance(private.curve, ec.SECP256R1):
        raise ValueError("an elliptic curve key that is not P-256")
    raw = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return PublicKey("p256", raw)
