"""Orders while a reorganisation goes round: devices that have not taken their new assignment are
reached by the paths they know (protocol.md 2).

A former path is added to an order only where it is nobody else's today. Where another unit bears it
(the code of a split unit stays with one part), naming it would sound in the wrong villages: those
devices are counted for the officer instead, and are told their new area again and again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from loa.alerts.rules import TARGETS_MAX
from loa.outlets import selectors as outlets
from loa.places import selectors as places
from loa_protocol.paths import inside, inside_any


@dataclass(frozen=True, slots=True)
class Reached:
    """The targets to sign, and how many clusters none of them reaches until they know their new
    area."""

    targets: tuple[str, ...]
    unreached: int = 0


def with_former(targets: Sequence[str], entitled: Callable[[str], bool]) -> Reached:
    """The targets with the former paths that devices there still go by, as far as the author and a
    second person are `entitled` to name them and an order has room."""
    untold = outlets.untold_devices(targets)
    waiting = [outlets.area_of(device) for device in untold]
    waiting = [area for area in waiting if not inside_any(area, targets)]
    if not waiting:
        return Reached(tuple(targets))
    found = list(targets)
    for path in former_paths(targets):
        helps = any(inside(area, path) or inside(path, area) for area in waiting)
        if helps and entitled(path) and len(found) < TARGETS_MAX:
            found.append(path)
    left = sum(
        not any(inside(area, path) or inside(path, area) for path in found[len(targets) :])
        for area in waiting
    )
    return Reached(tuple(found), left)


def former_paths(targets: Iterable[str]) -> list[str]:
    """What the targets were called before, where that is nobody's name today."""
    wanted = tuple(targets)
    return [path for path in places.lineage(wanted) if path not in wanted]


def allowed(targets: Sequence[str]) -> list[str]:
    """Of the targets, those that an order may name: units that stand, and former paths of these."""
    stand = [place.path for place in places.places_named(targets)]
    return [*stand, *(path for path in former_paths(stand) if path in targets)]
