"""CAP at the node: taken once, kept as it came, never aired by itself, polled within bounds."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from loa.alerts import cap_desk, cap_poll, cap_publish, cap_sources, drafting, sound, templates
from loa.alerts.cap import reading, signing
from loa.alerts.drafting import TemplateWish
from loa.alerts.models import CapExport, CapFile, CapMessage, CapSource, Order
from loa.alerts.rules import OrderRefused
from loa.journal.models import Fact
from loa.lib import clock
from loa.media.services import file_note
from loa.people import acceptance
from loa.people.authority import NodeIdentity
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Blank, CapRule, Speech
from tests.alerts import office as offices
from tests.alerts.cap.office import certificate
from tests.country import Country

KEY, CERTIFICATE = certificate()
PEM = CERTIFICATE.public_bytes(Encoding.PEM).decode()
SENDER = "khituong@example.vn"


@pytest.fixture
def office(
    country: Country, node: NodeIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> offices.Office:
    monkeypatch.setattr(acceptance, "_trust", None)
    speech = Speech(sha256="c" * 64, bytes=20_000, ms=9000)
    file_note(sha256=speech.sha256, mime="audio/ogg", size_bytes=speech.bytes, ms=speech.ms)
    monkeypatch.setattr(sound, "speech_of_text", lambda _text: speech)
    return offices.build(country, tmp_path / "demo")


def cap(
    identifier: str = "KT-1",
    *,
    status: str = "Actual",
    kind: str = "Alert",
    about: str = "",
    sign: bool = True,
    sender: str = SENDER,
    severity: str = "Severe",
    area: str = "<geocode><valueName>vn.commune</valueName><value>08911</value></geocode>",
) -> bytes:
    now = clock.local(clock.now()).replace(microsecond=0)

    def at(**later: int) -> str:
        return (now + timedelta(**later)).isoformat()

    references = f"<references>{sender},{about},{at()}</references>" if about else ""
    info = f"""<info><language>vi-VN</language><category>Met</category><event>Cảnh báo lũ</event>
<urgency>Immediate</urgency><severity>{severity}</severity><certainty>Likely</certainty>
<onset>{at(hours=1)}</onset><expires>{at(hours=6)}</expires><headline>Lũ lên nhanh</headline>
<description>Nước lên.</description><area><areaDesc>Tam Đảo</areaDesc>{area}</area></info>"""
    if kind in {"Ack", "Error"}:
        info = ""
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{identifier}</identifier>
<sender>{sender}</sender><sent>{at()}</sent><status>{status}</status><msgType>{kind}</msgType>
<scope>Public</scope>{references}{info}</alert>""".encode()
    return signing.sign(text, KEY, CERTIFICATE) if sign else text


def source(office: offices.Office, **more: Any) -> tuple[CapSource, str]:
    fields: dict[str, Any] = {
        "path": "vn/25",
        "name": "Đài khí tượng",
        "way": "post",
        "senders": [SENDER],
        "certificates": PEM,
    }
    return cap_sources.source_add(actor=office.approver.actor, **(fields | more))


def take(data: bytes, origin: CapSource | None = None, **more: Any) -> CapMessage:
    return cap_desk.message_take(data, by="node", path="vn/25", source=origin, **more).message


def template(office: offices.Office, **more: Any) -> None:
    """A template for the weather office's floods, signed by two."""
    fields: dict[str, Any] = {
        "targets": ("vn/25/08911",),
        "hazard": "flood",
        "title": "Lũ lên nhanh ở {noi}",
        "text": "Lũ lên nhanh ở {noi} từ {gio}, mức {muc}.",
        "level": 4,
        "blanks": {
            "noi": Blank(type="place"),
            "gio": Blank(type="time"),
            "muc": Blank(type="level", values=("3", "4", "5")),
        },
        "feed": templates.own_feed(),
        "cap": CapRule(
            senders=(SENDER,),
            hazards=("flood",),
            least=4,
            blanks={"noi": "area", "gio": "onset", "muc": "level"},
        ),
    }
    speaker = office.speaker(office.author, Kind.TEMPLATE, ("vn/25/08911",))
    draft = drafting.template_draft(TemplateWish(**(fields | more)), speaker, clock.now())
    signed = {"payload": draft.payload, "kid": office.author.key.kid}
    row = templates.template_propose(
        actor=office.author.actor, sig=office.author.sign(draft), **signed
    )
    templates.template_approve(
        actor=office.approver.actor,
        template_id=row.pk,
        digest=row.pk,
        kid=office.approver.key.kid,
        sig=office.approver.sign(draft),
    )


def test_a_message_is_kept_as_it_came_and_airs_nothing(office: offices.Office) -> None:
    data = cap()
    row = take(data, source(office)[0])
    assert (row.draft, row.hazard, row.level, row.sure) == ("alert", "flood", 4, True)
    assert row.targets == ("vn/25/08911",)
    assert row.file is not None
    assert row.file.pk == hashlib.sha256(data).hexdigest()
    assert bytes(row.file.data) == data
    assert not Order.objects.exists()
    assert Fact.objects.filter(kind="alerts.cap_received").count() == 1


def test_the_same_message_again_is_known_by_its_identifier(office: offices.Office) -> None:
    origin, _ = source(office)
    first = take(cap(), origin)
    again = cap_desk.message_take(cap(), by="node", path="vn/25", source=None)
    assert again.known
    assert again.message.pk == first.pk
    assert CapMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "draft"),
    [
        ({"status": "Test"}, ""),
        ({"status": "System"}, ""),
        ({"status": "Draft"}, ""),
        ({"kind": "Ack", "about": "KT-0"}, ""),
        ({"kind": "Error", "about": "KT-0"}, ""),
        ({"status": "Exercise"}, "drill"),
        ({"kind": "Update", "about": "KT-0"}, "update"),
        ({"kind": "Cancel", "about": "KT-0"}, "cancel"),
    ],
)
def test_what_a_message_may_become(
    office: offices.Office, more: dict[str, str], draft: str
) -> None:
    template(office)
    assert take(cap(**more), source(office)[0]).draft == draft  # type: ignore[arg-type]
    assert not Order.objects.exists(), "only a true alert may fill a template"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: cap(sign=False), "unsigned"),
        (lambda: cap(sender="ai@example.vn"), "sender_unknown"),
        (lambda: cap().replace(b"Severe", b"Extreme"), "signature_bad"),
        (lambda: b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "dtd"),
        (lambda: b"<a>" * 1000, "too_deep"),
        (lambda: b"x" * (1 << 20) + b"y", "too_large"),
    ],
)
def test_a_bad_one_is_refused_by_name_and_keeps_no_bytes(
    office: offices.Office, data: Any, reason: str
) -> None:
    template(office)
    row = take(data(), source(office)[0])
    assert row.refused == reason
    assert row.refused_text
    assert row.file is None
    assert not Order.objects.exists()


def test_a_sure_message_fills_what_two_persons_signed_for_it(office: offices.Office) -> None:
    template(office)
    row = take(cap(), source(office)[0])
    order = Order.objects.get()
    assert row.order_id == order.pk
    assert order.kind == "fill"
    assert order.text == "Lũ lên nhanh ở Xã Tam Đảo từ 13 giờ ngày 23 tháng 11, mức 4."
    assert order.expires_at == row.expires_at


@pytest.mark.parametrize(
    ("more", "answered"),
    [
        ({"severity": "Moderate"}, ""),
        (
            {"area": "<geocode><valueName>vn.commune</valueName><value>08914</value></geocode>"},
            "outside",
        ),
    ],
)
def test_what_the_rule_is_not_about_waits_for_persons(
    office: offices.Office, more: dict[str, Any], answered: str
) -> None:
    template(office)
    row = take(cap(**more), source(office)[0])
    row.refresh_from_db()
    assert row.answered == answered
    assert not Order.objects.exists()


def test_a_file_from_an_officer_fills_nothing(office: offices.Office) -> None:
    template(office)
    row = take(cap())
    assert not row.sure
    assert row.draft == "alert"
    assert not Order.objects.exists()


@pytest.mark.parametrize("first_by", ["an officer's file", "another source"])
def test_an_unsure_copy_hides_nothing_from_the_sure_one(
    office: offices.Office, first_by: str
) -> None:
    template(office)
    copy = cap(sign=False, severity="Minor")
    loose = None
    if first_by == "another source":
        loose, _ = source(office, must_sign=False, certificates="", name="Ai đó")
    before = take(copy, loose)
    assert not before.sure
    assert not Order.objects.exists()
    origin, _ = source(office)
    data = cap()
    taken = cap_desk.message_take(data, by="node", path="vn/25", source=origin)
    assert not taken.known
    order = Order.objects.get()
    row = CapMessage.objects.get()
    assert (row.pk, row.sure, row.source, row.order) == (before.pk, True, origin, order)
    assert row.level == 4, "what the signed one says, not its copy"
    assert row.file is not None
    assert bytes(row.file.data) == data
    assert cap_desk.message_take(copy, by="node", path="vn/25", source=loose).known
    assert cap_desk.message_take(data, by="node", path="vn/25", source=origin).known
    assert Order.objects.count() == 1, "filled once"


def test_what_a_commune_listens_to_fills_nothing_of_the_province_and_hides_nothing_from_it(
    office: offices.Office,
) -> None:
    template(office)
    low, _ = source(office, path="vn/25/08911", name="Nguồn của xã")
    before = cap_desk.message_take(cap(), by="node", path="vn/25/08911", source=low).message
    assert before.sure
    assert not Order.objects.exists()
    origin, _ = source(office)
    taken = cap_desk.message_take(cap(), by="node", path="vn/25", source=origin)
    assert not taken.known
    assert Order.objects.count() == 1
    assert CapMessage.objects.get().path == "vn/25"
    again = cap_desk.message_take(cap(), by="node", path="vn/25/08911", source=low)
    assert again.known
    assert Order.objects.count() == 1


def test_an_order_that_was_begun_from_the_copy_is_not_forgotten(office: offices.Office) -> None:
    before = take(cap(sign=False))
    order = office.alert()
    cap_desk.used(str(before.pk), order)
    after = take(cap(), source(office)[0])
    after.refresh_from_db()
    assert (after.pk, after.sure, after.order) == (before.pk, True, order)


def test_a_flood_uses_up_only_its_own_share_of_a_day(
    office: offices.Office, monkeypatch: pytest.MonkeyPatch, manual_clock: ManualClock
) -> None:
    monkeypatch.setattr(cap_desk, "UNSURE_A_DAY", 1)
    template(office)
    take(cap("A-1", sign=False))
    beyond = take(cap("A-2", sign=False))
    assert beyond.refused == "too_many_messages"
    assert beyond.refused_text
    assert CapMessage.objects.count() == 1, "it leaves nothing"
    other = cap_desk.message_take(cap("A-3", sign=False), by="ai khác", path="vn/25", source=None)
    assert not other.message.refused
    assert take(cap("A-4"), source(office)[0]).sure
    assert Order.objects.count() == 1, "the sure one comes through"
    manual_clock.advance(86_401)
    assert not take(cap("A-2", sign=False)).refused


def test_even_a_sure_source_cannot_fill_the_disk(
    office: offices.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cap_desk, "SURE_A_DAY", 1)
    origin, _ = source(office)
    assert take(cap("A-1"), origin).sure
    assert take(cap("A-2"), origin).refused == "too_many_messages"
    assert not take(cap("A-1"), origin).refused, "what is known already is no new one"


def test_what_led_to_no_order_is_forgotten_after_its_time(
    office: offices.Office, manual_clock: ManualClock
) -> None:
    template(office)
    origin, _ = source(office)
    filled = take(cap("A-1"), origin)
    take(cap("A-2", severity="Minor"), origin)
    take(cap("A-3", sign=False))
    take(cap("A-3"), origin)  # in its place: the copy's bytes are nobody's
    take(b"nonsense", origin)
    CapMessage.objects.filter(identifier="A-3").update(order=None)
    assert CapFile.objects.count() == 4
    cap_desk.messages_forget(clock.now())
    assert (CapMessage.objects.count(), CapFile.objects.count()) == (4, 3)
    manual_clock.advance(31 * 86_400)
    cap_desk.messages_forget(clock.now())
    assert not CapMessage.objects.exclude(refused="").exists()
    manual_clock.advance(370 * 86_400)
    assert cap_desk.messages_forget(clock.now()) == 2
    assert [one.pk for one in CapMessage.objects.all()] == [filled.pk]
    assert CapFile.objects.count() == 1


def test_updates_and_cancels_find_their_message_and_its_order(office: offices.Office) -> None:
    template(office)
    origin, _ = source(office)
    first = take(cap(), origin)
    later = take(cap("KT-2", kind="Cancel", about="KT-1"), origin)
    found = cap_desk.replaced_by(first)
    assert found is not None
    assert found.pk == later.pk
    assert [one.pk for one in cap_desk.about(later)] == [first.pk]


def test_sources_have_their_rights_and_limits(office: offices.Office) -> None:
    origin, token = source(office)
    assert cap_sources.source_of_token(str(origin.pk), token) == origin
    for wrong in ("", token[:-1], token + "x"):
        assert cap_sources.source_of_token(str(origin.pk), wrong) is None
    assert cap_sources.source_of_token("nonsense", token) is None
    cap_sources.source_stop(actor=office.approver.actor, source=origin)
    assert cap_sources.source_of_token(str(origin.pk), token) is None
    with pytest.raises(NotAllowed):
        cap_sources.source_add(
            actor=office.village_approver.actor,
            path="vn/25",
            name="x",
            way="post",
            senders=["a"],
            must_sign=False,
        )
    for bad in (
        {"certificates": ""},
        {"certificates": "-----BEGIN"},
        {"senders": []},
        {"way": "url", "url": "file:///etc/passwd"},
    ):
        with pytest.raises(OrderRefused):
            source(office, **bad)


# Polling


class Office(BaseHTTPRequestHandler):
    """A weather office's server on this machine."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        etag = self.headers.get("If-None-Match", "")
        self.asked.append((self.path, etag))
        data = self.files.get(self.path)
        if data is None:
            moved = self.path == "/moved"
            self.send_response(302 if moved else 404)
            self.send_header("Location", "/one.xml")
            self.end_headers()
            return
        tag = f'"{hashlib.sha256(data).hexdigest()[:8]}"'
        self.send_response(304 if etag == tag else 200)
        self.send_header("ETag", tag)
        self.end_headers()
        if etag != tag:
            self.wfile.write(data)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    Office.files, Office.asked = {}, []
    http = ThreadingHTTPServer(("127.0.0.1", 0), Office)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()
    thread.join()


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


# Our own


def exports(now: datetime) -> list[CapExport]:
    while cap_publish.make_next(now):
        pass
    return cap_publish.published(now)


def test_our_orders_go_out_signed_with_references(
    office: offices.Office, manual_clock: ManualClock
) -> None:
    order = office.alert()
    office.mute(order)
    manual_clock.advance(5)
    cancel = office.cancel(order)
    found = exports(clock.now())
    assert {one.order_id for one in found} == {order.pk, cancel.pk}
    _key, own = cap_publish.identity(clock.now())
    for one in found:
        message = reading.read(bytes(one.data), clock.now(), trusted=[own], require_signature=True)
        assert message.alert.identifier == one.order_id
        if one.order_id == cancel.pk:
            assert message.alert.msg_type == "Cancel"
            assert [r.identifier for r in message.alert.references] == [order.pk]


def test_a_fill_is_published_when_nobody_stopped_it(
    office: offices.Office, manual_clock: ManualClock
) -> None:
    template(office)
    take(cap(), source(office)[0])
    assert exports(clock.now()) == []
    manual_clock.advance(61)
    assert len(exports(clock.now())) == 1
    take(cap("KT-9"), CapSource.objects.get())
    stopped = Order.objects.order_by("-made_at").first()
    assert stopped is not None
    office.mute(stopped)
    office.cancel(stopped)
    manual_clock.advance(61)
    assert len(exports(clock.now())) == 1
