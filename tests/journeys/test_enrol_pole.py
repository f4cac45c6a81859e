"""A technician at a pole, with a telephone: from the label to "I heard it", in two minutes.

The device is a real player that nobody has bound; the telephone a browser of its size, with a
position and a picture of its own.
"""

import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.journeys.test_browser import Visitor, browser, running
from tests.journeys.visitors import six_digits

pytestmark = [pytest.mark.journey, pytest.mark.browser]

__all__ = ["browser"]

TECHNICIAN, OFFICER = "Kỹ thuật viên", "Cán bộ truyền thanh xã"
LIMIT_S = 120
BESIDE_THE_COMMUNE = {"latitude": 21.4591, "longitude": 105.6463}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A running demo, and its folder."""
    folder = tmp_path_factory.mktemp("pole")
    with running(folder) as address:
        yield address, folder


@pytest.fixture
def node(ground: tuple[str, Path]) -> str:
    return ground[0]


@pytest.fixture
def accounts(ground: tuple[str, Path]) -> dict[str, dict[str, str]]:
    """The demo's people by user name, with password and authenticator."""
    found: dict[str, dict[str, str]] = json.loads(
        (ground[1] / "demo" / "accounts.json").read_text()
    )
    return found


@contextmanager
def player(folder: Path, claim: bytes, serial: str) -> Iterator[Path]:
    """A loudspeaker that knocks until somebody binds it, then plays. Yields its log."""
    folder.mkdir()
    file = folder / "claim.json"
    file.write_text(json.dumps({**json.loads(claim), "serial": serial}))
    log = folder / "log"
    program = str(Path(sys.executable).parent / "loa-player")
    argv = [program, "run", "--data", str(folder / "data"), "--sink", "wav", "--clock-demo"]
    with log.open("wb") as out:
        process = subprocess.Popen([*argv, "--claim", str(file)], stderr=out)
        try:
            yield log
        finally:
            process.terminate()
            process.wait(timeout=30)


def href(page: Page, name: str) -> str:
    """Where a link of the page leads."""
    return page.get_by_role("link", name=name).get_attribute("href") or ""


def picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((1200, 1600), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def telephone(browser: Browser, **context: Any) -> Visitor:
    """A technician's telephone; `context` says what its owner lets pages use."""
    return Visitor(browser, "phone", **context)


def prepared_at_the_desk(page: Page, node: str) -> tuple[str, bytes]:
    """A new pole, its label's address, and the file for the memory card."""
    page.goto(f"{node}/kenh/")
    page.get_by_role("link", name="Thêm cụm loa").click()
    page.get_by_label("Mã", exact=False).first.fill("CL04")
    page.get_by_label("Tên", exact=False).first.fill("Cụm loa cổng chợ")
    page.get_by_role("button", name="Thêm cụm loa").click()
    page.wait_for_url("**/cum/**")
    page.goto(f"{node}/kenh/")
    labels = page.request.get(node + href(page, "In tem QR"))
    assert "CL04" in PdfReader(io.BytesIO(labels.body())).pages[0].extract_text()
    claim = page.request.get(node + href(page, "Tệp cho thiết bị mới")).body()
    page.get_by_role("link", name="Cụm loa cổng chợ").click()
    return node + href(page, "Ghép thiết bị tại cột"), claim


def enrolled_at_the_pole(phone: Visitor, label: str, log: Path) -> None:
    """From the scanned label to "heard: yes", step by step."""
    page = phone.page
    page.goto(label)  # what the label's code says
    expect(page.get_by_role("heading", name="Cụm loa cổng chợ")).to_be_visible()
    page.get_by_role("button", name="Lấy vị trí của tôi").click()
    expect(page.get_by_text("Đã ghi vị trí.")).to_be_visible()
    file = {"name": "cột/đèn.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.locator("#photo").set_input_files(file)
    expect(page.get_by_text("Đã lưu ảnh.")).to_be_visible()
    short = page.locator(".key-code").first
    expect(short).to_be_visible(timeout=30_000)
    assert (short.text_content() or "-") in log.read_text()
    phone.shot("pole-bind")
    page.get_by_role("button", name="Mã trùng, ghép").first.click()
    expect(page.get_by_text("Đã ghép thiết bị.")).to_be_visible()
    expect(page.get_by_text("đã liên lạc")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Phát câu thử").click()
    expect(page.get_by_text("thiết bị đã phát")).to_be_visible(timeout=60_000)
    phone.shot("pole-heard")
    page.get_by_role("button", name="Có, nghe rõ").click()
    expect(page.get_by_text("Cụm loa đã sẵn sàng phát.")).to_be_visible()


def test_a_pole_is_enrolled_in_two_minutes(node: str, browser: Browser, tmp_path: Path) -> None:
    phone = telephone(browser, geolocation=BESIDE_THE_COMMUNE, permissions=["geolocation"])
    label, claim = prepared_at_the_desk(phone.enter(node, TECHNICIAN), node)
    with player(tmp_path / "box", claim, "may-04") as log:
        began = time.monotonic()
        enrolled_at_the_pole(phone, label, log)
        took_s = time.monotonic() - began
        phone.shot("pole-done")
        assert phone.fits()
        print(f"from the label to 'heard': {took_s:.1f} s")
        assert took_s <= LIMIT_S
        assert list((tmp_path / "box" / "data" / "wav").glob("*.wav"))

    desk = Visitor(browser, "desk")
    journal = desk.enter(node, OFFICER)
    journal.goto(f"{node}/nhat-ky/")
    words = re.compile("có nghe thấy câu thử ở cụm loa .*Cụm loa cổng chợ.* hay không")
    expect(journal.get_by_text(words).first).to_be_visible()
    assert phone.complaints == []


# A telephone that can read codes, as Chromium on Linux cannot: it has read a device's sticker.
READER = """window.BarcodeDetector = class {
    detect() { return Promise.resolve([{ rawValue: "may-chua-thay" }]); }
};"""
NO_CAMERA = """navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException("refused", "NotAllowedError"));"""


@pytest.mark.long
def test_a_telephone_that_gives_nothing_says_what_to_do_instead(
    node: str, browser: Browser
) -> None:
    phone = telephone(browser, permissions=[])
    page = phone.enter(node, TECHNICIAN)
    page.add_init_script(READER + NO_CAMERA)
    page.goto(f"{node}/kenh/")
    page.get_by_role("link", name="Cụm loa nhà văn hóa thôn Đông").click()
    page.get_by_role("link", name="Trang tại cột").click()
    page.get_by_role("button", name="Lấy lại vị trí").click()
    expect(page.get_by_text("Điện thoại chưa cho biết vị trí")).to_be_visible(timeout=30_000)
    expect(page.get_by_label("Vĩ độ")).to_be_visible()
    page.get_by_role("link", name="Thay bằng thiết bị khác").click()
    page.get_by_role("button", name="Quét tem trên thiết bị").click()
    expect(page.get_by_text("Không mở được máy ảnh")).to_be_visible()
    sticker = page.get_by_label("Số máy hoặc mã khóa ghi trên thiết bị")
    expect(sticker).to_be_focused()
    phone.shot("pole-refused")
    sticker.fill("gõ tay")
    page.get_by_role("button", name="Ghép", exact=True).click()
    expect(page.get_by_text("Không thấy thiết bị nào đang chờ")).to_be_visible()
    expect(sticker).to_have_value("gõ tay")


@pytest.mark.long
def test_a_sticker_is_read_by_the_camera_by_who_signs_in_at_the_pole(
    node: str, browser: Browser, accounts: dict[str, dict[str, str]]
) -> None:
    """The label is scanned first; signing in leads on to the pole that it names."""
    desk = Visitor(browser, "desk")
    page = desk.enter(node, TECHNICIAN)
    page.goto(f"{node}/kenh/")
    page.get_by_role("link", name="Cụm loa nhà văn hóa thôn Đông").click()
    page.get_by_role("link", name="Trang tại cột").click()
    label = page.url
    phone = telephone(browser, permissions=["camera"])
    page = phone.page
    page.add_init_script(READER)
    page.goto(label)
    page.get_by_label("Tên đăng nhập").fill("minh")
    page.get_by_label("Mật khẩu").fill(accounts["minh"]["password"])
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    page.get_by_label("Mã xác nhận").fill(six_digits(accounts["minh"]["totp_secret"]))
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.get_by_role("heading", name="Cụm loa nhà văn hóa thôn Đông")).to_be_visible()
    page.get_by_role("link", name="Thay bằng thiết bị khác").click()
    page.get_by_role("button", name="Quét tem trên thiết bị").click()
    expect(page.get_by_text("Không thấy thiết bị nào đang chờ")).to_be_visible(timeout=15_000)
    expect(page.get_by_label("Số máy hoặc mã khóa ghi trên thiết bị")).to_have_value(
        "may-chua-thay"
    )


@pytest.mark.long
def test_a_pole_can_be_done_without_script(node: str, browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(node)
    page.locator("li", has_text=TECHNICIAN).get_by_role("button").first.click()
    page.goto(f"{node}/kenh/")
    claim = page.request.get(node + href(page, "Tệp cho thiết bị mới")).body()
    page.get_by_role("link", name="Cụm loa ngã ba thôn Đoài").click()
    page.get_by_role("link", name="Trang tại cột").click()
    page.get_by_text("Ghi tay tọa độ").click()
    page.get_by_label("Vĩ độ").fill("21,4069")
    page.get_by_label("Kinh độ").fill("105,6389")
    page.get_by_role("button", name="Lưu vị trí").click()
    expect(page.get_by_text("Đã ghi vị trí.")).to_be_visible()
    with player(tmp_path / "box", claim, "may-thay"):
        page.get_by_role("link", name="Thay bằng thiết bị khác").click()
        deadline = time.monotonic() + 30
        while not page.locator(".key-code").count():
            assert time.monotonic() < deadline, "the device knocks"
            page.wait_for_timeout(500)
            page.reload()
        page.get_by_role("button", name="Mã trùng, ghép").first.click()
        expect(page.get_by_text("may-thay")).to_be_visible()
    context.close()
