"""The links as Prometheus text: for the node exporter's textfile collector, or any scraper of a
command's output."""

from collections.abc import Sequence
from datetime import datetime

from loa.federation.models import LinkState
from loa.federation.selectors import Standing

_HELP = {
    "loa_link_up": "1 while the link is linked and neither stopped nor in error",
    "loa_link_behind_in": "entries of the other side still to come",
    "loa_link_behind_out": "own entries still to be told",
    "loa_link_lag_seconds": "age of the oldest own entry still to be told",
    "loa_link_silent_seconds": "since the other side was last heard",
    "loa_link_waiting": "entries that wait for something",
    "loa_link_unknown": "entries kept that this version does not understand",
    "loa_link_refused": "entries refused by name",
    "loa_link_dropped": "entries not understood or refused, let go of",
    "loa_link_full": "1 while too much waits and nothing more is taken",
    "loa_link_files": "files still to be fetched",
}


def text(standings: Sequence[Standing], now: datetime) -> str:
    """All metrics of all links, in the text exposition format."""
    lines = []
    for name, about in _HELP.items():
        lines += [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
        for one in standings:
            link = one.link
            below = "below" if link.below else "above"
            value = _values(one, now)[name]
            lines.append(f'{name}{{peer="{link.peer}",side="{below}"}} {value}')
    return "\n".join(lines) + "\n"


def _values(one: Standing, now: datetime) -> dict[str, int]:
    link = one.link
    up = link.state == LinkState.LINKED and not link.error and not link.stopped
    return {
        "loa_link_up": int(up),
        "loa_link_behind_in": one.behind_in,
        "loa_link_behind_out": one.behind_out,
        "loa_link_lag_seconds": _age(one.told_since, now),
        "loa_link_silent_seconds": _age(link.seen_at, now),
        "loa_link_waiting": one.waiting,
        "loa_link_unknown": one.unknown,
        "loa_link_refused": one.refused,
        "loa_link_dropped": one.dropped,
        "loa_link_full": int(link.full),
        "loa_link_files": one.files,
    }


def _age(moment: datetime | None, now: datetime) -> int:
    return max(0, int((now - moment).total_seconds())) if moment else 0
