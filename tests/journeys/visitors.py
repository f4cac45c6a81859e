"""People with browsers: a phone or a desk, in light or dark, on a good or a bad line."""

import base64
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Browser, Page, sync_playwright

from loa.lib import clock
from tests.journeys.processes import ROOT, demo, surroundings, until

SHOTS = ROOT / "var" / "shots"
SIZES = {"phone": (360, 740), "desk": (1280, 800)}
DIGITS_LIFE_S, TYPING_S = 30, 6
"""How long six digits hold, and what typing and sending them may take on a busy machine."""
OFFICER, APPROVER = "Cán bộ truyền thanh xã", "Lãnh đạo xã"


def chromium() -> str:
    """The system's Chromium. Skips with the reason where there is none; in CI that is a failure."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        reason = "Chromium is not here: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a running demo."""
    chromium()
    env = surroundings(folder)
    with demo(env, folder / "log"):
        yield f"http://localhost:{env['LOA_WEB_PORT']}"


@contextmanager
def chromium_open() -> Iterator[Browser]:
    """A browser in which sound may start by itself and a microphone hums a test tone."""
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
    ]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield opened
        opened.close()


class Visitor:
    """One person's own browser window; whatever it complains about is kept."""

    def __init__(self, browser: Browser, size: str, **context: Any) -> None:
        width, height = SIZES[size]
        self.size = size
        self.page: Page = browser.new_context(
            viewport={"width": width, "height": height}, **context
        ).new_page()
        self.complaints: list[str] = []
        self.page.on(
            "console",
            lambda said: (
                self.complaints.append(f"{said.text} {said.location} {self.page.url}")
                if said.type == "error"
                else None
            ),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def enter(self, node: str, role: str) -> Page:
        """Through the demo's door for the role."""
        self.page.goto(node)
        self.page.locator("li", has_text=role).get_by_role("button").first.click()
        self.page.wait_for_url("**/hom-nay/")
        return self.page

    def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        # Hiding the caret would put a style on fields, which the pages' own policy forbids.
        path = SHOTS / f"{self.size}-{name}.png"
        self.page.screenshot(path=path, full_page=True, caret="initial")

    def fits(self) -> bool:
        """Whether the page needs no sideways scrolling."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        return int(width) <= SIZES[self.size][0]

    def fits_a_phone(self) -> bool:
        """Whether this same page, on a phone, needs no sideways scrolling."""
        (width, height), (own_width, own_height) = SIZES["phone"], SIZES[self.size]
        self.page.set_viewport_size({"width": width, "height": height})
        needed = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size({"width": own_width, "height": own_height})
        return int(needed) <= width


def six_digits(secret: str) -> str:
    """What an authenticator shows for a base32 secret now (RFC 6238, as telephones know it); where
    that is about to end, what it shows next, as its owner would wait for it."""

    def lasting() -> int | None:
        second = int(clock.now().timestamp())
        return second if second % DIGITS_LIFE_S < DIGITS_LIFE_S - TYPING_S else None

    key = base64.b32decode(secret)
    # SHA-1 is what RFC 6238 and the authenticators that people have use.
    code = TOTP(key, 6, SHA1(), DIGITS_LIFE_S, enforce_key_length=False)  # noqa: S303
    return code.generate(until(lasting, TYPING_S + 5, "six fresh digits")).decode()


def holding(part: str) -> re.Pattern[str]:
    """A value that holds `part` somewhere."""
    return re.compile(re.escape(part))
