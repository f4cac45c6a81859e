"""Every page that a role can reach by following links: few queries, and Vietnamese words alone.

The urgent room, links, figures, directives and reorganisations are reached like any other page.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loa.journal.models import Fact
from loa.journal.selectors import head
from tests.alerts.office import Office
from tests.console.conftest import SignIn
from tests.console.test_urgent import desk, office
from tests.country import Country
from tests.newsroom.test_bulletins import submitted

__all__ = ["office"]

QUERIES_MAX = 12
DOORS = (
    *("/hom-nay/", "/soan/moi", "/duyet/", "/lich/", "/kenh/", "/kenh/cum/", "/kenh/ban-do/"),
    *("/kenh/theo-thon/", "/kenh/cho-ghep/", "/them/", "/nhat-ky/", "/tim", "/so-lieu/"),
    *("/khan-cap/", "/khan-cap/cap/", "/khan-cap/mau/", "/khan-cap/mau/soan?mau=dam"),
    *("/khan-cap/soan/that/?mau=flood", "/khan-cap/soan/dien-tap/?mau=storm"),
    *("/khan-cap/ket-qua", "/khan-cap/thu-chuoi", "/khan-cap/dang-ky/thu-hoi"),
    *("/chi-dao/", "/chi-dao/van-ban/moi", "/chi-dao/bao-cao/moi", "/lien-thong/"),
    *("/them/dia-gioi/", "/them/bang-tinh/"),
)
LEFT_OUT = re.compile(r"/(huong-dan|tai-khoan)/|/xuat\b|\.(pdf|ics|atom|pem|xml)$|/tep")
"""Files, the guide (`test_search` reads it), and the account pages of a library."""
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|vn(-\d+)+|o-\w{10,}")

SYLLABLE = re.compile(
    r"(ngh|ng|nh|ch|gh|gi|kh|ph|th|tr|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(ch|ng|nh|[cmnpt])?",
    re.IGNORECASE,
)
KNOWN = frozenset(
    # Names of formats, systems and companies that Vietnamese text uses as they are.
    "CSV XLSX ODS PDF MP3 QR CNTT UBND Zalo iCalendar Word docx Khmer mp wav ogg opus flac Atom RSS"
    " PEM CAP SHA https http FM LUFS MB ms Wi Fi English URL TCVN VNI Unicode OpenID GeoJSON TOTP"
    " localhost JavaScript demo".lower().split()
)


class Words(HTMLParser):
    """What a page says to its reader, and where it leads."""

    SILENT = frozenset({"script", "style", "code", "textarea", "option"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self._silent = 0
        self._stack: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "a" and held.get("href", "").startswith("/") and "download" not in held:
            self.links.append(held["href"].split("#")[0])
        for name in ("placeholder", "title", "alt", "aria-label"):
            self.words += [held[name]] if name in held else []
        if tag not in {"input", "img", "br", "meta", "link", "hr", "source", "path", "circle"}:
            silent = tag in self.SILENT or "code" in held.get("class", "").split()
            self._stack.append(silent)
            self._silent += silent

    def handle_endtag(self, tag: str) -> None:
        if self._stack and tag not in {"input", "img", "br", "path", "circle"}:
            self._silent -= self._stack.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)

    def foreign(self) -> set[str]:
        """The words that no Vietnamese syllable looks like."""
        found = re.findall(r"(?<![\w@./-])[A-Za-z]{2,}(?![\w@./-]|\.\w)", " ".join(self.words))
        return {w for w in found if not SYLLABLE.fullmatch(w) and w.lower() not in KNOWN}


@pytest.fixture
def people(
    country: Country, sign_in: SignIn, administrator: Client, office: Office
) -> dict[str, Client]:
    return {
        "officer": sign_in(country.one.officer),
        "approver": sign_in(country.one.approver),
        "technician": sign_in(country.one.technician),
        "administrator": administrator,
        "editor": sign_in(country.editor),
        "author": desk(office.author),
        "alert approver": desk(office.approver),
    }


def pages(client: Client) -> Iterator[tuple[str, int, Words]]:
    """Every page from the doors on: its address, its queries, its words; one of each kind. None
    writes into the journal by being opened."""
    client.get("/khan-cap/")  # what a process holds for a minute: the papers of trust
    todo, seen = list(DOORS), set[str]()
    while todo:
        address = todo.pop(0)
        kind = ID.sub("*", address)
        if kind in seen or LEFT_OUT.search(address.partition("?")[0]):
            continue
        seen.add(kind)
        written = head().seq
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        html = "text/html" in answer.get("Content-Type", "")
        if answer.status_code != 200 or not html:
            assert answer.status_code < 500, address
            continue
        assert not Fact.objects.filter(seq__gt=written).exists(), address
        words = Words(answer.content.decode())
        todo += [link for link in words.links if "?" not in link]
        yield address, len(asked), words


def test_no_page_asks_much_or_speaks_english(people: dict[str, Client], country: Country) -> None:
    submitted(country.one)
    heavy: list[str] = []
    foreign: list[str] = []
    for role, client in people.items():
        met = 0
        for address, queries, words in pages(client):
            met += 1
            if queries > QUERIES_MAX:
                heavy.append(f"{role} {address}: {queries}")
            if said := words.foreign():
                foreign.append(f"{role} {address}: {sorted(said)}")
        assert met > 12, f"{role} reaches {met} pages"
    assert heavy == []
    assert foreign == []
