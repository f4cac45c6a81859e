"""The queues of the node, and when a row that was set aside is tried again. Pure."""

from datetime import timedelta
from enum import StrEnum

from pydantic import ValidationError

FIRST_WAIT, MOST_WAIT = timedelta(minutes=1), timedelta(hours=6)
URGENT_FIRST_WAIT, URGENT_MOST_WAIT = timedelta(seconds=5), timedelta(minutes=1)
DETAIL_MAX = 300


class Queue(StrEnum):
    """Every queue whose rows a background loop processes one by one."""

    PLANS = "plans"
    PLAN_ITEMS = "plan-items"
    PROGRAMME_FACTS = "programme-facts"
    SPREADING = "spreading"
    PRODUCTIONS = "productions"
    TRIALS = "trials"
    CLIPS = "clips"
    DISPATCHES = "dispatches"
    CHANNEL_FACTS = "channel-facts"
    INBOUND = "inbound"
    POLLS = "polls"
    CAP_SOURCES = "cap-sources"
    CAP_EXPORTS = "cap-exports"
    LINK_EXPORT = "link-export"
    LINK_SUMMARIES = "link-summaries"
    LINK_IMPORT = "link-import"
    HINTS = "hints"
    ORDERS = "orders"


URGENT = frozenset({Queue.ORDERS})
"""Queues whose rows cannot wait long, whatever is wrong with them."""


def wait_after(tries: int, queue: Queue | None = None) -> timedelta:
    """How long a row rests after it failed `tries` times: a minute, doubled up to six hours; of an
    urgent queue five seconds, doubled up to a minute."""
    first, most = (
        (URGENT_FIRST_WAIT, URGENT_MOST_WAIT) if queue in URGENT else (FIRST_WAIT, MOST_WAIT)
    )
    doublings = min(max(tries, 1) - 1, 12)
    return min(most, first * (1 << doublings))


def describe(error: Exception) -> str:
    """What is wrong with a row, without the row's content: it may hold personal data."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        return f"{field}: {first['msg']}".removeprefix(": ")[:DETAIL_MAX]
    return ""
