"""What an attacker holds, and how one of their messages is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from loa_protocol import Channel, Envelope, Kind, SigningKey, new_nonce, sign
from loa_protocol.payloads import Issuer


@dataclass(frozen=True, slots=True)
class Attack:
    """One message, the way it comes in by, and the names under which it may be refused."""

    name: str
    data: bytes
    expected: frozenset[str]
    channel: Channel = Channel.AREA


@dataclass(frozen=True)
class Loot:
    """What has fallen into the attacker's hands, and what was recorded on the line.

    `genuine` is an order in force that devices have accepted; `officers` are the two who signed it
    (their keys stand for a coerced or careless pair: for them only malformed orders are tried),
    `villagers` two with real papers for one commune and no more, `drillers` two with papers for
    drills. `node` is a whole node that was seized. `elsewhere` is a place outside the villagers'.
    """

    genuine: Envelope
    officers: Sequence[SigningKey]
    officer_papers: Sequence[Envelope]
    officer: Issuer
    villagers: Sequence[SigningKey]
    village_papers: Sequence[Envelope]
    villager: Issuer
    drillers: Sequence[SigningKey]
    drill_papers: Sequence[Envelope]
    driller: Issuer
    node: SigningKey
    node_papers: Sequence[Envelope]
    node_issuer: Issuer
    target: str
    elsewhere: str
    now: datetime


def alert_fields(loot: Loot, **other: Any) -> dict[str, Any]:
    """An alert that would be good if the right people signed it."""
    fields = {
        "issuer": loot.officer,
        "target": (loot.target,),
        "issued": loot.now,
        "expires": loot.now + timedelta(hours=1),
        "nonce": new_nonce(),
        "class": 4,
        "hazard": "flood",
        "title": "Lũ giả",
        "text": "Đây là lệnh giả của người tấn công.",
        "languages": ("vi",),
        "siren": "flood",
        "speak_at": loot.now + timedelta(seconds=5),
        "plays": 0,
        "gap_s": 5,
        "map_date": "2026-07-01",
    }
    return {**fields, **other}


def by(
    payload: bytes,
    keys: Sequence[SigningKey],
    papers: Sequence[Envelope],
    kind: Kind = Kind.ALERT,
) -> bytes:
    """The envelope of `payload`, signed with `keys`."""
    return sign(kind, payload, keys, papers).to_bytes()


def one(name: str, data: bytes, *expected: str, channel: Channel = Channel.AREA) -> Attack:
    """An attack and the names under which it may be refused."""
    return Attack(name, data, frozenset(expected), channel)
