"""Who may what: root, delegation, trust, policy, clock, assignment."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from loa_protocol.kinds import Kind

from .common import (
    AlgorithmName,
    Common,
    Id,
    KeyText,
    Kid,
    Natural,
    Path,
    Percent,
    Positive,
    State,
    Time,
    Url,
    Wire,
    alias,
    type_is_list,
)

ROOT_HOLDERS_MAX = 8
REVOKED_MAX = 200


class RootHolder(KeyText):
    """A person who keeps a part of the root."""

    holder: Id


class Root(State):
    """The highest keys. Its hash reaches a device in its image or claim file, never from a node."""

    KIND: ClassVar[Kind] = Kind.ROOT

    kind: Literal["root"] = "root"
    threshold: Positive
    keys: Annotated[
        tuple[RootHolder, ...],
        type_is_list,
        Field(min_length=1, max_length=ROOT_HOLDERS_MAX),
    ]
    # A demo root is recognisable by every verifier: it opens LOA_CLOCK_OFFSET, and every screen
    # says so.
    demo: bool = False

    @model_validator(mode="after")
    def _root(self) -> Self:
        holders = {holder.holder for holder in self.keys}
        if len(holders) != len(self.keys) or len({k.key for k in self.keys}) != len(self.keys):
            raise ValueError("a holder or a key stands twice")
        if not 1 <= self.threshold <= len(holders) or (not self.demo and self.threshold < 2):
            raise ValueError("threshold out of reach, or one person alone outside a demo")
        return self


class Subject(Wire):
    """Whom a delegation is for, and with which key."""

    type: Literal["node", "registrar", "person"]
    id: Id
    alg: AlgorithmName
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43,87}$")]


class Delegation(State):
    """The right of one key to sign some kinds for a place and all below, up to a class."""

    KIND: ClassVar[Kind] = Kind.DELEGATION

    kind: Literal["delegation"] = "delegation"
    subject: Subject
    path: Path
    kinds: Annotated[tuple[str, ...], type_is_list, Field(min_length=1, max_length=32)]
    ceiling: Annotated[int, Field(ge=0, le=5)]
    from_: Time = alias("from")
    to: Time

    @model_validator(mode="after")
    def _delegation(self) -> Self:
        if self.from_ >= self.to:
            raise ValueError("to is not after from")
        if self.subject.type == "node" and self.ceiling != 0:
            raise ValueError("a node has no ceiling")
        if self.subject.type != "node" and self.ceiling == 0:
            raise ValueError("a ceiling of 0 is for nodes")
        if self.target != (self.path,):
            raise ValueError("target is not exactly path")
        return self


class Revoked(Wire):
    """A key that no longer counts; a registrar's delegations count only if issued before."""

    kid: Kid
    since: Time


class PlaceState(State):
    """State whose subject is one place: its only target."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if len(self.target) != 1:
            raise ValueError("exactly one target")
        return self


class Trust(PlaceState):
    """Keys that are revoked, permanently. Lists only grow."""

    KIND: ClassVar[Kind] = Kind.TRUST

    kind: Literal["trust"] = "trust"
    revoked: Annotated[tuple[Revoked, ...], type_is_list, Field(max_length=REVOKED_MAX)]


class Hours(Wire):
    """A part of the day in Vietnam's time (UTC+7, all year), in minutes after midnight."""

    from_min: Annotated[int, Field(ge=0, le=1439)]
    to_min: Annotated[int, Field(ge=1, le=1440)]

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.from_min >= self.to_min:
            raise ValueError("to_min is not after from_min")
        return self


class Policy(PlaceState):
    """What a node's programmes may do here, whatever the node says."""

    KIND: ClassVar[Kind] = Kind.POLICY

    kind: Literal["policy"] = "policy"
    hours: Annotated[tuple[Hours, ...], type_is_list, Field(max_length=16)]
    max_minutes_day: Annotated[int, Field(ge=0, le=1440)]
    programme_max_pct: Percent
    # Below half, alerts would be silenced by paperwork.
    alert_pct: Annotated[int, Field(ge=50, le=100)]
    relays: Annotated[tuple[Url, ...], type_is_list, Field(max_length=64)]


class ClockReset(Common):
    """The root's word on what time it is not before; the only thing that takes time back."""

    KIND: ClassVar[Kind] = Kind.CLOCK

    kind: Literal["clock"] = "clock"
    floor: Time
    serial: Positive


class Urls(Wire):
    """Where a device asks, in order of preference."""

    node: Annotated[tuple[Url, ...], type_is_list, Field(min_length=1, max_length=8)]
    parent: Annotated[tuple[Url, ...], type_is_list, Field(max_length=8)] = ()


class Assignment(State):
    """Which outlet a device is, what it serves, and whom it listens to."""

    KIND: ClassVar[Kind] = Kind.ASSIGNMENT

    kind: Literal["assignment"] = "assignment"
    outlet: Id
    station: Id
    paths: Annotated[tuple[Path, ...], type_is_list, Field(min_length=1, max_length=64)]
    area: Path
    node: Id
    parent: Id | None = None
    urls: Urls

    @model_validator(mode="after")
    def _assignment(self) -> Self:
        if self.area.count("/") != 2:
            raise ValueError("area is not a commune")
        if self.target != (f"outlet:{self.outlet}",):
            raise ValueError("target is another outlet")
        return self


class TimeAnswer(Common):
    """The node's clock. `nonce` is the one the device asked with."""

    KIND: ClassVar[Kind] = Kind.TIME

    kind: Literal["time"] = "time"
    now: Time


class Open(PlaceState):
    """Everything in force in one area. Absence from `orders` stops nothing."""

    KIND: ClassVar[Kind] = Kind.OPEN

    kind: Literal["open"] = "open"
    floor: Time | None = None
    orders: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...],
        type_is_list,
        Field(max_length=400),
    ]
    trust: dict[Path, Natural]
