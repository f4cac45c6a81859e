"""Devices that asked to be enrolled and wait for a technician, and those that should not be there.

Anybody may knock, so what is kept is bounded: one row a key, a thousand rows, a month; and a row is
written at most every few seconds, however often its device asks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from loa.journal import services as journal
from loa.lib import clock
from loa.outlets import events, rules
from loa.outlets.models import ClaimFailure, Device, Knock, Outlet, Trouble
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import inside
from loa_protocol.device_api import short_key

if TYPE_CHECKING:
    from loa.outlets.enrolment import Caller

KNOCKS_MAX, KNOCKS_OF_ADDRESS = 1000, 100
"""Of all, and of one address: whoever knocks with many keys pushes only the own ones out."""
KEPT = timedelta(days=30)
FRESH = timedelta(minutes=10)
"""A device that waits asks every few seconds: after ten minutes it is not there any more."""
WRITE_EVERY = timedelta(seconds=4)
CROWD = 50


def retry_s() -> int:
    """How long a device should wait before it asks again: a technician at a pole watches one, a
    crowd of them must not weigh on the node."""
    waiting = Knock.objects.filter(last_at__gt=clock.now() - timedelta(minutes=2))[:CROWD].count()
    return 30 if waiting >= CROWD else 5


def knock_note(*, caller: "Caller", trouble: str, outlet: Outlet | None = None) -> None:
    """Keep that the device asked. The first time something is wrong with it is a fact."""
    now, kid = clock.now(), caller.key.kid
    known = Knock.objects.filter(pk=kid).first()
    if known is not None and known.trouble == trouble and now - known.last_at < WRITE_EVERY:
        return
    with transaction.atomic():
        if known is None:
            _make_room(now, caller.address)
        said = {
            "serial": caller.serial,
            "model": caller.model,
            "alg": caller.key.alg,
            "key": caller.key.raw,
            "short": short_key(caller.key),
            "area": caller.area,
            "address": caller.address,
            "trouble": trouble,
            "outlet": outlet,
            "last_at": now,
        }
        Knock.objects.update_or_create(
            kid=kid, defaults=said, create_defaults={**said, "first_at": now}
        )
        if trouble and outlet is not None and (known is None or known.trouble != trouble):
            _suspect(outlet, trouble)


def _make_room(now: datetime, address: str) -> None:
    Knock.objects.filter(last_at__lte=now - KEPT).delete()
    _drop_oldest(Knock.objects.filter(address=address), KNOCKS_OF_ADDRESS)
    _drop_oldest(Knock.objects.all(), KNOCKS_MAX)


def _drop_oldest(rows: QuerySet[Knock], most: int) -> None:
    """Room for one more among these rows."""
    over = rows.count() - most + 1
    if over > 0:
        oldest = rows.order_by("last_at").values_list("pk", flat=True)[:over]
        Knock.objects.filter(pk__in=list(oldest)).delete()


def _suspect(outlet: Outlet, trouble: str) -> None:
    journal.record(
        actor="node",
        kind=events.DEVICE_SUSPECT,
        place=outlet.station.place.path,
        subject=f"outlet:{outlet.pk}",
        payload={"outlet": outlet.wire_id, "trouble": trouble},
    )


def address_note(*, device: Device, address: str) -> None:
    """Where a device asks from. One write per change; many changes in an hour are a clone's sign:
    two boxes with one key answer in turn."""
    if device.address == address or not address:
        return
    now = clock.now()
    first = not device.address
    moves, since, suspicious = rules.moved(device.moves, device.moves_since, now)
    with transaction.atomic():
        Device.objects.filter(pk=device.pk).update(
            address=address,
            moves=0 if first else moves,
            moves_since=None if first else since,
        )
        if suspicious and not first:
            _suspect(device.outlet, Trouble.CLONE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A device that waits, as the technician sees it."""

    knock: Knock
    fresh: bool
    """Whether it asked within the last minutes."""
    near: bool
    """Whether it asks from the same address as the technician's telephone."""


def _seen_by(actor: Actor) -> Q:
    """Devices set up for a place of the asker, and those that do not say for which."""
    return inside(actor.places(Action.OUTLET_ENROL), "area") | Q(area="")


def waiting(actor: Actor, *, near: str = "", commune: str = "", limit: int = 30) -> list[Waiting]:
    """Devices nobody has bound, those at hand first: asking from the technician's own address, set
    up for this commune, newest."""
    rows = Knock.objects.filter(_seen_by(actor), trouble="")
    return _nearest(rows, near=near, commune=commune, limit=limit)


def _nearest(rows: QuerySet[Knock], *, near: str, commune: str, limit: int) -> list[Waiting]:
    now = clock.now()
    ordered = rows.annotate(
        here=Case(
            When(area=commune, area__gt="", then=Value(0)),
            When(address=near, address__gt="", then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
    ).order_by("here", "-last_at")
    return [
        Waiting(row, now - row.last_at < FRESH, bool(near) and row.address == near)
        for row in ordered[:limit]
    ]


def troubled(actor: Actor, limit: int = 30) -> list[Knock]:
    """Clones, replaced devices and second users of a claim at the asker's outlets, newest first."""
    mine = inside(actor.places(Action.OUTLET_ENROL), "outlet__station__place__path")
    rows = Knock.objects.filter(mine).exclude(trouble="").select_related("outlet__station__place")
    return list(rows.order_by("-last_at")[:limit])


def movers(actor: Actor, limit: int = 30) -> list[Device]:
    """Live devices that change their address so often that they may be two."""
    mine = inside(actor.places(Action.OUTLET_ENROL), "outlet__station__place__path")
    rows = Device.objects.filter(
        mine,
        revoked_at=None,
        moves__gte=rules.MOVES_SUSPECT,
        moves_since__gt=clock.now() - timedelta(days=1),
    )
    return list(rows.select_related("outlet__station").order_by("-moves_since")[:limit])


def locked_lately() -> list[tuple[str, datetime]]:
    """Serial numbers locked out now, at the address that sent five wrong codes, with their last
    try."""
    since = clock.now() - rules.LOCK_FOR
    tries: dict[tuple[str, str], list[datetime]] = {}
    rows = ClaimFailure.objects.filter(at__gt=since).order_by("at")[:500]
    for serial, address, at in rows.values_list("serial", "address", "at"):
        tries.setdefault((serial, address), []).append(at)
    locked = {
        serial: times[-1]
        for (serial, _address), times in tries.items()
        if rules.is_locked(len(times))
    }
    return list(locked.items())


def knock_get(actor: Actor, kid: str) -> Knock | None:
    """A device that waits and that the asker may bind."""
    return Knock.objects.filter(_seen_by(actor), pk=kid, trouble="").first()


def waiting_by_sticker(
    actor: Actor, text: str, *, near: str = "", commune: str = "", limit: int = 8
) -> list[Waiting]:
    """The devices that wait with this serial number or short key, as scanned or typed, those at
    hand first. Anybody can claim a serial number: only the key's letters tell several apart."""
    plain = text.strip()[:200]
    short = plain.lower().replace(" ", "-")
    rows = Knock.objects.filter(_seen_by(actor), Q(serial=plain) | Q(short=short), trouble="")
    return _nearest(rows, near=near, commune=commune, limit=limit)


def knock_dismiss(*, actor: Actor, knock: Knock) -> None:
    """Take a troubled device off the list; it comes back if it asks again."""
    if knock.outlet is not None:
        ensure(actor, Action.OUTLET_ENROL, knock.outlet.station.place.path)
    Knock.objects.filter(pk=knock.pk).exclude(trouble="").delete()
