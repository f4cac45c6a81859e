"""Where an order is silenced for a while, from its mutes and resumptions in their order. Pure.

A commune silences in its own villages what a province orders for all (rules.MUTE_S): the order
still sounds everywhere else, and whoever watches it must not read that it stopped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from loa.alerts.rules import MUTE_S
from loa_protocol.paths import inside_any

MUTES = frozenset({"mute", "drill-mute"})
WORDS = MUTES | {"resume"}
"""The kinds that say where there is silence."""


@dataclass(frozen=True, slots=True)
class Word:
    """One mute or resumption: when it was signed, and for which places."""

    kind: str
    made_at: datetime
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """`whole`: nothing of the order sounds, except in `but`. Else it is silent in `parts` only."""

    whole: bool = False
    parts: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


def silence(targets: Sequence[str], words: Iterable[Word], now: datetime) -> Silence:
    """What the words, oldest first, come to at `now`: the newest one over a place counts."""
    silent: list[str] = []
    again: list[str] = []
    for word in words:
        silent = [path for path in silent if not inside_any(path, word.targets)]
        again = [path for path in again if not inside_any(path, word.targets)]
        if word.kind not in MUTES:
            again += [path for path in word.targets if inside_any(path, silent)]
        elif now - word.made_at < timedelta(seconds=MUTE_S):
            silent += word.targets
    if silent and all(inside_any(path, silent) for path in targets):
        return Silence(whole=True, but=tuple(again))
    return Silence(parts=tuple(silent))
