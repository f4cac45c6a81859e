"""Writes about what stands where: positions, pictures, notes, changed stations and outlets."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.sentences import Sentence
from loa.outlets import events, rules
from loa.outlets.checks import OutletError, check_hamlet, check_position, clean_words
from loa.outlets.models import Note, Outlet, Photo, Station, Technology
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure

if TYPE_CHECKING:
    pass

NOTE_MAX = 1000
PHOTOS_MAX = 12


def outlet_locate(*, actor: Actor, outlet: Outlet, latitude: float, longitude: float) -> None:
    """Where the pole stands, as the technician's telephone says. Raises NotAllowed, OutletError."""
    place = outlet.station.place
    ensure(actor, Action.OUTLET_ENROL, place.path)
    check_position(latitude, longitude, place)
    with transaction.atomic():
        Outlet.objects.filter(pk=outlet.pk).update(
            latitude=round(latitude, 6), longitude=round(longitude, 6)
        )
        _record(actor, events.OUTLET_LOCATED, outlet)


def photo_add(*, actor: Actor, outlet: Outlet, sha256: str, mime: str) -> None:
    """A picture of the pole that the media store holds. The oldest beyond PHOTOS_MAX leave."""
    ensure(actor, Action.OUTLET_ENROL, outlet.station.place.path)
    with transaction.atomic():
        _row, fresh = Photo.objects.get_or_create(
            outlet=outlet,
            sha256=sha256,
            defaults={"mime": mime, "taken_by": str(actor), "taken_at": clock.now()},
        )
        if not fresh:
            return
        kept = outlet.photos.order_by("-taken_at").values_list("pk", flat=True)[:PHOTOS_MAX]
        outlet.photos.exclude(pk__in=list(kept)).delete()
        _record(actor, events.PHOTO_ADDED, outlet, sha256=sha256)


def note_add(*, actor: Actor, outlet: Outlet, text: str) -> None:
    """A note for whoever comes next. Raises NotAllowed, OutletError."""
    ensure(actor, Action.OUTLET_COMMAND, outlet.station.place.path)
    plain = clean_words(text, NOTE_MAX, Sentence("Ghi chú"))
    if not plain:
        raise OutletError("Xin viết ghi chú trước khi lưu.")
    with transaction.atomic():
        last = outlet.notes.order_by("-at").first()
        if last is not None and last.text == plain and last.by == str(actor):
            return  # sent twice
        Note.objects.create(outlet=outlet, text=plain, by=str(actor), at=clock.now())
        _record(actor, events.NOTE_ADDED, outlet)


def outlet_change(*, actor: Actor, outlet: Outlet, **changes: Any) -> bool:
    """Change what is known of an outlet; whether anything differed.

    `changes` are the model's own fields. Raises NotAllowed, OutletError.
    """
    place = outlet.station.place
    ensure(actor, Action.OUTLET_MANAGE, place.path)
    changed = [name for name, value in changes.items() if getattr(outlet, name) != value]
    if not changed:
        return False
    for name in changed:
        setattr(outlet, name, changes[name])
    outlet.name = clean_words(outlet.name, 120, Sentence("Tên cụm loa"))
    outlet.code = clean_words(outlet.code, 20, Sentence("Mã cụm loa"), "code")
    outlet.vendor = clean_words(outlet.vendor, 60, Sentence("Hãng"), "vendor")
    if not outlet.name:
        raise OutletError("Cụm loa chưa có tên.").at("name")
    if not outlet.code:
        raise OutletError("Cụm loa chưa có mã.").at("code")
    outlet.folded = rules.search_text(outlet.name, outlet.code)
    check_hamlet(outlet.hamlet, place)
    check_position(outlet.latitude, outlet.longitude, place)
    with transaction.atomic():
        twins = Outlet.objects.filter(station=outlet.station, code=outlet.code)
        if twins.exclude(pk=outlet.pk).exists():
            raise OutletError("Đài đã có cụm loa mã “%(code)s”.", code=outlet.code).at("code")
        _save(outlet, [*changed, "name", "folded"])
        _record(actor, events.OUTLET_EDITED, outlet, fields=sorted(changed))
    return True


def _save(outlet: Outlet, fields: list[str]) -> None:
    try:
        outlet.full_clean(exclude=["station", "hamlet"], validate_unique=False)
    except ValidationError as error:
        raise OutletError(" ".join(error.messages)) from error
    outlet.save(update_fields=fields)


def outlet_retire(*, actor: Actor, outlet: Outlet) -> None:
    """Take an outlet down. It must have no device; its history stays."""
    ensure(actor, Action.OUTLET_MANAGE, outlet.station.place.path)
    if outlet.devices.filter(revoked_at=None).exists():
        raise OutletError("Thu hồi quyền của thiết bị trước khi gỡ cụm loa.")
    with transaction.atomic():
        if Outlet.objects.filter(pk=outlet.pk, retired_at=None).update(retired_at=clock.now()):
            _record(actor, events.OUTLET_RETIRED, outlet)


def station_change(*, actor: Actor, station: Station, name: str, technology: str) -> bool:
    """Change a station; whether anything differed. Raises NotAllowed, OutletError."""
    ensure(actor, Action.OUTLET_MANAGE, station.place.path)
    plain = clean_words(name, 120, Sentence("Tên đài"))
    if not plain:
        raise OutletError("Đài chưa có tên.")
    if technology not in Technology.values:
        raise OutletError("Xin chọn công nghệ của đài.")
    if (station.name, station.technology) == (plain, technology):
        return False
    with transaction.atomic():
        twins = Station.objects.filter(place=station.place, name=plain).exclude(pk=station.pk)
        if twins.exists():
            raise OutletError(
                "%(place)s đã có đài tên “%(name)s”.", place=station.place.name, name=plain
            )
        Station.objects.filter(pk=station.pk).update(
            name=plain, folded=rules.search_text(plain), technology=technology
        )
        journal.record(
            actor=str(actor),
            kind=events.STATION_CHANGED,
            place=station.place.path,
            subject=f"station:{station.pk}",
        )
    return True


def _record(actor: Actor, kind: str, outlet: Outlet, **payload: Any) -> None:
    journal.record(
        actor=str(actor),
        kind=kind,
        place=outlet.station.place.path,
        subject=f"outlet:{outlet.pk}",
        payload=payload,
    )
