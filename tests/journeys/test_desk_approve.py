"""Approve on the phone: one thumb, reasons at a tap, and two who act at once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.visitors import APPROVER, OFFICER, SIZES, Visitor, chromium_open, running

pytestmark = [pytest.mark.journey, pytest.mark.browser]

THUMB_PX = 44
SOUND_MS = 60_000


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("approve")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_open() as opened:
        yield opened


def sent(page: Page, node: str, title: str, body: str) -> str:
    """Write and submit; returns the bulletin's address."""
    page.goto(f"{node}/soan/moi")
    page.get_by_label("Tiêu đề").fill(title)
    page.get_by_label("Nội dung", exact=True).fill(body)
    page.get_by_role("button", name="Gửi duyệt").click()
    page.wait_for_url("**/tin/**")
    return page.url


def in_reach(page: Page, name: str) -> None:
    """Whether the button lies in the lower half of the screen and is as large as a thumb."""
    button = page.locator(".decide").get_by_text(name)
    box = button.bounding_box()
    assert box is not None
    height = SIZES["phone"][1]
    assert box["y"] > height / 2
    assert box["y"] + box["height"] <= height
    assert box["height"] >= THUMB_PX


def test_returned_with_a_tap_mended_and_approved(node: str, browser: Browser) -> None:
    officer, approver = Visitor(browser, "phone"), Visitor(browser, "phone")
    officer.enter(node, OFFICER)
    title = "Họp thôn Đông"
    bulletin = sent(officer.page, node, title, "Họp lúc 19h tại nhà văn hóa.")
    page = approver.enter(node, APPROVER)
    page.goto(f"{node}/duyet/")
    expect(page.locator(".rows")).to_contain_text("đã chờ")
    approver.shot("approve-list")
    page.get_by_role("link", name=title).click()
    expect(page.locator("audio")).to_be_visible(timeout=SOUND_MS)
    in_reach(page, "Duyệt tin")
    in_reach(page, "Trả lại")
    approver.shot("approve-page")
    page.locator(".decide").get_by_text("Trả lại").click()
    page.get_by_text("Giờ hoặc ngày chưa đúng.").click()
    approver.shot("approve-return")
    page.get_by_role("button", name="Trả lại, kèm lý do").click()
    expect(page.get_by_text("Đã trả lại để sửa")).to_be_visible()

    officer.page.goto(bulletin)
    officer.page.get_by_role("link", name="Sửa tin").click()
    expect(officer.page.get_by_text("Giờ hoặc ngày chưa đúng.")).to_be_visible()
    officer.page.get_by_label("Nội dung", exact=True).fill("Họp lúc 20h tại nhà văn hóa.")
    officer.page.get_by_role("button", name="Gửi duyệt").click()
    officer.page.wait_for_url("**/tin/**")

    page.goto(f"{node}/duyet/")
    page.get_by_role("link", name=title).click()
    expect(page.locator("del").first).to_contain_text("19h")
    expect(page.locator("ins").first).to_contain_text("20h")
    expect(page.locator("audio")).to_be_visible(timeout=SOUND_MS)
    approver.shot("approve-difference")
    page.get_by_role("button", name="Duyệt tin").click()
    expect(page.get_by_text("Đã duyệt.")).to_be_visible()
    assert approver.fits()
    assert officer.complaints == approver.complaints == []


def test_two_approvers_at_once_cannot_both_act(node: str, browser: Browser) -> None:
    officer = Visitor(browser, "phone")
    officer.enter(node, OFFICER)
    title = "Hai người cùng duyệt"
    sent(officer.page, node, title, "Tin để hai người cùng mở.")
    first, second = Visitor(browser, "phone"), Visitor(browser, "phone")
    for one in (first, second):
        one.enter(node, APPROVER)
        one.page.goto(f"{node}/duyet/")
        one.page.get_by_role("link", name=title).click()
        expect(one.page.locator("audio")).to_be_visible(timeout=SOUND_MS)
    first.page.get_by_role("button", name="Duyệt tin").click()
    expect(first.page.get_by_text("Đã duyệt.")).to_be_visible()
    second.page.locator(".decide").get_by_text("Trả lại").click()
    second.page.get_by_text("Tin dài, xin rút ngắn.").click()
    second.page.get_by_role("button", name="Trả lại, kèm lý do").click()
    expect(second.page.locator(".toast.failed")).to_contain_text("vừa được duyệt rồi")
    expect(second.page.get_by_text("đã duyệt tin này")).to_be_visible()
    second.shot("approve-second")
    expect(second.page.locator(".badge", has_text="đã duyệt").first).to_be_visible()
