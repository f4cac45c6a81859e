"""The night of a storm: two people, one minute, every speaker, and a way back.

Real processes, real browsers, real WebCrypto keys that never leave them: the author at a desk
records a voice, the second person is called on an open page of a phone and signs, three
loudspeakers sound; then one press stops them and another lets them go on, a correction replaces the
text, people hear that the danger is over, and two signatures end it.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.processes import until
from tests.journeys.visitors import Visitor, chromium_open, running

pytestmark = [pytest.mark.journey, pytest.mark.browser]

AUTHOR, APPROVER = "Người soạn lệnh khẩn cấp", "Người duyệt lệnh khẩn cấp"
PLAYERS = 3
LIMIT_MS = 60_000
NODE = "n-25"
"""The demo's own node."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A running demo, and where its loudspeakers leave what they sounded."""
    folder = tmp_path_factory.mktemp("urgent")
    with running(folder) as address:
        yield address, folder / "players"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_open() as opened:
        yield opened


def enter_room(visitor: Visitor, node: str, role: str) -> Page:
    """Through the door, with a key of one's own made on the spot."""
    page = visitor.enter(node, role)
    page.get_by_role("link", name="Khẩn cấp").locator("visible=true").first.click()
    page.get_by_role("link", name="Khóa của tôi").click()
    page.get_by_label("Tên máy").fill(visitor.size)
    page.get_by_role("button", name="Tạo khóa").click()
    expect(page.get_by_text("Đã tạo khóa")).to_be_visible()
    expect(page.get_by_text("có trên máy này").locator("visible=true")).to_have_count(1)
    visitor.shot("urgent-keys")
    assert not page.evaluate(
        """async () => {
        const db = await new Promise((done) => {
            const opening = indexedDB.open("loa-person-keys");
            opening.onsuccess = () => done(opening.result);
        });
        const keys = await new Promise((done) => {
            const all = db.transaction("keys").objectStore("keys").getAll();
            all.onsuccess = () => done(all.result);
        });
        return keys.some((key) => key.privateKey.extractable);
    }"""
    ), "the private key cannot be taken out of the browser"
    page.get_by_role("link", name="Về trang khẩn cấp").click()
    return page


OLDER_BROWSER = """
const make = SubtleCrypto.prototype.generateKey;
SubtleCrypto.prototype.generateKey = function (how, ...rest) {
    const unknown = new DOMException("Unrecognized name.", "NotSupportedError");
    const fresh = (how.name ?? how) === "Ed25519";
    return fresh ? Promise.reject(unknown) : make.call(this, how, ...rest);
};
"""
"""A browser from before Ed25519: what it signs with is P-256."""


def key_sorts(page: Page) -> list[str]:
    """The algorithms of the keys that this browser keeps."""
    found: list[str] = page.evaluate(
        """async () => {
        const db = await new Promise((done) => {
            const opening = indexedDB.open("loa-person-keys");
            opening.onsuccess = () => done(opening.result);
        });
        return await new Promise((done) => {
            const all = db.transaction("keys").objectStore("keys").getAll();
            all.onsuccess = () => done(all.result.map((key) => key.alg));
        });
    }"""
    )
    return found


def compose(visitor: Visitor) -> float:
    """A flood from its template, in a voice that people know; returns the seconds it took."""
    page, began = visitor.page, time.monotonic()
    page.get_by_role("link", name="Lệnh thật").click()
    visitor.shot("urgent-choose")
    page.get_by_role("link", name="Lũ, ngập lụt").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    page.get_by_label("Tỉnh Phú Thọ (toàn bộ)").check()
    expect(page.get_by_label("Nơi xảy ra")).to_have_value("tỉnh Phú Thọ")
    page.get_by_label("Nơi sơ tán đến", exact=True).fill("nhà văn hóa thôn")
    page.get_by_label("Số điện thoại", exact=True).fill("0912 345 678")
    visitor.shot("urgent-compose")
    page.get_by_role("button", name="Ghi giọng").click()
    expect(page.get_by_text("Đang ghi 3 giây")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Ghi xong").click()
    expect(page.get_by_text("Đã có giọng của anh chị")).to_be_visible(timeout=LIMIT_MS)
    page.get_by_role("button", name="Xem trước lệnh").click()
    expect(page.get_by_role("heading", name="Xem lần cuối rồi ký")).to_be_visible()
    visitor.shot("urgent-review")
    page.get_by_role("button", name="Ký và gửi đi duyệt").click()
    expect(page.get_by_role("timer")).to_be_visible()
    visitor.shot("urgent-waiting")
    return time.monotonic() - began


def second(visitor: Visitor, title: str, button: str) -> None:
    """The second person finds it waiting, reads, and signs."""
    page = visitor.page
    page.get_by_role("link", name="Về trang khẩn cấp").or_(
        page.get_by_role("link", name="Khóa của tôi")
    ).first.wait_for()
    page.goto(page.url.partition("/khan-cap/")[0] + "/khan-cap/")
    page.get_by_role("link", name=title).first.click()
    expect(page.get_by_role("button", name=button)).to_be_visible()
    visitor.shot(f"urgent-second-{button[:2]}")
    assert visitor.fits()
    page.get_by_role("button", name=button).click()


def figure(page: Page, name: str) -> str:
    return page.locator(".figures div", has_text=name).locator("dd").first.inner_text()


def wait_figure(page: Page, name: str, value: int) -> None:
    until(lambda: figure(page, name) == str(value), 60, f"{name} is {value}")


def follows(visitor: Visitor) -> None:
    """The page where the author waits shows the sounding order, without a press."""
    expect(visitor.page.locator(".figures")).to_be_visible(timeout=LIMIT_MS)


def called(visitor: Visitor, node: str) -> None:
    """Hôm nay lies open on the phone; the band calls without anybody's press, and leads there."""
    page = visitor.page
    page.goto(f"{node}/hom-nay/")
    expect(page.get_by_text("CHỜ ANH CHỊ KÝ")).to_be_visible()
    visitor.shot("urgent-called")
    assert visitor.fits()
    page.get_by_role("link", name="Xem và ký").click()
    expect(page.get_by_text("Lũ lên nhanh").first).to_be_visible()
    page.get_by_role("button", name="Ký và phát ngay").click()


def all_clear(author: Visitor, approver: Visitor, node: str) -> None:
    """Both sign the words that tell people that it is over; the page names what they replace."""
    page = author.page
    page.goto(f"{node}/khan-cap/")
    page.get_by_role("link", name="Đính chính: lũ đã dừng lên").first.click()
    page.get_by_role("link", name="Báo hết nguy hiểm").click()
    expect(page.get_by_label("Tiêu đề")).to_have_value(re.compile("ết nguy hiểm"))
    author.shot("urgent-all-clear")
    page.get_by_role("button", name="Xem trước lệnh").click()
    expect(page.get_by_text("Lũ đã dừng lên. Bà con ở yên").first).to_be_visible()
    page.get_by_role("button", name="Ký và gửi đi duyệt").click()
    expect(page.get_by_role("timer")).to_be_visible()
    second(approver, "Hết nguy hiểm", "Ký và phát ngay")
    expect(approver.page.get_by_text("Bà con trở lại sinh hoạt bình thường").first).to_be_visible()


def cancelled(author: Visitor, approver: Visitor, node: str) -> None:
    """Both end it for good; the page shows the order, and the report stands for both."""
    page = author.page
    page.goto(f"{node}/khan-cap/")
    page.get_by_role("link", name=re.compile("ết nguy hiểm")).first.click()
    page.get_by_role("link", name="Hủy hẳn").click()
    expect(page.get_by_text("Bà con trở lại sinh hoạt bình thường").first).to_be_visible()
    author.shot("urgent-cancel")
    page.get_by_role("button", name="Ký hủy và gửi người thứ hai").click()
    expect(page.get_by_text("Đã ký hủy")).to_be_visible(timeout=LIMIT_MS)
    second(approver, "Hủy lệnh “", "Ký và hủy lệnh")
    expect(approver.page.get_by_text("Đã hủy lúc").first).to_be_visible()
    wait_figure(approver.page, "Đang phát", 0)
    approver.page.get_by_role("link", name="Báo cáo để in").click()
    expect(approver.page.get_by_role("heading", name="Nhật ký")).to_be_visible()
    author.page.goto(approver.page.url)
    author.shot("urgent-report")


LOA = str(Path(sys.executable).parent / "loa")


def machine_speaks(author: Visitor, approver: Visitor, node: str, folder: Path) -> None:
    """Two sign words in advance, a machine fills them in, and one press ends it before it sounds.
    The loudspeakers have never heard of the template: they ask for it when the fill comes."""
    key = folder / "feed.pem"
    made = subprocess.run(
        [LOA, "feed", "key", str(key)], capture_output=True, text=True, check=True
    )
    page = author.page
    page.goto(f"{node}/khan-cap/mau/soan?mau=dam")
    page.locator("[name=values-ten-ho]").fill("Xạ Hương")
    page.get_by_label("Máy khác, có khóa riêng").check()
    page.get_by_label("Khóa công khai của máy đó").fill(made.stdout.strip())
    page.get_by_label("Mức cao nhất").select_option("4")
    page.get_by_role("button", name="Xem đúng những gì sẽ ký").click()
    page.get_by_role("button", name="Ký và gửi người thứ hai").click()
    expect(page.get_by_text("Chờ người thứ hai ký").first).to_be_visible(timeout=LIMIT_MS)
    author.shot("urgent-template")
    approver.page.goto(f"{node}/khan-cap/")
    second(approver, "Hồ {ten-ho} xả lũ", "Ký và cho dùng")
    expect(approver.page.get_by_text("Đang dùng").first).to_be_visible(timeout=LIMIT_MS)
    name = re.search(r"mau-[0-9a-f]{10}", approver.page.content())
    assert name is not None
    said = [LOA, "feed", "send", "--url", node, "--node", NODE, "--key", str(key)]
    said += ["--template", name[0], "--set", "ten-ho=Xạ Hương", "--set", "gio=18 giờ"]
    done = subprocess.run(said, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    page.goto(f"{node}/khan-cap/lenh/{json.loads(done.stdout)['id']}/")
    expect(page.get_by_text("Máy sẽ phát lúc")).to_be_visible()
    wait_figure(page, "Đã nhận", PLAYERS)
    author.shot("urgent-window")
    page.get_by_role("button", name="DỪNG, KHÔNG PHÁT").click()
    expect(page.get_by_text("Đã dừng hẳn trước khi loa phát")).to_be_visible(timeout=LIMIT_MS)
    wait_figure(page, "Đang phát", 0)


def sirens(players: Path) -> int:
    """How many loudspeakers have sounded a siren."""
    return sum(bool(list(p.glob("wav/order-*-siren*"))) for p in players.iterdir())


def test_author_second_person_speakers_stop_correction(
    ground: tuple[str, Path], browser: Browser
) -> None:
    node, players = ground
    author, approver = Visitor(browser, "desk"), Visitor(browser, "phone")
    approver.page.add_init_script(OLDER_BROWSER)
    enter_room(author, node, AUTHOR)
    enter_room(approver, node, APPROVER)
    assert (key_sorts(author.page), key_sorts(approver.page)) == (["ed25519"], ["p256"])
    author.shot("urgent-home")
    assert compose(author) < 60, "composed and signed in under a minute"

    called(approver, node)
    expect(approver.page.get_by_text("Đang phát", exact=True).first).to_be_visible()
    page = author.page
    expect(page.get_by_role("button", name="DỪNG", exact=True)).to_be_visible(timeout=LIMIT_MS)
    wait_figure(page, "Đã nhận", PLAYERS)
    wait_figure(page, "Đang phát", PLAYERS)
    until(lambda: sirens(players) == PLAYERS, 30, "three loudspeakers sound a siren")
    author.shot("urgent-live")
    approver.shot("urgent-live")
    assert approver.fits()

    page.get_by_role("button", name="DỪNG", exact=True).click()
    expect(page.get_by_text("Đang dừng tiếng đến")).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_role("timer")).to_contain_text("còn 9:")
    wait_figure(page, "Đang phát", 0)
    author.shot("urgent-stopped")

    page.get_by_role("button", name="Phát tiếp ngay").click()
    wait_figure(page, "Đang phát", PLAYERS)
    page.get_by_role("link", name="Đính chính").click()
    page.get_by_label("Tiêu đề").fill("Đính chính: lũ đã dừng lên")
    page.get_by_label("Lời loa sẽ đọc").fill("Lũ đã dừng lên. Bà con ở yên, chờ thông báo tiếp.")
    author.shot("urgent-correct")
    page.get_by_role("button", name="Xem trước lệnh").click()
    page.get_by_role("button", name="Ký và gửi đi duyệt").click()
    expect(page.get_by_role("timer")).to_be_visible()
    second(approver, "Đính chính: lũ đã dừng lên", "Ký và phát ngay")
    expect(approver.page.get_by_text("Lũ đã dừng lên. Bà con ở yên")).to_be_visible()
    wait_figure(approver.page, "Đã nhận", PLAYERS)

    follows(author)
    all_clear(author, approver, node)
    follows(author)
    cancelled(author, approver, node)
    machine_speaks(author, approver, node, players.parent)
    assert author.complaints == []
    assert approver.complaints == []


@pytest.mark.long
def test_a_drill_looks_like_nothing_else(ground: tuple[str, Path], browser: Browser) -> None:
    node, _ = ground
    for size in ("phone", "desk"):
        visitor = Visitor(browser, size)
        page = enter_room(visitor, node, AUTHOR)
        page.get_by_role("link", name=re.compile("^Diễn tập")).click()
        page.get_by_role("link", name="Bão").click()
        page.get_by_label("Tỉnh Phú Thọ (toàn bộ)").check()
        for field in page.locator("[name^=blank-]").all():
            field.fill("thử")
        visitor.shot("urgent-drill")
        assert visitor.fits()
        page.get_by_role("button", name="Xem trước lệnh").click()
        expect(page.get_by_text("Trước và sau đó loa nói")).to_be_visible()
        visitor.shot("urgent-drill-review")
        assert visitor.complaints == []
