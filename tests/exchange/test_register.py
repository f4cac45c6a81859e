"""What of the register and of the clusters' health is told over the official exchange."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loa.exchange import line, outward, rendering
from loa.exchange.profiles import DEFAULT
from loa.lib import clock
from loa.outlets.models import HealthHour, Outlet
from loa.outlets.outages import outages
from loa.people.authority import NodeIdentity
from loa_protocol.clock import ManualClock
from tests.country import Country

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)


def test_boards_and_propagandists_are_told_with_what_the_register_knows(
    country: Country, node: NodeIdentity
) -> None:
    station, hamlet = country.one.station, country.one.outlets[0].hamlet
    for kind, name in (("board", "Bảng ở nhà văn hóa"), ("propagandist", "Nguyễn Thị Mẫu")):
        Outlet.objects.create(kind=kind, station=station, code=kind, name=name, hamlet=hamlet)
    (board,) = outward.boards("vn/25", NOW)
    assert (board.commune, board.level, board.kind, board.square_metres) == (
        *("08911", "hamlet", None, None),
    )
    assert (board.owner, board.connected, board.status) == (station.name, False, "unknown")
    (person,) = outward.propagandists("vn/25", NOW)
    assert person.hamlet == "Thôn Đông"
    told = [m for s in outward.SOURCES.values() for m in line.messages_of(s("vn", NOW), "loa:vn")]
    texts = [rendering.to_json(one, DEFAULT).decode() for one in told]
    assert any(person.person in text for text in texts)
    assert all("Mẫu" not in text for text in texts)
    assert not list(outward.boards("vn/25/08914", NOW))


def hour(outlet: Outlet, hours_ago: int, worst: str = "idle", **more: Any) -> None:
    at = clock.now().replace(minute=0) - timedelta(hours=hours_ago)
    HealthHour.objects.create(outlet=outlet, hour=at, reports=12, worst=worst, **more)


def test_silence_and_faults_are_incidents_to_the_hour(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    one, two, three = (*country.one.outlets[:2], country.two.outlets[0])
    for ago in (30, 29, 20, 19, 1, 0):
        hour(one, ago)
    for ago, worst in ((3, "idle"), (2, "fault"), (1, "fault"), (0, "fault")):
        hour(two, ago, worst)
    hour(three, 9, simulated=True)
    now = clock.now()
    since = now - timedelta(hours=24)
    found = list(outward.incidents("vn/25", since))
    silences = [i for i in found if i.subject == one.wire_id]
    assert [(i.kind, i.opened_at, i.closed_at) for i in silences] == [
        ("device_silent", now - timedelta(hours=28), now - timedelta(hours=20)),
        ("device_silent", now - timedelta(hours=18), now - timedelta(hours=1)),
    ]
    (fault,) = (i for i in found if i.subject == two.wire_id)
    assert (fault.kind, fault.closed_at, fault.commune) == ("device_fault", None, "08911")
    assert not [i for i in found if i.subject == three.wire_id], "made-up hours are none"

    manual_clock.advance(5 * 3600)
    later = {i.id: i for i in outward.incidents("vn/25", since)}
    assert silences[0].id in later
    ongoing = [i for i in later.values() if i.subject == one.wire_id and i.closed_at is None]
    assert [i.opened_at for i in ongoing] == [now + timedelta(hours=1)]


@pytest.mark.parametrize(
    ("hours", "spans"),
    [
        ([], []),
        ([0, 1, 2], [("silent", 3, None)]),
        ([8, 9], []),
        ([0, 5, 6, 7, 8, 9], [("silent", 1, 5)]),
        ([7, 8], [("silent", 9, None)]),
    ],
)
def test_outages(hours: list[int], spans: list[tuple[str, int, int | None]]) -> None:
    def at(number: int) -> datetime:
        return NOW.replace(hour=number, minute=0)

    found = outages([(at(number), False) for number in hours], at(10))
    assert found == [(kind, at(a), None if b is None else at(b)) for kind, a, b in spans]
