"""What may stand in a programme now: approved bulletins with their own sound, meant for the place.

Every write that puts an item into a programme asks here, and so does the builder of plans before it
signs: approval, place and validity are judged when an item is stored, whoever stores it.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from loa.newsroom import selectors as newsroom
from loa.schedule.models import Slot, SlotKind
from loa.schedule.rules import ScheduleRefused
from loa_protocol.paths import inside

if TYPE_CHECKING:
    from loa.newsroom.models import Bulletin, Version


def check_airable(slot: Slot, station_path: str) -> None:
    """Raise ScheduleRefused unless the slot's bulletin may be aired at the station now.

    Inside the caller's transaction, which then holds the bulletin's lock. A media slot has a
    bulletin that is approved, plays that bulletin's approved sound and is meant for the station's
    commune; a relay has a fallback for which the same holds.
    """
    bulletin_id = _needed(slot)
    if bulletin_id is None:
        raise ScheduleRefused("Mục này không gắn với tin đã duyệt nào nên không xếp lịch được.")
    bulletin = newsroom.airable([bulletin_id], lock=True).get(bulletin_id)
    version = bulletin.approved_version if bulletin else None
    if bulletin is None or version is None:
        raise ScheduleRefused("Tin chưa được duyệt hoặc đã thu hồi nên không đưa vào lịch được.")
    if version.production is None or version.production.opus_id != slot.opus_id:
        raise ScheduleRefused("Âm thanh của tin đã đổi. Tải lại trang rồi xếp lịch lại.")
    if not meant_for(bulletin, version, station_path):
        raise ScheduleRefused("Tin này không gửi tới địa bàn của đài.")


def meant_for(bulletin: "Bulletin", version: "Version", station_path: str) -> bool:
    """Whether a bulletin is the commune's own, or was sent to it or to a part of it."""
    if bulletin.place.path == station_path:
        return True
    return any(
        inside(station_path, target) or inside(target, station_path) for target in version.targets
    )


def not_airable(slots: Collection[Slot]) -> set[UUID]:
    """The ids of those slots whose bulletin is withdrawn or was never approved. One query.

    For the builder of plans: what was stored before a withdrawal is not signed after it.
    """
    needed = {slot.pk: _needed(slot) for slot in slots if slot.kind != SlotKind.LIVE}
    approved = newsroom.airable(bulletin for bulletin in needed.values() if bulletin)
    return {slot for slot, bulletin in needed.items() if bulletin not in approved}


def _needed(slot: Slot) -> UUID | None:
    """The bulletin whose approval the slot's sound depends on."""
    return slot.fallback_id if slot.kind == SlotKind.RELAY else slot.bulletin_id
