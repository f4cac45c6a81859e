"""What hangs on a place, room by room.

Each room declares its tables that point to a place in `homes.py` as one `RoomHomes`, named in the
setting LOA_HOMES; a test holds that no foreign key to a place is left out. So the reorganisation
moves everything without knowing any room, and a new room is moved from its first day.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from loa.lib.sentences import Sentence
from loa.places.reform.siting import Point

if TYPE_CHECKING:
    from loa.places.models import Place, Reorganisation

Split = Literal["office", "each"]


@dataclass(frozen=True, kw_only=True)
class Home:
    """One foreign key to a place.

    `split`: of a unit that is split, the rows go together where a person says its papers go
    (`office`), or each by itself (`each`): where `points` tell, else where a person says. `points`
    gives what is known of where each row is: coordinates, or places of its hamlets. `names` says
    what a person reads in the list of what is undecided.

    `twins` are the other fields of a unique constraint with the place: of two rows that would be
    one at the successor, one moves (that with `prefer` set goes first) and the other stays with the
    former unit (`leave`), or both move and one is named after its former unit (`rename`, where
    `twins` is the one field `name`, with `refold` to renew what is searched).
    """

    what: str
    label: Sentence
    model: type[Model]
    field: str = "place"
    split: Split = "each"
    points: Callable[[Collection[UUID]], Mapping[UUID, Sequence[Point | UUID]]] | None = None
    names: Callable[[Collection[UUID]], Mapping[UUID, str]] | None = None
    twins: tuple[str, ...] = ()
    on_twin: Literal["leave", "rename"] = "leave"
    prefer: str = ""
    refold: Callable[[str], str] | None = None
    moves: bool = True
    """False: `field` only says where the row is now; the room's own step moves it."""


@dataclass(frozen=True, kw_only=True)
class PathColumn:
    """A text column that names a place by its path, or with `many` a list of such. A former unit's
    path becomes its successor's; a list gets the successor's besides, so that what it said still
    stands. `twins` as for a Home: a row that would be another's double stays."""

    what: str
    model: type[Model]
    field: str
    many: bool = False
    twins: tuple[str, ...] = ()


@dataclass
class Moving:
    """A reorganisation that is being applied, as the rooms' own steps see it.

    `places` maps former places to their one successor, `paths` their paths; `homes` the rows that a
    person or the coordinates put somewhere, by (what, row). `copied` tells later rooms which rows a
    room made in the likeness of which, by a name the rooms agree on. What a room changes beyond its
    declared keys it notes with `note`, what it makes with `made`: undoing reads both.
    """

    reorganisation: "Reorganisation"
    places: "dict[UUID, Place]"
    paths: dict[str, str]
    homes: "dict[tuple[str, UUID], Place]"
    copied: dict[str, dict[UUID, UUID]] = field(default_factory=dict)
    notes: list[tuple[str, UUID, dict[str, Any]]] = field(default_factory=list)
    copies: list[tuple[str, list[str]]] = field(default_factory=list)

    def note(self, what: str, row: UUID, was: dict[str, Any]) -> None:
        """A row whose other fields changed, as they were (JSON values by attribute name)."""
        self.notes.append((what, row, was))

    def made(self, model: type[Model], ids: Sequence[Any]) -> None:
        """Rows that were made: undoing deletes them."""
        if ids:
            self.copies.append((model._meta.label, [str(one) for one in ids]))


@dataclass(frozen=True, kw_only=True)
class RoomHomes:
    """All of one room. `blockers` say why it must not be applied now, `notices` what the person
    should know; both get the paths of the former units, with their successors' where there is one.
    `settle` is the room's own step after all declared keys were moved; what it noted with `note`
    and `made` is put back by undoing. The paths of the changed units, former and new, are told to
    `touched` after either."""

    homes: tuple[Home, ...] = ()
    columns: tuple[PathColumn, ...] = ()
    blockers: Callable[[Mapping[str, str | None]], Sequence[Sentence]] | None = None
    notices: Callable[[Mapping[str, str | None]], Sequence[Sentence]] | None = None
    settle: Callable[[Moving], None] | None = None
    touched: Callable[[Collection[str]], None] | None = None
    turning: Callable[[Collection[str]], Callable[[], None]] | None = None
    """Called with the paths before anything is moved, by applying and by undoing; what it returns
    is called when everything is where it belongs."""
    notes: tuple[tuple[str, type[Model]], ...] = ()
    """Names under which `settle` notes rows that no declared key leads to."""


@cache
def rooms() -> tuple[RoomHomes, ...]:
    """Every room's declaration, lower rooms first."""
    return tuple(import_string(path) for path in settings.LOA_HOMES)


@cache
def homes() -> tuple[Home, ...]:
    """Every declared key, lower rooms first."""
    return tuple(home for room in rooms() for home in room.homes)


def noted_model(what: str) -> type[Model] | None:
    """The table of the rows that are noted under this name."""
    found = {home.what: home.model for home in homes()}
    found |= {one.what: one.model for room in rooms() for one in room.columns}
    found |= {name: model for room in rooms() for name, model in room.notes}
    return found.get(what)
