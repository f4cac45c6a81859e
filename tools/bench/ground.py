"""A whole node's database in a scratch folder: the real settings, SQLite, a chain of trust."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from loa.people.authority import NodeIdentity

PROVINCE = "25"
SINCE = date(2025, 7, 1)


def node_in(folder: Path) -> NodeIdentity:
    """Set Django up on a new database in `folder`; this process has no other."""
    os.environ |= {"LOA_DATA": str(folder / "node"), "LOA_DEMO": "1"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    (folder / "node").mkdir()
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from loa.lib import clock
    from loa.people import authority
    from loa_lab.demo import trust

    call_command("migrate", verbosity=0)
    trust.ensure_trust(
        keys=folder / "keys", node_keys=settings.ENV.keys, province=PROVINCE, now=clock.now()
    )
    return authority.node_identity()


def stations(count: int) -> list[UUID]:
    """`count` communes with a station each, under one province's timetable of three sessions."""
    from loa.lib import clock
    from loa.outlets.models import Station
    from loa.places.models import Place
    from loa.schedule.models import Timetable

    nation = Place(level="nation", code="vn", name="Việt Nam", path="vn", valid_from=SINCE)
    path = f"vn/{PROVINCE}"
    province = Place(
        level="province", code=PROVINCE, name="Tỉnh", path=path, parent=nation, valid_from=SINCE
    )
    communes = [
        Place(
            level="commune",
            code=f"{code:05}",
            name=f"Xã {code}",
            path=f"{path}/{code:05}",
            parent=province,
            valid_from=SINCE,
        )
        for code in range(count)
    ]
    Place.objects.bulk_create([nation, province, *communes])
    Timetable.objects.create(
        place=province,
        name="thường ngày",
        days=[[["05:00", "06:00"], ["11:30", "12:30"], ["17:00", "18:00"]]] * 7,
        quiet=[["21:00", "04:30"]],
        since=SINCE,
        changed_at=clock.now(),
    )
    made = [Station(place=commune, name=f"Đài {commune.name}") for commune in communes]
    Station.objects.bulk_create(made)
    return [station.pk for station in made]


def slots(station_ids: Sequence[UUID]) -> None:
    """One item in each of the next 14 days' three sessions, for every station."""
    from loa.lib import clock
    from loa.media.services import file_note
    from loa.outlets.selectors import station_by_id
    from loa.schedule import selectors
    from loa.schedule.handlers import station_ref
    from loa.schedule.models import Slot

    sha256, now = "ab" * 32, clock.now()
    file_note(sha256=sha256, mime="audio/ogg", size_bytes=180_000, ms=60_000)
    first = selectors.today(now) + timedelta(days=1)
    sessions = selectors.sessions_between(station_ref(station_by_id(station_ids[0])), first, 13)
    Slot.objects.bulk_create(
        [
            Slot(
                station_id=station_id,
                title="Lịch tiêm chủng mở rộng",
                opus_id=sha256,
                seconds=60,
                session_at=session.start,
                made_by="bench",
                made_at=now,
            )
            for station_id in station_ids
            for session in sessions
        ],
        batch_size=1000,
    )
