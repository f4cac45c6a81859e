"""How drills went: by commune, and summed up by province."""

from collections.abc import Iterable
from dataclasses import dataclass

from loa.alerts.models import Order, State
from loa.alerts.selectors import AreaTally, Tally, orders_for, tally_by_area, tally_sum
from loa.people.rules import Action, Actor
from loa_protocol import paths
from loa_protocol.kinds import Kind


@dataclass(frozen=True, slots=True)
class Score:
    """How a commune did in its last drill, and in the one before it: accepted of targeted."""

    path: str
    order: Order
    tally: Tally
    earlier: Tally | None

    @property
    def share(self) -> float:
        """Accepted of targeted; a commune without outlets has nothing to show."""
        return self.tally.accepted / self.tally.targeted if self.tally.targeted else 0.0


def scoreboard(actor: Actor, drills: int = 10) -> list[Score]:
    """The asker's communes by their last drill, worst first. From the newest `drills`."""
    mine = (*actor.places(Action.ALERT_AUTHOR), *actor.places(Action.ALERT_APPROVE))
    found = orders_for(actor).filter(kind=Kind.DRILL.value, state=State.ISSUED)
    rows: dict[str, list[tuple[Order, Tally]]] = {}
    for order in found.order_by("-issued_at", "-pk")[:drills]:
        for area in tally_by_area(order):
            if not paths.inside_any(area.path, mine):
                continue
            rows.setdefault(area.path, []).append((order, area.tally))
    scores = [
        Score(path, *results[0], results[1][1] if len(results) > 1 else None)
        for path, results in rows.items()
    ]
    return sorted(scores, key=lambda score: (score.share, score.path))


@dataclass(frozen=True, slots=True)
class ProvinceScore:
    """A province's communes together, each by its last drill; `communes` took part."""

    path: str
    communes: int
    tally: Tally
    earlier: Tally | None

    @property
    def share(self) -> float:
        """Accepted of targeted."""
        return self.tally.accepted / self.tally.targeted if self.tally.targeted else 0.0


def by_province(scores: Iterable[Score]) -> list[ProvinceScore]:
    """The same figures by province, worst first."""
    rows: dict[str, list[Score]] = {}
    for score in scores:
        rows.setdefault("/".join(score.path.split("/")[:2]), []).append(score)
    found = []
    for path, own in rows.items():
        before = [AreaTally(one.path, one.earlier) for one in own if one.earlier is not None]
        found.append(
            ProvinceScore(
                path,
                len(own),
                tally_sum(AreaTally(one.path, one.tally) for one in own),
                tally_sum(before) if before else None,
            )
        )
    return sorted(found, key=lambda one: (one.share, one.path))
