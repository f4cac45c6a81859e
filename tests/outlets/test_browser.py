"""Browsers that listen: outlets while the tab is open, and no longer."""

from datetime import timedelta

from loa.lib import clock
from loa.outlets import browser
from loa.outlets.models import Health, Outlet
from loa_protocol.clock import ManualClock
from tests.country import Country


def listening() -> Outlet:
    """A browser that asked for a claim and has spoken."""
    _code, name = browser.claim_for_browser()
    outlet = Outlet.objects.get(name=name)
    Health.objects.create(outlet=outlet, seen_at=clock.now(), online=True, report={})
    return outlet


def test_a_closed_browser_stops_being_counted(country: Country, manual_clock: ManualClock) -> None:
    closed = listening()
    manual_clock.advance(timedelta(minutes=50).total_seconds())
    still_open = listening()
    assert browser.leave_behind(clock.now()) == 0
    manual_clock.advance(timedelta(minutes=11).total_seconds())
    assert browser.leave_behind(clock.now()) == 1
    standing = set(Outlet.objects.filter(kind=browser.KIND, retired_at=None))
    assert standing == {still_open}
    assert Outlet.objects.filter(pk=closed.pk).exists(), "its plays keep their outlet"


def test_a_pole_that_is_silent_stays(country: Country) -> None:
    pole = country.one.outlets[0]
    Health.objects.create(
        outlet=pole, seen_at=clock.now() - timedelta(days=9), online=False, report={}
    )
    assert browser.leave_behind(clock.now()) == 0
    pole.refresh_from_db()
    assert pole.retired_at is None


def test_only_so_many_browsers_stand_at_once(country: Country) -> None:
    for _ in range(browser.MOST + 3):
        listening()
    assert Outlet.objects.filter(kind=browser.KIND, retired_at=None).count() == browser.MOST
