"""Soạn on lines that break and sessions that end: nothing is lost; a voice recorded at the desk."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.journeys.test_enrol_pole import picture
from tests.journeys.visitors import OFFICER, Visitor, chromium_open, running
from tests.newsroom.papers import OFFICES, as_docx

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.long]

RENEWAL = re.compile(r"/hom-nay/\?seen=")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("line")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_open() as opened:
        yield opened


def test_what_is_typed_comes_back_after_the_window_was_closed(node: str, browser: Browser) -> None:
    officer = Visitor(browser, "phone")
    page = officer.enter(node, OFFICER)
    page.goto(f"{node}/soan/moi?tam=1")
    page.get_by_label("Tiêu đề").press_sequentially("Viết dở rồi đóng máy")
    expect(page.locator("[data-kept]")).to_contain_text("Đã tự lưu lúc", timeout=15_000)
    page.goto(f"{node}/hom-nay/")
    page.goto(f"{node}/soan/moi")
    expect(page.get_by_label("Tiêu đề")).to_have_value("")
    page.get_by_role("link", name="Viết tiếp tin ấy").click()
    expect(page.get_by_label("Tiêu đề")).to_have_value("Viết dở rồi đóng máy")
    officer.shot("line-copy")
    page.get_by_role("button", name="Bỏ, viết tin khác").click()
    expect(page.get_by_label("Tiêu đề")).to_have_value("")


def test_a_session_that_ends_while_typing_loses_nothing(node: str, browser: Browser) -> None:
    officer = Visitor(browser, "desk")
    page = officer.enter(node, OFFICER)
    page.goto(f"{node}/soan/moi")
    page.get_by_label("Tiêu đề").fill("Gõ khi phiên đã hết")
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Nội dung", exact=True).press_sequentially("Không mất chữ nào.")
    expect(page.locator("[data-kept]")).to_contain_text("Phiên làm việc đã hết", timeout=15_000)
    expect(page.locator("#stale")).to_contain_text("Phiên làm việc đã hết", timeout=15_000)
    expect(page.locator("#cach-doc")).not_to_contain_text("Đăng nhập")
    officer.shot("line-signed-out")
    page.get_by_role("button", name="Lưu nháp").last.click()
    page.wait_for_url("**/tai-khoan/login/**")
    officer.enter(node, OFFICER)
    page.goto(f"{node}/soan/moi")
    expect(page.get_by_label("Nội dung", exact=True)).to_have_value("Không mất chữ nào.")
    expect(page.get_by_text("Phiên làm việc đã hết khi anh chị đang viết")).to_be_visible()


def test_a_form_opened_before_signing_in_again_is_still_taken(node: str, browser: Browser) -> None:
    officer = Visitor(browser, "desk")
    page = officer.enter(node, OFFICER)
    page.goto(f"{node}/soan/moi?tam=1")
    page.get_by_label("Tiêu đề").fill("Mở từ hôm qua")
    page.get_by_label("Nội dung", exact=True).fill("Mã của trang đã cũ.")
    page.context.clear_cookies(name="sessionid")
    other = page.context.new_page()
    other.goto(node)
    other.locator("li", has_text=OFFICER).get_by_role("button").first.click()
    other.wait_for_url("**/hom-nay/")
    page.get_by_role("button", name="Lưu nháp").last.click()
    expect(page.get_by_text("Đã lưu bản nháp")).to_be_visible()
    assert officer.complaints == []


def test_a_dead_line_is_said_and_the_words_stay_in_the_browser(node: str, browser: Browser) -> None:
    officer = Visitor(browser, "phone")
    page = officer.enter(node, OFFICER)
    page.goto(f"{node}/soan/moi?tam=1")
    page.context.set_offline(True)
    page.get_by_label("Tiêu đề").press_sequentially("Gõ khi mất mạng")
    expect(page.locator("#stale")).to_contain_text("Mất kết nối")
    expect(page.locator("[data-kept]")).to_contain_text("giữ tạm trong máy này", timeout=15_000)
    officer.shot("line-offline")
    page.context.set_offline(False)
    expect(page.locator("#stale")).to_be_hidden()
    expect(page.locator("[data-kept]")).to_contain_text("Đã tự lưu lúc", timeout=30_000)


def test_a_line_that_hangs_is_said_and_taken_back(node: str, browser: Browser) -> None:
    """Neither an answer nor an error comes: only the page's own limit tells."""
    officer = Visitor(browser, "phone")
    page = officer.page
    page.clock.install()
    officer.enter(node, OFFICER)
    assert page.evaluate("htmx.config.timeout") == 30_000
    page.evaluate("htmx.config.timeout = 200")
    page.route(RENEWAL, lambda _route: None)
    page.clock.fast_forward(6_000)
    expect(page.locator("#stale")).to_contain_text("Máy chủ chưa trả lời")
    page.unroute(RENEWAL)
    page.clock.fast_forward(6_000)
    expect(page.locator("#stale")).to_be_hidden()


def test_a_document_is_read_when_it_is_chosen(node: str, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "thong-bao.docx"
    file.write_bytes(as_docx(OFFICES[2]))
    officer = Visitor(browser, "phone")
    page = officer.enter(node, OFFICER)
    page.goto(f"{node}/soan/moi?tam=1")
    page.get_by_text("Bắt đầu từ mẫu").click()
    page.get_by_label("Mở tệp Word").set_input_files(file)
    expect(page.get_by_label("Tiêu đề")).to_have_value("Tạm ngừng cấp nước để sửa đường ống")
    expect(page.locator("#cach-doc")).not_to_contain_text("Nơi nhận")
    officer.shot("line-document")
    assert officer.complaints == []


def test_a_voice_is_recorded_cut_and_sent_over_a_line_that_breaks(
    node: str, browser: Browser
) -> None:
    officer = Visitor(browser, "phone", permissions=["microphone"])
    page = officer.enter(node, OFFICER)
    page.goto(f"{node}/soan/moi?tam=1")
    page.get_by_label("Tiêu đề").fill("Giọng của cán bộ")
    broken: list[str] = []

    def breaking(route: Route) -> None:
        if route.request.method == "PATCH" and not broken:
            broken.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/soan/tai-len/**", breaking)
    page.get_by_role("button", name="Ghi âm tại đây").click()
    expect(page.locator("[data-record-words]")).to_contain_text("Bắt đầu sau")
    expect(page.locator("[data-level]")).to_be_visible()
    expect(page.locator("[data-record-words]")).to_contain_text("Đang ghi 3", timeout=20_000)
    officer.shot("record-on")
    page.get_by_role("button", name="Dừng ghi").click()
    expect(page.locator("[data-cut]")).to_be_visible(timeout=15_000)
    page.locator("[data-cut-from]").fill("0.5")
    officer.shot("record-cut")
    page.get_by_role("button", name="Dùng bản ghi này").click()
    expect(page.locator("[data-recording-words]")).to_contain_text("Bản ghi dài", timeout=30_000)
    assert broken
    officer.shot("record-kept")
    page.get_by_role("button", name="Lưu nháp").last.click()
    expect(page.get_by_text("Đã lưu bản nháp")).to_be_visible()
    expect(page.locator("[data-recording-words]")).to_contain_text("thay cho giọng máy")


def test_a_picture_goes_on_over_a_line_that_breaks(node: str, browser: Browser) -> None:
    officer = Visitor(browser, "phone")
    page = officer.enter(node, OFFICER)
    page.goto(f"{node}/soan/moi?tam=1")
    broken: list[str] = []

    def breaking(route: Route) -> None:
        if route.request.method == "PATCH" and not broken:
            broken.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/soan/tai-len/**", breaking)
    file = {"name": "hop-thon.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.get_by_label("Thêm ảnh").set_input_files(file)
    expect(page.get_by_label("Tả ảnh “hop-thon.jpg”")).to_be_visible(timeout=30_000)
    page.get_by_label("Tả ảnh “hop-thon.jpg”").fill("Bà con họp ở nhà văn hóa")
    assert broken
    officer.shot("picture-kept")
    page.get_by_label("Tiêu đề").fill("Họp thôn")
    page.get_by_label("Nội dung", exact=True).fill("Mời bà con họp lúc 19h30.")
    page.get_by_role("button", name="Lưu nháp").last.click()
    expect(page.get_by_text("Đã lưu bản nháp")).to_be_visible()
    expect(page.get_by_label("Tả ảnh", exact=False)).to_have_value("Bà con họp ở nhà văn hóa")
