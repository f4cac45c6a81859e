"""CAP sources that are asked: within bounds, and only for what is new."""

import pytest
from lxml import etree

from loa.alerts.cap import listing, polling
from loa.alerts.models import CapMessage
from loa_protocol.clock import ManualClock
from tests.alerts import office as offices
from tests.alerts.cap.desk import (
    Office,
    cap,
    source,
)


def test_an_address_is_asked_with_its_etag_and_only_when_due(
    office: offices.Office, server: str, manual_clock: ManualClock
) -> None:
    Office.files["/one.xml"] = cap()
    source(office, way="url", url=f"{server}/one.xml")
    assert polling.poll_due()
    assert CapMessage.objects.count() == 1
    assert not polling.poll_due()
    manual_clock.advance(61)
    assert polling.poll_due()
    assert [etag != "" for _, etag in Office.asked] == [False, True]
    assert CapMessage.objects.count() == 1


def test_a_list_gives_its_new_messages_and_no_other_servers(
    office: offices.Office, server: str
) -> None:
    Office.files |= {
        "/1.xml": cap("KT-1"),
        "/2.xml": cap("KT-2"),
        "/list": b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/2.xml"/></entry>
<entry><link href="/1.xml"/></entry><entry><link href="http://127.0.0.2:9/x.xml"/></entry></feed>""",
        "/rss": b"<rss><channel><item><link>1.xml</link></item></channel></rss>",
    }
    origin, _ = source(office, way="url", url=f"{server}/list")
    assert polling.poll(origin) == 2
    origin.refresh_from_db()
    assert origin.failure == ""
    Office.asked.clear()
    origin.etag = ""
    assert polling.poll(origin) == 0
    assert [path for path, _ in Office.asked] == ["/list"]
    other, _ = source(office, way="url", url=f"{server}/rss")
    assert polling.poll(other) == 0  # known already by its identifier


@pytest.mark.parametrize("path", ["/gone", "/moved", "/big", "/bomb"])
def test_a_server_that_lies_or_grows_costs_one_line(
    office: offices.Office, server: str, path: str
) -> None:
    Office.files |= {
        "/one.xml": cap(),
        "/big": b"<a>" + b" " * (2 << 20),
        "/bomb": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>",
    }
    origin, _ = source(office, way="url", url=f"{server}{path}")
    assert polling.poll(origin) == 0
    origin.refresh_from_db()
    assert origin.failure
    assert not CapMessage.objects.filter(refused="").exists()


ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


@pytest.mark.parametrize("sign", [True, False])
@pytest.mark.parametrize(
    "shape",
    [
        f'<feed {ATOM}><entry><content type="text/xml">%s</content></entry></feed>',
        f'<a:feed {ATOM.replace("xmlns", "xmlns:a")} xmlns:x="urn:x"><a:entry>'
        '<a:id x:b="1">1</a:id>'
        '<a:content type="application/cap+xml">%s</a:content></a:entry></a:feed>',
        f"<feed {ATOM}><entry><content><![CDATA[%s]]></content></entry></feed>",
        "<rss><channel><item><description><![CDATA[%s]]></description></item></channel></rss>",
        f'<feed {ATOM}><entry><link rel="alternate" type="text/html" href="/a.html"/>'
        "<content>%s</content></entry></feed>",
    ],
)
def test_a_message_that_a_list_holds_is_taken_once(
    office: offices.Office, server: str, shape: str, sign: bool
) -> None:
    text = cap(sign=sign).decode()
    if "CDATA" not in shape:
        text = text.partition("?>")[2]
    Office.files["/list"] = (shape % text).encode()
    origin, _ = source(office, way="url", url=f"{server}/list", must_sign=sign)
    assert polling.poll(origin) == 1
    assert CapMessage.objects.get().sure is sign
    origin.refresh_from_db()
    assert origin.failure == ""
    origin.etag = ""
    assert polling.poll(origin) == 0
    assert CapMessage.objects.count() == 1


@pytest.mark.parametrize(
    "answer",
    [
        f'<feed {ATOM}><entry><link href="https://elsewhere.example.vn/1.xml"/></entry></feed>',
        f'<feed {ATOM}><entry><link type="text/html" href="/1.html"/></entry></feed>',
        f"<feed {ATOM}><entry><content>Lũ lên</content></entry></feed>",
        "<rss><channel><item><title>Lũ</title></item></channel></rss>",
        '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
    ],
)
def test_a_list_of_which_nothing_can_be_used_says_so_every_time(
    office: offices.Office, server: str, answer: str
) -> None:
    Office.files["/list"] = answer.encode()
    origin, _ = source(office, way="url", url=f"{server}/list")
    for _round in range(2):
        assert polling.poll(origin) == 0
        origin.refresh_from_db()
        assert "Danh sách" in origin.failure or "danh sách" in origin.failure


def test_an_empty_list_is_healthy(office: offices.Office, server: str) -> None:
    Office.files["/list"] = f"<feed {ATOM}/>".encode()
    origin, _ = source(office, way="url", url=f"{server}/list")
    assert polling.poll(origin) == 0
    origin.refresh_from_db()
    assert origin.failure == ""


@pytest.mark.parametrize(
    ("base", "link", "asked"),
    [
        ("https://cap.vn/list", "http://cap.vn/1.xml", "https://cap.vn/1.xml"),
        ("https://cap.vn/list", "http://CAP.vn:80/1.xml?a=b", "https://cap.vn/1.xml?a=b"),
        ("https://cap.vn/list", "//cap.vn:443/1.xml", "https://cap.vn/1.xml"),
        ("https://cap.vn/list", "1.xml", "https://cap.vn/1.xml"),
        ("https://cap.vn:8443/list", "http://cap.vn/1.xml", "https://cap.vn:8443/1.xml"),
        ("https://cap.vn/list", "http://cap.vn:8080/1.xml", ""),
        ("https://cap.vn/list", "https://other.vn/1.xml", ""),
        ("https://cap.vn/list", "http://cap.vn.other.vn/1.xml", ""),
        ("https://cap.vn/list", "http://[cap.vn/1.xml", ""),
        ("https://cap.vn/list", "ftp://cap.vn/1.xml", ""),
    ],
)
def test_a_link_is_asked_by_the_scheme_of_its_list(base: str, link: str, asked: str) -> None:
    root = etree.fromstring(f'<feed {ATOM}><entry><link href="{link}"/></entry></feed>')
    assert listing.entries(root, base) == [listing.Entry(url=asked)]


def test_the_link_that_calls_itself_cap_is_preferred() -> None:
    links = '<link href="/page"/><link type="application/cap+xml" rel="enclosure" href="/1.xml"/>'
    root = etree.fromstring(f"<feed {ATOM}><entry>{links}</entry></feed>")
    assert listing.entries(root, "https://cap.vn/l") == [listing.Entry(url="https://cap.vn/1.xml")]
