"""Telling approvers: a letter and a push that only their browser can read, and nobody else's."""

import base64
import json
from http.client import BadStatusLine, IncompleteRead
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core import mail

from loa.config.env import ConfigError, email_settings
from loa.newsroom import bells, push
from loa.newsroom.models import Bell
from loa.newsroom.push import Line, Post
from loa.newsroom.rules import BulletinRefused
from loa.people.models import Account
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from tests.country import Country
from tests.newsroom.test_bulletins import approve, submitted

HOSTS = ("push.example",)
ENDPOINT = "https://a.push.example/send/1"


class Browser:
    """The receiving side of RFC 8291, written from the RFC and not from the library."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"0123456789abcdef"
        self.point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    @property
    def p256dh(self) -> str:
        return base64.urlsafe_b64encode(self.point).rstrip(b"=").decode()

    @property
    def auth(self) -> str:
        return base64.urlsafe_b64encode(self.secret).rstrip(b"=").decode()

    def opened(self, body: bytes) -> dict[str, str]:
        salt, length = body[:16], body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        )
        info = b"WebPush: info\x00" + self.point + theirs
        first = _hkdf(self.secret, info, 32, shared)
        key = _hkdf(salt, b"Content-Encoding: aes128gcm\x00", 16, first)
        nonce = _hkdf(salt, b"Content-Encoding: nonce\x00", 12, first)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        return dict(json.loads(plain.rstrip(b"\x00").removesuffix(b"\x02")))


def _hkdf(salt: bytes, info: bytes, length: int, secret: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(
        keys=tmp_path,
        web_url="https://loa.example",
        mail_on=True,
        sender_address="loa@loa.example",
        push_hosts=HOSTS,
    )


class Service:
    """The push service: keeps what came and answers as it is told."""

    def __init__(self, status: int = 201) -> None:
        self.status, self.came = status, list[Post]()

    def __call__(self, post: Post) -> int:
        self.came.append(post)
        return self.status


def hang(country: Country, browser: Browser, endpoint: str = ENDPOINT) -> None:
    bells.bell_hang(
        actor=country.one.actor("approver"),
        endpoint=endpoint,
        p256dh=browser.p256dh,
        auth=browser.auth,
        hosts=HOSTS,
    )


def test_the_approver_s_own_browser_reads_what_waits(country: Country, line: Line) -> None:
    browser, service = Browser(), Service()
    hang(country, browser)
    bulletin = submitted(country.one)
    bells.ring(line, service)
    (post,) = service.came
    told = browser.opened(post.body)
    assert told["body"] == "Lịch tiêm chủng"
    assert told["url"] == f"/duyet/{bulletin.pk}/"
    assert post.headers["authorization"].startswith("vapid t=")
    assert b"tiem" not in post.body
    bells.ring(line, service)
    assert len(service.came) == 1


def test_a_letter_goes_to_each_approver_of_the_place_alone(country: Country, line: Line) -> None:
    Account.objects.filter(pk=country.one.approver.pk).update(email="hoa@example.vn")
    Account.objects.filter(pk=country.two.approver.pk).update(email="la@example.vn")
    Account.objects.filter(pk=country.one.officer.pk).update(email="lan@example.vn")
    bulletin = submitted(country.one)
    bells.ring(line, Service())
    (letter,) = mail.outbox
    assert letter.to == ["hoa@example.vn"]
    assert f"https://loa.example/duyet/{bulletin.pk}/" in letter.body
    assert "cần đăng nhập" in letter.body


def test_what_was_decided_or_is_old_rings_for_nobody(
    country: Country, line: Line, manual_clock: ManualClock
) -> None:
    service = Service()
    hang(country, Browser())
    approve(country.one.actor("approver"), submitted(country.one))
    bells.ring(line, service)
    submitted(country.one)
    manual_clock.advance(7 * 3600)
    bells.ring(line, service)
    assert service.came == []
    assert mail.outbox == []


def test_a_bell_that_is_gone_is_taken_down_and_a_dead_line_harms_nothing(
    country: Country, line: Line
) -> None:
    hang(country, Browser())

    def broken(post: Post) -> int:
        raise OSError("no route")

    submitted(country.one)
    bells.ring(line, broken)
    assert Bell.objects.count() == 1
    submitted(country.one)
    bells.ring(line, Service(410))
    assert Bell.objects.count() == 0


@pytest.mark.parametrize("error", [BadStatusLine("nonsense"), IncompleteRead(b""), RuntimeError()])
def test_a_push_service_that_answers_nonsense_stops_no_other_bell_and_no_other_bulletin(
    country: Country, line: Line, error: Exception
) -> None:
    Account.objects.filter(pk=country.one.approver.pk).update(email="canbo@\u00ad.vn")
    hang(country, Browser(), "https://bad.push.example/1")
    hang(country, Browser())
    came = list[str]()

    def nonsense(post: Post) -> int:
        if "bad." in post.address:
            raise error
        came.append(post.address)
        return 201

    submitted(country.one)
    submitted(country.one)
    bells.ring(line, nonsense)
    assert came == [ENDPOINT, ENDPOINT]
    assert Bell.objects.count() == 2


def test_an_urgent_push_wakes_the_device_and_tells_who_was_reached(
    country: Country, line: Line
) -> None:
    hang(country, Browser())
    service = Service()
    reached = push.deliver(
        line,
        service,
        [country.one.approver.pk, country.two.approver.pk],
        {"title": "KHẨN CẤP", "urgent": "1"},
    )
    assert reached == {country.one.approver.pk: "", country.two.approver.pk: "no_bell"}
    (post,) = service.came
    assert post.headers["urgency"] == "high"
    assert post.headers["ttl"] == "1800"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://a.push.example/x",
        "https://push.example.attacker.net/x",
        "https://localhost/x",
        "https://user@push.example/x",
        "https://push.example:8443/x",
        "https://[::1]/x",
        "https://push.example:bad/x",
        "file:///etc/passwd",
        "",
        "https://push.example/" + "x" * 600,
    ],
)
def test_the_node_posts_to_push_services_only(country: Country, endpoint: str) -> None:
    with pytest.raises(BulletinRefused, match="thư điện tử"):
        hang(country, Browser(), endpoint)
    assert Bell.objects.count() == 0


def test_only_an_approver_hangs_a_bell(country: Country) -> None:
    with pytest.raises(NotAllowed):
        bells.bell_hang(
            actor=country.one.actor("officer"), endpoint=ENDPOINT, p256dh="", auth="", hosts=HOSTS
        )


def test_the_node_s_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = push.public_key(tmp_path)
    assert push.public_key(tmp_path) == first
    assert (tmp_path / "vapid.pem").stat().st_mode & 0o777 == 0o600


def test_letters_are_off_unless_the_operator_says_where_to_send_them() -> None:
    assert "dummy" in str(email_settings("", demo=False)["EMAIL_BACKEND"])
    assert "console" in str(email_settings("", demo=True)["EMAIL_BACKEND"])
    made = email_settings("smtp+tls://loa%40x:p%2Fw@mail.example:2525", demo=False)
    assert (made["EMAIL_HOST"], made["EMAIL_PORT"]) == ("mail.example", 2525)
    assert (made["EMAIL_HOST_USER"], made["EMAIL_HOST_PASSWORD"]) == ("loa@x", "p/w")
    assert made["EMAIL_USE_TLS"] is True
    with pytest.raises(ConfigError, match="LOA_EMAIL_URL"):
        email_settings("http://mail.example", demo=False)
