"""The closed list of kinds, with what is fixed about each (protocol page, sections 1, 3 and 4)."""

from dataclasses import dataclass
from enum import StrEnum

KIB = 1024
HOUR_S = 3600

PAYLOAD_MAX_BYTES = 16 * KIB


class Kind(StrEnum):
    """What an envelope is. The kind is part of what is signed."""

    ROOT = "root"
    DELEGATION = "delegation"
    TRUST = "trust"
    POLICY = "policy"
    CLOCK = "clock"
    ASSIGNMENT = "assignment"
    PLAN = "plan"
    OPEN = "open"
    TIME = "time"
    COMMAND = "command"
    ALERT = "alert"
    DRILL = "drill"
    UPDATE = "update"
    CANCEL = "cancel"
    DRILL_CANCEL = "drill-cancel"
    MUTE = "mute"
    DRILL_MUTE = "drill-mute"
    RESUME = "resume"
    TEMPLATE = "template"
    FILL = "fill"
    RECEIPT = "receipt"
    REQUEST = "request"
    PAGE = "page"
    HEAD = "head"


class Nature(StrEnum):
    """Which replay rule holds: state has growing versions, events an id set, expiry and a floor."""

    STATE = "state"
    EVENT = "event"
    ANSWER = "answer"


class TargetType(StrEnum):
    """What the strings in `target` are."""

    PLACES = "places"
    OUTLET = "outlet"
    STATION = "station"
    NODE = "node"


class Signers(StrEnum):
    """Who must have signed."""

    ROOT = "root"
    DELEGATORS = "root, or two registrars"
    REGISTRAR = "one registrar"
    REGISTRAR_OR_ROOT = "one registrar, or root"
    NODE = "node"
    TWO_PERSONS = "two persons"
    ONE_PERSON = "one person"
    FEED = "feed key of the template"
    DEVICE = "device"
    DEVICE_OR_NODE = "device or node"


@dataclass(frozen=True)
class KindRule:
    """What is fixed about a kind. Sizes are of the decoded payload; None means no limit of life."""

    nature: Nature
    target: TargetType
    signers: Signers
    max_bytes: int = PAYLOAD_MAX_BYTES
    max_life_s: int | None = None


_STATE, _EVENT = Nature.STATE, Nature.EVENT
_PLACES, _OUTLET, _NODE = TargetType.PLACES, TargetType.OUTLET, TargetType.NODE

RULES: dict[Kind, KindRule] = {
    Kind.ROOT: KindRule(_STATE, _PLACES, Signers.ROOT),
    Kind.DELEGATION: KindRule(_STATE, _PLACES, Signers.DELEGATORS, max_bytes=4 * KIB),
    Kind.TRUST: KindRule(_STATE, _PLACES, Signers.REGISTRAR_OR_ROOT),
    Kind.POLICY: KindRule(_STATE, _PLACES, Signers.REGISTRAR),
    Kind.CLOCK: KindRule(_EVENT, _PLACES, Signers.ROOT),
    Kind.ASSIGNMENT: KindRule(_STATE, _OUTLET, Signers.NODE),
    Kind.PLAN: KindRule(_STATE, TargetType.STATION, Signers.NODE, max_bytes=256 * KIB),
    Kind.OPEN: KindRule(_STATE, _PLACES, Signers.NODE, max_bytes=32 * KIB),
    Kind.TIME: KindRule(Nature.ANSWER, _OUTLET, Signers.NODE),
    Kind.COMMAND: KindRule(_EVENT, _OUTLET, Signers.NODE, max_life_s=HOUR_S),
    Kind.ALERT: KindRule(_EVENT, _PLACES, Signers.TWO_PERSONS, max_life_s=72 * HOUR_S),
    Kind.DRILL: KindRule(_EVENT, _PLACES, Signers.TWO_PERSONS, max_life_s=2 * HOUR_S),
    Kind.UPDATE: KindRule(_EVENT, _PLACES, Signers.TWO_PERSONS, max_life_s=72 * HOUR_S),
    Kind.CANCEL: KindRule(_EVENT, _PLACES, Signers.TWO_PERSONS),
    Kind.DRILL_CANCEL: KindRule(_EVENT, _PLACES, Signers.TWO_PERSONS),
    Kind.MUTE: KindRule(_EVENT, _PLACES, Signers.ONE_PERSON, max_life_s=HOUR_S),
    Kind.DRILL_MUTE: KindRule(_EVENT, _PLACES, Signers.ONE_PERSON, max_life_s=HOUR_S),
    Kind.RESUME: KindRule(_EVENT, _PLACES, Signers.ONE_PERSON, max_life_s=HOUR_S),
    Kind.TEMPLATE: KindRule(_STATE, _PLACES, Signers.TWO_PERSONS),
    Kind.FILL: KindRule(_EVENT, _PLACES, Signers.FEED, max_life_s=72 * HOUR_S),
    Kind.RECEIPT: KindRule(_EVENT, _NODE, Signers.DEVICE),
    Kind.REQUEST: KindRule(_EVENT, _NODE, Signers.DEVICE_OR_NODE),
    Kind.PAGE: KindRule(_EVENT, _NODE, Signers.NODE, max_bytes=256 * KIB),
    Kind.HEAD: KindRule(_STATE, _NODE, Signers.NODE),
}

CHAIN_KINDS = frozenset({Kind.ROOT, Kind.DELEGATION})

# A person's delegation is for real orders or for drills, never both.
REAL_KINDS = frozenset({Kind.ALERT, Kind.UPDATE, Kind.CANCEL, Kind.MUTE, Kind.TEMPLATE})
DRILL_KINDS = frozenset({Kind.DRILL, Kind.DRILL_CANCEL, Kind.DRILL_MUTE})
# `resume` stands in either; under a drill's delegation it touches drills only.
PERSON_KINDS = REAL_KINDS | DRILL_KINDS | {Kind.RESUME}
NODE_KINDS = frozenset(
    {
        Kind.ASSIGNMENT,
        Kind.PLAN,
        Kind.OPEN,
        Kind.TIME,
        Kind.COMMAND,
        Kind.REQUEST,
        Kind.PAGE,
        Kind.HEAD,
    }
)
REGISTRAR_KINDS = frozenset({Kind.DELEGATION, Kind.TRUST, Kind.POLICY})
