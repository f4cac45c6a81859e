"""How plays are summed up. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

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
