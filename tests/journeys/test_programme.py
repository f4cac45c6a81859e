"""An officer rearranges a coming programme in a real browser: by keyboard, by mouse, and back."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from loa.lib import clock
from tests.journeys.test_browser import approve, write
from tests.journeys.visitors import APPROVER, OFFICER, Visitor, chromium_open, running

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.long]

FIRST, SECOND = "Lịch tiêm chủng tháng này", "Tạm ngừng cấp điện thôn Đông"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_open() as opened:
        yield opened


@pytest.fixture
def node(tmp_path: Path) -> Iterator[str]:
    with running(tmp_path) as address:
        yield address


def titles(page: Page) -> list[str]:
    return page.locator(".line > li[data-slot] a").all_inner_texts()


def row(page: Page, title: str) -> Locator:
    return page.locator(".line > li[data-slot]", has_text=title)


def opened(page: Page, node: str, day: date) -> None:
    """The commune's programme of that day, by its address."""
    page.goto(f"{node}/lich/")
    page.goto(f"{page.url.partition('?')[0]}?ngay={day.isoformat()}")


def dragged_below(page: Page, title: str, other: str) -> None:
    """One item with the mouse, by its grip, below another."""
    row(page, other).evaluate("row => row.scrollIntoView({block: 'center'})")
    held = row(page, title).locator(".grip").bounding_box()
    below = row(page, other).bounding_box()
    assert held is not None
    assert below is not None
    page.mouse.move(held["x"] + held["width"] / 2, held["y"] + held["height"] / 2)
    page.mouse.down()
    page.mouse.move(below["x"] + 40, below["y"] + below["height"] - 4, steps=8)
    with page.expect_navigation():
        page.mouse.up()


def test_a_coming_day_is_rearranged(node: str, browser: Browser) -> None:
    # Chosen once, and not tomorrow: should midnight pass meanwhile, it still lies ahead.
    day = clock.local(clock.now()).date() + timedelta(days=2)
    officer, approver = Visitor(browser, "desk"), Visitor(browser, "phone")
    officer.enter(node, OFFICER)
    approver.enter(node, APPROVER)
    for title in (FIRST, SECOND):
        write(officer, node, title)
        approver.page.goto(f"{node}/hom-nay/")
        approve(approver, title)
    page = officer.page
    for title in (FIRST, SECOND):
        opened(page, node, day)
        own = page.locator("section", has_text="Tin của xã đã duyệt").locator("li", has_text=title)
        own.get_by_role("button", name="Thêm vào buổi").click()
        expect(page.get_by_text("Đã thêm vào buổi phát")).to_be_visible()
    opened(page, node, day)
    assert titles(page) == [FIRST, SECOND]

    grip = row(page, SECOND).get_by_role("button", name=f"Dời {SECOND}")
    grip.focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-say]")).to_contain_text("Đã nhấc lên")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-say]")).to_contain_text("vị trí 1")
    with page.expect_navigation():
        page.keyboard.press("Space")
    assert titles(page) == [SECOND, FIRST]

    dragged_below(page, SECOND, FIRST)
    assert titles(page) == [FIRST, SECOND]

    row(page, FIRST).get_by_role("button", name="khỏi lịch").click()
    expect(page.get_by_text(f"Đã bỏ “{FIRST}” khỏi lịch.")).to_be_visible()
    assert titles(page) == [SECOND]
    officer.shot("programme-taken-out")
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.get_by_text("trở lại lịch")).to_be_visible()
    assert titles(page) == [FIRST, SECOND]
    page.get_by_role("link", name="Cả tuần").click()
    expect(page.locator(".week-grid")).to_be_visible()
    assert officer.fits()
    officer.shot("programme-week")
    assert officer.complaints == []
