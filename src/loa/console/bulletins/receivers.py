"""Where a bulletin goes, as the writing page shows it: an office's named lists of communes, each as
one, and the places beside them; and the page on which an office looks after its lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loa.newsroom.receivers import Receivers, lists_for
from loa.places.selectors import places_named

if TYPE_CHECKING:
    from loa.places.models import Place

SHOWN = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """`whole`: lists all of whose communes are receivers; `places` the first of the others, `rest`
    the paths of those that are too many to be shown one by one; `offered` the lists to choose."""

    whole: list[Receivers]
    places: "list[Place]"
    rest: list[str]
    offered: list[Receivers]


def shown(office: str, targets: Sequence[str]) -> Shown:
    """The receivers of a bulletin of the office."""
    lists = lists_for(office) if office.count("/") < 2 else []
    wanted, covered = set(targets), set[str]()
    whole = [one for one in lists if len(one.paths) > 1 and wanted.issuperset(one.paths)]
    for one in whole:
        covered.update(one.paths)
    single = [path for path in targets if path not in covered]
    rest = single[SHOWN:]
    return Shown(
        whole,
        places_named(single[:SHOWN]),
        rest,
        [one for one in lists if one not in whole],
    )


def list_named(office: str, list_id: str) -> Receivers | None:
    """A list that the office may use; None for anything else."""
    return next((one for one in lists_for(office) if str(one.id) == list_id), None)
