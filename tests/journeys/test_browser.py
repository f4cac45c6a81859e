"""In a real browser against real processes, on a phone and on a desk.

An officer writes, an approver approves, the speakers speak, and the proof is on the page. Then a
visitor's browser becomes a loudspeaker itself.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.visitors import (
    APPROVER,
    OFFICER,
    SIZES,
    Visitor,
    chromium_open,
    holding,
    running,
)

pytestmark = [pytest.mark.journey, pytest.mark.browser]

VOICE_LIMIT_MS = 90_000
PROOF_LIMIT_MS = 120_000


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One demo for all tests that leave its station as it is."""
    with running(tmp_path_factory.mktemp("browser")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_open() as opened:
        yield opened


def write(visitor: Visitor, node: str, title: str) -> str:
    """Write, see the reading, hear it, send it; returns the bulletin's address."""
    page = visitor.page
    page.get_by_role("link", name="Soạn").locator("visible=true").click()
    page.get_by_role("link", name="Viết tin mới").click()
    page.get_by_label("Tiêu đề").fill(title)
    page.get_by_label("Nội dung", exact=True).press_sequentially(
        "Trạm Y tế xã tiêm chủng lúc 7h30 ngày 5/12.", delay=2
    )
    expect(page.locator("#cach-doc mark").first).to_contain_text("7h30")
    expect(page.get_by_label("Bản đọc")).to_have_value(holding("bảy giờ ba mươi"), timeout=10_000)
    page.get_by_label("Thêm nơi nhận").press_sequentially("thon dong")
    expect(page.locator("#tim-thay button").first).to_contain_text("Thôn Đông")
    page.get_by_label("Để sau, đài tự xếp").check()
    visitor.shot("write")
    page.get_by_role("button", name="Nghe thử").click()
    expect(page.locator("#nghe audio")).to_be_visible(timeout=VOICE_LIMIT_MS)
    visitor.shot("heard")
    page.get_by_role("button", name="Gửi duyệt").click()
    page.wait_for_url("**/tin/**")
    expect(page.get_by_text("Đã gửi duyệt")).to_be_visible()
    return page.url.partition("#")[0]


def approve(visitor: Visitor, title: str) -> None:
    """Hear and approve what waits on the desk."""
    page = visitor.page
    page.get_by_role("link", name=title).click()
    expect(page.locator("audio")).to_be_visible()
    visitor.shot("approve")
    page.get_by_role("button", name="Duyệt tin").click()
    page.wait_for_url("**/tin/**")
    expect(page.get_by_text("Đã duyệt.")).to_be_visible()


def put_on_air(visitor: Visitor, bulletin: str) -> None:
    """Into the next session: in the demo it is open."""
    page = visitor.page
    page.goto(bulletin)
    page.get_by_role("link", name="Đưa vào lịch").click()
    visitor.shot("put-on-air")
    assert visitor.fits_a_phone()
    page.get_by_role("button", name="Đưa vào lịch").click()
    page.wait_for_url("**/tin/**")


def test_written_approved_spoken_and_proved(node: str, browser: Browser) -> None:
    officer, approver = Visitor(browser, "desk"), Visitor(browser, "phone")
    title = "Lịch tiêm chủng tháng mười hai"
    officer.enter(node, OFFICER)
    officer.shot("today")
    bulletin = write(officer, node, title)
    approver.enter(node, APPROVER)
    approve(approver, title)
    put_on_air(officer, bulletin)

    page = officer.page
    strip = page.locator(".strip li")
    expect(strip.nth(5)).to_have_class("done", timeout=PROOF_LIMIT_MS)
    expect(strip.nth(4)).to_contain_text("3/3")
    expect(strip.nth(4)).to_contain_text("loại B: 3")
    expect(page.get_by_text("chữ ký đúng")).to_have_count(3)
    officer.shot("proof")
    with page.expect_download() as receipt:
        page.get_by_role("link", name="Tải bản gốc").first.click()
    assert Path(receipt.value.path()).read_bytes().startswith(b"{")
    assert officer.complaints == approver.complaints == []


@pytest.mark.long
@pytest.mark.parametrize("size", list(SIZES))
def test_every_room_fits_the_screen(node: str, browser: Browser, size: str) -> None:
    officer = Visitor(browser, size)
    page = officer.enter(node, OFFICER)
    for name, path in (
        *(("today", "hom-nay/"), ("write", "soan/moi"), ("drafts", "soan/"), ("wait", "duyet/")),
        *(("programme", "lich/"), ("channels", "kenh/"), ("journal", "nhat-ky/")),
        *(("more", "them/"), ("hamlets", "them/thon"), ("words", "them/tu-dien")),
    ):
        page.goto(f"{node}/{path}")
        officer.shot(f"room-{name}")
        assert officer.fits(), path
    page.goto(f"{node}/kenh/")
    page.locator("table a").first.click()
    page.wait_for_url("**/cum/**")
    officer.shot("room-outlet")
    assert officer.fits()
    assert officer.complaints == []


@pytest.mark.long
def test_the_desk_works_without_script(node: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(node)
    page.locator("li", has_text=OFFICER).get_by_role("button").first.click()
    page.goto(f"{node}/soan/moi")
    page.get_by_label("Tiêu đề").fill("Không có script")
    page.get_by_label("Nội dung", exact=True).fill("Họp lúc 8h.")
    page.get_by_label("Thêm nơi nhận").fill("thon dong")
    page.get_by_role("button", name="Tìm").click()
    page.get_by_role("button", name="Thêm Thôn Đông").click()
    expect(page.get_by_label("Bản đọc")).to_have_value(holding("tám giờ"))
    page.get_by_role("button", name="Lưu nháp").last.click()
    expect(page.get_by_text("Đã lưu bản nháp")).to_be_visible()
    assert page.locator("input[name=target]").input_value().endswith("/h01")
    context.close()


@pytest.fixture
def node_to_join(tmp_path: Path) -> Iterator[str]:
    """A demo of one's own, to which an outlet may be added."""
    with running(tmp_path) as address:
        yield address


@pytest.mark.long
def test_a_visitor_s_browser_is_a_loudspeaker_like_any_other(
    node_to_join: str, browser: Browser
) -> None:
    node = node_to_join
    listener, officer = Visitor(browser, "desk"), Visitor(browser, "desk")
    approver = Visitor(browser, "desk")
    listener.page.goto(f"{node}/nghe/")
    listener.page.locator("[data-start]").click()
    expect(listener.page.locator("[data-say=outlet]")).to_contain_text("Loa trên trình duyệt")
    title = "Tin cho người nghe"
    officer.enter(node, OFFICER)
    bulletin = write(officer, node, title)
    approver.enter(node, APPROVER)
    approve(approver, title)
    put_on_air(officer, bulletin)
    playing = listener.page.locator("[data-speaker][data-state=playing]")
    expect(playing).to_be_visible(timeout=PROOF_LIMIT_MS)
    listener.shot("listening")
    row = officer.page.locator("tr", has_text="Loa trên trình duyệt")
    expect(row).to_contain_text("chữ ký đúng", timeout=PROOF_LIMIT_MS)
    expect(row).to_contain_text("loại B")
    officer.shot("proof-with-browser")
    assert listener.complaints == []
