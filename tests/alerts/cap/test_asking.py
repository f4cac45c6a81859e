"""Asking other offices' servers: slow ones, dead links, and addresses that are nobody's to ask."""

import hashlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from loa.alerts.cap import desk, fetch, polling, sources
from loa.alerts.cap.fetch import NotAnswered
from loa.alerts.models import CapMessage, CapSource
from loa.alerts.rules import OrderRefused
from loa_protocol.clock import ManualClock
from tests.alerts import office as offices
from tests.alerts.cap.desk import Office, cap, source

HEAD = b"HTTP/1.1 200 OK\r\nETag: x\r\n\r\n"
LONG_S = 30.0


class Slow:
    """A server that says what it has to say letter by letter, and never comes to an end."""

    def __init__(self, first: bytes, again: bytes) -> None:
        self.first, self.again = first, again
        self.over = threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}/list"

    def _serve(self) -> None:
        line, _ = self.listening.accept()
        with line:
            try:
                line.sendall(self.first)
                while not self.over.wait(0.02):
                    line.sendall(self.again)
            except OSError:  # the node hung up
                return

    def end(self) -> None:
        self.over.set()
        self.thread.join()
        self.listening.close()


@pytest.fixture
def slow() -> Iterator[Callable[[bytes, bytes], Slow]]:
    made: list[Slow] = []

    def make(first: bytes, again: bytes) -> Slow:
        made.append(Slow(first, again))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.mark.parametrize(
    ("first", "again"), [(HEAD, b" "), (b"HTTP/1.1 200 OK\r\n", b"x"), (b"", b"H")]
)
def test_a_server_that_drips_is_left_when_its_time_is_over(
    slow: Callable[[bytes, bytes], Slow],
    first: bytes,
    again: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetch, "ANSWER_S", 0.3)
    ended = threading.Event()
    one = slow(first, again)
    watch = threading.Timer(LONG_S / 3, lambda: (one.over.set(), ended.set()))
    watch.start()
    with pytest.raises(NotAnswered):
        fetch.get(one.url, until_s=time.monotonic() + LONG_S)
    watch.cancel()
    assert not ended.is_set(), "the node hung up, not the server"


def test_a_name_that_nobody_answers_for_costs_no_more_than_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()

    def silent(*_asked: Any, **_more: Any) -> list[Any]:
        over.wait(LONG_S)
        return []

    monkeypatch.setattr(fetch, "ANSWER_S", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", silent)
    begun = time.monotonic()
    try:
        with pytest.raises(NotAnswered, match="quá chậm"):
            fetch.get("https://khituong.example/cap", until_s=begun + LONG_S)
        assert time.monotonic() - begun < LONG_S / 3
    finally:
        over.set()


def test_a_name_that_means_nothing_says_so() -> None:
    with pytest.raises(OSError, match=r"."):
        fetch.get("https://khong-co.invalid/cap", until_s=time.monotonic() + LONG_S)


def test_a_round_ends_whatever_its_links_take(
    office: offices.Office, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Office.files |= {"/1.xml": cap("KT-1"), "/list": links("/1.xml", "/2.xml")}
    origin, _ = source(office, way="url", url=f"{server}/list")
    real = time.monotonic

    def jumping() -> float:  # the first answer took as long as a whole round may
        return real() + (polling.ROUND_S if Office.asked else 0.0)

    monkeypatch.setattr(polling, "time", SimpleNamespace(monotonic=jumping))
    polling.poll(origin)
    origin.refresh_from_db()
    assert [path for path, _ in Office.asked] == ["/list"]
    assert (origin.failure, origin.answered_at is None) == ("", False)
    assert (origin.etag, origin.links) == ("", []), "the rest is asked for in the next round"


def links(*found: str) -> bytes:
    entries = "".join(f'<entry><link href="{one}"/></entry>' for one in found)
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()


def test_a_dead_link_keeps_no_newer_message_back(office: offices.Office, server: str) -> None:
    Office.files |= {"/new.xml": cap("KT-2"), "/list": links("/new.xml", "/dead.xml")}
    origin, _ = source(office, way="url", url=f"{server}/list")
    assert polling.poll(origin) == 1
    assert CapMessage.objects.get().identifier == "KT-2"
    origin.refresh_from_db()
    assert "404" in origin.failure
    assert origin.answered_at is not None
    Office.files["/dead.xml"] = cap("KT-1")  # it was only ill
    assert polling.poll(origin) == 1
    origin.refresh_from_db()
    assert origin.failure == ""


def test_a_link_that_stays_dead_is_left_alone_in_the_end(
    office: offices.Office, server: str
) -> None:
    Office.files["/list"] = links("/dead.xml")
    origin, _ = source(office, way="url", url=f"{server}/list")
    for _ in range(polling.TRIES):
        polling.poll(origin)
        origin.refresh_from_db()
        assert "404" in origin.failure
    Office.asked.clear()
    assert polling.poll(origin) == 0
    origin.refresh_from_db()
    assert [path for path, _ in Office.asked] == ["/list"]
    assert origin.failure == ""
    assert len(origin.links) == 1, "its failures are forgotten with it"


def test_what_failed_before_comes_after_what_is_new(
    office: offices.Office, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "LINKS_MAX", 1)
    Office.files["/list"] = links("/dead.xml")
    origin, _ = source(office, way="url", url=f"{server}/list")
    polling.poll(origin)
    Office.files |= {"/new.xml": cap(), "/list": links("/new.xml", "/dead.xml")}
    origin.refresh_from_db()
    assert polling.poll(origin) == 1


def test_what_was_too_many_today_is_taken_from_the_list_tomorrow(
    office: offices.Office,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
    manual_clock: ManualClock,
) -> None:
    monkeypatch.setattr(desk, "SURE_A_DAY", 1)
    Office.files |= {"/1": cap("KT-1"), "/2": cap("KT-2"), "/list": links("/2", "/1")}
    origin, _ = source(office, way="url", url=f"{server}/list")
    polling.poll(origin)
    origin.refresh_from_db()
    assert "quá nhiều bản tin" in origin.failure
    assert CapMessage.objects.count() == 1
    manual_clock.advance(86_401)
    Office.files["/2"] = cap("KT-2")
    assert polling.poll(origin) == 1
    assert {one.identifier for one in CapMessage.objects.all()} == {"KT-1", "KT-2"}


# Which addresses


def stands_for(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[Any]:
    """Every name means these; returns where connections were then made to."""
    asked: list[Any] = []

    def found(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(0, 0, 0, "", (one, port)) for one in addresses]

    def connect(address: Any, **_more: Any) -> socket.socket:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(socket, "create_connection", connect)
    return asked


@pytest.fixture
def earnest(monkeypatch: pytest.MonkeyPatch) -> None:
    """No demonstration: loopback is an inner address like any other."""
    monkeypatch.setattr(settings, "ENV", replace(settings.ENV, demo=False, cap_inner_hosts=()))


INNER = [
    "10.0.0.5",
    "192.168.1.1",
    "172.16.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104  an address to be refused
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.5",
    "224.0.0.1",
]


@pytest.mark.parametrize("address", INNER)
def test_a_name_that_means_an_inner_address_is_not_asked(
    earnest: None, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    asked = stands_for(monkeypatch, address)
    with pytest.raises(NotAnswered) as caught:
        fetch.get("https://khituong.example/cap", until_s=time.monotonic() + LONG_S)
    assert "LOA_CAP_INNER_HOSTS" in str(caught.value)
    assert asked == []


def test_a_connection_goes_to_the_address_that_was_looked_at(
    earnest: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = stands_for(monkeypatch, "10.0.0.5", "1.1.1.1")
    with pytest.raises(ConnectionRefusedError):
        fetch.get("https://khituong.example/cap", until_s=time.monotonic() + LONG_S)
    assert asked == [("1.1.1.1", 443)]


def test_an_operator_may_allow_an_inner_host_by_its_name(
    earnest: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = replace(settings.ENV, cap_inner_hosts=("khituong.noibo",))
    monkeypatch.setattr(settings, "ENV", allowed)
    asked = stands_for(monkeypatch, "10.0.0.5")
    with pytest.raises(ConnectionRefusedError):
        fetch.get("https://khituong.noibo/cap", until_s=time.monotonic() + LONG_S)
    with pytest.raises(NotAnswered):
        fetch.get("https://khac.noibo/cap", until_s=time.monotonic() + LONG_S)
    assert asked == [("10.0.0.5", 443)]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://10.0.0.5/cap", "inner_address"),
        ("https://[::1]/cap", "inner_address"),
        ("http://khituong.example/cap", "bad_url"),
        ("http://127.0.0.1:9/cap", "bad_url"),
        ("https:///cap", "bad_url"),
        ("https://khituong.example:x/cap", "bad_url"),
    ],
)
def test_an_address_that_shows_by_itself_what_it_is_makes_no_source(
    office: offices.Office, earnest: None, url: str, code: str
) -> None:
    with pytest.raises(OrderRefused) as caught:
        source(office, way="url", url=url)
    assert caught.value.code == code
    assert not CapSource.objects.exists()


def test_one_place_cannot_use_up_the_sources_of_all(
    office: offices.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SOURCES_OF_A_PLACE", 1)
    monkeypatch.setattr(sources, "SOURCES_MAX", 2)
    sources.source_add(
        actor=office.village_approver.actor,
        path="vn/25/08911",
        name="Xã",
        way="post",
        senders=["a"],
        must_sign=False,
    )
    source(office)
    with pytest.raises(OrderRefused) as caught:
        source(office)
    assert caught.value.code == "too_many"


def identity(folder: Path) -> Path:
    """A key and the certificate that it signed itself for this machine's address, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "khituong")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "one.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return pem


def test_an_answer_over_tls_is_read_and_only_from_whom_the_name_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = identity(tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    body = b"x" * 70_000
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(2):
            line, _addr = listening.accept()
            try:
                with serving.wrap_socket(line, server_side=True) as safe:
                    safe.recv(4096)
                    safe.sendall(HEAD + body)
            except OSError:  # who did not trust us hung up
                line.close()

    thread = threading.Thread(target=serve)
    thread.start()
    url = f"https://127.0.0.1:{listening.getsockname()[1]}/one.xml"
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch.get(url, until_s=time.monotonic() + LONG_S)
    monkeypatch.setattr(fetch, "tls", lambda: ssl.create_default_context(cafile=str(pem)))
    answer = fetch.get(url, until_s=time.monotonic() + LONG_S)
    thread.join()
    listening.close()
    assert answer.data is not None
    assert hashlib.sha256(answer.data).digest() == hashlib.sha256(body).digest()
    assert answer.etag == "x"
