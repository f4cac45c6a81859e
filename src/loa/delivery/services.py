"""Writes: receipts in, plays out; health; both in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.db import transaction

from loa.delivery.models import Play, Receipt
from loa.lib import clock
from loa.newsroom import selectors as newsroom
from loa.outlets import commands
from loa.outlets import selectors as outlets
from loa.outlets import telemetry
from loa_protocol.device_api import Health
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.ladder import verify_signed_by
from loa_protocol.payloads import Receipt as ReceiptPayload
from loa_protocol.payloads import ReceiptItem
from loa_protocol.refusals import Reason, Refused

if TYPE_CHECKING:
    from loa.outlets.models import Device


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
        _store(device, good, key.kid)
    return Outcome(tuple(envelope.id for envelope, _ in good), refused)


def _store(device: "Device", good: Sequence[tuple[Envelope, ReceiptPayload]], kid: str) -> None:
    now = clock.now()
    bulletins = newsroom.known_ids(
        {item.bulletin for _, payload in good for item in payload.items if item.bulletin}
    )
    with transaction.atomic():
        Receipt.objects.bulk_create(
            [
                Receipt(
                    sha256=envelope.id,
                    outlet=device.outlet,
                    kid=kid,
                    envelope=envelope.to_bytes(),
                    received_at=now,
                )
                for envelope, _ in good
            ],
            ignore_conflicts=True,
        )
        items = [(envelope.id, item) for envelope, payload in good for item in payload.items]
        answers = commands.answers_take(
            outlet_id=device.outlet_id, items=[item for _, item in items]
        )
        Play.objects.bulk_create(
            [
                _play(device, receipt, item, bulletins)
                for receipt, item in items
                if item.id not in answers
            ],
            ignore_conflicts=True,
        )


def _play(device: "Device", receipt: str, item: ReceiptItem, bulletins: dict[str, UUID]) -> Play:
    return Play(
        outlet=device.outlet,
        station_id=device.outlet.station_id,
        receipt_id=receipt,
        item=item.id,
        run=item.run or 0,
        bulletin_id=bulletins.get(item.bulletin or ""),
        media_sha256=item.media or "",
        result=item.result,
        reason=item.reason or "",
        grade=item.grade or "",
        started_at=item.started,
        at=item.at,
        from_ms=item.from_ms,
        played_ms=item.played_ms,
        level_lufs=item.level_lufs,
        volume_pct=item.volume_pct,
    )


def health_store(*, outlet_wire_id: str, report: Health, at: datetime | None = None) -> None:
    """What a device says of itself: telemetry, the newest overwrites."""
    telemetry.health_store(outlet_wire_id, report, at or clock.now())
