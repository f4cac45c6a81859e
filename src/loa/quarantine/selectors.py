"""Reading what was set aside."""

from collections.abc import Iterable

from loa.lib import clock
from loa.quarantine.models import SetAside
from loa.quarantine.rules import Queue


def all_rows(limit: int) -> list[SetAside]:
    """The oldest first, at most `limit`."""
    return list(SetAside.objects.order_by("since", "pk")[:limit])


def count() -> int:
    """How many rows of all queues are set aside now."""
    return SetAside.objects.count()


def known(queue: Queue) -> dict[str, SetAside]:
    """Every row of a queue that is set aside, by its id there."""
    return {one.row: one for one in SetAside.objects.filter(queue=queue)}


def resting(queue: Queue) -> frozenset[str]:
    """The rows of a queue that are not to be tried yet."""
    rows = SetAside.objects.filter(queue=queue, next_at__gt=clock.now())
    return frozenset(rows.values_list("row", flat=True))


def due(queue: Queue, limit: int = 20) -> list[str]:
    """The rows of a queue whose time to be tried again has come, the oldest first."""
    rows = SetAside.objects.filter(queue=queue, next_at__lte=clock.now()).order_by("next_at", "pk")
    return list(rows.values_list("row", flat=True)[:limit])


def is_set_aside(queue: Queue, rows: Iterable[str]) -> bool:
    """Whether one of these rows of the queue is set aside."""
    return SetAside.objects.filter(queue=queue, row__in=list(rows)).exists()
