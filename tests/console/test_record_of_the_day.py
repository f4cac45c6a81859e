"""What was aired stays on its day, counted against the outlets that stood then."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from loa.console.bulletins import bulletin as bulletin_page
from loa.lib import clock
from loa.newsroom import services as newsroom
from loa.newsroom.models import Bulletin
from loa.outlets.models import Device, Outlet, Station
from loa.people.authority import NodeIdentity
from loa.schedule import handlers, plans
from loa.schedule.handlers import station_ref
from loa.schedule.models import Timetable
from loa_protocol.clock import ManualClock
from tests.console.conftest import SignIn
from tests.console.desk import played
from tests.console.test_writing import text_of
from tests.country import Country
from tests.factories.bulletins import approved, content_of
from tests.factories.programmes import add, province_bulletin


def enrol(outlet: Outlet) -> None:
    Device.objects.create(
        outlet=outlet,
        serial=f"serial-{outlet.pk}",
        alg="ed25519",
        key=b"k",
        kid=outlet.pk.hex[-22:],
        broker_secret="-",
        enrolled_at=clock.now(),
    )


@pytest.fixture
def aired(country: Country, node: NodeIdentity, manual_clock: ManualClock) -> Bulletin:
    """A bulletin that the commune's only enrolled outlet sounded five minutes ago."""
    enrol(country.one.outlets[0])
    bulletin = approved(country.one, "Cắt điện thôn Đông")
    slot = add(country, content=content_of(bulletin))
    plans.plan_issue(station=station_ref(country.one.station), node=node)
    slot.refresh_from_db()
    assert slot.placed_at is not None
    manual_clock.jump(slot.placed_at + timedelta(minutes=5))
    played(bulletin, country.one.outlets[0], started_at=slot.placed_at)
    return bulletin


def test_an_outlet_that_came_later_is_not_counted(
    aired: Bulletin, country: Country, sign_in: SignIn
) -> None:
    enrol(country.one.outlets[1])
    officer: Client = sign_in(country.one.officer)
    assert "1/1 cụm loa" in text_of(officer.get("/hom-nay/"))


def test_a_retired_outlet_still_counts_for_the_time_it_stood(
    aired: Bulletin, country: Country, sign_in: SignIn
) -> None:
    Outlet.objects.filter(pk=country.one.outlets[0].pk).update(retired_at=clock.now())
    officer: Client = sign_in(country.one.officer)
    assert "1/1 cụm loa" in text_of(officer.get("/hom-nay/"))


def test_what_was_aired_and_then_withdrawn_stays_and_says_so(
    aired: Bulletin, country: Country, sign_in: SignIn
) -> None:
    newsroom.bulletin_withdraw(
        actor=country.one.actor("approver"), bulletin_id=aired.pk, edition=1, reason="Sai giờ"
    )
    while handlers.follow():
        pass
    officer: Client = sign_in(country.one.officer)
    programme = reverse("console:programme", args=[country.one.station.pk])
    for address in ("/hom-nay/", programme):
        shown = text_of(officer.get(address))
        assert "Cắt điện thôn Đông" in shown
        assert "đã phát, sau đó thu hồi" in shown


def test_every_station_of_a_bulletin_can_be_reached_from_its_page(
    country: Country, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that does not fit goes on over the next page: nothing is cut in silence."""
    monkeypatch.setattr(bulletin_page, "ROWS_MAX", 2)
    source = province_bulletin(country, "priority")
    for number in range(3):
        station = Station.objects.create(place=country.one.place, name=f"Đài {number}")
        Timetable.objects.create(
            station=station,
            name="thường ngày",
            days=[[["12:00", "13:00"]]] * 7,
            since=country.one.place.valid_from,
            changed_at=clock.now(),
        )
    while handlers.follow():
        pass
    editor: Client = sign_in(country.editor)
    address = reverse("console:bulletin", args=[source.pk])
    named: set[str] = set()
    pages = 0
    more = True
    while more:
        pages += 1
        context = editor.get(address, {"trang": str(pages)}).context
        named |= {row.name for row in context["stations"]}
        more = context["more"]
    assert (pages, len(named)) == (3, 5)
    assert "chưa có cụm loa nào ghép thiết bị" in text_of(editor.get(address))
