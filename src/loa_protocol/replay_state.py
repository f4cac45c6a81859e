"""What a device remembers between envelopes, and one durable change of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from .kinds import Kind
from .mutes import Mutes
from .order_book import Order, Pending

Subject = tuple[Kind, str]

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Version:
    """The newest accepted version of a state document, and its id."""

    version: int
    id: str


@dataclass(frozen=True)
class ReplayState:
    """What a device remembers.

    `seen` maps the ids of accepted events to their expiry; `floor` is the newest `open`'s: no event
    issued before it is accepted; `pending` are cancels whose alert has not come.
    """

    versions: Mapping[Subject, Version] = field(default_factory=lambda: MappingProxyType({}))
    seen: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    floor: datetime | None = None
    clock_serial: int = 0
    orders: Mapping[str, Order] = field(default_factory=lambda: MappingProxyType({}))
    pending: tuple[Pending, ...] = ()
    mutes: Mutes = field(default_factory=Mutes)


@dataclass(frozen=True)
class Changes:
    """One durable commit. None and empty mean unchanged.

    `start` is the id of the envelope whose text may begin to sound because of this: each id at most
    once. `stopped` are the keys of orders that end now. `time_reset` is the root's new floor of
    time. What is to be heard after the commit, `voice` says.
    """

    versions: Mapping[Subject, Version] = field(default_factory=dict)
    seen: Mapping[str, datetime] = field(default_factory=dict)
    floor: datetime | None = None
    clock_serial: int | None = None
    orders: Mapping[str, Order] = field(default_factory=dict)
    pending: tuple[Pending, ...] | None = None
    mutes: Mutes | None = None
    start: str | None = None
    stopped: tuple[str, ...] = ()
    time_reset: datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing changes: the same state document came again."""
        return self == Changes()


def apply(state: ReplayState, changes: Changes) -> ReplayState:
    """The state after a commit of `changes`."""
    return ReplayState(
        versions=_merged(state.versions, changes.versions),
        seen=_merged(state.seen, changes.seen),
        floor=changes.floor if changes.floor is not None else state.floor,
        clock_serial=changes.clock_serial or state.clock_serial,
        orders=_merged(state.orders, changes.orders),
        pending=changes.pending if changes.pending is not None else state.pending,
        mutes=changes.mutes if changes.mutes is not None else state.mutes,
    )


def _merged(old: Mapping[K, V], new: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType({**old, **new}) if new else old
