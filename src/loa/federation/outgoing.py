"""What this node has to tell: from the journal into each link's own numbered, chained list.

The list is written once and never changes, so a page that is asked for twice is the same page. When
the other side has more of it than we do, we were restored from a backup: a new epoch begins after
the last number it was ever told, and what it lacks is numbered anew behind that.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Max

from loa.federation import events, registry, selectors
from loa.federation.contract import Direction, Exchange, Outward, Peer
from loa.federation.models import Link, LinkState, Outgoing, OutgoingMedia
from loa.federation.refusals import Fault, LinkRefused
from loa.journal import selectors as journal_selectors
from loa.journal import services as journal
from loa.journal.services import Recorded
from loa.lib import clock, db
from loa.people.authority import NodeIdentity, next_version
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa_protocol.clock import format_time
from loa_protocol.envelope import Envelope, sign
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside, node_address
from loa_protocol.payloads import Head, Page, new_nonce, parse_payload
from loa_protocol.peer_api import (
    ENTRIES_MAX,
    ENTRY_MAX_BYTES,
    GENESIS,
    PAGE_ENTRIES_BYTES,
    PAGE_LIFE,
    Cursor,
    chain_hash,
    entry_text,
)
from loa_protocol.refusals import Refused

log = structlog.get_logger()

BATCH = 500
EPOCH_EVERY = timedelta(hours=1)
"""A node is restored from a backup once in years; one that claims it at every request would have
all of its list written anew each time."""


def peer_of(link: Link) -> Peer:
    """The other side of a link, by the names that its place has and had."""
    today = selectors.place_today(link)
    former = tuple(one for one in (link.path, link.former) if one and one != today)
    return Peer(link.pk, link.peer, today, link.below, former)


def direction_to(link: Link) -> Direction:
    return Direction.DOWN if link.below else Direction.UP


def direction_from(link: Link) -> Direction:
    return Direction.UP if link.below else Direction.DOWN


def export_next() -> bool:
    """Look at the journal's next facts for every link; returns whether there may be more.

    Links that stand at the same number are served by one reading. A link that is ended is served
    too: what happens meanwhile waits for it. What goes `first` is told before the rest of the
    batch, and before every batch that is still behind it. A fact that cannot be told to a link is
    set aside and tried again later; the reading goes on.
    """
    every = list(Link.objects.all())
    if not every:
        return False
    _export_again()
    resting = aside.resting(Queue.LINK_EXPORT)
    standing = [link for link in every if str(link.pk) not in resting]
    head = journal_selectors.head().seq
    behind = min((link.exported for link in standing), default=head)
    if behind >= head:
        return False
    facts, upto = journal.facts_after(behind, _kinds(), BATCH)
    if upto < head:
        facts += journal.facts_of(_first_kinds(), after=upto, limit=BATCH)
    links = [link for link in standing if link.exported == behind]
    for link in links:
        with quarantine.isolated(Queue.LINK_EXPORT, str(link.pk), name=link.peer):
            made = _tellable(peer_of(link), facts)
            moved = Link.objects.filter(pk=link.pk, exported=behind).update(exported=upto)
            if moved and made:
                append(link.pk, made)
    return upto < head or len(links) < len(standing)


def _export_again() -> None:
    """Facts that could not be told to a link before, once more."""
    for row in aside.due(Queue.LINK_EXPORT):
        link_id, _, fact_id = row.partition(":")
        link = Link.objects.filter(pk=link_id).first()
        fact = journal.fact_by_id(UUID(fact_id)) if fact_id else None
        if link is None or fact is None:
            quarantine.release(Queue.LINK_EXPORT, [row])
            continue
        with quarantine.isolated(Queue.LINK_EXPORT, row, name=fact.kind):
            append(link.pk, _entries_of(peer_of(link), fact))


def _kinds() -> frozenset[str]:
    return frozenset(kind for e in registry.EXCHANGES for kind in e.facts)


def _first_kinds() -> frozenset[str]:
    return frozenset(kind for e in registry.EXCHANGES if e.first for kind in e.facts)


Made = tuple[Exchange, Outward, UUID]


def _tellable(peer: Peer, facts: Iterable[Recorded]) -> list[Made]:
    """What is made of these facts for a link, orders and papers before everything else. A fact
    that cannot be told is set aside."""
    made: list[Made] = []
    for fact in facts:
        row = f"{peer.link}:{fact.id}"
        with quarantine.isolated(
            Queue.LINK_EXPORT, row, name=fact.kind, atomic=False, releases=False
        ) as outcome:
            made += _entries_of(peer, fact)
        if outcome.error is not None:
            Link.objects.filter(pk=peer.link, stopped=False, full=False).update(
                error=Fault.EXPORT_BROKEN.value, error_detail=fact.kind, error_at=clock.now()
            )
    return sorted(made, key=lambda one: not one[0].first)


class EntryTooLarge(Exception):
    """An entry that no page of the link's list can hold."""


def _entries_of(peer: Peer, fact: Recorded) -> list[Made]:
    """What is made of one fact for a link. Raises what an exporter raises, and EntryTooLarge."""
    found: list[Made] = []
    for exchange, outward in _outward(peer, fact):
        text = _text(exchange, outward, outward.fact or fact.id, clock.now())
        if len(text.encode()) > ENTRY_MAX_BYTES:
            raise EntryTooLarge(exchange.kind)
        found.append((exchange, outward, fact.id))
    return found


def _outward(peer: Peer, fact: Recorded) -> Iterable[tuple[Exchange, Outward]]:
    direction = Direction.DOWN if peer.below else Direction.UP
    for exchange in registry.exported(direction).get(fact.kind, ()):
        if exchange.export is None:
            continue
        for outward in exchange.export(fact, peer):
            if any(peer.covers(a) or inside(peer.path, a) for a in outward.audience):
                yield exchange, outward


def append(link_id: UUID, made: Sequence[tuple[Exchange, Outward, UUID]]) -> int:
    """Put entries at the end of a link's list, inside the caller's transaction; how many are new.

    A fact that stands there already is not told twice.
    """
    db.lock(f"outgoing:{link_id}")
    link = Link.objects.get(pk=link_id)
    now = clock.now()
    facts = [outward.fact or fact for _, outward, fact in made]
    known = set(Outgoing.objects.filter(link=link, fact__in=facts).values_list("fact", flat=True))
    rows, files = [], []
    seq, chain = link.out_seq, link.out_hash
    for (exchange, outward, _), fact in zip(made, facts, strict=True):
        if fact in known:
            continue
        known.add(fact)
        text = _text(exchange, outward, fact, now)
        if len(text.encode()) > ENTRY_MAX_BYTES:
            log.error("entry too large, not told", kind=exchange.kind, fact=str(fact))
            continue
        seq += 1
        chain = chain_hash(chain, seq, text)
        rows.append(
            Outgoing(
                link=link,
                seq=seq,
                fact=fact,
                kind=exchange.kind,
                text=text,
                hash=chain,
                made_at=now,
            )
        )
        files += [OutgoingMedia(link=link, sha256=file.sha256) for file in outward.media]
    Outgoing.objects.bulk_create(rows, batch_size=200)
    OutgoingMedia.objects.bulk_create(files, ignore_conflicts=True, batch_size=200)
    Link.objects.filter(pk=link_id).update(out_seq=seq, out_hash=chain)
    return len(rows)


def _text(exchange: Exchange, outward: Outward, fact: UUID, now: datetime) -> str:
    entry: dict[str, Any] = {
        "id": str(fact),
        "at": format_time(now),
        "kind": exchange.kind,
        "schema": exchange.version,
        "place": outward.place,
        "body": outward.body.model_dump(mode="json", by_alias=True, exclude_none=True),
    }
    if exchange.critical:
        entry["crit"] = True
    return entry_text(entry)


def head_sign(node: NodeIdentity, link: Link) -> Envelope:
    """Our signed word for how far this link's list goes."""
    now = clock.now()
    payload = Head(
        issuer=node.issuer,
        target=(node_address(link.peer),),
        issued=now,
        expires=now + PAGE_LIFE,
        nonce=new_nonce(),
        version=next_version(0, now),
        epoch=link.out_epoch,
        size=link.out_seq,
        root=link.out_hash,
        acked=link.out_acked,
    )
    return node.sign(Kind.HEAD, payload)


def page_sign(node: NodeIdentity, link: Link, after: int) -> Envelope | None:
    """The next entries after number `after` as one signed page; None where there are none."""
    rows = Outgoing.objects.filter(link=link, seq__gt=after).order_by("seq")
    texts: list[str] = []
    size = 0
    for seq, text in rows.values_list("seq", "text")[:ENTRIES_MAX]:
        size += len(text.encode()) + 24
        if texts and size > PAGE_ENTRIES_BYTES:
            break
        texts.append(f'{{"seq":{seq},{text[1:]}')
    if not texts:
        return None
    now = clock.now()
    empty = Page(
        issuer=node.issuer,
        target=(node_address(link.peer),),
        issued=now,
        expires=now + PAGE_LIFE,
        nonce=new_nonce(),
        epoch=link.out_epoch,
        from_=after,
        entries=(),
    ).to_bytes()
    # The entries stand as text already: the payload is put together, not built and dumped again.
    payload = empty.replace(b'"entries":[]', b'"entries":[' + ",".join(texts).encode() + b"]")
    return sign(Kind.PAGE, payload, [node.key], node.chain)


def acknowledged(link: Link, seq: int) -> None:
    """The other side has said that it has everything up to `seq`."""
    if seq > link.out_acked:
        Link.objects.filter(pk=link.pk, out_acked__lt=seq).update(out_acked=seq)
        link.out_acked = seq


def meet(node: NodeIdentity, link: Link, cursor: Cursor) -> Link:
    """See where the other side stands in our list, and make our list go on from there.

    Normally it holds our own hash at its number, and nothing is to be done. Otherwise one of us was
    restored from a backup. Raises LinkRefused where it claims more than it can prove, and where a
    new epoch has begun less than an hour ago (`epochs_allow` lets the next one begin at once).
    """
    if _stands(link, cursor.seq, cursor.hash):
        acknowledged(link, cursor.seq)
        return link
    common = next((m.seq for m in cursor.marks if _stands(link, m.seq, m.hash)), 0)
    proved = _own_word(node, link, cursor)
    if cursor.seq > max(link.out_seq, link.out_acked) and cursor.seq > proved:
        raise LinkRefused(Fault.CURSOR_UNKNOWN, f"{cursor.seq} > {link.out_seq}")
    return _begin_epoch(link, common, cursor, proved)


def _stands(link: Link, seq: int, digest: str) -> bool:
    if (seq, digest) in {(link.out_seq, link.out_hash), (link.base_seq, link.base_hash)}:
        return True
    if seq == 0:
        return digest == GENESIS
    return Outgoing.objects.filter(link=link, seq=seq, hash=digest).exists()


def _own_word(node: NodeIdentity, link: Link, cursor: Cursor) -> int:
    """How far our list once went, by a head that we signed ourselves; 0 without one."""
    if cursor.head is None:
        return 0
    try:
        envelope = Envelope.from_value(cursor.head)
        signature = next(s for s in envelope.sigs if s.kid == node.key.public.kid)
        if not node.key.public.verify(envelope.signing_input, signature.sig):
            return 0
        payload = parse_payload(Kind.HEAD, envelope.payload)
    except (Refused, StopIteration):
        return 0
    mine = isinstance(payload, Head) and payload.target == (node_address(link.peer),)
    return payload.size if mine and isinstance(payload, Head) else 0


def _begin_epoch(link: Link, common: int, cursor: Cursor, proved: int) -> Link:
    """Number what comes after the last common entry anew, behind every number ever told."""
    with transaction.atomic():
        db.lock(f"outgoing:{link.pk}")
        link.refresh_from_db()
        now = clock.now()
        if link.epoch_at is not None and now - link.epoch_at < EPOCH_EVERY:
            raise LinkRefused(Fault.EPOCH_TOO_SOON)
        rest = list(Outgoing.objects.filter(link=link, seq__gt=common).order_by("seq"))
        Outgoing.objects.filter(pk__in=[row.pk for row in rest]).delete()
        epoch = max(link.out_epoch, cursor.epoch) + 1
        seq, chain = max(cursor.seq, link.out_acked, link.out_seq, proved), cursor.hash
        for row in rest:
            seq += 1
            row.pk, row.seq = None, seq
            row.hash = chain = chain_hash(chain, seq, row.text)
        Outgoing.objects.bulk_create(rest, batch_size=200)
        Link.objects.filter(pk=link.pk).update(
            out_epoch=epoch,
            epoch_at=now,
            out_seq=seq,
            out_hash=chain,
            out_acked=cursor.seq,
            base_seq=cursor.seq,
            base_hash=cursor.hash,
        )
        journal.record(
            actor="node",
            kind=events.RESTORE_SEEN,
            place=link.path,
            subject=f"link:{link.pk}",
            payload={
                "peer": link.peer,
                "epoch": epoch,
                "common": common,
                "after": cursor.seq,
                "again": len(rest),
            },
        )
    link.refresh_from_db()
    log.warning("own list restored from a backup: new epoch", peer=link.peer, epoch=epoch)
    return link


def epochs_allow() -> None:
    """A person has looked: each link may begin a new epoch now."""
    Link.objects.filter(epoch_at__isnull=False).update(epoch_at=None)


def ends() -> dict[str, int]:
    """The end of each list, by the other node's id: what those who wait look at."""
    rows = Link.objects.filter(state=LinkState.LINKED).values_list("peer", "out_seq")
    return dict(rows)


def may_fetch(link: Link, sha256: str) -> bool:
    """Whether something that was told to this link names the file."""
    return OutgoingMedia.objects.filter(link=link, sha256=sha256).exists()


def newest_number(link: Link) -> int:
    """The greatest number in the list; for tests and the shell."""
    return Outgoing.objects.filter(link=link).aggregate(last=Max("seq"))["last"] or 0


def entries(link: Link, after: int, limit: int) -> list[dict[str, Any]]:
    """Entries as they are told, for the shell."""
    rows = Outgoing.objects.filter(link=link, seq__gt=after).order_by("seq")[:limit]
    return [{"seq": row.seq, **json.loads(row.text)} for row in rows]
