"""The one write: append a fact."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from loa.journal import events
from loa.journal.models import Fact, Reader
from loa.journal.rules import GENESIS, Payload, chain_hash, encode_payload
from loa.lib import clock, db
from loa.lib.ids import new_id

LOCK = "journal"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """A fact as its readers get it."""

    seq: int
    id: UUID
    actor: str
    place: str
    kind: str
    subject: str
    payload: dict[str, Any]


def record(
    *, actor: str, kind: str, place: str, subject: str = "", payload: Payload | None = None
) -> UUID:
    """Append one fact and return its id. Call it last inside the change's own transaction.

    `actor` is `person:<id>`, `outlet:<id>`, `node` or `cli:<name>`; `subject` names the thing
    (`bulletin:<id>`), so that its own page can show its way; `payload` holds ids and values.
    """
    db.lock(LOCK)
    last = Fact.objects.order_by("-seq").only("seq", "hash", "at").first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    at = clock.now()
    at -= timedelta(microseconds=at.microsecond % 1000)
    body = dict(payload or {})
    if subject:
        body["subject"] = subject
    text = encode_payload(body)
    identity = new_id()
    fact_hash = chain_hash(
        seq=seq,
        fact_id=identity,
        at=at,
        actor=actor,
        place=place,
        kind=kind,
        payload=text,
        previous=previous,
    )
    Fact.objects.create(
        seq=seq,
        id=identity,
        at=at,
        actor=actor,
        place=place,
        kind=kind,
        subject=subject,
        payload=text,
        previous=previous,
        hash=fact_hash,
    )
    return identity


def exported(*, actor: str, place: str, rows: int) -> None:
    """Note that somebody took facts out as a file."""
    with transaction.atomic():
        record(actor=actor, kind=events.EXPORTED, place=place, payload={"rows": rows})


def read_on(name: str, kinds: Iterable[str], handle: Callable[[Recorded], None], limit: int) -> int:
    """Hand the next facts of `kinds` to `handle`, one transaction each, and move the cursor.

    Returns how many facts were passed over, handled or not. A fact whose handling raises stays
    unread: the reader stops there, loudly, and tries again at the next call. Two processes with
    the same reader's name do the work once: the cursor moves in the handler's transaction.
    """
    wanted = frozenset(kinds)
    reader, _ = Reader.objects.get_or_create(name=name)
    facts = list(Fact.objects.filter(seq__gt=reader.seq).order_by("seq")[:limit])
    passed = 0
    for fact in facts:
        with transaction.atomic():
            moved = Reader.objects.filter(name=name, seq=fact.seq - 1 if passed else reader.seq)
            if not moved.update(seq=fact.seq):
                return passed
            if fact.kind in wanted:
                handle(recorded(fact))
        passed += 1
    return passed


@dataclass(frozen=True, slots=True)
class Batch:
    """The next facts for a reader whose work must not stand in a transaction (a network)."""

    name: str
    facts: tuple[Recorded, ...]
    upto: int


def next_batch(name: str, kinds: Iterable[str], limit: int) -> Batch | None:
    """What the reader has not dealt with yet, of `kinds`; None where there is nothing new.

    Call `batch_done` afterwards. A reader that dies in between gets the same facts again.
    """
    wanted = frozenset(kinds)
    reader, _ = Reader.objects.get_or_create(name=name)
    facts = list(Fact.objects.filter(seq__gt=reader.seq).order_by("seq")[:limit])
    if not facts:
        return None
    chosen = tuple(recorded(fact) for fact in facts if fact.kind in wanted)
    return Batch(name, chosen, facts[-1].seq)


def batch_done(batch: Batch) -> None:
    """The reader has dealt with the batch."""
    Reader.objects.filter(name=batch.name, seq__lt=batch.upto).update(seq=batch.upto)


def recorded(fact: Fact) -> Recorded:
    return Recorded(
        seq=fact.seq,
        id=fact.id,
        actor=fact.actor,
        place=fact.place,
        kind=fact.kind,
        subject=fact.subject,
        payload=json.loads(fact.payload),
    )


def fact_at(seq: int) -> Recorded | None:
    """The fact of that number; None where there is none."""
    fact = Fact.objects.filter(pk=seq).first()
    return recorded(fact) if fact is not None else None


def fact_by_id(fact_id: UUID) -> Recorded | None:
    """The fact with that id; None where there is none."""
    fact = Fact.objects.filter(id=fact_id).first()
    return recorded(fact) if fact is not None else None


def facts_of(kinds: Iterable[str], *, after: int, limit: int) -> list[Recorded]:
    """The first `limit` facts of `kinds` behind number `after`, however far behind it they are."""
    rows = Fact.objects.filter(kind__in=list(kinds), seq__gt=after).order_by("seq")[:limit]
    return [recorded(fact) for fact in rows]


def facts_after(seq: int, kinds: Iterable[str], limit: int) -> tuple[list[Recorded], int]:
    """The facts of `kinds` among the next `limit` after number `seq`, and the number looked up to:
    for readers that keep their own cursor."""
    wanted = frozenset(kinds)
    facts = list(Fact.objects.filter(seq__gt=seq).order_by("seq")[:limit])
    upto = facts[-1].seq if facts else seq
    return [recorded(fact) for fact in facts if fact.kind in wanted], upto
