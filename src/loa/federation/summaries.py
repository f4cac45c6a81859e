"""Summaries of tables, told to a link when they changed."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from loa.federation import outgoing, registry
from loa.federation.contract import Exchange, Outward
from loa.federation.models import Link, Told
from loa.lib import clock
from loa_protocol.encoding import dump_object


def tell_all() -> int:
    """Look at what changed since the last look, for every link; returns how many were told."""
    return sum(tell(link) for link in Link.objects.all())


def tell(link: Link) -> int:
    """The changed summaries of one link; told once each, however often it looks."""
    direction = outgoing.direction_to(link)
    if not any(e.direction is direction and e.summarise for e in registry.EXCHANGES):
        return 0
    begun = clock.now()
    found = list(_found(link, link.summed_at))
    told = 0
    for start in range(0, len(found), 200):
        told += _tell(link, found[start : start + 200])
    Link.objects.filter(pk=link.pk).update(summed_at=begun)
    return told


def _found(link: Link, since: datetime | None) -> Iterable[tuple[Exchange, str, Outward]]:
    direction = outgoing.direction_to(link)
    for exchange in registry.EXCHANGES:
        if exchange.direction is direction and exchange.summarise is not None:
            for subject, outward in exchange.summarise(outgoing.peer_of(link), since):
                yield exchange, subject, outward


def _tell(link: Link, found: list[tuple[Exchange, str, Outward]]) -> int:
    digests = {subject: _digest(outward) for _, subject, outward in found}
    known = dict(
        Told.objects.filter(link=link, subject__in=list(digests)).values_list("subject", "digest")
    )
    fresh = [row for row in found if known.get(row[1]) != digests[row[1]]]
    if not fresh:
        return 0
    with transaction.atomic():
        made = [(e, outward, outward.fact) for e, _, outward in fresh if outward.fact]
        outgoing.append(link.pk, made)
        Told.objects.bulk_create(
            [Told(link=link, subject=s, digest=digests[s]) for _, s, _ in fresh],
            update_conflicts=True,
            unique_fields=["link", "subject"],
            update_fields=["digest"],
            batch_size=200,
        )
    return len(fresh)


def _digest(outward: Outward) -> str:
    body = outward.body.model_dump(mode="json", by_alias=True, exclude_none=True)
    return hashlib.sha256(dump_object(body)).hexdigest()
