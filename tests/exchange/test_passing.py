"""Records out of the node and into it, and over a line with both certificates and a token."""

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loa.exchange import inward, line, outward, rendering
from loa.exchange.models import Passed
from loa.exchange.profiles import DEFAULT
from loa.exchange.records import (
    Acknowledgement,
    Bulletin,
    Directive,
    Media,
    Message,
    Record,
    Station,
)
from loa.exchange.refusals import ExchangeRefused, Fault
from loa.journal.models import Fact
from loa.lib import clock
from loa.newsroom.models import Bulletin as Ours
from loa.outlets.models import Outlet
from loa.people.authority import NodeIdentity
from tests.country import Country
from tests.places.reforming import apply, commune, draft

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)


def bulletin(**more: Any) -> Bulletin:
    said: dict[str, Any] = {
        "id": "tw-1", "source_system": "vn", "issuer": "Cục TTCS", "title": "Phòng chống lũ",
        "text": "Bà con chú ý.", "category": "b4", "level": "priority", "language": "vi",
        "areas": ("08911",), "version": 1,
    }  # fmt: skip
    return Bulletin(**said | more)


def message(*records: Record, name: str = "m-1", receiver: str = "loa:25") -> bytes:
    made = Message(id=name, sender="loa:vn", receiver=receiver, sent_at=NOW, records=records)
    return rendering.to_xml(made, DEFAULT)


def take(data: bytes) -> Acknowledgement:
    (told,) = inward.take(actor="cli:test", data=data, profile=DEFAULT).records
    assert isinstance(told, Acknowledgement)
    return told


def newest() -> Any:
    return Ours.objects.latest("created_at").versions.latest("number")


def test_a_bulletin_from_above_waits_as_a_draft_for_a_person(
    country: Country, node: NodeIdentity
) -> None:
    assert take(message(bulletin())).accepted
    row = Ours.objects.get()
    assert (row.state, row.place.path) == ("draft", "vn/25")
    version = newest()
    assert (version.title, version.class_name) == ("Phòng chống lũ", "priority")
    assert version.targets == ["vn/25/08911"]
    assert Fact.objects.filter(kind="exchange.received").count() == 1


def test_the_same_message_twice_is_one_and_another_under_its_name_is_refused(
    country: Country, node: NodeIdentity
) -> None:
    data = message(bulletin())
    assert take(data).accepted
    assert take(data).accepted
    assert Ours.objects.count() == 1
    told = take(message(bulletin(title="Khác")))
    assert (told.accepted, told.error) == (False, Fault.CHANGED.value)


def test_a_newer_version_replaces_the_draft_and_a_recall_of_an_unknown_one_harms_nobody(
    country: Country, node: NodeIdentity
) -> None:
    take(message(bulletin()))
    take(message(bulletin(title="Bản hai", version=2), name="m-2"))
    assert Ours.objects.count() == 1
    assert newest().title == "Bản hai"
    assert take(message(bulletin(id="tw-9", recalled=True), name="m-3")).accepted


def test_a_former_code_reaches_its_successor(country: Country, node: NodeIdentity) -> None:
    apply(draft(commune("08911", "08911", name="Xã Mới"), commune("08914", "08911")))
    take(message(bulletin(areas=("08914",))))
    assert newest().targets == ["vn/25/08911"]


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (bulletin(level="urgent"), Fault.URGENT_NEEDS_ORDER),
        (bulletin(areas=("99999",)), Fault.UNKNOWN_AREA),
        (bulletin(category="z9"), Fault.UNKNOWN_CODE),
        (bulletin(text=None), Fault.NOT_TAKEN_YET),
        (
            Station(id="s", commune="08911", name="Đài", technology="ip", clusters=1,
                    status="working"),
            Fault.WRONG_WAY,
        ),
    ],
    ids=lambda one: one.value if isinstance(one, Fault) else "",
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_by_name_and_nothing_of_it_is_kept(
    country: Country, node: NodeIdentity, record: Record, fault: Fault
) -> None:
    good = (bulletin(id="tw-2"),) if isinstance(record, Bulletin) else ()
    told = take(message(*good, record))
    assert (told.accepted, told.error) == (False, fault.value)
    assert not Ours.objects.exists()
    assert Passed.objects.get().error == fault.value


def test_a_directive_from_above_is_one_document_and_is_told_on(
    country: Country, node: NodeIdentity
) -> None:
    paper = Directive(
        number="12/CT-BVHTTDL", issued_on=date(2026, 11, 20), issuer="Bộ Văn hóa",
        subject="Kiểm tra đài trước mùa bão", deadline=NOW + timedelta(days=9),
    )  # fmt: skip
    assert take(message(paper)).accepted
    assert take(message(paper, name="m-2")).accepted
    (told,) = outward.directives("vn/25", clock.now() - timedelta(hours=1))
    assert (told.number, told.subject, told.issuer) == (
        "12/CT-BVHTTDL",
        "Kiểm tra đài trước mùa bão",
        "Việt Nam",
    )
    assert told.deadline is not None
    assert told.deadline.date() == date(2026, 12, 2)
    file = {"url": "https://x.vn/a", "sha256": "0" * 64, "kind": "document", "bytes": 1}
    with_file = paper.model_copy(update={"number": "13", "file": Media(**file)})  # type: ignore[arg-type]
    assert take(message(with_file, name="m-3")).error == Fault.NOT_TAKEN_YET.value


def test_a_message_for_another_system_is_refused(country: Country, node: NodeIdentity) -> None:
    assert take(message(bulletin(), receiver="loa:01")).error == Fault.OTHER_RECEIVER.value


def test_the_register_is_told_with_official_codes(country: Country, node: NodeIdentity) -> None:
    Outlet.objects.filter(pk=country.one.outlets[0].pk).update(latitude=21.5, longitude=105.6)
    long_ago = clock.now() - timedelta(days=400)
    stations = list(outward.stations("vn/25", long_ago))
    assert [(one.commune, one.clusters, one.technology) for one in stations] == [
        ("08914", 2, "ip"),
        ("08911", 2, "ip"),
    ]
    found = {one.id: one for one in outward.devices("vn/25/08911", long_ago)}
    pole = found[country.one.outlets[0].wire_id]
    assert (pole.commune, pole.latitude, pole.status) == ("08911", 21.5, "unknown")
    assert pole.serial is None
    for name, source in outward.SOURCES.items():
        for made in line.messages_of(source("vn", long_ago), "loa:vn"):
            assert made.name == name
            again = rendering.from_json(rendering.to_json(made, DEFAULT), DEFAULT)
            assert again.records == made.records


# Over a line


class Authority:
    """A certificate authority for one test, and what it signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.cert = self._sign("authority", self.key.public_key(), authority=True)
        (folder / "authority.pem").write_bytes(self.cert.public_bytes(_PEM))

    def _sign(self, name: str, key: Any, *, authority: bool = False) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = subject if authority else self.cert.subject
        today = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    def issue(self, name: str) -> tuple[Path, Path]:
        """Certificate and key, as files."""
        key = ec.generate_private_key(ec.SECP256R1())
        cert_file, key_file = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        cert_file.write_bytes(self._sign(name, key.public_key()).public_bytes(_PEM))
        key_file.write_bytes(
            key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return cert_file, key_file


_PEM = serialization.Encoding.PEM


class Stub(http.server.ThreadingHTTPServer):
    """The other side: asks for a certificate and a token, reads the message and says yes or no."""

    def __init__(self, authority: Authority) -> None:
        super().__init__(("localhost", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("peer"))
        context.load_verify_locations(authority.folder / "authority.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.heard: list[Message] = []
        self.accepts = True
        self.lies = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller without a certificate is no news."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Stub

    def do_POST(self) -> None:
        if self.headers["Authorization"] != "Bearer mot-ma-dai":
            self.send_response(401)
            self.end_headers()
            return
        data = self.rfile.read(int(self.headers["Content-Length"]))
        xml = "xml" in self.headers["Content-Type"]
        read = rendering.from_xml if xml else rendering.from_json
        heard = read(data, DEFAULT)
        self.server.heard.append(heard)
        told = Message(
            id="ack", sender="loa:vn", receiver=heard.sender, sent_at=NOW,
            records=(
                Acknowledgement(
                    message="khac" if self.server.lies else heard.id,
                    accepted=self.server.accepts,
                    error=None if self.server.accepts else "unknown_code", at=NOW,
                ),
            ),
        )  # fmt: skip
        body = (rendering.to_xml if xml else rendering.to_json)(told, DEFAULT)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def stub(authority: Authority) -> Iterator[Stub]:
    server = Stub(authority)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def peer(authority: Authority, stub: Stub, tmp_path: Path) -> line.Peer:
    cert, key = authority.issue("ours")
    (tmp_path / "token").write_text("mot-ma-dai\n")
    return line.Peer(
        name="loa:vn",
        url=f"https://localhost:{stub.server_address[1]}/nhan",
        cert=cert,
        key=key,
        authority=tmp_path / "authority.pem",
        token=tmp_path / "token",
    )


def register() -> Message:
    (made,) = line.messages_of(outward.stations("vn/25", NOW), "loa:vn")
    return made


def send(peer: line.Peer, form: str = "xml") -> bool:
    return line.send(actor="cli:test", message=register(), peer=peer, profile=DEFAULT, form=form)


@pytest.mark.parametrize("form", ["xml", "json"])
def test_what_was_sent_is_what_was_heard_and_the_answer_is_kept(
    country: Country, node: NodeIdentity, stub: Stub, peer: line.Peer, form: str
) -> None:
    assert send(peer, form)
    (heard,) = stub.heard
    assert [record.NAME for record in heard.records] == ["station", "station"]
    row = Passed.objects.get()
    assert (row.out, row.accepted, row.message) == (True, True, heard.id)


def test_a_refusal_is_kept_by_its_name(
    country: Country, node: NodeIdentity, stub: Stub, peer: line.Peer
) -> None:
    stub.accepts = False
    assert not send(peer)
    assert Passed.objects.get().error == "unknown_code"


def test_without_a_token_a_certificate_or_the_right_authority_nothing_is_believed(
    country: Country, node: NodeIdentity, stub: Stub, peer: line.Peer, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("sai")
    with pytest.raises(OSError, match="401"):
        send(peer)
    (tmp_path / "token").write_text("mot-ma-dai")
    other = Authority(_folder(tmp_path / "other"))
    stranger = line.Peer(
        **{name: getattr(peer, name) for name in ("name", "url", "authority", "token")},
        **dict(zip(("cert", "key"), other.issue("ours"), strict=True)),
    )
    with pytest.raises(OSError):  # noqa: PT011  TLS says it in many words
        send(stranger)
    impostor = line.Peer(
        **{name: getattr(peer, name) for name in ("name", "url", "cert", "key", "token")},
        authority=other.folder / "authority.pem",
    )
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        send(impostor)
    assert stub.heard == []
    assert set(Passed.objects.values_list("accepted", flat=True)) == {None}


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_an_answer_about_something_else_is_no_acknowledgement(
    country: Country, node: NodeIdentity, stub: Stub, peer: line.Peer
) -> None:
    stub.lies = True
    with pytest.raises(ExchangeRefused):
        send(peer)
    assert Passed.objects.get().accepted is None


def test_an_address_without_tls_is_refused(
    country: Country, node: NodeIdentity, peer: line.Peer
) -> None:
    plain = line.Peer(
        **{n: getattr(peer, n) for n in ("name", "cert", "key", "authority", "token")},
        url="http://localhost/",
    )
    with pytest.raises(OSError, match="HTTPS"):
        send(plain)


def test_the_command_exports_and_imports_files(
    country: Country, node: NodeIdentity, tmp_path: Path, capsysbinary: Any
) -> None:
    from loa.config.commands.exchange import main

    assert main(["export", str(tmp_path / "out"), "--record", "station", "--to", "loa:vn"]) == 0
    (file,) = (tmp_path / "out").iterdir()
    assert main(["check", str(file)]) == 0
    arriving = tmp_path / "in.json"
    made = Message(id="m-7", sender="loa:vn", receiver="loa:25", sent_at=NOW, records=(bulletin(),))
    arriving.write_bytes(rendering.to_json(made, DEFAULT))
    capsysbinary.readouterr()
    assert main(["import", str(arriving)]) == 0
    told = json.loads(capsysbinary.readouterr().out)
    assert told["GoiTin"]["noiDung"]["XacNhan"][0]["chapNhan"] is True
    assert main(["check", str(tmp_path / "token-that-is-not-there")]) == 1


def test_the_pages_of_the_editions_are_what_the_code_says() -> None:
    from loa.exchange.profiles import PROFILES
    from loa.exchange.tables import page

    folder = Path(__file__).parents[2] / "docs" / "exchange"
    for profile in PROFILES:
        text = (folder / f"{profile.name}.md").read_text(encoding="utf-8")
        assert text == page(profile), f"loa exchange fields > docs/exchange/{profile.name}.md"
