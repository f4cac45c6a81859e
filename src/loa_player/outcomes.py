"""The device's words about what it did: one line per run of a play, for the next receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from loa_player.audio import RATE_HZ
from loa_player.schedule import Slot
from loa_player.store import PlayRecord
from loa_protocol.payloads import ReceiptItem

Result = Literal["accepted", "refused", "played", "interrupted", "muted", "cancelled", "expired"]
# What the player measured on its own output (protocol page, section 10).
GRADE: Literal["B"] = "B"
_LEVEL_LOWEST, _LEVEL_HIGHEST = -120, 20


def of_run(
    record: PlayRecord,
    result: Result,
    *,
    now: datetime,
    position: int,
    level_lufs: float | None,
    reason: str | None = None,
) -> ReceiptItem:
    """What became of the present run of `record`, which stopped at sample `position`.

    Times are cut from the media's beginning, so that the runs of a play add up to the media.
    """
    from_ms = record.run_from * 1000 // RATE_HZ
    until_ms = position * 1000 // RATE_HZ
    return ReceiptItem(
        id=record.item,
        result=result,
        at=now,
        reason=reason,
        grade=GRADE,
        level_lufs=whole_lufs(level_lufs),
        bulletin=record.bulletin,
        media=record.media,
        started=record.run_started,
        from_ms=from_ms,
        played_ms=max(0, until_ms - from_ms),
        volume_pct=record.volume_pct,
        run=record.run,
    )


def of_miss(slot: Slot, result: Result, reason: str, *, now: datetime) -> ReceiptItem:
    """Why `slot` was not played."""
    media = slot.item.media
    return ReceiptItem(
        id=slot.id,
        result=result,
        at=now,
        reason=reason,
        bulletin=slot.item.bulletin,
        media=None if media is None else media.sha256,
    )


def of_order(
    order: str, result: Result, *, now: datetime, reason: str | None = None
) -> ReceiptItem:
    """What became of an order, apart from its plays."""
    return ReceiptItem(id=order, result=result, at=now, reason=reason)


def whole_lufs(level_lufs: float | None) -> int | None:
    """The level as the wire carries it."""
    if level_lufs is None:
        return None
    return max(_LEVEL_LOWEST, min(_LEVEL_HIGHEST, round(level_lufs)))
