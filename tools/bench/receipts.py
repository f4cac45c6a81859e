"""Devices' proofs into the node's database."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tools.bench.ground import node_in, stations
from tools.bench.line import Line, line

if TYPE_CHECKING:
    from django.db.models import Model

    from loa.outlets.models import Device
    from loa_protocol import Envelope, SigningKey
    from loa_protocol.payloads import ReceiptItem

RATIO_AT_LEAST = 0.5
# What a player sends at once, and how many lines a receipt of a busy hour has.
_BATCHES, _BATCH, _LINES = 90, 10, 8
_ITEMS = _BATCHES * _BATCH * _LINES
_EVERY = timedelta(minutes=10)
_SECONDS = 60


def receipts_store(folder: Path) -> list[Line]:
    """Receipts a second: verified, judged against the plan and stored, against a bare bulk insert
    of the same rows, batch by batch in turns. The device was away for seven weeks."""
    node = node_in(folder)
    from loa.delivery.models import Play
    from loa.delivery.services import receipts_store as store
    from loa_protocol import SigningKey

    key = SigningKey.generate()
    device = _device(stations(1)[0], key)
    ours, bare, by_orm = [], [], []
    for number, receipts in enumerate(_shared_out(_played(device)), 1):
        batch = _batch(device, key, node.id, receipts)
        began_s = time.perf_counter()
        outcome = store(device=device, envelopes=batch, node_id=node.id)
        ours.append(time.perf_counter() - began_s)
        counted = Play.objects.count()
        if outcome.refused or counted != number * _BATCH * _LINES:
            raise RuntimeError(f"refused {outcome.refused}, {counted} plays counted")
        kept = _kept(batch)
        for insert_s, found in ((_insert_s, bare), (_bulk_create_s, by_orm)):
            _take_out(kept)
            found.append(insert_s(kept))
    return [
        line(
            "receipts_store",
            _BATCH / median(ours),
            "receipts/s",
            baseline=_BATCH / median(bare),
            budget=RATIO_AT_LEAST,
            judged="ratio at least",
            note=f"{_BATCH} receipts a transaction, {_LINES} plays each, every one of an item that"
            " a plan named, and counted; the ORM's bulk_create of the same rows alone:"
            f" {_BATCH / median(by_orm):.0f} receipts/s",
        )
    ]


def _device(station: UUID, key: SigningKey) -> Device:
    from loa.lib import clock
    from loa.outlets.models import Device, Outlet
    from loa.outlets.selectors import device_of

    outlet = Outlet.objects.create(station_id=station, code="CL01", name="Cụm loa 1")
    Device.objects.create(
        outlet=outlet,
        serial=f"bench-{outlet.pk}",
        alg="ed25519",
        key=key.public.raw,
        kid=key.kid,
        broker_secret="-",  # noqa: S106 - it logs in nowhere
        enrolled_at=clock.now() - _EVERY * (_ITEMS + 1),
    )
    known = device_of(outlet.wire_id)  # as a request finds it
    assert known is not None  # noqa: S101  it was just made
    return known


def _played(device: Device) -> list[ReceiptItem]:
    """What the device says of each item that its station's plans named in the last weeks: one every
    half hour, written down by what writes them down as a plan is issued."""
    from loa.lib import clock
    from loa.media.services import file_note
    from loa.newsroom.models import Bulletin
    from loa.schedule import issued
    from loa.schedule.handlers import station_ref
    from loa_protocol.payloads import Media, PlanItem, ReceiptItem, item_id

    now = clock.now().replace(microsecond=0)
    place = device.outlet.station.place
    bulletin = Bulletin.objects.create(
        place=place, state="approved", created_at=now, changed_at=now
    )
    sha256 = "ab" * 32
    file_note(sha256=sha256, mime="audio/ogg", size_bytes=180_000, ms=_SECONDS * 1000)
    media = Media(sha256=sha256, bytes=180_000)
    planned = [
        PlanItem(
            at=now - _EVERY * (_ITEMS - number),
            kind="media",
            class_="normal",
            bulletin=str(bulletin.pk),
            title="Lịch tiêm chủng mở rộng",
            seconds=_SECONDS,
            gain_db=0,
            media=media,
        )
        for number in range(_ITEMS)
    ]
    station = station_ref(device.outlet.station)
    issued.note(station, planned)
    return [
        ReceiptItem(
            id=item_id(station.wire_id, item),
            result="played",
            at=item.at + timedelta(seconds=_SECONDS),
            grade="B",
            level_lufs=-16,
            bulletin=item.bulletin,
            media=sha256,
            started=item.at,
            from_ms=0,
            played_ms=_SECONDS * 1000,
            volume_pct=100,
            run=1,
        )
        for item in planned
    ]


def _shared_out(items: Sequence[ReceiptItem]) -> list[list[tuple[ReceiptItem, ...]]]:
    """Batches of receipts of lines."""
    receipts = [tuple(items[at : at + _LINES]) for at in range(0, len(items), _LINES)]
    return [receipts[at : at + _BATCH] for at in range(0, len(receipts), _BATCH)]


def _batch(
    device: Device, key: SigningKey, node_id: str, receipts: Sequence[tuple[ReceiptItem, ...]]
) -> list[Envelope]:
    from loa.lib import clock
    from loa.outlets.selectors import area_of
    from loa_protocol import Envelope, Kind, new_nonce, sign
    from loa_protocol.payloads import Issuer, Receipt

    now = clock.now()
    made = []
    for items in receipts:
        receipt = Receipt(
            issuer=Issuer(path=area_of(device), outlet=device.outlet.wire_id),
            target=(f"node:{node_id}",),
            issued=now,
            expires=now + timedelta(days=365),
            nonce=new_nonce(),
            items=items,
        )
        signed = sign(Kind.RECEIPT, receipt, [key])
        made.append(Envelope.from_value(signed.to_value()))  # as it comes, with nothing known of it
    return made


# Rows of one batch by table, in the order in which they must be inserted.
_Kept = list[tuple[type["Model"], list[Any]]]


def _kept(batch: Sequence[Envelope]) -> _Kept:
    """What was stored for `batch`."""
    from loa.delivery.models import Play, Receipt

    ids = [envelope.id for envelope in batch]
    return [
        (Receipt, list(Receipt.objects.filter(pk__in=ids))),
        (Play, list(Play.objects.filter(receipt_id__in=ids))),
    ]


def _statement(model: type[Model], rows: Sequence[Model]) -> tuple[str, list[tuple[Any, ...]]]:
    from django.db import connection

    fields = model._meta.concrete_fields
    names = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    values = [
        tuple(
            field.get_db_prep_save(getattr(row, field.attname), connection=connection)
            for field in fields
        )
        for row in rows
    ]
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})', values  # noqa: S608


def _take_out(kept: _Kept) -> None:
    for model, rows in reversed(kept):
        model._base_manager.filter(pk__in=[row.pk for row in rows]).delete()


def _insert_s(kept: _Kept) -> float:
    """By the driver, with statements and values made before."""
    from django.db import connection, transaction

    ready = [_statement(model, rows) for model, rows in kept]
    began_s = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement, values in ready:
            cursor.executemany(statement, values)
    return time.perf_counter() - began_s


def _bulk_create_s(kept: _Kept) -> float:
    """By the ORM, with objects made before."""
    from django.db import transaction

    began_s = time.perf_counter()
    with transaction.atomic():
        for model, rows in kept:
            model._default_manager.bulk_create(rows)
    return time.perf_counter() - began_s
