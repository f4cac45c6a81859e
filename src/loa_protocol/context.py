"""What a verification is given and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Self

from .envelope import Envelope
from .kinds import Kind
from .payloads import Assignment, Common, Template
from .signatures import SignatureCache
from .trust import TrustState

ORDER_KINDS = frozenset(
    {
        Kind.ALERT,
        Kind.DRILL,
        Kind.UPDATE,
        Kind.CANCEL,
        Kind.DRILL_CANCEL,
        Kind.MUTE,
        Kind.DRILL_MUTE,
        Kind.RESUME,
        Kind.FILL,
    }
)
_LINK = frozenset({Kind.REQUEST, Kind.PAGE, Kind.HEAD})
_LASTING = frozenset({Kind.ROOT, Kind.DELEGATION, Kind.TRUST})


class Channel(Enum):
    """A way in, with the kinds that may come by it."""

    AREA = ORDER_KINDS | {Kind.CLOCK}
    OPEN = frozenset({Kind.OPEN})
    OUTLET = frozenset({Kind.COMMAND, Kind.ASSIGNMENT})
    TIME = frozenset({Kind.TIME})
    TRUST = _LASTING | {Kind.ASSIGNMENT}
    POLICY = frozenset({Kind.POLICY, Kind.TEMPLATE})
    PLAN = frozenset({Kind.PLAN})
    LINK = ORDER_KINDS | _LASTING | {Kind.CLOCK, Kind.TEMPLATE, Kind.POLICY} | _LINK


@dataclass(frozen=True)
class Receiver:
    """The device that verifies, as its assignment describes it.

    Before the first assignment it has no station, area or paths, and `node` is the node that
    enrolled it or that its claim file names.
    """

    outlet: str
    node: str
    parent: str | None = None
    station: str | None = None
    area: str | None = None
    paths: tuple[str, ...] = ()

    @classmethod
    def of(cls, doc: Assignment) -> Self:
        """The device of an accepted assignment."""
        return cls(doc.outlet, doc.node, doc.parent, doc.station, doc.area, doc.paths)


@dataclass(frozen=True)
class StoredTemplate:
    """An accepted template with the envelope that it came in (chain included)."""

    envelope: Envelope
    doc: Template


@dataclass(frozen=True)
class Context:
    """Who verifies, what it knows, and what time it is.

    `now` is trusted time, or before any time answer the greater of clock and stored floor with
    `time_known` false. Without a `receiver` nothing is refused as not being for it: nodes and tools
    check what they pass on. `templates` by `fills.template_key`. The cache is shared between
    verifications.
    """

    trust: TrustState
    now: datetime
    cache: SignatureCache
    receiver: Receiver | None = None
    time_known: bool = True
    templates: Mapping[str, StoredTemplate] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Verified:
    """A payload whose signers may say it, to this receiver, now. Replay is judged next.

    `trust` is what is known afterwards (new roots, delegations, revocations): it belongs into the
    same durable commit as the envelope's effect. `ceiling` is the highest class for which all
    signers together may speak. `drill` says that only drill delegations were used. `alarms` are to
    be reported.
    """

    envelope: Envelope
    payload: Common
    trust: TrustState
    signers: tuple[str, ...] = ()
    ceiling: int = 0
    drill: bool = False
    alarms: frozenset[str] = frozenset()
