"""How much of one link's entries may stand in the mailbox without having been acted on.

A linked node is believed for its key, not for its manners: one that was seized, or that runs wild,
must not fill this node's disk. What waits is never dropped: beyond the limit nothing more is taken,
by name, so that it stays on the other side's list until there is room here. What was not understood
or was refused is dropped oldest first, and counted.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F

from loa.federation import events
from loa.federation.models import Incoming, Link, Taken
from loa.federation.refusals import Fault
from loa.journal import services as journal
from loa.lib import clock

log = structlog.get_logger()

WAITING_MAX = 10_000
"""Entries of one link that wait for something; on a stopped link also those behind it."""
QUEUED_MAX = 200_000
"""Entries still to be looked at: a week's catching up is taken faster than it is acted on."""
KEPT_MAX = {Taken.UNKNOWN: 20_000, Taken.REFUSED: 2_000}
"""A newer node may tell for weeks what only the upgrade here understands; of what was refused only
the newest is of use."""
REFUSALS_NOTED_A_DAY = 200
"""The journal is never shortened: what one link may write into it by being refused is bounded."""


_AGAIN = ("waits", Fault.BROKEN.value)


def keep_within() -> None:
    """Look at every link that has entries not acted on: drop, close or open it again."""
    for link in Link.objects.order_by("pk"):
        for state, most in KEPT_MAX.items():
            _drop(link, state, most)
        _close_or_open(link)


def _drop(link: Link, state: Taken, most: int) -> None:
    held = Incoming.objects.filter(link=link, state=state)
    last = held.order_by("-seq").values_list("seq", flat=True)[most : most + 1].first()
    if last is None:
        return
    with transaction.atomic():
        dropped, _ = held.filter(seq__lte=last).delete()
        Link.objects.filter(pk=link.pk).update(dropped=F("dropped") + dropped)
    log.warning("entries dropped", peer=link.peer, state=state.value, number=dropped)


def _close_or_open(link: Link) -> None:
    queued_rows = Incoming.objects.filter(link=link, state=Taken.QUEUED)
    queued = queued_rows.count()
    # What waited is queued again every few seconds: it is told from what is new by its reason.
    again = queued if link.stopped else queued_rows.filter(reason__in=_AGAIN).count()
    waiting = Incoming.objects.filter(link=link, state=Taken.WAITING).count() + again
    if not link.full and (waiting > WAITING_MAX or queued > QUEUED_MAX):
        _mark(link, full=True, number=max(waiting, queued))
    elif link.full and waiting <= WAITING_MAX // 2 and queued <= QUEUED_MAX // 2:
        _mark(link, full=False, number=max(waiting, queued))


def _mark(link: Link, *, full: bool, number: int) -> None:
    with transaction.atomic():
        Link.objects.filter(pk=link.pk).update(full=full)
        standing = Link.objects.filter(pk=link.pk, stopped=False)
        if full:
            said = {"error": Fault.MAILBOX_FULL.value, "error_detail": "", "error_at": clock.now()}
            standing.update(**said)
        else:
            standing.update(error="", error_detail="", error_at=None)
        journal.record(
            actor="node",
            kind=events.LINK_FULL if full else events.LINK_OPEN,
            place=link.path,
            subject=f"link:{link.pk}",
            payload={"peer": link.peer, "number": number},
        )
    log.warning("mailbox of a link", peer=link.peer, full=full, number=number)


def is_noted(link: Link) -> bool:
    """Whether another refusal of this link is written into the journal; beyond the day's number it
    stands in the mailbox and the log only. Asked once the entry is marked as refused."""
    newest = Incoming.objects.filter(link=link, state=Taken.REFUSED).order_by("-seq")
    one = newest.values_list("taken_at", flat=True)
    before = one[REFUSALS_NOTED_A_DAY : REFUSALS_NOTED_A_DAY + 1].first()
    return before is None or before < clock.now() - timedelta(days=1)
