"""Every page of the console on a running node: nobody is shut out, nothing is heavy.

axe-core looks at each page in light and dark, on a phone and on a desk: no serious or critical
finding. What a first visit loads, and what the next page adds, is counted as it came over the
wire.
"""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.journeys.visitors import OFFICER, SIZES, Visitor, chromium_open, running

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.long]

FIRST_LOAD_BYTES = 150_000
NEXT_LOAD_BYTES = 30_000
LIGHT = ("hom-nay/", "soan/", "soan/moi", "duyet/", "lich/", "kenh/", "them/")
ROLES = {
    "officer": OFFICER,
    "approver": "Lãnh đạo xã",
    "admin": "Quản trị",
    "editor": "Biên tập",
    "author": "Người soạn lệnh khẩn cấp",
    "registrar": "Người đăng ký khóa",
}
FIXED = (
    *(("officer", path) for path in ("hom-nay/", "soan/", "soan/moi", "lich/", "kenh/")),
    *(("officer", path) for path in ("nhat-ky/", "them/", "them/thon", "them/tu-dien")),
    *(("officer", path) for path in ("them/thanh-phan", "tai-khoan/2fa/", "khong-co-trang-nay")),
    *(("approver", path) for path in ("hom-nay/", "duyet/", "soan/moi")),
    *(("admin", path) for path in ("hom-nay/", "kenh/", "kenh/dai-moi", "them/tai-khoan")),
    *(("admin", path) for path in ("them/bang-tinh/", "them/dia-gioi/", "lien-thong/")),
    *(("editor", path) for path in ("hom-nay/", "soan/moi", "so-lieu/", "chi-dao/")),
    *(("editor", path) for path in ("chi-dao/van-ban/moi", "chi-dao/bao-cao/moi")),
    *(("author", path) for path in ("khan-cap/", "khan-cap/cap/", "khan-cap/mau/soan?mau=dam")),
    *(("author", path) for path in ("khan-cap/soan/that/?mau=flood", "khan-cap/ket-qua")),
    *(("author", path) for path in ("khan-cap/soan/dien-tap/?mau=storm", "khan-cap/thu-chuoi")),
    *(("registrar", path) for path in ("khan-cap/dang-ky", "khan-cap/dang-ky/thu-hoi")),
)
"""Pages whose address is known beforehand; more are found by following the links of these."""
FILES = ("/nghe/opus", "/chung-nhan/", ".atom")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|vn(-\d+)+")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("pages")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_open() as opened:
        yield opened


def found_wrong(page: Page, where: str) -> list[str]:
    """What axe-core calls serious or critical in light and in dark, with the elements it names."""
    found = []
    for scheme in ("light", "dark"):
        # A colour half way between two schemes is nobody's.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += _found_wrong(page, f"{where} ({scheme})")
    return found


def _found_wrong(page: Page, where: str) -> list[str]:
    report = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{where}: {finding['id']}: {node['html'][:160]}"
        for finding in report["violations"]
        if finding["impact"] in {"serious", "critical"}
        for node in finding["nodes"][:3]
    ]


def pattern_of(address: str) -> str:
    """An address with its ids blanked: one bulletin's page stands for all."""
    parts = address.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].split("/")[3:]
    return "/".join("*" if ID.fullmatch(part) else part for part in parts)


def linked(page: Page, node: str) -> list[str]:
    """The addresses of this node's own pages that the page leads to, files left out."""
    found = page.eval_on_selector_all(
        "a[href]:not([download])", "links => links.map(link => link.href)"
    )
    return [
        link.split("#")[0]
        for link in found
        if link.startswith(node) and not any(file in link for file in FILES)
    ]


@pytest.mark.parametrize("size", list(SIZES))
def test_no_page_shuts_anybody_out(node: str, browser: Browser, size: str) -> None:
    wrong: list[str] = []
    seen: set[tuple[str, str]] = set()
    stranger = Visitor(browser, size)
    for path in ("", "tai-khoan/login/", "nghe/"):
        stranger.page.goto(f"{node}/{path}")
        wrong += found_wrong(stranger.page, f"/{path}")
    for role, name in ROLES.items():
        visitor = Visitor(browser, size)
        page = visitor.enter(node, name)
        todo = [f"{node}/{path}" for whose, path in FIXED if whose == role]
        while todo:
            address = todo.pop(0)
            key = (
                role if address in {f"{node}/{p}" for _, p in FIXED} else "",
                pattern_of(address),
            )
            if key in seen or ("", pattern_of(address)) in seen:
                continue
            seen.add(key)
            page.goto(address)
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
            wrong += found_wrong(page, f"{role} {pattern_of(address)}")
            todo += linked(page, node)
        page.context.close()
    assert len(seen) >= 25, sorted(seen)
    assert wrong == []


def test_pages_are_light_on_the_wire(node: str, browser: Browser) -> None:
    heavy: list[str] = []
    for path in (*LIGHT, "kenh/ban-do/", "nhat-ky/", "so-lieu/", "chi-dao/"):
        visitor = Visitor(browser, "phone")
        visitor.enter(node, OFFICER)
        state = visitor.page.context.storage_state()
        visitor.page.context.close()
        fresh = Visitor(browser, "phone", storage_state=state)
        line = fresh.page.context.new_cdp_session(fresh.page)
        line.send("Network.enable")
        came: list[float] = []
        line.on(
            "Network.loadingFinished",
            lambda event, came=came: came.append(event["encodedDataLength"]),
        )
        fresh.page.goto(f"{node}/{path}", wait_until="networkidle")
        first = sum(came)
        came.clear()
        fresh.page.goto(f"{node}/{path}", wait_until="networkidle")
        again = sum(came)
        print(f"/{path}: {first / 1000:.1f} kB first, {again / 1000:.1f} kB after")
        if first > FIRST_LOAD_BYTES or again > NEXT_LOAD_BYTES:
            heavy.append(f"/{path}: {first:.0f} first, {again:.0f} after")
        fresh.page.context.close()
    assert heavy == []
