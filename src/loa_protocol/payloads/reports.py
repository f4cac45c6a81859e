"""What devices and nodes report: receipts, requests, pages and heads of the journal."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from loa_protocol.kinds import Kind

from .common import (
    Common,
    Id,
    ItemId,
    Natural,
    Percent,
    Positive,
    Sha256,
    State,
    Time,
    Wire,
    alias,
    type_is_list,
)

RECEIPT_ITEMS_MAX = 64

Result = Literal["accepted", "refused", "played", "interrupted", "muted", "cancelled", "expired"]
Grade = Literal["A", "B", "C", "D"]


# At most a day.
Milliseconds = Annotated[int, Field(ge=0, le=86_400_000)]


class ReceiptItem(Wire):
    """What became of one order or slot. `at` is when that was known.

    `id` is the envelope's id for an order and `item_id` for a programme. For a play: `bulletin`
    and `media` say what, `started` when, `from_ms` and `played_ms` which part of the media was
    heard, `volume_pct` and `level_lufs` (whole LUFS) how loud, `run` (from 1) which segment, when
    a play was interrupted and went on.
    """

    id: ItemId
    result: Result
    at: Time
    reason: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")] | None = None
    grade: Grade | None = None
    level_lufs: Annotated[int, Field(ge=-120, le=20)] | None = None
    bulletin: Id | None = None
    media: Sha256 | None = None
    started: Time | None = None
    from_ms: Milliseconds | None = None
    played_ms: Milliseconds | None = None
    volume_pct: Percent | None = None
    run: Annotated[int, Field(ge=1, le=10_000)] | None = None


class Receipt(Common):
    """The device's signed word. Sent again unchanged until the node has stored it."""

    KIND: ClassVar[Kind] = Kind.RECEIPT

    kind: Literal["receipt"] = "receipt"
    items: Annotated[
        tuple[ReceiptItem, ...],
        type_is_list,
        Field(min_length=1, max_length=RECEIPT_ITEMS_MAX),
    ]


class Request(Common):
    """The proof in an HTTP request's header that its sender has the key."""

    KIND: ClassVar[Kind] = Kind.REQUEST

    kind: Literal["request"] = "request"
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: Annotated[str, Field(pattern=r"^/[!-~]{0,2000}$")]
    body: Sha256


class Page(Common):
    """A part of what a node has to tell the other side of a link: the entries after `from`."""

    KIND: ClassVar[Kind] = Kind.PAGE

    kind: Literal["page"] = "page"
    epoch: Positive
    from_: Natural = alias("from")
    entries: Annotated[tuple[dict[str, Any], ...], type_is_list]


class Head(State):
    """How far a node's own list for the other side of a link goes.

    `size` is the number of the last entry, `root` the chain's hash there (`peer_api.chain_hash`).
    `acked` is the last entry that the other side ever said it has: whoever is told more than it
    remembers was restored from a backup.
    """

    KIND: ClassVar[Kind] = Kind.HEAD

    kind: Literal["head"] = "head"
    epoch: Positive
    size: Natural
    root: Sha256
    acked: Natural | None = None
