"""The pictures of the officers' guide, taken on a running demo with a phone.

Whoever changes a screen that the guide shows runs this, looks at `var/shots/guide-*.png`, and
renews `docs/guide/img` from them.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.journeys.visitors import APPROVER, OFFICER, SHOTS, Visitor, chromium_open, running

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.long]

TECHNICIAN, URGENT_AUTHOR = "Kỹ thuật viên", "Người soạn lệnh khẩn cấp"
TITLE = "Lịch tiêm chủng tháng 12"
BODY = "Trạm Y tế xã tiêm chủng lúc 7h30 ngày 5/12 tại nhà văn hóa thôn Đông. Bà con mang theo sổ."
SOUND_MS, PROOF_MS = 90_000, 120_000
SHARP = {"device_scale_factor": 2}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("guide")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_open() as opened:
        yield opened


def picture(visitor: Visitor, name: str, top: Locator | None = None) -> None:
    """What one screen of the phone shows, with `top` near its upper edge."""
    if top is not None:
        top.evaluate("one => { one.scrollIntoView(); window.scrollBy(0, -76) }")
    assert visitor.fits(), name
    SHOTS.mkdir(parents=True, exist_ok=True)
    visitor.page.screenshot(path=SHOTS / f"guide-{name}.png", caret="initial")


def test_a_bulletin_from_writing_to_proof(node: str, browser: Browser) -> None:
    officer = Visitor(browser, "phone", **SHARP)
    approver = Visitor(browser, "phone", **SHARP)
    page = officer.enter(node, OFFICER)
    page.goto(f"{node}/soan/moi")
    page.get_by_label("Tiêu đề").fill(TITLE)
    page.get_by_label("Nội dung", exact=True).press_sequentially(BODY, delay=2)
    expect(page.locator("#cach-doc mark").first).to_be_visible(timeout=20_000)
    picture(officer, "soan", page.get_by_label("Tiêu đề"))
    picture(officer, "loa-se-doc", page.get_by_role("heading", name="Loa sẽ đọc"))
    page.get_by_label("Buổi phát gần nhất còn chỗ sau khi duyệt").check()
    expect(page.locator("#ngay-ay")).to_contain_text("Phát lúc", timeout=20_000)
    picture(officer, "phat-khi-nao", page.get_by_role("heading", name="Phát khi nào"))
    page.get_by_role("button", name="Gửi duyệt").click()
    page.wait_for_url("**/tin/**")

    boss = approver.enter(node, APPROVER)
    boss.goto(f"{node}/duyet/")
    boss.get_by_role("link", name=TITLE).click()
    expect(boss.locator("audio")).to_be_visible(timeout=SOUND_MS)
    picture(approver, "duyet")
    boss.get_by_role("button", name="Duyệt tin").click()
    expect(boss.get_by_text("Tin tự vào lịch")).to_be_visible()

    played = page.locator(".strip li").nth(4)
    expect(played).to_have_class("done", timeout=PROOF_MS)
    expect(played).to_contain_text("3/3", timeout=PROOF_MS)
    expect(page.locator(".strip li").nth(5)).to_contain_text("3 cụm loa", timeout=PROOF_MS)
    page.reload()
    picture(officer, "bang-chung", page.locator(".strip"))
    page.goto(f"{node}/hom-nay/")
    expect(page.get_by_text("Đã phát hôm nay")).to_be_visible()
    picture(officer, "hom-nay")
    assert officer.complaints == approver.complaints == []


def test_the_programme_the_outlets_and_a_pole(node: str, browser: Browser) -> None:
    officer = Visitor(browser, "phone", **SHARP)
    page = officer.enter(node, OFFICER)
    page.get_by_role("link", name="Lịch phát").locator("visible=true").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    picture(officer, "lich-phat")
    technician = Visitor(browser, "phone", **SHARP)
    page = technician.enter(node, TECHNICIAN)
    page.goto(f"{node}/kenh/cum/")
    picture(technician, "cum-loa", page.get_by_text("3 cụm loa"))
    page.get_by_role("main").get_by_role("link", name="Cụm loa").last.click()
    page.get_by_role("link", name="Trang tại cột").click()
    expect(page.get_by_role("button", name="Lấy lại vị trí")).to_be_visible()
    picture(technician, "tai-cot")
    assert officer.complaints == technician.complaints == []


def test_the_door_of_the_urgent_room(node: str, browser: Browser) -> None:
    author = Visitor(browser, "phone", **SHARP)
    page = author.enter(node, URGENT_AUTHOR)
    page.goto(f"{node}/khan-cap/")
    expect(page.get_by_role("link", name="Lệnh thật")).to_be_visible()
    picture(author, "khan-cap")
    assert author.complaints == []
