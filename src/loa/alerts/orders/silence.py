"""Where an order is silenced for a while, from its mutes and resumptions in their order. Pure.

A commune silences in its own villages what a province orders for all (rules.MUTE_S): the order
still sounds everywhere else, and whoever watches it must not read that it stopped. Until when is
counted as devices count it: an alert keeps silent for ten minutes in all (protocol, section 4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from loa.alerts.rules import MUTE_S
from loa_protocol.mutes import Mutes
from loa_protocol.paths import inside, inside_any
from loa_protocol.refusals import Refused

MUTES = frozenset({"mute", "drill-mute"})
WORDS = MUTES | {"resume"}
"""The kinds that say where there is silence."""


@dataclass(frozen=True, slots=True)
class Word:
    """One mute or resumption: when it was signed, for which places, by whom, for how long.
    `alert` names another order than the one in hand: it only uses up its person's time."""

    kind: str
    made_at: datetime
    targets: tuple[str, ...]
    person: str = ""
    seconds: int = MUTE_S
    alert: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """`whole`: nothing of the order sounds, except in `but`. Else it is silent in `parts` only.
    `until`: when the first of these places sounds again; None where none is silent."""

    whole: bool = False
    parts: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    until: datetime | None = None


def silence(targets: Sequence[str], words: Iterable[Word], now: datetime) -> Silence:
    """What the words, oldest first, come to at `now`."""
    said = list(words)
    ends = {path: silent_until(path, said, now) for path in targets}
    inner = dict.fromkeys(
        path
        for word in said
        for path in word.targets
        if not word.alert and path not in ends and any(inside(path, target) for target in targets)
    )
    within = {path: silent_until(path, said, now) for path in inner}
    silent = {path: end for path, end in {**ends, **within}.items() if end is not None}
    if targets and all(inside_any(path, silent) for path in targets):
        again = tuple(path for path, end in within.items() if end is None)
        first = min(end for path, end in ends.items() if end is not None)
        return Silence(whole=True, but=again, until=first)
    widest = [
        path
        for path in silent
        if not any(other != path and inside(path, other) for other in silent)
    ]
    return Silence(parts=tuple(widest), until=min(silent.values(), default=None))


def silent_until(place: str, words: Sequence[Word], now: datetime) -> datetime | None:
    """When the silence of a place ends; None where it is not silent at `now`."""
    mutes = Mutes()
    for word in words:
        if not inside_any(place, word.targets):
            continue
        if word.kind not in MUTES:
            mutes = mutes.resume((word.alert,), word.made_at)
            continue
        try:
            mutes = mutes.mute((word.alert,), word.person, word.seconds, word.made_at)
        except Refused:
            continue  # the order's ten minutes or the person's twenty are used up
    known = mutes.alerts.get("")
    until = None if known is None else known.until
    return until if until is not None and until > now else None


def would_silence(places: Sequence[str], words: Sequence[Word], mute: Word) -> bool:
    """Whether any of the places is silent after `mute`: where the ten minutes are used up, devices
    refuse it."""
    said = [*words, mute]
    return any(silent_until(place, said, mute.made_at) is not None for place in places)
