"""Writes: stations, outlets, claims."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.ids import claim_code
from loa.lib.sentences import Sentence
from loa.outlets import commands, events, rules
from loa.outlets.checks import OutletError, check_hamlet, check_position, clean_words
from loa.outlets.models import Claim, Outlet, Station
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure

if TYPE_CHECKING:
    from loa.places.models import Place

__all__ = ("OutletError",)
"""Where the callers of these services look for it."""


def station_add(
    *, actor: Actor, place: "Place", name: str, technology: str = "ip", simulated: bool = False
) -> Station:
    """A station of a commune. Raises NotAllowed, OutletError."""
    ensure(actor, Action.OUTLET_MANAGE, place.path)
    if place.level != "commune":
        raise OutletError("Đài truyền thanh phải thuộc một xã, phường hoặc đặc khu.").at("commune")
    name = clean_words(name, 120, Sentence("Tên đài"))
    if not name:
        raise OutletError("Đài chưa có tên.").at("name")
    with transaction.atomic():
        if Station.objects.filter(place=place, name=name).exists():
            raise OutletError(
                "%(place)s đã có đài tên “%(name)s”.", place=place.name, name=name
            ).at("name")
        station = Station.objects.create(
            place=place,
            name=name[:120],
            folded=rules.search_text(name),
            technology=technology,
            simulated=simulated,
        )
        journal.record(
            actor=str(actor),
            kind=events.STATION_ADDED,
            place=place.path,
            subject=f"station:{station.pk}",
        )
    return station


def outlet_add(*, actor: Actor, station: Station, code: str, name: str, **details: Any) -> Outlet:
    """An outlet of a station: a cluster on its pole. `details` are the model's own fields.

    Raises NotAllowed, OutletError with a sentence for what does not fit.
    """
    ensure(actor, Action.OUTLET_MANAGE, station.place.path)
    outlet = Outlet(
        station=station,
        code=clean_words(code, 20, Sentence("Mã cụm loa"), "code"),
        name=clean_words(name, 120, Sentence("Tên cụm loa")),
        **details,
    )
    outlet.vendor = clean_words(outlet.vendor, 60, Sentence("Hãng"), "vendor")
    if not outlet.name:
        raise OutletError("Cụm loa chưa có tên.").at("name")
    if not outlet.code:
        raise OutletError("Cụm loa chưa có mã.").at("code")
    check_hamlet(outlet.hamlet, station.place)
    check_position(outlet.latitude, outlet.longitude, station.place)
    try:
        outlet.full_clean(exclude=["station", "hamlet"], validate_unique=False)
    except ValidationError as error:
        raise OutletError(" ".join(error.messages)) from error
    with transaction.atomic():
        if Outlet.objects.filter(station=station, code=outlet.code).exists():
            raise OutletError("Đài đã có cụm loa mã “%(code)s”.", code=outlet.code).at("code")
        outlet.folded = rules.search_text(outlet.name, outlet.code)
        outlet.save(force_insert=True)
        journal.record(
            actor=str(actor),
            kind=events.OUTLET_ADDED,
            place=station.place.path,
            subject=f"outlet:{outlet.pk}",
        )
    return outlet


def outlet_volume(*, actor: Actor, outlet: Outlet, volume_pct: int) -> None:
    """The volume of programmes at an outlet. It never lowers the alert level (protocol.md 3)."""
    ensure(actor, Action.OUTLET_COMMAND, outlet.station.place.path)
    if not 0 <= volume_pct <= 100:
        raise OutletError("Âm lượng là một số từ 0 đến 100.")
    with transaction.atomic():
        Outlet.objects.filter(pk=outlet.pk).update(volume_pct=volume_pct)
        if outlet.devices.filter(revoked_at=None).exists():
            commands.command_give(actor=actor, outlet=outlet, do="volume", volume_pct=volume_pct)
        journal.record(
            actor=str(actor),
            kind=events.OUTLET_CHANGED,
            place=outlet.station.place.path,
            subject=f"outlet:{outlet.pk}",
            payload={"volume_pct": volume_pct},
        )


def claim_make(*, actor: Actor, outlet: Outlet) -> tuple[str, datetime]:
    """A fresh claim code for the outlet and when it expires; earlier unused ones stop working.

    The code is shown once; only its hash is kept.
    """
    ensure(actor, Action.OUTLET_ENROL, outlet.station.place.path)
    code, now = claim_code(), clock.now()
    with transaction.atomic():
        Claim.objects.filter(outlet=outlet, used_at=None, cancelled_at=None).update(
            cancelled_at=now
        )
        claim = Claim.objects.create(
            outlet=outlet,
            code_hash=rules.claim_hash(code),
            created_by=str(actor),
            created_at=now,
            expires_at=now + rules.CLAIM_LIFE,
        )
        journal.record(
            actor=str(actor),
            kind=events.CLAIM_MADE,
            place=outlet.station.place.path,
            subject=f"outlet:{outlet.pk}",
        )
    return code, claim.expires_at


def outlet_id_of(wire_id: str) -> UUID:
    return Outlet.objects.values_list("pk", flat=True).get(wire_id=wire_id)
