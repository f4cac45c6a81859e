"""How the broker is, as the gateway last saw it: for the console and the commands.

Kept in the cache that all processes share. It is a passing state and no fact; what happened to the
store (`STORE_RENEWED`) is one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

from loa.lib import clock

_STORE, _RENEWED, _LOUD = "broker:store", "broker:renewed", "broker:loud"
KEPT_S = 86_400
ALARM_SHARE = 0.5
"""Retained messages of ten thousand devices need less than a tenth of the store."""
LOUD_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class StoreState:
    """Bytes that the broker keeps, and may keep."""

    used_bytes: int
    most_bytes: int

    @property
    def share(self) -> float:
        """How much of the store is used, 0 to 1."""
        return self.used_bytes / self.most_bytes if self.most_bytes > 0 else 0.0


@dataclass(frozen=True, slots=True)
class BrokerAlarm:
    """What an administrator must know: `filling` with the share in per cent, `renewed` when the
    store was full and was made anew, `loud` with the outlets that say more than their quota."""

    filling_pct: int
    renewed_at: datetime | None
    loud: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.filling_pct or self.renewed_at or self.loud)


def store_note(state: StoreState, now: datetime) -> None:
    """The broker has said how full its store is."""
    cache.set(_STORE, (state.used_bytes, state.most_bytes, now), KEPT_S)


def store_state() -> StoreState | None:
    """What the broker said last; None where it did not within a minute."""
    found = cache.get(_STORE)
    if found is None or clock.now() - found[2] > timedelta(minutes=1):
        return None
    return StoreState(found[0], found[1])


def renewed_note(now: datetime) -> None:
    """The store was full and was made anew."""
    cache.set(_RENEWED, now, KEPT_S)


def loud_note(outlets: dict[str, int], now: datetime) -> None:
    """These outlets said more than their quota just now."""
    known: dict[str, datetime] = cache.get(_LOUD) or {}
    kept = {name: at for name, at in known.items() if now - at < LOUD_FOR}
    cache.set(_LOUD, kept | dict.fromkeys(list(outlets)[:100], now), KEPT_S)


def alarm() -> BrokerAlarm:
    """What is wrong with the broker now; false where nothing is."""
    state, now = store_state(), clock.now()
    loud: dict[str, datetime] = cache.get(_LOUD) or {}
    return BrokerAlarm(
        filling_pct=round(100 * state.share) if state and state.share >= ALARM_SHARE else 0,
        renewed_at=cache.get(_RENEWED),
        loud=tuple(sorted(name for name, at in loud.items() if now - at < LOUD_FOR)),
    )
