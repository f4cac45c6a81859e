"""Facts and links by the thousand at one node, for what is measured."""

import time
from pathlib import Path
from typing import Any
from uuid import UUID

Answer = dict[str, Any]


def flood(number: int, like: str, targets: list[str], gap_s: float = 0.0) -> Answer:
    """So many more approved bulletins with the sound of one that exists: facts to be told."""
    from dataclasses import replace

    from loa.lib import clock
    from loa.lib.ids import new_id
    from loa.newsroom import receiving

    found = receiving.leaving(UUID(like))
    if found is None:
        raise LookupError(like)
    version = found.version
    came = receiving.Came(
        bulletin=version.bulletin_id,
        corrects=None,
        office=found.office,
        number=1,
        class_name="normal",
        category=version.category,
        language=version.language,
        title=version.title,
        body=version.body,
        spoken=version.spoken,
        issuer=version.issuer,
        valid_from=None,
        valid_until=None,
        targets=tuple(targets),
        opus=found.opus.sha256,
        mp3=found.mp3.sha256,
        ms=found.ms,
        pictures=(),
        written_at=clock.now(),
    )
    for _ in range(number):
        receiving.bulletin_receive(actor="cli:nation", came=replace(came, bulletin=new_id()))
        time.sleep(gap_s)
    return {}


def many(peer: str, number: int) -> Answer:
    """So many small entries at the end of the list for a node, as withdrawals of what never was."""
    from django.db import transaction

    from loa.federation import outgoing, registry
    from loa.federation.contract import Direction, Outward
    from loa.federation.models import Link
    from loa.lib.ids import new_id

    link = Link.objects.get(peer=peer)
    exchange = registry.exchange_of("bulletin.withdrawn", Direction.DOWN)
    if exchange is None:
        raise LookupError("bulletin.withdrawn")
    for start in range(0, number, 5000):
        made = []
        for _ in range(min(5000, number - start)):
            body = exchange.schema.model_validate({"bulletin": str(new_id()), "reason": "Sai ngày"})
            made.append((exchange, Outward("vn", body), new_id()))
        with transaction.atomic():
            outgoing.append(link.pk, made)
    return {}


def simulated(number: int, keys: str) -> Answer:
    """Links to so many provinces that exist only as keys in files."""
    from loa.federation.models import Link
    from loa.lib import clock
    from loa.people import ceremony
    from loa.places.selectors import below, places_named
    from loa_lab.demo.papers import HOLDERS
    from loa_lab.nation import trust

    folder, now = Path(keys), clock.now()
    provinces = below(places_named(["vn"]))[:number]
    signers = [trust.key(folder, name) for name in HOLDERS[:2]]
    for place in provinces:
        name = trust.node_id(place.path)
        own = trust.key(folder, f"simulated-{name}")
        paper = ceremony.delegate_by_root(
            signers=signers,
            holder=HOLDERS[0],
            path=place.path,
            now=now,
            subject=ceremony.subject_of("node", name, own),
        )
        (folder / f"simulated-{name}.json").write_bytes(paper.to_bytes())
        Link.objects.create(
            peer=name, path=place.path, below=True, kid=own.public.kid, linked_at=now
        )
    return {"paths": [place.path for place in provinces]}


MASSES = (flood, many, simulated)
