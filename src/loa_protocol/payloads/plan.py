"""What a station plays in the next 14 days (protocol page, section 9)."""

import hashlib
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from loa_protocol.clock import format_time
from loa_protocol.kinds import Kind

from .common import (
    Address,
    Id,
    Natural,
    Path,
    Positive,
    Sha256,
    State,
    Time,
    Title,
    Url,
    Wire,
    alias,
    type_is_list,
)

PLAN_ITEMS_MAX = 2000
_ITEM_CONTEXT = "loa/item/v1"


class Span(Wire):
    """From a moment up to, not including, another."""

    from_: Time = alias("from")
    to: Time

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.from_ >= self.to:
            raise ValueError("to is not after from")
        return self


class Media(Wire):
    """A file by its content."""

    sha256: Sha256
    bytes: Positive


class Relay(Wire):
    """Sound from elsewhere: a URL that the policy lists, or an input of the device.

    After `silence_s` without sound the device plays `fallback` for the rest of the slot.
    """

    url: Url | None = None
    input: Id | None = None
    fallback: Sha256
    silence_s: Annotated[int, Field(ge=1, le=600)]

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.url is None) == (self.input is None):
            raise ValueError("exactly one of url and input")
        return self


class JournalHead(Wire):
    """The node's journal when the plan was made, so that a cut tail shows."""

    seq: Natural
    hash: Sha256


class PlanItem(Wire):
    """One slot. `gain_db` is added to the media's level; `only` limits it to some outlets."""

    at: Time
    kind: Literal["media", "relay", "live"]
    class_: Literal["normal", "priority"] = alias("class")
    bulletin: Id
    title: Title
    seconds: Annotated[int, Field(ge=1, le=86400)]
    gain_db: Annotated[int, Field(ge=-60, le=12)]
    only: (
        Annotated[tuple[Address | Path, ...], type_is_list, Field(min_length=1, max_length=500)]
        | None
    ) = None
    media: Media | None = None
    relay: Relay | None = None

    @model_validator(mode="after")
    def _source(self) -> Self:
        if (self.kind == "media") != (self.media is not None):
            raise ValueError("media belongs to an item of kind media, and only to it")
        if (self.kind == "relay") != (self.relay is not None):
            raise ValueError("relay belongs to an item of kind relay, and only to it")
        return self

    @property
    def source(self) -> str:
        """What sounds, as the item's identity names it."""
        if self.media is not None:
            return self.media.sha256
        if self.relay is not None:
            return self.relay.url or f"input:{self.relay.input}"
        return "live"


class Plan(State):
    """One signed document per station."""

    KIND: ClassVar[Kind] = Kind.PLAN

    kind: Literal["plan"] = "plan"
    sessions: Annotated[tuple[Span, ...], type_is_list, Field(max_length=500)]
    quiet: Annotated[tuple[Span, ...], type_is_list, Field(max_length=500)]
    items: Annotated[tuple[PlanItem, ...], type_is_list, Field(max_length=PLAN_ITEMS_MAX)]
    clips: dict[Id, Media]
    journal: JournalHead | None = None

    @property
    def station(self) -> str:
        """The station that the plan is for."""
        return self.target[0].removeprefix("station:")


def item_id(station: str, item: PlanItem) -> str:
    """The identity of a slot over all versions of the plan: 32 lowercase hex digits.

    The first 32 hex digits of the SHA-256 of `loa/item/v1`, station, `at` as the wire writes it
    (without zero milliseconds), bulletin and source (the media's sha256, the relay's URL, `input:`
    with its name, or `live`), joined by one zero byte. A receipt for a programme names it, and a
    device plays one identity at most once.
    """
    parts = (_ITEM_CONTEXT, station, format_time(item.at), item.bulletin, item.source)
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
