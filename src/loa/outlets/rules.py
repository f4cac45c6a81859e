"""Decisions about claims and health. Pure."""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from loa.lib.text import fold
from loa.places.rules import distance_km

CLAIM_LIFE = timedelta(hours=24)
TRIES_MAX = 5
LOCK_FOR = timedelta(minutes=15)
SILENT_AFTER = timedelta(minutes=12)
"""Health comes every 5 minutes: after two missed reports an outlet counts as out of contact."""


def claim_hash(code: str) -> str:
    """What is kept of a claim code. Case and dashes do not matter to the person typing."""
    plain = code.lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(b"loa/claim\x00" + plain.encode()).hexdigest()


def is_locked(failures: int) -> bool:
    return failures >= TRIES_MAX


def state_of(*, seen_at: datetime | None, online: bool, reported: str, now: datetime) -> str:
    """One word for the list: `never`, `silent`, or what the device itself reports."""
    if seen_at is None:
        return "never"
    if not online or now - seen_at > SILENT_AFTER:
        return "silent"
    return reported or "idle"


@dataclass(frozen=True, kw_only=True, slots=True)
class HamletCount:
    """The standing outlets of one hamlet (None: of none) in a commune, by what they say."""

    commune: str
    hamlet: object
    people: int | None
    outlets: int
    heard: int
    fresh: int
    trouble: int
    playing: int
    hamlet_path: str = ""

    @property
    def able(self) -> int:
        """Outlets that can sound at this moment: in contact, without fault, not muted."""
        return self.fresh - self.trouble


@dataclass(slots=True)
class AreaTally:
    """The sum over a place; see `AreaCount` for the words."""

    outlets: int = 0
    silent: int = 0
    trouble: int = 0
    playing: int = 0
    never: int = 0
    people_unreached: int = 0
    hamlets_unreached: int = 0
    hamlets_unknown: int = 0

    def add(self, count: HamletCount) -> None:
        self.outlets += count.outlets
        self.silent += count.heard - count.fresh
        self.trouble += count.trouble
        self.playing += count.playing
        self.never += count.outlets - count.heard
        if count.hamlet is not None and count.heard and not count.able:
            self.hamlets_unreached += 1
            self.people_unreached += count.people or 0
            self.hamlets_unknown += count.people is None

    def plus(self, other: "AreaTally") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def tallies(counts: Iterable[HamletCount]) -> dict[str, AreaTally]:
    """The sums for every commune that has outlets and for every place above it."""
    found: dict[str, AreaTally] = {}
    for count in counts:
        parts = count.commune.split("/")
        for depth in range(1, len(parts) + 1):
            found.setdefault("/".join(parts[:depth]), AreaTally()).add(count)
    return found


BADNESS = {"silent": 4, "fault": 3, "muted": 2, "alert": 1, "playing": 1, "idle": 0, "": 0}


def worse(one: str, other: str) -> str:
    """The state that the heart strip shows for an hour that saw both."""
    return one if BADNESS.get(one, 0) >= BADNESS.get(other, 0) else other


def search_text(name: str, code: str = "") -> str:
    """What a search looks in: folded name and code."""
    return f"{fold(name)} {fold(code)}".strip()[:200]


VIETNAM = ((7.0, 23.5), (102.0, 118.0))
"""Latitudes and longitudes between which all of the country lies, its islands included."""

NEAR_KM, NEAR_ISLANDS_KM = 60.0, 700.0
"""How far from its commune's middle a pole may stand. The largest communes reach about 40 km; a
special zone may be an archipelago (Trường Sa, Hoàng Sa)."""


def position_fault(
    point: tuple[float, float], commune: tuple[float, float] | None, *, islands: bool
) -> float | None:
    """None for a position where a pole of the commune may stand; else how many km it is away
    from the commune (infinite where it is not in the country at all)."""
    (south, north), (west, east) = VIETNAM
    if not (south <= point[0] <= north and west <= point[1] <= east):
        return math.inf
    if commune is None:
        return None
    away = distance_km(point, commune)
    return away if away > (NEAR_ISLANDS_KM if islands else NEAR_KM) else None


COMMAND_LIFE = timedelta(minutes=10)
MOVES_WINDOW = timedelta(hours=1)
MOVES_SUSPECT = 6
"""So many changes of address within an hour: two boxes probably share one key. A box that moves
between two lines (4G, cable) changes a few times a day."""


def moved(moves: int, since: datetime | None, now: datetime) -> tuple[int, datetime, bool]:
    """The count of address changes after one more, since when, and whether it just became
    suspicious."""
    if since is None or now - since > MOVES_WINDOW:
        return 1, now, False
    return moves + 1, since, moves + 1 == MOVES_SUSPECT


def command_state(
    *,
    do: str,
    result: str,
    answered: bool,
    expires_at: datetime,
    sent: bool,
    ready: bool,
    now: datetime,
) -> str:
    """Where a command stands: `preparing`, `waiting`, `sent`, `received` (the device has it and
    has not said what came of it), an answer's result, or `expired`. `answered` says whether there
    is more than the word of acceptance."""
    if result and (answered or result != "accepted" or do not in TOLD_LATER):
        return result
    if expires_at <= now:
        return "expired"
    if result:
        return "received"
    if not ready:
        return "preparing"
    return "sent" if sent else "waiting"


TOLD_LATER = frozenset({"self-test", "measure"})
"""Commands whose acceptance is not yet their answer."""


STORE_LEAST_BYTES = 16 << 20


def why_silent(
    *,
    seen_at: datetime | None,
    online: bool,
    report: Mapping[str, Any],
    newest: tuple[int, ...],
    now: datetime,
) -> str:
    """One word for why a device did not answer or was not heard, the likeliest first: never,
    off, horn_off, fault, clock, cache, volume_zero, amplifier_silent, old_software, no_answer.

    `report` is its last health; `newest` the version of the software that this node would give it.
    """
    if seen_at is None:
        return "never"
    if not online or now - seen_at > SILENT_AFTER:
        return "off"
    if report.get("horn_off") is True:
        return "horn_off"
    if report.get("state") == "fault":
        return "fault"
    if "clock_error_ms" not in report:
        return "clock"
    free = report.get("storage_free_bytes")
    if isinstance(free, int) and free < STORE_LEAST_BYTES:
        return "cache"
    if report.get("volume_pct") == 0:
        return "volume_zero"
    if report.get("amplifier_silent") is True:
        return "amplifier_silent"
    if newest > software_version(report.get("software")) > ():
        return "old_software"
    return "no_answer"


def software_version(text: object) -> tuple[int, ...]:
    """The numbers of `loa-player 1.2.3`; empty for what is no such text."""
    said = text if isinstance(text, str) else ""
    found = re.fullmatch(r"loa-player (\d{1,4}(?:\.\d{1,4}){0,3})", said)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def next_code(codes: Sequence[str]) -> str:
    """The code that follows a station's own: `CL07` after `CL06`, `CL01` where there is none yet.

    Empty where the station's codes do not end in a number of up to six digits."""
    numbered = [found for code in codes if (found := re.fullmatch(r"(.*?)([0-9]{1,6})", code))]
    if not numbered:
        return "" if codes else "CL01"
    last = max(numbered, key=lambda one: (int(one[2]), one[1]))
    return f"{last[1]}{int(last[2]) + 1:0{len(last[2])}}"


@dataclass(frozen=True, slots=True)
class CommuneCount:
    """What stands in one commune. `speakers` adds up only what is known: `speakers_known` of the
    clusters say how many loudspeakers they have."""

    stations: int = 0
    ip_stations: int = 0
    boards: int = 0
    pages: int = 0
    zalo: int = 0
    propagandists: int = 0
    clusters: int = 0
    speakers: int = 0
    speakers_known: int = 0
    hamlets: int = 0
    hamlets_covered: int = 0
