"""CAP sources that are asked: within bounds, and only for what is new."""

import pytest

from loa.alerts import cap_poll
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
    assert cap_poll.poll_due()
    assert CapMessage.objects.count() == 1
    assert not cap_poll.poll_due()
    manual_clock.advance(61)
    assert cap_poll.poll_due()
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
    assert cap_poll.poll(origin) == 2
    origin.refresh_from_db()
    assert origin.failure == ""
    Office.asked.clear()
    origin.etag = ""
    assert cap_poll.poll(origin) == 0
    assert [path for path, _ in Office.asked] == ["/list"]
    other, _ = source(office, way="url", url=f"{server}/rss")
    assert cap_poll.poll(other) == 0  # known already by its identifier


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
    assert cap_poll.poll(origin) == 0
    origin.refresh_from_db()
    assert origin.failure
    assert not CapMessage.objects.filter(refused="").exists()
