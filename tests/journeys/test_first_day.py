"""The first day of a commune: from an office without anything to a bulletin that was heard.

The province's administrator invites two people. One of them does everything alone: hamlets, a
station, its week, a pole with a real player, the first bulletin. The other sets up a second factor
and approves.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_browser import VOICE_LIMIT_MS, approve
from tests.journeys.test_enrol_pole import href, player
from tests.journeys.visitors import Visitor, chromium_open, running, six_digits

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.long]

ADMINISTRATOR = "Quản trị"
COMMUNE, PATH = "Xã Đạo Trù", "vn/25/08914"
PASSWORD = "một câu dài dễ nhớ 2026"
HEARD_LIMIT_MS = 120_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_open() as opened:
        yield opened


@pytest.fixture
def node(tmp_path: Path) -> Iterator[str]:
    with running(tmp_path) as address:
        yield address


def invite(page: Page, node: str, name: str, login: str, role: str) -> str:
    """A single-use link for one more person of the commune."""
    page.goto(f"{node}/them/tai-khoan?tim=dao tru")
    page.get_by_label("Họ và tên").fill(name)
    page.get_by_label("Tên đăng nhập").fill(login)
    page.locator("#a-role").select_option(role)
    page.locator("#a-place").select_option(PATH)
    page.get_by_role("button", name="Mời").click()
    return page.get_by_label("Đường dẫn").input_value()


def come_in(person: Visitor, link: str, login: str) -> Page:
    """A password of one's own, then the first sign-in with it."""
    page = person.page
    page.goto(link)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_label("Ghi lại mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đặt mật khẩu").click()
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    return page


def still_to_do(page: Page, node: str) -> list[str]:
    page.goto(f"{node}/hom-nay/ngay-dau")
    return page.locator(".first-day li", has_text="chưa").locator(".grow").all_inner_texts()


def second_factor(person: Visitor, node: str) -> None:
    """An authenticator's six digits, as a telephone computes them, and the codes on paper."""
    page = person.page
    page.goto(f"{node}/tai-khoan/2fa/totp/activate/")
    if page.get_by_role("heading", name="Xác nhận lại").count():
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Xác nhận").click()
    person.shot("factor-set-up")
    assert person.fits()
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("#id_code").fill(six_digits(secret))
    page.locator("main button").first.click()
    page.wait_for_url(lambda url: "activate" not in url)
    page.goto(f"{node}/tai-khoan/2fa/recovery-codes/")
    person.shot("factor-paper")
    assert person.fits()


def prepare(page: Page, node: str) -> None:
    """Hamlets, a station, and a week whose sessions are open all day."""
    page.goto(f"{node}/them/thon")
    page.get_by_label("Tên", exact=True).fill("Thôn Vĩnh Ninh")
    page.get_by_role("button", name="Thêm một thôn").click()
    page.goto(f"{node}/kenh/dai-moi")
    page.get_by_label("Tên đài").fill("Đài truyền thanh Đạo Trù")
    page.get_by_role("button", name="Thêm đài").click()
    page.goto(f"{node}/hom-nay/ngay-dau")
    page.get_by_role("link", name="Đặt lịch tuần").click()
    page.get_by_label("Tên lịch").fill("Cả ngày")
    for number in range(7):
        page.locator(f"#day{number}").fill("00:00-12:00, 12:00-24:00")
    page.locator("#quiet").fill("")
    page.get_by_role("button", name="Đặt lịch").click()


def staffed(page: Page, node: str) -> tuple[str, str]:
    """One officer who is the technician too, and an approver: the links that let them in."""
    officer = invite(page, node, "Bàn Thị Hương", "huong-daotru", "commune_officer")
    approver = invite(page, node, "Lưu Văn Kiên", "kien-daotru", "commune_approver")
    page.goto(f"{node}/them/tai-khoan?tim=dao tru&ten=huong")
    page.locator("#b-role").select_option("technician")
    page.locator("#b-place").select_option(PATH)
    page.get_by_role("button", name="Giao vai trò").click()
    return officer, approver


def test_the_first_day_of_a_commune(node: str, browser: Browser, tmp_path: Path) -> None:
    admin = Visitor(browser, "desk")
    officer_link, approver_link = staffed(admin.enter(node, ADMINISTRATOR), node)

    officer = Visitor(browser, "phone")
    page = come_in(officer, officer_link, "huong-daotru")
    expect(page.get_by_text(f"Việc đầu tiên ở {COMMUNE}")).to_be_visible()
    officer.shot("first-day-empty")
    prepare(page, node)
    assert "Đặt lịch tuần có buổi phát" not in still_to_do(page, node)

    page.get_by_role("link", name="Thêm cụm loa và ghép thiết bị").click()
    page.get_by_role("link", name="Thêm cụm loa").click()
    page.get_by_label("Tên, theo nơi đặt").fill("Cụm loa nhà văn hóa")
    page.get_by_label("Mã", exact=True).fill("CL01")
    page.get_by_role("button", name="Thêm cụm loa").click()
    page.goto(f"{node}/kenh/")
    claim = page.request.get(node + href(page, "Tệp cho thiết bị mới")).body()
    page.get_by_role("link", name="Cụm loa nhà văn hóa").click()
    label = href(page, "Ghép thiết bị tại cột")
    with player(tmp_path / "box", claim, "may-dao-tru"):
        page.goto(f"{node}{label}")
        page.get_by_role("button", name="Mã trùng, ghép").first.click(timeout=60_000)
        expect(page.get_by_text("đã liên lạc")).to_be_visible(timeout=60_000)

        page.goto(f"{node}/soan/moi")
        page.get_by_label("Tiêu đề").fill("Lời chào đầu tiên")
        page.get_by_label("Nội dung", exact=True).fill("Đài truyền thanh xã bắt đầu phát từ nay.")
        page.get_by_role("button", name="Nghe thử").click()
        expect(page.locator("#nghe audio")).to_be_visible(timeout=VOICE_LIMIT_MS)
        officer.shot("first-day-write")
        page.get_by_role("button", name="Gửi duyệt").click()
        page.wait_for_url("**/tin/**")
        bulletin = page.url

        approver = Visitor(browser, "phone")
        come_in(approver, approver_link, "kien-daotru")
        second_factor(approver, node)
        approver.page.goto(f"{node}/duyet/")
        approve(approver, "Lời chào đầu tiên")

        page.goto(bulletin)
        expect(page.locator(".strip li").nth(4)).to_contain_text("1/1", timeout=HEARD_LIMIT_MS)
        officer.shot("first-day-proof")
    assert still_to_do(page, node) == []
    officer.shot("first-day-done")
    assert officer.fits()
    assert admin.complaints == officer.complaints == approver.complaints == []
