"""An outlet's state in one word, and which state comes first in a list."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from loa.outlets import rules as outlet_rules

if TYPE_CHECKING:
    pass

WORST_FIRST = {"fault": 0, "silent": 1, "muted": 2, "never": 3}


def outlet_state(outlet: Any, now: datetime) -> str:
    """An outlet's state in one word, from what its device last said."""
    health = getattr(outlet, "health", None)
    return outlet_rules.state_of(
        seen_at=health.seen_at if health else None,
        online=bool(health and health.online),
        reported=health.state if health else "",
        now=now,
    )
