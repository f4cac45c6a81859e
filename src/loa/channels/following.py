"""What the channels do on the newsroom's facts: bulletins approved, withdrawn, corrected.

A reader of the journal with a cursor of its own. Each fact is handled in one transaction with the
cursor's move. A fact that cannot be handled is set aside and tried again; the others go on.
"""

from uuid import UUID

from loa.channels import beginning, withdrawing
from loa.channels.models import Dispatch
from loa.journal import services as journal
from loa.journal.services import Recorded
from loa.lib import clock
from loa.newsroom import events as newsroom_events
from loa.newsroom.models import Bulletin, State
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue

READER = "channels"
BATCH = 100


def follow() -> bool:
    """Handle the next facts; whether there may be more."""
    for row in aside.due(Queue.CHANNEL_FACTS):
        fact = journal.fact_at(int(row))
        if fact is None:
            quarantine.release(Queue.CHANNEL_FACTS, [row])
        else:
            _handle(fact)
    return journal.read_on(READER, HANDLERS, _handle, BATCH) == BATCH


def _handle(fact: Recorded) -> None:
    with quarantine.isolated(Queue.CHANNEL_FACTS, str(fact.seq), name=fact.kind):
        HANDLERS[fact.kind](fact)


def _bulletin_of(fact: Recorded) -> UUID:
    return UUID(fact.subject.partition(":")[2])


def _approved(fact: Recorded) -> None:
    """Rows at every outlet. One that this node had before a restore goes out no second time."""
    if fact.payload.get("again"):
        return
    bulletin = (
        Bulletin.objects.filter(pk=_bulletin_of(fact), state=State.APPROVED)
        .select_related("place", "approved_version")
        .first()
    )
    if bulletin is not None:
        beginning.begin_bulletin(bulletin, clock.now())


def _withdrawn(fact: Recorded) -> None:
    """Ask it back from every outlet that had it, also one that has been retired since."""
    rows = Dispatch.objects.filter(bulletin=_bulletin_of(fact))
    withdrawing.withdraw(rows, clock.now())


HANDLERS = {
    newsroom_events.BULLETIN_APPROVED: _approved,
    newsroom_events.BULLETIN_WITHDRAWN: _withdrawn,
}
