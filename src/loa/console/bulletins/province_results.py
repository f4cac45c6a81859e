"""How the centre's own bulletin sounded in the provinces, as they sum it up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loa.federation import selectors
from loa.places.selectors import places_named

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Commune:
    """One commune's line: outlets by grade of proof, never added up over grades."""

    path: str
    name: str
    province: str
    grades: dict[str, int]
    failed: int
    minutes: int
    rows: int
    first_at: datetime | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Below:
    """All of it: how many communes, and the first of them; those with failures before the rest."""

    communes: int
    grades: dict[str, int]
    failed: int
    shown: list[Commune]


def heard_below(bulletin_id: UUID) -> Below | None:
    """None where no province has told anything yet."""
    rows = selectors.aired(bulletin_id)
    if not rows:
        return None
    grades: dict[str, int] = {}
    for row in rows:
        for grade, number in row.grades.items():
            grades[grade] = grades.get(grade, 0) + number
    first = sorted(rows, key=lambda row: (-row.failed, row.commune))[:SHOWN]
    paths = {row.commune for row in first} | {row.commune.rpartition("/")[0] for row in first}
    names = {place.path: place.name for place in places_named(paths)}
    return Below(
        communes=sum(row.outlets > 0 for row in rows),
        grades=dict(sorted(grades.items())),
        failed=sum(row.failed for row in rows),
        shown=[
            Commune(
                row.commune,
                names.get(row.commune, row.commune),
                names.get(row.commune.rpartition("/")[0], ""),
                dict(sorted(row.grades.items())),
                row.failed,
                row.seconds // 60,
                row.rows,
                row.first_at,
                row.as_of,
            )
            for row in first
        ],
    )
