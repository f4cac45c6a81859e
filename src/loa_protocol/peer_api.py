"""The HTTPS side between nodes: addresses, bodies, entries and their chain.

The node below always makes the connection. It pulls what is meant for it and pushes what it has to
tell, both as signed pages of numbered entries; each side keeps a cursor. Every request carries a
`Loa-Request` envelope signed with the sender's node key, chain included, so that the other side can
judge it by the root alone.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from .clock import Clock
from .encoding import b64encode
from .envelope import Envelope, sign
from .keys import SigningKey
from .kinds import Kind
from .paths import node_address
from .payloads import Issuer, Request, Wire, new_nonce
from .payloads.common import Id, Natural, Path, Positive, Sha256, Time, type_is_list

JOIN = "/peer/v1/join"
CURSOR = "/peer/v1/cursor"
PULL = "/peer/v1/pull"
PUSH = "/peer/v1/push"
MEDIA = "/peer/v1/media/"

WAIT_MAX_S = 50
ENTRIES_MAX = 1000
PAGE_ENTRIES_BYTES = 192 * 1024
"""Entries of one page together; one entry alone never has more than ENTRY_MAX_BYTES."""
ENTRY_MAX_BYTES = 128 * 1024
ANSWER_MAX_BYTES = 640 * 1024
"""A page's envelope and a head's in one message, before compression."""
PAGE_LIFE = timedelta(minutes=10)
REQUEST_LIFE = timedelta(minutes=5)
GENESIS = "0" * 64
MARKS_MAX = 64

EnvelopeValue = dict[str, Any]
Software = Annotated[str, Field(pattern=r"^[ -~]{1,64}$")]
FactKind = Annotated[str, Field(pattern=r"^[a-z]+(\.[a-z_]+)+$", max_length=60)]


class Entry(Wire):
    """One fact for the other side. `id` is the fact's own: the same id twice has no second effect.

    `schema` is the version of `body`'s form; `place` where it belongs. A receiver that does not
    know `kind` or `schema` keeps the entry and passes over it, unless `crit` is true: then it stops
    there.
    """

    seq: Positive
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    at: Time
    kind: FactKind
    schema_: Annotated[int, Field(ge=1, validation_alias="schema", serialization_alias="schema")]
    place: Path
    crit: bool | None = None
    body: dict[str, Any]


class Mark(Wire):
    """What somebody holds at one number: the chain's hash there."""

    seq: Natural
    hash: Sha256


class Cursor(Wire):
    """How far the asker has the other side's list.

    `marks` name hashes further back, closer together near the end, so that after a restore the last
    common entry is found in one exchange. `head` is the newest head that the other side signed: its
    own word for how far it once was.
    """

    epoch: Natural
    seq: Natural
    hash: Sha256
    marks: Annotated[tuple[Mark, ...], type_is_list, Field(max_length=MARKS_MAX)] = ()
    head: EnvelopeValue | None = None


class Join(Wire):
    """POST /peer/v1/join: a node shows the single-use code that the node above gave out."""

    code: Annotated[str, Field(min_length=1, max_length=100)]
    software: Software


class Joined(Wire):
    """200: the node above signs its head for the new link; `software` is its version."""

    head: EnvelopeValue
    software: Software


class Pull(Wire):
    """POST /peer/v1/pull: the entries after the cursor; waits up to `wait_s` where there are
    none."""

    cursor: Cursor
    wait_s: Annotated[int, Field(ge=0, le=WAIT_MAX_S)] = 0
    software: Software


class Told(Wire):
    """200 of a pull, and the body of a push: the sender's head and the next page, if any."""

    head: EnvelopeValue
    page: EnvelopeValue | None = None
    software: Software


class Asked(Wire):
    """POST /peer/v1/cursor: where does the other side stand in my list? Nothing else."""

    software: Software


class Standing(Wire):
    """200 of a cursor request and of a push: how far the answerer has the asker's list now."""

    cursor: Cursor
    software: Software


class Fault(Wire):
    """Every error: the name of the refusal, and where it helps, about what."""

    error: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    detail: Annotated[str, Field(max_length=200)] | None = None


def entry_text(entry: dict[str, Any]) -> str:
    """An entry's canonical text without its number: sorted keys, no spaces, letters kept."""
    bare = {key: value for key, value in entry.items() if key != "seq"}
    return json.dumps(
        bare, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def chain_hash(previous: str, seq: int, text: str) -> str:
    """The chain's hash at entry `seq`: over the one before, the number and the canonical text."""
    digest = hashlib.sha256(b"loa/link/v1\x00")
    for field in (previous.encode(), str(seq).encode(), text.encode()):
        digest.update(len(field).to_bytes(4, "big"))
        digest.update(field)
    return digest.hexdigest()


def mark_numbers(seq: int) -> list[int]:
    """At which numbers a cursor at `seq` shows its hashes: 1, 2, 4 ... entries back, and 0."""
    found: list[int] = []
    back = 1
    while back <= seq and len(found) < MARKS_MAX - 1:
        found.append(seq - back)
        back *= 2
    if not found or found[-1] != 0:
        found.append(0)
    return found


def sign_request(
    key: SigningKey,
    *,
    issuer: Issuer,
    chain: tuple[Envelope, ...],
    node: str,
    method: Literal["GET", "POST"],
    path: str,
    body: bytes,
    clock: Clock,
) -> str:
    """The `Loa-Request` header of a node's request to `node`; `body` as it is sent."""
    now: datetime = clock.now()
    payload = Request(
        issuer=issuer,
        target=(node_address(node),),
        issued=now,
        expires=now + REQUEST_LIFE,
        nonce=new_nonce(),
        method=method,
        path=path,
        body=hashlib.sha256(body).hexdigest(),
    )
    return b64encode(sign(Kind.REQUEST, payload, [key], chain).to_bytes())


__all__ = [
    "ANSWER_MAX_BYTES",
    "CURSOR",
    "ENTRIES_MAX",
    "ENTRY_MAX_BYTES",
    "GENESIS",
    "JOIN",
    "MEDIA",
    "PAGE_ENTRIES_BYTES",
    "PAGE_LIFE",
    "PULL",
    "PUSH",
    "WAIT_MAX_S",
    "Asked",
    "Cursor",
    "Entry",
    "Fault",
    "Id",
    "Join",
    "Joined",
    "Mark",
    "Pull",
    "Standing",
    "Told",
    "chain_hash",
    "entry_text",
    "mark_numbers",
    "sign_request",
]
