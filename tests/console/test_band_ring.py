"""The band in a browser: an order that waits rings on an open page, and a press silences it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, expect

from loa_protocol.clock import ManualClock
from tests.alerts.office import Office
from tests.console.test_urgent import office
from tests.journeys.visitors import chromium_open

__all__ = ["office"]

pytestmark = [pytest.mark.browser]
SECONDS_MS = 6_000


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[BrowserContext]:
    # Playwright keeps an event loop in this thread, which Django takes for an asynchronous view.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with chromium_open() as browser:
        yield browser.new_context()


@pytest.mark.django_db(transaction=True)
def test_an_open_page_rings_without_being_loaded_anew_and_is_silenced_by_a_press(
    live_server: Any, window: BrowserContext, office: Office, manual_clock: ManualClock
) -> None:
    client = Client()
    client.force_login(office.approver.account)
    cookie = client.cookies["sessionid"]
    window.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    page = window.new_page()
    page.goto(f"{live_server.url}/them/")
    expect(page.locator("[data-call]")).to_have_count(0)
    order = office.author.propose(office.draft())
    manual_clock.advance(1)  # the answer to open pages is kept for a moment
    call = page.locator(f'[data-call="{order.pk}"][data-rings="yes"]')
    expect(call).to_be_visible(timeout=SECONDS_MS)
    call.get_by_role("button", name="Tắt chuông").click()
    expect(page.locator('[data-rings="no"]')).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Bật chuông")).to_be_visible(timeout=SECONDS_MS)
    office.approver.approve(order)
    manual_clock.advance(1)
    expect(page.locator(".band-row.for-real")).to_be_visible(timeout=SECONDS_MS)
    expect(page.locator("[data-call]")).to_have_count(0)
