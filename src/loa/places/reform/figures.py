"""Figures of any day under the map of any day. Pure.

A thing that is counted (a station, a cluster) has a home on every map: where it belonged then, or
would have belonged. Figures that are known only by unit go along with units that wholly became one;
what a split unit had cannot be divided by a rule and is given back as not placed.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)
Unit = TypeVar("Unit", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Move(Generic[Unit]):
    """From `day` on the thing belongs to `after`, until then to `before`."""

    day: date
    before: Unit
    after: Unit


def home_on(day: date, now: Unit, moves: Iterable[Move[Unit]]) -> Unit:
    """Where a thing belongs on the map of `day`, from where it is now and its moves."""
    later = [move for move in moves if move.day > day]
    return min(later, key=lambda move: move.day).before if later else now


def gathered(
    counted: Iterable[tuple[Thing, date, int]], homes: Mapping[Thing, Unit | None]
) -> dict[tuple[Unit | None, date], int]:
    """Sums by unit and day. Under None stands what has no home on that map: it is part of the
    whole, and never put anywhere by guess."""
    found: dict[tuple[Unit | None, date], int] = {}
    for thing, day, number in counted:
        key = (homes.get(thing), day)
        found[key] = found.get(key, 0) + number
    return found


def carried(
    values: Mapping[Unit, int], ends: Mapping[Unit, tuple[Unit, ...]]
) -> tuple[dict[Unit, int], dict[Unit, int]]:
    """Values by former unit under the map of their successors (`ends`; a unit without an entry
    stays), and those of split units, which have no place there."""
    placed: dict[Unit, int] = {}
    split: dict[Unit, int] = {}
    for unit, value in values.items():
        after = ends.get(unit, (unit,))
        if len(after) == 1:
            placed[after[0]] = placed.get(after[0], 0) + value
        else:
            split[unit] = value
    return placed, split
