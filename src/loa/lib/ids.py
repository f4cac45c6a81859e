"""Identities: UUIDv7 (RFC 9562), so that a table's order is the order of its making."""

import secrets
import uuid

from uuid_utils.compat import uuid7

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1: these ids and codes are read aloud at the foot of a pole."""


def new_id() -> uuid.UUID:
    """A fresh UUIDv7."""
    return uuid7()


def short_id(prefix: str, length: int = 10) -> str:
    """A random wire id such as `o-7k2m9qp3xa`; 10 letters hold 49 bits."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def claim_code() -> str:
    """A claim code of 16 letters in groups of four: 79 bits."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))
