"""The design system: every component has its partial, and one page shows them all."""

import re
from pathlib import Path

from django.test import Client

import loa.web

PARTIALS = Path(loa.web.__file__).parent / "templates" / "web" / "components"
STYLES = Path(loa.web.__file__).parent / "static" / "loa"


def test_the_gallery_shows_every_component_once_at_least(officer: Client) -> None:
    response = officer.get("/them/thanh-phan")
    used = {Path(str(template.name)).name for template in response.templates}
    assert {path.name for path in PARTIALS.glob("*.html")} <= used
    assert len(list(PARTIALS.glob("*.html"))) >= 12


def test_who_is_not_signed_in_is_sent_to_the_door(client: Client, db: None) -> None:
    assert "/tai-khoan/login/" in client.get("/them/thanh-phan")["Location"]


def test_no_style_sheet_outgrows_a_page_of_reading() -> None:
    for sheet in STYLES.glob("*.css"):
        assert len(sheet.read_text().splitlines()) <= 400, sheet.name


def test_the_text_grows_with_the_size_that_a_reader_asks_of_the_browser() -> None:
    """A root size in pixels would hold it still, whatever the reader has chosen."""
    rule = re.search(r"html \{[^}]*font-size: ([0-9.]+)(\S+?);", (STYLES / "loa.css").read_text())
    assert rule is not None
    assert rule[2] in {"%", "rem"}


def test_no_page_holds_script_or_style_of_its_own() -> None:
    for page in PARTIALS.parents[1].rglob("*.html"):
        text = page.read_text()
        assert " style=" not in text, page.name
        assert "<style" not in text, page.name
        assert " onclick=" not in text, page.name
