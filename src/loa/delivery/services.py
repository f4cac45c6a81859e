"""Writes: receipts in, plays out; health; both in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.db import transaction

from loa.alerts.orders.results import answers_note
from loa.delivery import chain, judging
from loa.delivery.models import Play, Receipt
from loa.lib import clock, db
from loa.lib.ids import new_id
from loa.newsroom import selectors as newsroom
from loa.outlets import commands, telemetry
from loa.outlets import selectors as outlets
from loa_protocol.device_api import Health
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.ladder import verify_signed_by
from loa_protocol.payloads import Receipt as ReceiptPayload
from loa_protocol.payloads import ReceiptItem
from loa_protocol.refusals import Reason, Refused

if TYPE_CHECKING:
    from loa.outlets.models import Device, Outlet


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of each receipt of a batch, by envelope id: stored (or known), or why not."""

    stored: tuple[str, ...]
    refused: dict[str, str]


def receipts_store(*, device: "Device", envelopes: Sequence[Envelope], node_id: str) -> Outcome:
    """Keep a device's receipts and the plays they prove. Idempotent; one transaction a batch.

    A receipt that does not verify with the device's own key is refused by name and leaves nothing.
    """
    key = outlets.device_key(device)
    good: list[tuple[Envelope, ReceiptPayload]] = []
    refused: dict[str, str] = {}
    for envelope in envelopes:
        try:
            payload = cast(ReceiptPayload, verify_signed_by(envelope, key, Kind.RECEIPT))
            if payload.issuer.outlet != device.outlet.wire_id:
                raise Refused(Reason.ISSUER_MISMATCH, str(payload.issuer.outlet))
            if payload.target != (f"node:{node_id}",):
                raise Refused(Reason.WRONG_NODE, payload.target[0])
        except Refused as refusal:
            refused[envelope.id] = refusal.reason.value
        else:
            good.append((envelope, payload))
    if good:
        now = clock.now()
        with transaction.atomic():
            told = judging.within_quota(device, good, now)
            if told.taken:
                _store(device, told, key.kid, now)
        good = told.taken
        refused |= dict.fromkeys((envelope.id for envelope, _ in told.over), Reason.TOO_LARGE.value)
    return Outcome(tuple(envelope.id for envelope, _ in good), refused)


def _store(device: "Device", told: judging.Told, kid: str, now: datetime) -> None:
    """Inside the caller's transaction."""
    outlet = device.outlet
    db.insert_new(
        Receipt,
        ("sha256", "outlet_id", "kid", "envelope", "received_at"),
        [(envelope.id, outlet.pk, kid, envelope.to_bytes(), now) for envelope, _ in told.taken],
    )
    items = [
        (envelope.id, payload.issuer.path, item)
        for envelope, payload in told.taken
        for item in payload.items
    ]
    said = [item for _, _, item in items]
    bulletins = newsroom.known_ids({item.bulletin for item in said if item.bulletin})
    answers = commands.answers_take(outlet_id=outlet.pk, items=said)
    answers |= chain.answers_take(outlet_id=outlet.pk, items=said)
    doubts = judging.doubts(device, [(path, item) for _, path, item in items], now)
    db.insert_new(
        Play,
        _PLAY_COLUMNS,
        [
            _play(outlet, receipt, item, bulletins, why)
            for (receipt, _, item), why in zip(items, doubts, strict=True)
            if item.id not in answers
        ],
    )
    judging.note_doubtful(device, told, [why for why in doubts if why])
    answers_note(
        outlet=outlet,
        area=outlet.station.place.path,
        items=[item for item, why in zip(said, doubts, strict=True) if not why],
        now=now,
    )


_PLAY_COLUMNS = (
    "id",
    "outlet_id",
    "station_id",
    "receipt_id",
    "item",
    "run",
    "bulletin_id",
    "media_sha256",
    "result",
    "reason",
    "grade",
    "started_at",
    "at",
    "from_ms",
    "played_ms",
    "level_lufs",
    "volume_pct",
    "simulated",
    "doubt",
)


def _play(
    outlet: "Outlet", receipt: str, item: ReceiptItem, bulletins: dict[str, UUID], doubt: str
) -> tuple[object, ...]:
    """One line of a receipt in the order of `_PLAY_COLUMNS`."""
    return (
        new_id(),
        outlet.pk,
        outlet.station_id,
        receipt,
        item.id,
        item.run or 0,
        bulletins.get(item.bulletin or ""),
        item.media or "",
        item.result,
        item.reason or "",
        item.grade or "",
        item.started,
        item.at,
        item.from_ms,
        item.played_ms,
        item.level_lufs,
        item.volume_pct,
        False,
        doubt,
    )


FORGET_BATCH = 5_000


def plays_forget(*, before: datetime) -> int:
    """Drop results and receipts older than `before`, in small transactions; how many results."""
    forgotten = 0
    old = Play.kept.filter(at__lt=before).values_list("pk", flat=True)
    while ids := list(old[:FORGET_BATCH]):
        forgotten += Play.kept.filter(pk__in=ids).delete()[0]
    spent = db.unreferenced(Receipt).filter(received_at__lt=before).values_list("pk", flat=True)
    while ids := list(spent[:FORGET_BATCH]):
        Receipt.objects.filter(pk__in=ids).delete()
    return forgotten


def health_store(*, outlet_wire_id: str, report: Health, at: datetime | None = None) -> None:
    """What a device says of itself: telemetry, the newest overwrites."""
    telemetry.health_store(outlet_wire_id, report, at or clock.now())
