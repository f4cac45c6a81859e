"""What tests of the desk share: a bulletin that is on air's way, and its sound."""

import hashlib
from datetime import timedelta
from typing import Any

from loa.delivery.models import Play, Receipt
from loa.lib import clock
from loa.media import services as media
from loa.newsroom.models import Bulletin
from loa.outlets.models import Outlet
from tests.country import Commune
from tests.newsroom.test_bulletins import approve, submitted

FORM: dict[str, Any] = {
    "title": "Lịch tiêm chủng",
    "body": "Trạm Y tế xã tổ chức tiêm lúc 7h30 ngày 5/12.",
    "category": "c1",
    "class_name": "normal",
    "language": "vi",
    "issuer": "UBND xã Tam Đảo",
    "edition": "1",
}


def approved(commune: Commune) -> Bulletin:
    """A bulletin of the commune that its approver approved."""
    return approve(commune.actor("approver"), submitted(commune))


def played(
    bulletin: Bulletin, outlet: Outlet, result: str = "played", grade: str = "B", **more: Any
) -> Play:
    """A play as a receipt would have told it; its receipt's bytes are not a device's."""
    item = hashlib.sha256(f"{bulletin.pk}{outlet.pk}{result}".encode()).hexdigest()
    receipt = Receipt.objects.create(
        sha256=item, outlet=outlet, kid="k" * 22, envelope=b"{}", received_at=clock.now()
    )
    fields: dict[str, Any] = {
        "level_lufs": -16.0 if result == "played" else None,
        "volume_pct": 100,
        "played_ms": 5000,
        "started_at": clock.now() - timedelta(seconds=6),
    }
    return Play.objects.create(
        outlet=outlet,
        station=outlet.station,
        receipt=receipt,
        item=item,
        run=1,
        bulletin=bulletin,
        result=result,
        grade=grade,
        at=clock.now(),
        **(fields | more),
    )


def sound(name: str = "sound", ms: int = 60_000) -> str:
    """A file of the store, by name only."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    media.file_note(sha256=sha256, mime="audio/ogg", size_bytes=20_000, ms=ms)
    return sha256
