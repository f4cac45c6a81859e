"""Keys: what is weak is refused, and files are for their owner only."""

import hashlib
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from loa_protocol import PublicKey, Reason, SigningKey, b64encode
from tests.protocol.refusing import refusing

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def _add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P
    return x, y


def _point(y: int) -> tuple[int, int] | None:
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    square = u * pow(v, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (x, y) if x * x % P == square else None


def _small_order_ys() -> set[int]:
    """The y of all points of order 1, 2, 4, 8, found by multiplying points by the large order."""
    order = 2**252 + 27742317777372353535851937790883648493
    found = set()
    for start in range(2, 60):
        point = _point(start)
        if point is None:
            continue
        result, base, left = (0, 1), point, order
        while left:
            if left & 1:
                result = _add(result, base)
            base, left = _add(base, base), left >> 1
        for _ in range(8):
            found.add(result[1])
            result = _add(result, result)
    return found


def test_every_key_of_small_order_is_refused() -> None:
    ys = _small_order_ys()
    assert len(ys) == 5
    for y in ys | {y + P for y in ys if y + P < 2**255}:
        for sign in (0, 1 << 255):
            with refusing(Reason.WEAK_KEY):
                PublicKey("ed25519", (y | sign).to_bytes(32, "little"))


@pytest.mark.parametrize("alg", ["ed25519", "p256"])
@pytest.mark.parametrize("length", [0, 31, 33, 64, 66])
def test_a_key_of_another_length_is_refused(alg: str, length: int) -> None:
    with refusing(Reason.WEAK_KEY):
        PublicKey(alg, b"\x04" * length)  # type: ignore[arg-type]


def test_a_point_off_the_curve_is_refused() -> None:
    with refusing(Reason.WEAK_KEY):
        PublicKey("p256", b"\x04" + b"\x01" * 64)


@pytest.mark.parametrize("alg", ["ed25519", "p256"])
def test_a_signature_is_good_for_its_message_and_key_only(alg: str) -> None:
    key, other = SigningKey.generate(alg), SigningKey.generate(alg)  # type: ignore[arg-type]
    signature = key.sign(b"message")
    assert len(signature) == 64
    assert key.public.verify(b"message", signature)
    assert not key.public.verify(b"massage", signature)
    assert not other.public.verify(b"message", signature)
    assert not key.public.verify(b"message", signature[:-1])
    assert not key.public.verify(b"message", bytes(64))
    assert key.kid != other.kid
    assert len(key.kid) == 22


def test_a_kid_is_a_hash_of_algorithm_and_key() -> None:
    for alg in ("ed25519", "p256"):
        public = SigningKey.generate(alg).public
        digest = hashlib.sha256(alg.encode() + b"\x00" + public.raw).digest()
        assert public.kid == b64encode(digest[:16])


@pytest.mark.parametrize("alg", ["ed25519", "p256"])
@pytest.mark.parametrize("passphrase", [None, "mật khẩu"])
def test_a_key_is_saved_for_its_owner_and_comes_back(
    tmp_path: Path, alg: str, passphrase: str | None
) -> None:
    key = SigningKey.generate(alg)  # type: ignore[arg-type]
    path = tmp_path / "key.pem"
    key.save(path, passphrase=passphrase)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKey.load(path, passphrase=passphrase).kid == key.kid
    with pytest.raises(FileExistsError):
        key.save(path)
    with pytest.raises((ValueError, TypeError)):
        SigningKey.load(path, passphrase="khác")


def test_a_raw_seed_is_loaded_and_other_keys_are_not(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    path.write_bytes(bytes(range(32)))
    assert SigningKey.load(path).kid == SigningKey.from_seed(bytes(range(32))).kid
    for private in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())):
        path.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        with pytest.raises(ValueError, match=r"P-256"):
            SigningKey.load(path)


def test_a_signing_key_does_not_print_itself() -> None:
    key = SigningKey.from_seed(b"s" * 32)
    assert "s" * 8 not in repr(key)
    assert key.kid in repr(key)
