"""What both ends of a connection do with a message: the server's and the client's halves meet here.

The node above answers (`answer_*`), the node below asks (`line`). Both take pages by `take`.
"""

from importlib.metadata import version
from typing import Any

from django.db import DatabaseError

from loa.federation import incoming, outgoing
from loa.federation.models import Link, LinkState
from loa.federation.refusals import Fault, LinkRefused
from loa.lib import clock, db
from loa.people.authority import NodeIdentity
from loa_protocol.peer_api import Cursor, Pull, Standing, Told
from loa_protocol.refusals import Reason

SOFTWARE = version("loa")


def ensure_linked(link: Link | None) -> Link:
    """Raise LinkRefused(NOT_LINKED) for a stranger and for a link that was ended."""
    if link is None or link.state != LinkState.LINKED:
        raise LinkRefused(Fault.NOT_LINKED)
    return link


def tell(node: NodeIdentity, link: Link, cursor: Cursor) -> Told:
    """Our head and the next page for somebody who stands at `cursor` in our list.

    Raises LinkRefused where the cursor cannot be.
    """
    link = outgoing.meet(node, link, cursor)
    page = outgoing.page_sign(node, link, cursor.seq)
    return Told(
        head=outgoing.head_sign(node, link).to_value(),
        page=page.to_value() if page else None,
        software=SOFTWARE,
    )


def has_news(link: Link, asked: Pull) -> bool:
    """Whether a pull is to be answered at once: there is something, or the cursor is not ours."""
    cursor = asked.cursor
    return (link.out_seq, link.out_hash) != (cursor.seq, cursor.hash)


def take(told: Told, link: Link, node: NodeIdentity) -> int:
    """Keep what the other side told. Returns how many entries were new. Raises LinkRefused."""
    try:
        return incoming.take(told, link, node)
    except DatabaseError as error:
        if db.is_full(error):
            raise LinkRefused(Reason.STORE_FULL) from error
        raise


def standing(link: Link) -> Standing:
    """Where we stand in the other side's list."""
    return Standing(cursor=incoming.cursor_of(link), software=SOFTWARE)


def note_seen(link: Link, software: str = "") -> None:
    """The other side is there. Written at most every few seconds: a poll is no reason to write."""
    now = clock.now()
    if link.seen_at is not None and (now - link.seen_at).total_seconds() < 10 and not link.error:
        return
    changes: dict[str, Any] = {"seen_at": now}
    if not link.stopped and not link.full:
        changes |= {"error": "", "error_detail": "", "error_at": None}
    if software:
        changes["software"] = software
    Link.objects.filter(pk=link.pk).update(**changes)


def note_fault(link: Link, refused: LinkRefused) -> None:
    """What went wrong on the link, for the page; a stopped or full link keeps its own reason."""
    Link.objects.filter(pk=link.pk, stopped=False, full=False).update(
        error=refused.reason.value, error_detail=refused.detail, error_at=clock.now()
    )
