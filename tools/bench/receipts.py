"""Devices' proofs into the node's database."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from tools.bench.ground import node_in, stations
from tools.bench.line import Line, line

if TYPE_CHECKING:
    from django.db.models import Model

    from loa.outlets.models import Device
    from loa_protocol import Envelope, SigningKey

RATIO_AT_LEAST = 0.5
_TURNS = 3
# What a player sends at once, and how many lines a receipt of a busy hour has.
_BATCHES, _BATCH, _LINES = 30, 10, 8


def receipts_store(folder: Path) -> list[Line]:
    """Receipts a second: verified and stored, against a bare bulk insert of the same rows."""
    node = node_in(folder)
    (station,) = stations(1)
    from loa.delivery.models import Play, Receipt
    from loa.delivery.services import receipts_store as store
    from loa_protocol import SigningKey

    key = SigningKey.generate()
    device = _device(station, key)
    ours, bare, by_orm = [], [], []
    for turn in range(_TURNS):
        batches = [_batch(device, key, node.id, turn * _BATCHES + i) for i in range(_BATCHES)]
        began_s = time.perf_counter()
        for batch in batches:
            if store(device=device, envelopes=batch, node_id=node.id).refused:
                raise RuntimeError("a good receipt was refused")
        ours.append(_BATCHES * _BATCH / (time.perf_counter() - began_s))
        kept = [_kept(batch) for batch in batches]
        for insert, found in ((_insert_s, bare), (_bulk_create_s, by_orm)):
            Play.objects.all().delete()
            Receipt.objects.all().delete()
            found.append(_BATCHES * _BATCH / insert(kept))
        Play.objects.all().delete()
        Receipt.objects.all().delete()
    return [
        line(
            "receipts_store",
            median(ours),
            "receipts/s",
            baseline=median(bare),
            budget=RATIO_AT_LEAST,
            judged="ratio at least",
            note=f"{_BATCH} receipts a transaction, {_LINES} lines each; the ORM's bulk_create of"
            f" the same rows alone: {median(by_orm):.0f} receipts/s",
        )
    ]


def _device(station: Any, key: SigningKey) -> Device:
    from loa.lib import clock
    from loa.outlets.models import Device, Outlet

    outlet = Outlet.objects.create(station_id=station, code="CL01", name="Cụm loa 1")
    return Device.objects.create(
        outlet=outlet,
        serial="bench",
        alg="ed25519",
        key=key.public.raw,
        kid=key.kid,
        broker_secret="-",  # noqa: S106 - it logs in nowhere
        enrolled_at=clock.now(),
    )


def _batch(device: Device, key: SigningKey, node_id: str, number: int) -> list[Envelope]:
    from loa.lib import clock
    from loa_protocol import Kind, new_nonce, sign
    from loa_protocol.payloads import Issuer, Receipt, ReceiptItem

    now = clock.now()
    made = []
    for i in range(_BATCH):
        first = (number * _BATCH + i) * _LINES
        items = tuple(
            ReceiptItem(
                id=f"{first + j:032x}",
                result="played",
                at=now,
                grade="B",
                level_lufs=-16,
                media="ab" * 32,
                started=now - timedelta(seconds=60),
                from_ms=0,
                played_ms=60_000,
                volume_pct=100,
                run=1,
            )
            for j in range(_LINES)
        )
        receipt = Receipt(
            issuer=Issuer(path="vn/25/00000", outlet=device.outlet.wire_id),
            target=(f"node:{node_id}",),
            issued=now,
            expires=now + timedelta(days=365),
            nonce=new_nonce(),
            items=items,
        )
        made.append(sign(Kind.RECEIPT, receipt, [key]))
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


def _insert_s(batches: Sequence[_Kept]) -> float:
    """By the driver, with statements and values made before."""
    from django.db import connection, transaction

    ready = [[_statement(model, rows) for model, rows in batch] for batch in batches]
    began_s = time.perf_counter()
    for batch in ready:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement, values in batch:
                cursor.executemany(statement, values)
    return time.perf_counter() - began_s


def _bulk_create_s(batches: Sequence[_Kept]) -> float:
    """By the ORM, with objects made before."""
    from django.db import transaction

    began_s = time.perf_counter()
    for batch in batches:
        with transaction.atomic():
            for model, rows in batch:
                model._default_manager.bulk_create(rows)
    return time.perf_counter() - began_s
