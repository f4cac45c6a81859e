"""Summaries of tables, told to a link when they changed."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from loa.federation import outgoing, registry
from loa.federation.contract import Exchange, Outward
from loa.federation.models import Link, Told
from loa.lib import clock
from loa.quarantine import selectors as aside
from loa.quarantine import services as quarantine
from loa.quarantine.rules import Queue
from loa_protocol.encoding import dump_object


def tell_all() -> int:
    """Look at what changed since the last look, for every link; returns how many were told.

    A link or a summary that cannot be told is set aside, and the others are told.
    """
    told = 0
    for link in Link.objects.all():
        with quarantine.isolated(Queue.LINK_SUMMARIES, str(link.pk), name=link.peer):
            told += tell(link)
    return told


def tell(link: Link) -> int:
    """The changed summaries of one link; told once each, however often it looks.

    Where a summary that was set aside is due again, everything is summed up anew.
    """
    direction = outgoing.direction_to(link)
    if not any(e.direction is direction and e.summarise for e in registry.EXCHANGES):
        return 0
    begun = clock.now()
    again = {row for row in aside.due(Queue.LINK_SUMMARIES) if row.startswith(f"{link.pk}:")}
    failed: set[str] = set()
    found = list(_found(link, None if again else link.summed_at, failed))
    told = 0
    for start in range(0, len(found), 200):
        told += _tell(link, found[start : start + 200])
    quarantine.release(Queue.LINK_SUMMARIES, again - failed)
    Link.objects.filter(pk=link.pk).update(summed_at=begun)
    return told


@dataclass(frozen=True, slots=True)
class _Sum:
    """One summary as it would be told, with what is compared to the last one told."""

    exchange: Exchange
    subject: str
    outward: Outward
    digest: str


def _found(link: Link, since: datetime | None, failed: set[str]) -> Iterable[_Sum]:
    """What is to be told. What cannot be made is set aside and its row put into `failed`."""
    direction, peer = outgoing.direction_to(link), outgoing.peer_of(link)
    for exchange in registry.EXCHANGES:
        if exchange.direction is not direction or exchange.summarise is None:
            continue
        with _apart(link, exchange.kind, failed):
            for subject, make in exchange.summarise(peer, since):
                with _apart(link, subject, failed):
                    outward = make()
                    yield _Sum(exchange, subject, outward, _digest(outward))


@contextmanager
def _apart(link: Link, subject: str, failed: set[str]) -> Iterator[None]:
    row = f"{link.pk}:{subject}"
    with quarantine.isolated(
        Queue.LINK_SUMMARIES, row, name=link.peer, atomic=False, releases=False
    ) as outcome:
        yield
    if outcome.error is not None:
        failed.add(row)


def _tell(link: Link, found: list[_Sum]) -> int:
    subjects = [one.subject for one in found]
    known = dict(
        Told.objects.filter(link=link, subject__in=subjects).values_list("subject", "digest")
    )
    fresh = [one for one in found if known.get(one.subject) != one.digest]
    if not fresh:
        return 0
    with transaction.atomic():
        outgoing.append(
            link.pk, [(s.exchange, s.outward, s.outward.fact) for s in fresh if s.outward.fact]
        )
        Told.objects.bulk_create(
            [Told(link=link, subject=one.subject, digest=one.digest) for one in fresh],
            update_conflicts=True,
            unique_fields=["link", "subject"],
            update_fields=["digest"],
            batch_size=200,
        )
    return len(fresh)


def _digest(outward: Outward) -> str:
    body = outward.body.model_dump(mode="json", by_alias=True, exclude_none=True)
    return hashlib.sha256(dump_object(body)).hexdigest()
