"""Several places' policies become the one that binds this device.

The nearest place rules: its relays, its alert level. What a wider place forbids stays forbidden:
hours, minutes a day and the programme's level are the strictest of all.
"""

from __future__ import annotations

from collections.abc import Sequence

from loa_protocol.payloads import Hours, Policy


def binding(policies: Sequence[Policy]) -> Policy | None:
    """The policy in force, from those of all places, the widest first; None if there is none."""
    if not policies:
        return None
    hours = policies[0].hours
    for policy in policies[1:]:
        hours = _common(hours, policy.hours)
    return policies[-1].model_copy(
        update={
            "hours": hours,
            "max_minutes_day": min(p.max_minutes_day for p in policies),
            "programme_max_pct": min(p.programme_max_pct for p in policies),
        }
    )


def _common(first: Sequence[Hours], second: Sequence[Hours]) -> tuple[Hours, ...]:
    return tuple(
        Hours(from_min=begin, to_min=end)
        for a in first
        for b in second
        if (begin := max(a.from_min, b.from_min)) < (end := min(a.to_min, b.to_min))
    )
