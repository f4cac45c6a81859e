"""How a fact is hashed, and how a chain is checked. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from loa_protocol.clock import format_time

GENESIS = "0" * 64
"""What the first fact names as the hash before it."""

Payload = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A fact as it is hashed: everything a reader could rely on."""

    seq: int
    id: UUID
    at: datetime
    actor: str
    place: str
    kind: str
    payload: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold."""

    seq: int
    what: Literal["altered", "removed", "reordered", "cut"]
    detail: str


def encode_payload(payload: Payload) -> str:
    """Canonical JSON text: sorted keys, no spaces, UTF-8 letters kept.

    Raises TypeError for what JSON cannot hold, ValueError for NaN.
    """
    return json.dumps(
        payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def chain_hash(
    *,
    seq: int,
    fact_id: UUID,
    at: datetime,
    actor: str,
    place: str,
    kind: str,
    payload: str,
    previous: str,
) -> str:
    """Lowercase hex SHA-256 over the fields, each preceded by its length so that none can move."""
    digest = hashlib.sha256(b"loa/journal/v1\x00")
    for field in (previous, str(seq), str(fact_id), format_time(at), actor, place, kind, payload):
        data = field.encode()
        digest.update(len(data).to_bytes(4, "big"))
        digest.update(data)
    return digest.hexdigest()


def find_break(entries: Iterable[Entry], *, seq: int = 0, previous: str = GENESIS) -> Break | None:
    """The first altered, removed or reordered entry after (`seq`, `previous`); None if all hold."""
    for entry in entries:
        if entry.seq != seq + 1:
            return Break(seq + 1, "removed", f"sau dòng {seq} là dòng {entry.seq}")
        own = chain_hash(
            seq=entry.seq,
            fact_id=entry.id,
            at=entry.at,
            actor=entry.actor,
            place=entry.place,
            kind=entry.kind,
            payload=entry.payload,
            previous=entry.previous,
        )
        if own != entry.hash:
            moved = entry.previous != previous
            what: Literal["altered", "reordered"] = "reordered" if moved else "altered"
            return Break(entry.seq, what, "nội dung không khớp với mã băm của chính nó")
        if entry.previous != previous:
            return Break(entry.seq, "reordered", "không nối vào dòng đứng trước")
        seq, previous = entry.seq, entry.hash
    return None
