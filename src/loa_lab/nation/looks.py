"""What the scenario sees of one node, as answers of `acts`."""

from typing import Any

Answer = dict[str, Any]


def state() -> Answer:
    """Everything the scenario looks at, in one answer."""
    return {
        "links": _links(),
        "library": _library(),
        "slots": _slots(),
        "aired": _aired(),
        "orders": _orders(),
    }


def _links() -> list[Answer]:
    from loa.federation import selectors
    from loa.journal import selectors as journal_selectors

    head = journal_selectors.head().seq
    return [
        {
            "peer": one.link.peer,
            "state": one.link.state,
            "error": one.link.error,
            "behind_in": one.behind_in,
            "behind_out": one.behind_out,
            "out_seq": one.link.out_seq,
            "out_epoch": one.link.out_epoch,
            "in_seq": one.link.in_seq,
            "in_epoch": one.link.in_epoch,
            "had": one.link.had,
            "duplicates": one.link.duplicates,
            "waiting": one.waiting,
            "refused": one.refused,
            "queued": one.queued,
            "unseen": head - one.link.exported,
        }
        for one in selectors.standings()
    ]


def _library() -> list[Answer]:
    from loa.outlets.selectors import stations_in
    from loa.schedule.models import LibraryEntry

    rows = LibraryEntry.objects.filter(
        place__path__in=[s.place.path for s in stations_in(["vn"])]
    ).select_related("place")
    return [
        {
            "bulletin": str(row.bulletin_id),
            "commune": row.place.path,
            "withdrawn": row.withdrawn_at is not None,
        }
        for row in rows
    ]


def _slots() -> list[Answer]:
    from loa.schedule.models import Slot

    return [
        {
            "bulletin": str(row.bulletin_id),
            "commune": row.station.place.path,
            "class": row.class_name,
            "removed": row.removed_at is not None,
        }
        for row in Slot.objects.exclude(bulletin=None).select_related("station__place")
    ]


def _aired() -> list[Answer]:
    from loa.federation.models import Aired

    return [
        {
            "bulletin": str(row.bulletin),
            "commune": row.commune,
            "outlets": row.outlets,
            "grades": row.grades,
            "at": row.first_at.isoformat() if row.first_at else None,
        }
        for row in Aired.objects.order_by("commune")
    ]


def _orders() -> Answer:
    from loa.alerts.models import Order

    return {
        row.pk: {
            "envelope": bytes(row.envelope or b"").hex(),
            "published": row.published_at is not None,
        }
        for row in Order.objects.filter(state="issued")
    }


def committed() -> Answer:
    """When each of the journal's facts was committed, in seconds."""
    from loa.journal.models import Fact

    return {"at": {str(fact): at.timestamp() for fact, at in Fact.objects.values_list("id", "at")}}


def arrived(after: int = 0) -> Answer:
    """When each entry with a greater number was taken, in seconds."""
    from loa.federation.models import Incoming

    rows = Incoming.objects.filter(seq__gt=after).order_by("seq")
    return {"at": {str(fact): at.timestamp() for fact, at in rows.values_list("fact", "taken_at")}}


def entries(peer: str, last: int) -> Answer:
    """The last entries of the list for a node, as they are told."""
    from loa.federation.models import Outgoing

    rows = Outgoing.objects.filter(link__peer=peer).order_by("-seq")[:last]
    return {"rows": [[str(row.fact), row.kind, row.text] for row in rows]}


def bulletins() -> Answer:
    """The ids of this node's bulletins."""
    from loa.newsroom.models import Bulletin

    return {"ids": [str(pk) for pk in Bulletin.objects.values_list("pk", flat=True)]}


def plays() -> Answer:
    """What has sounded here: bulletin and item, once for each play."""
    from loa.delivery.models import Play

    rows = Play.objects.filter(result="played", simulated=False).exclude(bulletin=None)
    return {"items": [[str(b), item] for b, item in rows.values_list("bulletin", "item")]}


def ledger() -> Answer:
    """Every entry told and taken, by link, and how many facts were acted on twice."""
    from django.db.models import Count

    from loa.federation.models import Incoming, Outgoing

    sent: dict[str, list[str]] = {}
    for peer, fact in Outgoing.objects.values_list("link__peer", "fact"):
        sent.setdefault(peer, []).append(str(fact))
    taken: dict[str, dict[str, str]] = {}
    for peer, fact, state in Incoming.objects.values_list("link__peer", "fact", "state"):
        taken.setdefault(peer, {})[str(fact)] = state
    applied = Incoming.objects.filter(state="applied").values("link", "fact")
    twice = applied.annotate(number=Count("pk")).filter(number__gt=1).count()
    return {"sent": sent, "taken": taken, "twice": twice}


LOOKS = (state, committed, arrived, entries, bulletins, plays, ledger)
