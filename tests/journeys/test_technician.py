"""The technician's bench and the night desk, in a real browser: finding the silent loudspeakers,
bringing in three hundred poles with seven bad rows, and signing in with a passkey."""

import io
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_browser import browser, running
from tests.journeys.visitors import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.long]

__all__ = ["browser"]

TECHNICIAN, ADMINISTRATOR, APPROVER = "Kỹ thuật viên", "Quản trị", "Lãnh đạo xã"
HEADS = ["Mã cụm", "Tên cụm", "Thôn", "Vĩ độ", "Kinh độ", "Âm lượng", "Số loa"]
BAD = {
    20: (0, ""),
    61: (2, "Thôn Không Có"),
    102: (3, "bắc"),
    143: (4, "2.35"),
    184: (5, "-20"),
    225: (5, "to"),
    266: (0, "M001"),
}
"""Which of the rows are wrong: the column and what stands there."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("technician")) as address:
        yield address


def sheet(mended: bool) -> bytes:
    """Three hundred poles; seven rows are wrong unless `mended`."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(HEADS)
    for number in range(1, 301):
        row = [f"M{number:03}", f"Cụm loa ngõ {number}", "Thôn Đông", 21.45, 105.64, 80, 2]
        if number in BAD and not mended:
            column, value = BAD[number]
            row[column] = value
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(page: Page, node: str, data: bytes) -> None:
    page.goto(f"{node}/them/bang-tinh/")
    card = page.locator("#cum-loa")
    file = {"name": "300 cụm/loa.xlsx", "mimeType": "application/vnd.ms-excel", "buffer": data}
    card.locator("input[type=file]").set_input_files(file)
    card.get_by_role("button", name="Xem trước").click()


@pytest.mark.parametrize("size", ["desk"])
def test_three_hundred_outlets_with_seven_bad_rows(node: str, browser: Browser, size: str) -> None:
    person = Visitor(browser, size)
    page = person.enter(node, TECHNICIAN)
    began = time.monotonic()
    send(page, node, sheet(mended=False))
    expect(page.get_by_text("7 dòng sai", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("293 mới")).to_be_visible()
    for cell in ("A21", "C62", "D103", "F185", "F226"):
        expect(page.get_by_text(cell, exact=True)).to_be_visible()
    expect(page.get_by_text("Trùng với dòng 2 của tệp.")).to_be_visible()
    person.shot("sheet-faults")
    page.goto(f"{node}/kenh/cum/?tim=M001")
    expect(page.get_by_text("Không có cụm loa nào như vậy")).to_be_visible()
    send(page, node, sheet(mended=True))
    expect(page.get_by_text("300 mới")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Nhập", exact=True).click()
    expect(page.get_by_text("Đã nhập 300 dòng.")).to_be_visible(timeout=60_000)
    print(f"300 outlets, faults seen, mended and stored: {time.monotonic() - began:.1f} s")
    page.goto(f"{node}/kenh/cum/?tim=m001")
    expect(page.get_by_role("link", name="Cụm loa ngõ 1", exact=True)).to_be_visible()
    with page.expect_download() as out:
        page.goto(f"{node}/them/bang-tinh/")
        page.locator("#cum-loa").get_by_role("link", name="Xuất ODS").click()
    send(page, node, Path(out.value.path()).read_bytes())
    expect(page.get_by_text("không có gì để nhập")).to_be_visible(timeout=60_000)
    assert person.complaints == []


def test_a_night_operator_finds_the_silent_speakers(tmp_path: Path, browser: Browser) -> None:
    """Two of three loudspeakers lose their power at night: the list says which, the pole says since
    when, the map shows where; on a phone, and again on a desk."""
    with running(tmp_path) as node:
        person, desk = Visitor(browser, "phone"), Visitor(browser, "desk")
        page = person.enter(node, TECHNICIAN)
        desk.enter(node, TECHNICIAN)
        page.goto(f"{node}/kenh/cum/")
        ready = page.locator("td", has_text=re.compile("sẵn sàng|đang phát"))
        expect(ready).to_have_count(3, timeout=60_000)
        page.goto(f"{node}/kenh/cum/?tinh-trang=trouble")
        expect(page.get_by_text("Không có cụm loa nào im lặng")).to_be_visible()
        stopped = players(tmp_path)[:2]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            # The broker misses them after one and a half keep-alives.
            silent = page.locator("td", has_text="mất liên lạc")
            expect(silent).to_have_count(2, timeout=150_000)
            for one in (person, desk):
                look_for_silence(one, node)
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        page.goto(f"{node}/kenh/cum/?tinh-trang=trouble")
        expect(page.get_by_text("Không có cụm loa nào im lặng")).to_be_visible(timeout=90_000)
        assert person.complaints == desk.complaints == []


def look_for_silence(person: Visitor, node: str) -> None:
    """The list, the pole, the map and the tree, all saying the same."""
    page = person.page
    page.goto(f"{node}/kenh/cum/?tinh-trang=trouble")
    expect(page.locator("td", has_text="mất liên lạc")).to_have_count(2)
    person.shot("night-silent")
    assert person.fits()
    page.locator("table a").first.click()
    expect(page.get_by_text("mất liên lạc").first).to_be_visible()
    person.shot("night-outlet")
    page.goto(f"{node}/kenh/ban-do/")
    expect(page.locator(".dot-on-map.silent").first).to_be_visible(timeout=20_000)
    person.shot("night-map")
    assert person.fits()
    page.goto(f"{node}/kenh/theo-thon/")
    expect(page.get_by_text("1 mất liên lạc").first).to_be_visible()
    person.shot("night-tree")
    assert person.fits()


def players(folder: Path) -> list[int]:
    """The processes of the demo's loudspeakers, by their data folders."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command.read_bytes().split(b"\0")
        except OSError:
            continue
        player = any(word.endswith(b"loa-player") for word in words[:3])
        if player and any(str(folder).encode() in word for word in words):
            found.append(int(command.parent.name))
    return sorted(found)


PASSWORD = "một câu dài dễ nhớ 2026"


def invited(person: Visitor, node: str) -> str:
    """The administrator asks an approver in; returns the link of the invitation."""
    page = person.page
    person.enter(node, ADMINISTRATOR)
    page.goto(f"{node}/them/tai-khoan")
    page.get_by_label("Họ và tên").first.fill("Mai Khóa")
    page.get_by_label("Tên đăng nhập").first.fill("mai-khoa")
    page.locator("#a-role").select_option("commune_approver")
    person.shot("staff")
    page.get_by_role("button", name="Mời").click()
    link = page.get_by_label("Đường dẫn").input_value()
    person.shot("invited")
    page.goto(f"{node}/them/")
    page.get_by_role("button", name="Thoát").last.click()
    return link


def signed_in_first(person: Visitor, link: str) -> None:
    """A password of one's own, and the words about what is still missing."""
    page = person.page
    page.goto(link)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_label("Ghi lại mật khẩu").fill(PASSWORD)
    person.shot("invitation")
    page.get_by_role("button", name="Đặt mật khẩu").click()
    page.get_by_label("Tên đăng nhập").fill("mai-khoa")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_text("cần xác nhận hai bước")).to_be_visible()
    person.shot("factor-needed")


def passkey_added(person: Visitor, node: str) -> None:
    """The key that the browser holds is told to the account."""
    page = person.page
    page.goto(f"{node}/tai-khoan/2fa/webauthn/add/")
    if page.get_by_role("heading", name="Xác nhận lại").count():
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Xác nhận").click()
    person.shot("passkey-add")
    page.locator("input[name=name]").fill("Máy tính ở phòng")
    passwordless = page.locator("input[name=passwordless]")
    if passwordless.count():
        passwordless.check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: not url.endswith("/webauthn/add/"))
    person.shot("passkey-added")


def test_a_passkey_is_added_and_signs_in(node: str, browser: Browser) -> None:
    person = Visitor(browser, "desk")
    page = person.page
    authenticator = virtual_authenticator(page)
    signed_in_first(person, invited(person, node))
    passkey_added(person, node)
    page.goto(f"{node}/hom-nay/")
    expect(page.get_by_role("heading", name="Hôm nay").first).to_be_visible()
    credentials = authenticator.send("WebAuthn.getCredentials", {"authenticatorId": KEY["id"]})
    assert len(credentials["credentials"]) == 1

    page.goto(f"{node}/them/phien")
    expect(page.get_by_text("máy này", exact=True)).to_be_visible()
    person.shot("sessions")
    page.goto(f"{node}/them/")
    page.get_by_role("button", name="Thoát").last.click()
    page.goto(f"{node}/tai-khoan/login/")
    page.get_by_role("button", name="Dùng khóa bảo mật").click()
    page.wait_for_url("**/hom-nay/")
    assert person.complaints == []


KEY: dict[str, str] = {}


def virtual_authenticator(page: Page):  # type: ignore[no-untyped-def]  # a CDP session
    """A security key made of software, as Chromium offers it to tests."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    KEY["id"] = made["authenticatorId"]
    return session
