"""Reading links: their state, their lag, what stands in the mailbox, who aired what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q

from loa.federation.models import Aired, Fetch, Incoming, Link, LinkState, Outgoing, Taken
from loa.places.selectors import present


def links() -> list[Link]:
    """All links, the node above first, then those below by place."""
    return list(Link.objects.order_by("below", "path"))


def link_with(peer: str) -> Link | None:
    """The link with the node of that id, whatever its state."""
    return Link.objects.filter(peer=peer).first()


def link_named(name: str) -> Link | None:
    """The link that a person at a shell means: a node's id, or a province's code."""
    return Link.objects.filter(Q(peer=name) | Q(path=f"vn/{name}")).first()


def place_today(link: Link) -> str:
    """What the other node's place is called today. Its papers' name for it where it became several
    units, or where it became one with another linked node's place: neither may speak for the whole
    of that until the root says so."""
    now = present([link.path])
    if now == [link.path] or len(now) != 1:
        return link.path
    others = Link.objects.filter(state=LinkState.LINKED, below=link.below).exclude(pk=link.pk)
    paths = list(others.values_list("path", flat=True))
    return link.path if now[0] in present(paths) else now[0]


def parents() -> list[Link]:
    """The links this node keeps up itself: those to a node above."""
    return list(Link.objects.filter(below=False, state=LinkState.LINKED))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a link stands. `behind_in` entries of the other side are still to come, `behind_out` of
    ours still to be told, the oldest since `told_since`; in the mailbox so many wait for something,
    are not understood, were refused; `dropped` of the latter two were let go of."""

    link: Link
    behind_in: int
    behind_out: int
    told_since: datetime | None
    queued: int
    waiting: int
    unknown: int
    refused: int
    files: int
    dropped: int


def standings() -> list[Standing]:
    """Every link with its lag, in six queries whatever their number."""
    rows = links()
    held = {
        (row["link"], row["state"]): row["number"]
        for row in _held(Taken.QUEUED).union(
            *(_held(state) for state in (Taken.WAITING, Taken.UNKNOWN, Taken.REFUSED))
        )
    }
    files = dict(Fetch.objects.values_list("link").annotate(number=Count("pk")))
    since = {
        link.pk: Outgoing.objects.filter(link=link, seq__gt=link.out_acked).aggregate(
            first=Min("made_at")
        )["first"]
        for link in rows
        if link.out_seq > link.out_acked
    }
    return [
        Standing(
            link,
            max(0, link.in_size - link.in_seq),
            max(0, link.out_seq - link.out_acked),
            since.get(link.pk),
            held.get((link.pk, Taken.QUEUED.value), 0),
            held.get((link.pk, Taken.WAITING.value), 0),
            held.get((link.pk, Taken.UNKNOWN.value), 0),
            held.get((link.pk, Taken.REFUSED.value), 0),
            files.get(link.pk, 0),
            link.dropped,
        )
        for link in rows
    ]


def _held(state: Taken) -> Any:
    found = Incoming.objects.filter(state=state).values("link", "state")
    return found.annotate(number=Count("pk"))


def troubled(link: Link, limit: int) -> list[Incoming]:
    """What waits, is not understood or was refused, newest first."""
    found = [
        row
        for state in (Taken.WAITING, Taken.UNKNOWN, Taken.REFUSED)
        for row in Incoming.objects.filter(link=link, state=state).order_by("-seq")[:limit]
    ]
    return sorted(found, key=lambda row: -row.seq)[:limit]


def aired(bulletin_id: UUID) -> list[Aired]:
    """How one of our bulletins sounded below, by commune."""
    return list(Aired.objects.filter(bulletin=bulletin_id).order_by("commune"))
