"""Decisions about claims and health. Pure."""

import hashlib
from datetime import datetime, timedelta

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


BADNESS = {"silent": 4, "fault": 3, "muted": 2, "alert": 1, "playing": 1, "idle": 0, "": 0}


def worse(one: str, other: str) -> str:
    """The state that the heart strip shows for an hour that saw both."""
    return one if BADNESS.get(one, 0) >= BADNESS.get(other, 0) else other
