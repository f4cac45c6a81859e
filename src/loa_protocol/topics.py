"""MQTT topics (protocol page, section 7)."""

import re
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "loa/1/"
_ID = r"[a-z0-9][a-z0-9-]{0,63}"


class TopicKind(StrEnum):
    """What a topic carries."""

    AREA = "area"
    OPEN = "open"
    PLAN = "plan"
    DO = "do"
    PRESENCE = "presence"
    HEALTH = "health"
    RECEIPT = "receipt"


RETAINED = frozenset({TopicKind.OPEN, TopicKind.PLAN, TopicKind.PRESENCE})


@dataclass(frozen=True)
class Topic:
    """A topic of ours: its kind, and the commune's code, the station or the outlet in it."""

    kind: TopicKind
    subject: str


_FORMS = (
    (re.compile(r"area/([0-9]{5})"), TopicKind.AREA),
    (re.compile(r"area/([0-9]{5})/open"), TopicKind.OPEN),
    (re.compile(rf"station/({_ID})/plan"), TopicKind.PLAN),
    (re.compile(rf"outlet/({_ID})/do"), TopicKind.DO),
    (re.compile(rf"from/({_ID})/presence"), TopicKind.PRESENCE),
    (re.compile(rf"from/({_ID})/health"), TopicKind.HEALTH),
    (re.compile(rf"from/({_ID})/receipt"), TopicKind.RECEIPT),
)


def area(commune: str) -> str:
    """Orders and `clock` for a commune (five digits). Not retained."""
    return f"{PREFIX}area/{commune}"


def area_open(commune: str) -> str:
    """The commune's `open`. Retained."""
    return f"{PREFIX}area/{commune}/open"


def station_plan(station: str) -> str:
    """The hint that a station has a new plan. Retained."""
    return f"{PREFIX}station/{station}/plan"


def outlet_do(outlet: str) -> str:
    """`command` and `assignment` for one outlet. Not retained."""
    return f"{PREFIX}outlet/{outlet}/do"


def presence(outlet: str) -> str:
    """The outlet's presence. Retained, and its will."""
    return f"{PREFIX}from/{outlet}/presence"


def health(outlet: str) -> str:
    """The outlet's health. Not retained."""
    return f"{PREFIX}from/{outlet}/health"


def receipt(outlet: str) -> str:
    """The outlet's signed receipts. Not retained."""
    return f"{PREFIX}from/{outlet}/receipt"


def subscriptions(*, commune: str, station: str, outlet: str) -> tuple[str, str, str, str]:
    """The four topics that a device reads, all at QoS 0."""
    return area(commune), area_open(commune), station_plan(station), outlet_do(outlet)


def writable(outlet: str) -> tuple[str, str, str]:
    """The three topics that this outlet may write, and no other."""
    return presence(outlet), health(outlet), receipt(outlet)


def parse(topic: str) -> Topic | None:
    """What `topic` is, or None if it is not one of ours."""
    if not topic.startswith(PREFIX):
        return None
    rest = topic.removeprefix(PREFIX)
    for form, kind in _FORMS:
        match = form.fullmatch(rest)
        if match is not None:
            return Topic(kind, match.group(1))
    return None
