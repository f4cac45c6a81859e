"""How plays are summed up. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

GRADES = "ABCD"
SILENT_LUFS = -60
"""What measures no more than this is silence."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Outlets by what became of a bulletin there. Grades are kept apart, never added up."""

    planned: int
    played: dict[str, int]
    failed: int

    @property
    def sounded(self) -> int:
        return sum(self.played.values())


def outlet_result(results: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """One (result, grade) for an outlet from all its (result, grade) rows: the best proof wins."""
    best = ("", "")
    for result, grade in results:
        if (
            (result == "played" and (best[0] != "played" or (grade or "Z") < (best[1] or "Z")))
            or not best[0]
            or (best[0] != "played" and result == "interrupted")
        ):
            best = (result, grade)
    return best


def is_silent(level_lufs: float | None, volume_pct: int | None) -> bool:
    """Whether a play cannot have been heard: volume 0, or nothing but silence was sent."""
    return volume_pct == 0 or (level_lufs is not None and level_lufs <= SILENT_LUFS)


def is_item_id(text: str) -> bool:
    return len(text) in {32, 64} and all(letter in "0123456789abcdef" for letter in text)


class Doubt(StrEnum):
    """Why what a receipt says cannot be true."""

    PLACE = "place"
    FUTURE = "future"
    TOO_OLD = "too_old"
    ORDER = "order"
    UNPLANNED = "unplanned"
    REACH = "reach"
    MEDIA = "media"
    OFF_SLOT = "off_slot"
    TOO_LONG = "too_long"
    GRADE = "grade"
    RUN = "run"


CLOCK_AHEAD, CLOCK_BEHIND = timedelta(minutes=10), timedelta(days=1)
"""How far a device's clock may be off before its times are no times."""
LENGTH_TOLERANCE_MS, SPAN_TOLERANCE_MS = 3_000, 30_000
EARLY, LATE = timedelta(minutes=1), timedelta(hours=1)
"""A play begins at its slot; one that was interrupted goes on for up to an hour after its end."""
RUNS_MAX = 20
GRADE_BEST = {"speaker": "B", "browser": "B"}
"""The best grade that a device of this kind can prove: A is measured at the horn by a type that was
approved for it, and none is yet."""


class Planned(NamedTuple):
    """What a signed plan says of an item: `ms` is the length of its sound, None for a relay;
    `reaches` whether the item is for the outlet."""

    at: datetime
    seconds: int
    bulletin: str
    media: str
    ms: int | None
    reaches: bool


class Said(NamedTuple):
    """What a receipt says of one item."""

    programme: bool
    at: datetime
    started: datetime | None
    from_ms: int
    played_ms: int
    grade: str
    run: int
    bulletin: str
    media: str


def doubt(
    said: Said,
    *,
    planned: Planned | None,
    in_place: bool,
    kind: str,
    enrolled_at: datetime,
    now: datetime,
) -> Doubt | None:
    """Why the receipt's word for an item cannot be true; None where it can.

    `planned` is the item in a plan of the outlet's station; `in_place` whether the receipt's issuer
    names the outlet's own commune; `kind` is the outlet's. Of an order or a command only times,
    spans, grade and place are judged here: whether it was for the outlet is asked elsewhere.
    """
    if not in_place:
        return Doubt.PLACE
    times = [said.at] if said.started is None else [said.at, said.started]
    if max(times) > now + CLOCK_AHEAD:
        return Doubt.FUTURE
    if min(times) < enrolled_at - CLOCK_BEHIND:
        return Doubt.TOO_OLD
    if said.started is not None and said.started > said.at:
        return Doubt.ORDER
    if said.started is not None and said.played_ms > _ms(said.at - said.started, SPAN_TOLERANCE_MS):
        return Doubt.TOO_LONG
    if said.grade and said.grade < GRADE_BEST.get(kind, "B"):
        return Doubt.GRADE
    if said.run > RUNS_MAX:
        return Doubt.RUN
    return _against_plan(said, planned) if said.programme else None


def _against_plan(said: Said, planned: Planned | None) -> Doubt | None:
    if planned is None:
        return Doubt.UNPLANNED
    if not planned.reaches:
        return Doubt.REACH
    if said.bulletin and said.bulletin != planned.bulletin:
        return Doubt.UNPLANNED
    if said.media and planned.media and said.media != planned.media:
        return Doubt.MEDIA
    longest = planned.seconds * 1000 if planned.ms is None else planned.ms
    if said.from_ms + said.played_ms > longest + LENGTH_TOLERANCE_MS:
        return Doubt.TOO_LONG
    end = planned.at + timedelta(seconds=planned.seconds)
    if said.started is not None and not planned.at - EARLY <= said.started <= end + LATE:
        return Doubt.OFF_SLOT
    return None


def _ms(span: timedelta, more_ms: int) -> int:
    return int(span.total_seconds() * 1000) + more_ms


QUOTA_LEAST, RESULTS_EACH = 500, 6
"""A receipt's items a day: what the outlet's plans of two months can hold, each with all that can
become of it, so that even a device that was away for weeks delivers everything in one day."""


def quota(planned_items: int) -> int:
    """How many items an outlet's receipts may tell in one day."""
    return QUOTA_LEAST + RESULTS_EACH * planned_items
