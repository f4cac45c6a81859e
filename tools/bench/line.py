"""What a benchmark says: one JSON line each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Judged = Literal["value at most", "value at least", "ratio at most", "ratio at least"]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `value` and `baseline` are in `unit`; `ratio` is value over baseline.

    `note` says what the budget is held against and whatever else a reader must know.
    """

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    budget: float | None
    ok: bool
    note: str

    def to_json(self) -> str:
        """As it is printed and kept."""
        return json.dumps(asdict(self), ensure_ascii=False)


def line(
    name: str,
    value: float,
    unit: str,
    *,
    baseline: float,
    budget: float | None = None,
    judged: Judged | None = None,
    note: str = "",
    ok: bool | None = None,
) -> Line:
    """A line whose `ok` follows from the budget, or from `ok` where the rule is no number."""
    ratio = value / baseline
    if budget is not None and judged is not None:
        held = value if judged.startswith("value") else ratio
        within = held <= budget if judged.endswith("most") else held >= budget
        ok = within if ok is None else ok and within
        note = f"budget: {judged} {budget:g}" + (f"; {note}" if note else "")
    return Line(
        name, _short(value), unit, _short(baseline), _short(ratio), budget, ok is not False, note
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _short(value: float) -> float:
    return float(f"{value:.4g}")
