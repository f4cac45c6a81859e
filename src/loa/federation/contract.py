"""What may travel over a link: one `Exchange` per kind of fact and direction.

Add one: write its schema (a `Body`), an exporter and a handler in a file of `exchanges/`, and name
it in `registry.EXCHANGES`. Nothing that is not named there leaves the node or is acted on. What a
schema does not have a field for cannot leave either; a field that holds personal data is named in
the schema's `PERSONAL`, or a test refuses it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from pydantic import model_validator

from loa.federation.refusals import Fault
from loa.journal.services import Recorded
from loa_protocol.paths import inside_any
from loa_protocol.payloads import Wire
from loa_protocol.refusals import Reason


class Direction(StrEnum):
    """Which way a fact travels: from the node above, or up to it."""

    DOWN = "down"
    UP = "up"


class Body(Wire):
    """The form of one kind of fact on the way. Integers, strings, lists and objects only."""

    PERSONAL: ClassVar[frozenset[str]] = frozenset()
    """Fields that hold personal data. Only they may, and only where the law asks for them."""

    @model_validator(mode="before")
    @classmethod
    def _no_nul(cls, value: Any) -> Any:
        """A database may not take it, and nobody writes it."""
        if _has_nul(value):
            raise ValueError("a NUL character")
        return value


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(_has_nul(one) for pair in value.items() for one in pair)
    return isinstance(value, list | tuple) and any(_has_nul(one) for one in value)


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side as exporters and handlers see it. `path` is its place as it is called today;
    `former` are names it had before a reorganisation of units: what was said under them counts."""

    link: UUID
    node: str
    path: str
    below: bool
    former: tuple[str, ...] = ()

    def covers(self, place: str) -> bool:
        """Whether a place is the other side's own, or inside it."""
        return inside_any(place, (self.path, *self.former))


@dataclass(frozen=True, slots=True)
class File:
    """A file that an entry names."""

    sha256: str
    bytes: int
    mime: str
    ms: int | None = None


@dataclass(frozen=True, slots=True)
class Outward:
    """What an exporter makes of a fact: for whom, where it belongs, and what is said.

    `audience`: it goes to links whose place is inside one of these paths, or around one. `fact` is
    the id under which it counts once; by default the journal fact's own.
    """

    place: str
    body: Body
    audience: tuple[str, ...] = ("vn",)
    media: tuple[File, ...] = ()
    fact: UUID | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """An entry of the other side, its body read by the schema.

    `again` says that this node had taken it before it was restored from a backup: what it asks for
    is kept, but nothing is aired a second time for it.
    """

    peer: Peer
    fact: UUID
    at: datetime
    place: str
    body: Any
    again: bool = False


class Waits(Exception):
    """The handler needs something that is not here yet; the entry waits, visibly, and is tried
    again when something else has come."""


class NotTaken(Exception):
    """The handler refuses the entry for good, by name."""

    def __init__(self, reason: Fault | Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


Export = Callable[[Recorded, Peer], Iterable[Outward]]
Handle = Callable[[Arrived], None]
HandleMany = Callable[[Sequence[Arrived]], None]
FilesOf = Callable[[Any], Iterable[File]]
Summarise = Callable[[Peer, datetime | None], Iterable[tuple[str, Callable[[], Outward]]]]
"""What changed in tables since a moment (None: ever), each under a subject of its own, and what
makes the summary of it: one that cannot be made does not keep the others from being told."""


def _no_files(body: Any) -> Iterable[File]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One kind of fact in one direction.

    `facts` are the journal's kinds that `export` is asked about; `summarise` is asked every few
    seconds instead, for what has tables and no facts. `handle` acts on one entry in a transaction
    of its own, or `handle_many` on a run of them in one. `files` are what must be here, fetched by
    hash and checked, before `handle` is called. `critical`: a receiver that does not know it stops
    the link. `first`: acted on before whatever else waits in the mailbox, for lives may hang on it.
    In every case the entry's place must be inside the sender's own place.
    """

    kind: str
    direction: Direction
    schema: type[Body]
    version: int = 1
    critical: bool = False
    first: bool = False
    facts: frozenset[str] = frozenset()
    export: Export | None = None
    summarise: Summarise | None = None
    handle: Handle | None = None
    handle_many: HandleMany | None = None
    files: FilesOf = field(default=_no_files)
