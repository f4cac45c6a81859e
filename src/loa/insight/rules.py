"""What an indicator is, what a published percentage implies, and where figures contradict."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import combinations

from loa.outlets.rules import CommuneCount

FILE_MAX_BYTES = 1 << 20
ROWS_MAX = 5_000


class Base(StrEnum):
    """What an indicator is a share of."""

    COMMUNES = "communes"
    STATIONS = "stations"
    HAMLETS = "hamlets"
    FACILITIES = "facilities"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator of the ministry's reports (`counted` where the registry holds its facts)."""

    code: str
    base: Base
    counted: bool


DEFINITIONS = {
    one.code: one
    for one in (
        Definition("commune_stations", Base.COMMUNES, counted=True),
        Definition("ip_stations", Base.STATIONS, counted=True),
        Definition("commune_pages", Base.COMMUNES, counted=True),
        Definition("commune_boards", Base.COMMUNES, counted=True),
        Definition("commune_zalo_oa", Base.COMMUNES, counted=True),
        Definition("propagandists", Base.NONE, counted=True),
        Definition("clusters", Base.NONE, counted=True),
        Definition("loudspeakers", Base.NONE, counted=True),
        Definition("hamlets_covered", Base.HAMLETS, counted=True),
        Definition("district_facilities", Base.NONE, counted=False),
        Definition("district_facilities_merged", Base.FACILITIES, counted=False),
        Definition("provincial_systems_connected", Base.NONE, counted=False),
        Definition("conference_points", Base.NONE, counted=False),
        Definition("conference_delegates", Base.NONE, counted=False),
        Definition("commended", Base.NONE, counted=False),
    )
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure, as far as it was given."""

    code: str
    numerator: int
    denominator: int | None = None
    percent: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole numbers from `low` to `high`; empty where low > high."""

    low: int
    high: int

    def meets(self, other: "Span") -> bool:
        return max(self.low, other.low) <= min(self.high, other.high)


def percent_of(text: str) -> Decimal | None:
    """A percentage from 0 to 100 with at most four decimals, as written; None for anything else."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    exponent = found.as_tuple().exponent
    plain = isinstance(exponent, int) and -4 <= exponent <= 0
    return found if plain and 0 <= found <= 100 else None


def implied(numerator: int, percent: str) -> Span | None:
    """The denominators of which `numerator` is `percent`, rounded to the decimals it shows.

    8,471 at "79.9" -> 10,596 to 10,608. None where nothing follows (no percentage, or zero).
    """
    share = percent_of(percent)
    if share is None:
        return None
    half = Decimal(1).scaleb(int(share.as_tuple().exponent)) / 2
    if share - half <= 0:
        return None
    hundredfold = Decimal(numerator) * 100
    return Span(math.ceil(hundredfold / (share + half)), math.floor(hundredfold / (share - half)))


class Doubt(StrEnum):
    """In what way figures contradict."""

    SHARE = "share"
    """A figure's own percentage is not its numerator over its denominator."""
    APART = "apart"
    """Two shares of the same whole imply different wholes."""
    WHOLE = "whole"
    """A share implies another whole than the one known for that day."""
    STATIONS = "stations"
    """The share of stations is taken of another number of stations than is published."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction: the figures (codes) and the wholes that they imply, or the known one."""

    doubt: Doubt
    codes: tuple[str, ...]
    spans: tuple[Span, ...] = ()
    known: int | None = None


def contradictions(figures: Sequence[Figure], communes: int | None) -> list[Finding]:
    """Where the figures of one day and place contradict themselves, one another, or the number of
    communes that stood that day."""
    found = [
        Finding(Doubt.SHARE, (one.code,), (span,), one.denominator)
        for one in figures
        if one.denominator is not None
        and (span := implied(one.numerator, one.percent)) is not None
        and not span.low <= one.denominator <= span.high
    ]
    of_communes = [
        (one.code, span)
        for one in figures
        if _base(one) is Base.COMMUNES and (span := _whole(one)) is not None
    ]
    found += [
        Finding(Doubt.APART, (first, second), (one, other))
        for (first, one), (second, other) in combinations(of_communes, 2)
        if not one.meets(other)
    ]
    if communes is not None:
        found += [
            Finding(Doubt.WHOLE, (code,), (span,), communes)
            for code, span in of_communes
            if not span.low <= communes <= span.high
        ]
    return found + _stations(figures)


def _stations(figures: Iterable[Figure]) -> list[Finding]:
    """One station in a commune: the stations are as many as the communes that have one."""
    by_code = {one.code: one for one in figures}
    share, whole = by_code.get("ip_stations"), by_code.get("commune_stations")
    if share is None or whole is None or share.denominator in {None, whole.numerator}:
        return []
    stated = Span(share.denominator or 0, share.denominator or 0)
    return [Finding(Doubt.STATIONS, (share.code, whole.code), (stated,), whole.numerator)]


def _base(figure: Figure) -> Base:
    definition = DEFINITIONS.get(figure.code)
    return definition.base if definition else Base.NONE


def _whole(figure: Figure) -> Span | None:
    if figure.denominator is not None:
        return Span(figure.denominator, figure.denominator)
    return implied(figure.numerator, figure.percent)


def measures(one: CommuneCount, kinds: frozenset[str]) -> dict[str, tuple[int, int, int]]:
    """(value, base, rows) of each indicator in a commune.

    `kinds` are the sorts of outlet the registry holds anywhere: of a sort that nobody entered
    nothing is said, since unknown is not zero.
    """
    found = {
        "commune_stations": (min(one.stations, 1), 1, one.stations),
        "ip_stations": (one.ip_stations, one.stations, one.stations),
        "clusters": (one.clusters, 0, one.clusters),
        "hamlets_covered": (one.hamlets_covered, one.hamlets, one.hamlets),
    }
    if one.speakers_known:
        found["loudspeakers"] = (one.speakers, 0, one.speakers_known)
    shares = {
        "board": ("commune_boards", one.boards),
        "page": ("commune_pages", one.pages),
        "zalo": ("commune_zalo_oa", one.zalo),
    }
    for kind, (code, number) in shares.items():
        if kind in kinds:
            found[code] = (min(number, 1), 1, number)
    if "propagandist" in kinds:
        found["propagandists"] = (one.propagandists, 0, one.propagandists)
    return found
