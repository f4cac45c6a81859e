"""What the other side tells: checked, and put into the mailbox before anything is done about it.

Taking a page is one transaction: all of its entries are kept, or none. Acting is `applying`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import structlog
from django.db import transaction
from pydantic import ValidationError

from loa.federation import events
from loa.federation.models import Incoming, Link, Taken
from loa.federation.refusals import Fault, LinkRefused
from loa.journal import services as journal
from loa.lib import clock, db
from loa.people.acceptance import trust_now
from loa.people.authority import NodeIdentity
from loa_protocol.context import Channel, Context
from loa_protocol.encoding import parse_object
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.ladder import verify
from loa_protocol.paths import node_address
from loa_protocol.payloads import Common, Head, Page
from loa_protocol.peer_api import (
    ENTRIES_MAX,
    Cursor,
    Entry,
    Mark,
    Told,
    chain_hash,
    entry_text,
    mark_numbers,
)
from loa_protocol.refusals import Refused

log = structlog.get_logger()

AHEAD_MAX = timedelta(minutes=5)
"""An entry dated further in the future than this is not believed."""
NOTED_EVERY = timedelta(hours=1)


def cursor_of(link: Link) -> Cursor:
    """Where we stand in the other side's list, with what lets it find us after a restore."""
    marks = []
    numbers = mark_numbers(link.in_seq) if link.in_seq else []
    for number in numbers:
        row = Incoming.objects.filter(link=link, seq__lte=number).order_by("-seq").first()
        mark = Mark(seq=row.seq, hash=row.hash) if row else None
        if mark is not None and mark not in marks:
            marks.append(mark)
    head = parse_object(bytes(link.in_head)) if link.in_head else None
    return Cursor(
        epoch=link.in_epoch, seq=link.in_seq, hash=link.in_hash, marks=tuple(marks), head=head
    )


def checked(envelope: Envelope, kind: Kind, link: Link, node: NodeIdentity) -> Common:
    """What the other side signed for us: judged by the root, from that node and place alone.

    Raises LinkRefused by the protocol's names, or OTHER_NODE, KEY_CHANGED.
    """
    trust = trust_now()
    try:
        if envelope.kind is not kind:
            raise LinkRefused(Fault.BAD_ANSWER, f"{envelope.kind} where {kind} belongs")
        context = Context(trust=trust.state, now=clock.now(), cache=trust.cache)
        payload = verify(envelope, Channel.LINK, context).payload
    except Refused as refused:
        raise LinkRefused.of(refused) from refused
    issuer = payload.issuer
    if issuer.node != link.peer or issuer.path != link.path:
        raise LinkRefused(Fault.OTHER_NODE, f"{issuer.node} tại {issuer.path}")
    if payload.target != (node_address(node.id),):
        raise LinkRefused(Fault.OTHER_NODE, payload.target[0])
    if link.kid not in {signature.kid for signature in envelope.sigs}:
        raise LinkRefused(Fault.KEY_CHANGED, envelope.sigs[0].kid)
    return payload


@dataclass(frozen=True, slots=True)
class Read:
    """A page whose entries hang together: ready to be kept."""

    head: Head
    head_bytes: bytes
    entries: tuple[tuple[Entry, dict[str, Any], str], ...]
    epoch: int
    seq: int
    hash: str


def read(told: Told, link: Link, node: NodeIdentity) -> Read:
    """Check a head and its page against where we stand. Nothing is kept. Raises LinkRefused."""
    head_envelope = _envelope(told.head)
    head = cast(Head, checked(head_envelope, Kind.HEAD, link, node))
    if head.epoch < link.in_epoch:
        raise LinkRefused(Fault.OLD_EPOCH, f"{head.epoch} < {link.in_epoch}")
    if head.epoch == link.in_epoch and head.size < link.in_seq:
        raise LinkRefused(Fault.FORK, f"{head.size} < {link.in_seq}")
    head_bytes = head_envelope.to_bytes()
    if told.page is None:
        _check_end(head, link.in_epoch, link.in_seq, link.in_hash)
        # A new epoch is entered with its first page, which alone may leave numbers out.
        epoch = link.in_epoch or head.epoch
        return Read(head, head_bytes, (), epoch, link.in_seq, link.in_hash)
    page = cast(Page, checked(_envelope(told.page), Kind.PAGE, link, node))
    if page.epoch != head.epoch:
        raise LinkRefused(Fault.OLD_EPOCH, f"page {page.epoch}, head {head.epoch}")
    if page.from_ != link.in_seq:
        late = page.from_ < link.in_seq
        raise LinkRefused(
            Fault.REPLAY if late else Fault.GAP, f"from {page.from_}, have {link.in_seq}"
        )
    entries = tuple(_entries(page, link))
    seq, chain = link.in_seq, link.in_hash
    for entry, _, text in entries:
        seq, chain = entry.seq, chain_hash(chain, entry.seq, text)
    _check_end(head, page.epoch, seq, chain)
    return Read(head, head_bytes, entries, page.epoch, seq, chain)


def _envelope(value: dict[str, Any]) -> Envelope:
    try:
        return Envelope.from_value(value)
    except Refused as refused:
        raise LinkRefused.of(refused) from refused


def _check_end(head: Head, epoch: int, seq: int, chain: str) -> None:
    if head.epoch == epoch and head.size == seq and head.root != chain:
        raise LinkRefused(Fault.CHAIN_BROKEN, f"at {seq}")


def _entries(page: Page, link: Link) -> Iterable[tuple[Entry, dict[str, Any], str]]:
    if not page.entries:
        raise LinkRefused(Fault.BAD_ANSWER, "an empty page")
    if len(page.entries) > ENTRIES_MAX:
        raise LinkRefused(Fault.BAD_ANSWER, f"{len(page.entries)} entries")
    # Only a new epoch may leave numbers out: they were told before the restore, and are not again.
    jump = page.epoch > link.in_epoch
    expected, latest = link.in_seq + 1, clock.now() + AHEAD_MAX
    for value in page.entries:
        try:
            entry = Entry.model_validate(value, by_alias=True, by_name=False)
        except ValidationError as error:
            raise LinkRefused(Fault.BAD_ANSWER, first_error(error)) from error
        if entry.seq != expected and not (jump and entry.seq > expected):
            raise LinkRefused(Fault.GAP, f"{entry.seq} after {expected - 1}")
        if entry.at > latest:
            raise LinkRefused(Fault.BAD_ANSWER, f"entry {entry.seq} is from the future")
        jump, expected = False, entry.seq + 1
        yield entry, value, entry_text(value)


def first_error(error: ValidationError) -> str:
    """Where and what is wrong first, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return ".".join(str(part) for part in first["loc"]) + f": {first['msg']}"


def take(told: Told, link: Link, node: NodeIdentity) -> int:
    """Keep a page of the other side; returns how many entries were new here.

    Raises LinkRefused; then nothing was kept: also, as MAILBOX_FULL, where too much of what the
    other side told before still waits here. The same page twice is refused as a replay and
    changes nothing.
    """
    if link.full:
        raise LinkRefused(Fault.MAILBOX_FULL)
    got = read(told, link, node)
    now = clock.now()
    with transaction.atomic():
        standing = Link.objects.filter(pk=link.pk, in_seq=link.in_seq, in_epoch=link.in_epoch)
        restored = (got.head.acked or 0) > max(link.in_seq, link.had)
        changed = standing.update(
            in_epoch=got.epoch,
            in_seq=got.seq,
            in_hash=got.hash,
            in_size=got.seq if got.head.root == got.hash else got.head.size,
            in_head=got.head_bytes,
            had=max(link.had, got.head.acked or 0) if restored else link.had,
            software=told.software,
            seen_at=now,
            **_no_error(link),
        )
        if not changed:
            raise LinkRefused(Fault.REPLAY, "taken by another worker meanwhile")
        fresh = _keep(link, got, now)
        if restored:
            _note_restore(link, got.head)
    link.refresh_from_db()
    return fresh


def _note_restore(link: Link, head: Head) -> None:
    """Once an hour: a head that claims it with every page would fill the journal."""
    now = clock.now()
    if link.restore_noted_at is not None and now - link.restore_noted_at < NOTED_EVERY:
        return
    Link.objects.filter(pk=link.pk).update(restore_noted_at=now)
    journal.record(
        actor="node",
        kind=events.RESTORE_SEEN,
        place=link.path,
        subject=f"link:{link.pk}",
        payload={"peer": link.peer, "had": head.acked, "have": link.in_seq},
    )


def _no_error(link: Link) -> dict[str, Any]:
    if link.stopped or link.full:
        return {}
    return {"error": "", "error_detail": "", "error_at": None}


_COLUMNS = (
    *("link_id", "epoch", "seq", "fact", "at", "kind", "schema", "place", "body", "hash"),
    *("state", "reason", "detail", "taken_at"),
)


def _keep(link: Link, got: Read, now: Any) -> int:
    facts = [UUID(entry.id) for entry, _, _ in got.entries]
    known = set(Incoming.objects.filter(link=link, fact__in=facts).values_list("fact", flat=True))
    rows, chain = [], link.in_hash
    for (entry, value, text), fact in zip(got.entries, facts, strict=True):
        chain = chain_hash(chain, entry.seq, text)
        if fact in known:
            continue
        known.add(fact)
        crit = "crit" if entry.crit else ""
        body = json.dumps(value["body"], ensure_ascii=False, separators=(",", ":"))
        rows.append(
            (
                *(link.pk, got.epoch, entry.seq, fact, entry.at, entry.kind, entry.schema_),
                *(entry.place, body, chain, Taken.QUEUED.value, crit, "", now),
            )
        )
    db.insert_new(Incoming, _COLUMNS, rows)
    doubled = len(got.entries) - len(rows)
    if doubled:
        Link.objects.filter(pk=link.pk).update(duplicates=link.duplicates + doubled)
    return len(rows)
