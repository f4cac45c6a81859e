"""The gazetteer's data files as typed rows. Pure: no database.

Made by `tools/gazetteer.py`; `amendments.tsv` holds later official changes, each with its day and
its document.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

DATA = Path(__file__).parent / "data"
REFORM_DAY = date(2025, 7, 1)
"""34 provinces, 3,321 communes, no district (QĐ 19/2025/QĐ-TTg)."""
FORMER_SINCE = date(2025, 1, 1)
"""First day for which the list of former units is vouched for; they are older than that."""
NATION_SINCE = date(1945, 9, 2)
SOURCE = "vietnamadminunits 1.0.4"


@dataclass(frozen=True, slots=True)
class Unit:
    level: str
    code: str
    parent: tuple[str, str] | None
    name: str
    valid_from: date
    valid_to: date | None
    latitude: float | None = None
    longitude: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Level and code; unique among the units of one period."""
        return (self.level, self.code)


@dataclass(frozen=True, slots=True)
class Move:
    level: str
    former: str
    successor: str
    share: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A code on which public lists disagree; `other_name` is what the other list gives our code."""

    province: str
    name: str
    code: str
    other_code: str
    other_name: str


def _rows(name: str) -> Iterator[Mapping[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t")


def _degrees(text: str) -> float | None:
    return float(text) if text else None


def current_units() -> list[Unit]:
    """The nation, 34 provinces and 3,321 communes, parents before children."""
    units = [Unit("nation", "vn", None, "Việt Nam", NATION_SINCE, None)]
    for row in _rows("provinces.tsv"):
        where = (_degrees(row["lat"]), _degrees(row["lon"]))
        nation = ("nation", "vn")
        units.append(Unit("province", row["code"], nation, row["name"], REFORM_DAY, None, *where))
    for row in _rows("communes.tsv"):
        where = (_degrees(row["lat"]), _degrees(row["lon"]))
        above = ("province", row["province"])
        units.append(Unit("commune", row["code"], above, row["name"], REFORM_DAY, None, *where))
    return units


def former_units() -> list[Unit]:
    """63 provinces, their districts and 10,035 communes until 30 June 2025, parents first."""
    days = (FORMER_SINCE, REFORM_DAY)
    nation = ("nation", "vn")
    units = [
        Unit("province", row["code"], nation, row["name"], *days)
        for row in _rows("former_provinces.tsv")
    ]
    units += [
        Unit("district", row["code"], ("province", row["province"]), row["name"], *days)
        for row in _rows("former_districts.tsv")
    ]
    units += [
        Unit(
            "commune",
            row["code"],
            ("district", row["district"]),
            row["name"],
            *days,
            _degrees(row["lat"]),
            _degrees(row["lon"]),
        )
        for row in _rows("former_communes.tsv")
    ]
    return units


def moves() -> list[Move]:
    return [
        Move(row["level"], row["former"], row["successor"], row["share"])
        for row in _rows("successions.tsv")
    ]


def disputes() -> list[Dispute]:
    return [
        Dispute(row["province"], row["name"], row["code"], row["other_code"], row["other_name"])
        for row in _rows("disputed.tsv")
    ]


@dataclass(frozen=True, slots=True)
class Amendment:
    """An official change after the reform: what is known of one unit differently from `day` on."""

    day: date
    level: str
    code: str
    field: str
    value: str
    document: str


def amendments() -> list[Amendment]:
    return [
        Amendment(
            date.fromisoformat(row["day"]),
            row["level"],
            row["code"],
            row["field"],
            row["value"],
            row["document"],
        )
        for row in _rows("amendments.tsv")
    ]
