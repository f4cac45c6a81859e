"""The `open` document of each commune: what is in force there, signed, always fresh.

Devices compare its hash and ask for what they lack (protocol.md 7). Issued by the lane every 60 s
while anything is open, else every 5 minutes, and at once on change.
"""

from datetime import timedelta

from django.db import transaction

from loa.alerts import selectors as alerts
from loa.delivery.models import OpenDocument
from loa.lib import clock
from loa.lib.batches import batched
from loa.outlets import selectors as outlets
from loa.people.authority import NodeIdentity, documents_over, next_version
from loa.places import selectors as places
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Open, Trust, new_nonce, parse_payload

EVERY = timedelta(minutes=5)
EVERY_WHILE_OPEN = timedelta(seconds=60)
LIFE = timedelta(hours=24)
FLOOR_BEHIND = timedelta(hours=1)
"""Commands live an hour, a proposed order half of one: the floor stays behind them, so that a late
one still counts."""


def open_issue(*, node: NodeIdentity, area: str, as_parent: bool = False) -> OpenDocument:
    """A fresh `open` for the commune with this path, stored and returned. A parent's has no floor:
    it says what stands, and does not move the time of another node's devices."""
    now = clock.now()
    with transaction.atomic():
        last = OpenDocument.objects.filter(pk=area).first()
        opened = alerts.opened(area)
        payload = Open(
            issuer=node.issuer,
            target=(area,),
            issued=now,
            expires=now + LIFE,
            nonce=new_nonce(),
            version=next_version(last.version if last else 0, now),
            floor=None if as_parent else min(now - FLOOR_BEHIND, opened.first or now),
            orders=opened.ids,
            trust=_trust_versions(area),
        )
        envelope = node.sign(Kind.OPEN, payload)
        document, _ = OpenDocument.objects.update_or_create(
            area=area,
            defaults={
                "version": payload.version,
                "sha256": envelope.id,
                "envelope": envelope.to_bytes(),
                "issued_at": now,
            },
        )
    return document


def _trust_versions(area: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for envelope in documents_over(Kind.TRUST, area):
        payload = parse_payload(Kind.TRUST, envelope.payload)
        if isinstance(payload, Trust):
            found[payload.target[0]] = payload.version
    return found


def open_at(area: str) -> OpenDocument | None:
    """The newest `open` of exactly this area."""
    return OpenDocument.objects.filter(pk=area).first()


def open_of(commune_code: str) -> OpenDocument | None:
    """The newest `open` of the commune with this official code. While a reorganisation goes round
    a former code has one of its own for the devices that still go by it, later its successor's."""
    commune = places.commune_get(commune_code)
    here = open_at(commune.path) if commune else None
    if here is not None and commune is not None and commune.code == commune_code:
        return here
    rows = OpenDocument.objects.filter(area__endswith=f"/{commune_code}")
    return rows.order_by("-version").first() or here


def open_forget() -> int:
    """Drop those of communes that are gone and that no device goes by any more; returns how
    many."""
    heard = set(outlets.communes_with_devices())
    areas = [pk for pk in OpenDocument.objects.values_list("pk", flat=True) if pk not in heard]
    stand = {place.path for place in places.places_named(areas)}
    gone = [area for area in areas if area not in stand]
    for some in batched(gone):
        OpenDocument.objects.filter(pk__in=some).delete()
    return len(gone)


def open_as_parent(node: NodeIdentity, area: str) -> OpenDocument:
    """What a device of a node below is told of its commune when that node is silent: the stored
    document while it still says what stands and is fresh, else a new one."""
    last = OpenDocument.objects.filter(pk=area).first()
    if last is not None and clock.now() - last.issued_at < EVERY:
        told = parse_payload(Kind.OPEN, Envelope.parse(bytes(last.envelope)).payload)
        if isinstance(told, Open) and told.orders == alerts.opened(area).ids:
            return last
    return open_issue(node=node, area=area, as_parent=True)


def due(areas: list[str]) -> list[str]:
    """Of these communes, those whose `open` is missing or older than EVERY, or EVERY_WHILE_OPEN
    where something is in force."""
    now = clock.now()
    issued = dict(OpenDocument.objects.values_list("area", "issued_at"))
    busy = alerts.areas_in_force()
    return [
        area
        for area in areas
        if area not in issued or now - issued[area] >= (EVERY_WHILE_OPEN if area in busy else EVERY)
    ]


def issued_since(version: int) -> list[tuple[str, int, str]]:
    """(area, version, id) of every `open` issued after `version`."""
    rows = OpenDocument.objects.filter(version__gt=version)
    return list(rows.values_list("area", "version", "sha256"))
