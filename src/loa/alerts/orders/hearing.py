"""Who hears an order for some places with the outlets that can sound at this moment, and who does
not. The wall counts from the same rows: where both speak of a hamlet, they say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loa.outlets import wall
from loa.outlets.rules import HamletCount
from loa.places import selectors as places
from loa.places.selectors import Peopled
from loa_protocol.paths import inside, inside_any


@dataclass(frozen=True, kw_only=True, slots=True)
class Hearing:
    """Numbers of one place, or of several. People are as far as they are known; `..._unknown`
    counts the hamlets without a number. A hamlet hears with one outlet that is able. `uncounted`
    communes have no hamlets on record: nobody knows how many people live there."""

    outlets: int
    able: int
    hamlets: int
    people: int
    people_unknown: int
    deaf_hamlets: int
    deaf_people: int
    deaf_unknown: int
    communes: int
    deaf_communes: tuple[str, ...]
    uncounted: int
    no_hamlet: int
    """Outlets that are able and serve no hamlet on record: whoever lives there hears as well."""


@dataclass(frozen=True, slots=True)
class PlaceHearing:
    """One place of an order with its own numbers."""

    path: str
    name: str
    level: str
    hearing: Hearing

    @property
    def code(self) -> str:
        """The official code, or a hamlet's number."""
        return self.path.rpartition("/")[2]


def hearing(targets: Sequence[str], now: datetime) -> tuple[Hearing, list[PlaceHearing]]:
    """Who hears an order for `targets`: of all of them, and of each that stands. Four queries,
    however many there are."""
    named = places.places_named(targets)
    counts = wall.hamlets_under(targets, now)
    peopled = places.peopled(targets)
    wide = [path for path in targets if path.count("/") < 3]
    communes = list(places.communes_inside(wide).values_list("path", flat=True)) if wide else []
    each = [
        PlaceHearing(
            place.path,
            place.name,
            place.level,
            _of([place.path], counts, peopled, communes),
        )
        for place in named
    ]
    return _of(targets, counts, peopled, communes), each


def _of(
    targets: Sequence[str],
    counts: Sequence[HamletCount],
    peopled: Sequence[Peopled],
    communes: Sequence[str],
) -> Hearing:
    mine = [count for count in counts if _covered(count, targets)]
    there = [one for one in peopled if inside_any(one.path, targets)]
    heard: dict[object, int | None] = {
        count.hamlet: count.people for count in mine if count.hamlet is not None and count.able
    }
    people = sum(known or 0 for known in heard.values())
    unknown = sum(known is None for known in heard.values())
    area = [path for path in communes if inside_any(path, targets)]
    sounding = {count.commune for count in mine if count.able}
    recorded = {one.path for one in there}
    return Hearing(
        outlets=sum(count.outlets for count in mine),
        able=sum(count.able for count in mine),
        hamlets=len(heard),
        people=people,
        people_unknown=unknown,
        deaf_hamlets=max(0, sum(one.hamlets for one in there) - len(heard)),
        deaf_people=max(0, sum(one.people for one in there) - people),
        deaf_unknown=max(0, sum(one.unknown for one in there) - unknown),
        communes=len(area),
        deaf_communes=tuple(path for path in area if path not in sounding),
        uncounted=sum(path not in recorded for path in area),
        no_hamlet=sum(count.able for count in mine if count.hamlet is None),
    )


def _covered(count: HamletCount, targets: Sequence[str]) -> bool:
    """Whether one of the targets means these outlets: a hamlet's order only those that serve it."""
    return any(
        count.hamlet_path == target if target.count("/") == 3 else inside(count.commune, target)
        for target in targets
    )
