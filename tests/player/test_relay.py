"""A relay from a real HTTP source: allowed or not, silent, gone, and what takes over."""

from __future__ import annotations

import ssl
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loa_player.audio import BLOCK_SAMPLES, RATE_HZ, silence, tone
from loa_player.decode import decoded
from loa_player.link import http
from loa_player.relay import RelayVoice
from loa_protocol.payloads import Relay

from .sounds import encode, speechlike


class Radio:
    """Serves one file as a stream that ends when the file ends, or hangs; or sends elsewhere."""

    def __init__(
        self,
        path: Path,
        *,
        hang: bool = False,
        elsewhere: str | None = None,
        certificate: Path | None = None,
    ) -> None:
        data = path.read_bytes()
        done = self.done = threading.Event()
        asked = self.asked = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_args: object) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                asked.set()
                self.send_response(200 if elsewhere is None else 302)
                if elsewhere is not None:
                    self.send_header("Location", elsewhere)
                self.send_header("Content-Type", "audio/mpeg")
                self.end_headers()
                self.wfile.write(data)
                self.wfile.flush()
                if hang:
                    done.wait(20)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        scheme = "http" if certificate is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}/live.mp3?quality=1"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # The handshake belongs to the connection's thread, where its failure is expected.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
            self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.done.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def fallback(tmp_path: Path) -> Path:
    return encode(tmp_path / "fallback.opus", speechlike(1.0, seed=5))


@pytest.fixture
def radio(tmp_path: Path) -> Iterator[Radio]:
    made = Radio(encode(tmp_path / "live.mp3", tone(600, 4.0), codec="libmp3lame"))
    yield made
    made.close()


def certificate_for(address: str, path: Path) -> Path:
    """A certificate that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "radio")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, pkcs8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(pem))
    return path


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Makes a certificate one of the system's."""

    def believe(certificate: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        http._tls.cache_clear()

    yield believe
    http._tls.cache_clear()


def fault_of(source: Radio, fallback: Path) -> str | None:
    """What became of a listed source after a while."""
    wanted = relay(source.url, silence_s=30)
    voice = RelayVoice(wanted, allowed=(source.url,), inputs={}, fallback=fallback)
    heard = listen(voice, 1.5)
    voice.close()
    assert loudest(heard) > 1000, "the source or the fallback sounds"
    return voice.fault


def listen(voice: RelayVoice, seconds: float) -> bytes:
    """What is heard in real time."""
    heard = bytearray()
    for _ in range(int(seconds * RATE_HZ / BLOCK_SAMPLES)):
        chunk = voice.read(BLOCK_SAMPLES)
        heard += chunk.pcm + bytes(BLOCK_SAMPLES * 2 - len(chunk.pcm))
        if chunk.ended:
            break
        time.sleep(0.02)
    return bytes(heard)


def relay(url: str | None, *, silence_s: int = 1, input_: str | None = None) -> Relay:
    return Relay(url=url, input=input_, fallback="a" * 64, silence_s=silence_s)


def loudest(pcm: bytes) -> int:
    samples = array("h")
    samples.frombytes(pcm)
    return max(map(abs, samples), default=0)


def test_an_allowed_source_is_heard(radio: Radio, fallback: Path) -> None:
    voice = RelayVoice(relay(radio.url), allowed=(radio.url,), inputs={}, fallback=fallback)
    heard = listen(voice, 2.0)
    voice.close()
    assert voice.fault is None
    assert loudest(heard) > 5000


def test_a_source_that_the_registrar_did_not_list_is_never_asked(
    radio: Radio, fallback: Path
) -> None:
    voice = RelayVoice(relay(radio.url), allowed=(), inputs={}, fallback=fallback)
    heard = listen(voice, 0.5)
    voice.close()
    assert voice.fault == "relay_not_allowed"
    whole = b"".join(decoded(fallback))
    assert heard.strip(b"\0")[:2000] in whole


def test_a_source_that_ends_gives_way_to_the_fallback_again_and_again(
    tmp_path: Path, fallback: Path
) -> None:
    short = Radio(encode(tmp_path / "short.mp3", tone(600, 0.5), codec="libmp3lame"))
    voice = RelayVoice(relay(short.url), allowed=(short.url,), inputs={}, fallback=fallback)
    heard = listen(voice, 4.0)
    voice.close()
    short.close()
    assert voice.fault == "relay_failed"
    assert loudest(heard[-RATE_HZ:]) > 1000, "the fallback fills the rest of the slot"


def test_silence_gives_way_to_the_fallback_and_there_is_no_way_back(
    tmp_path: Path, fallback: Path
) -> None:
    quiet = tone(600, 1.0) + silence(RATE_HZ * 3) + tone(600, 2.0)
    source = Radio(encode(tmp_path / "quiet.mp3", quiet, codec="libmp3lame"), hang=True)
    voice = RelayVoice(relay(source.url), allowed=(source.url,), inputs={}, fallback=fallback)
    listen(voice, 3.5)
    assert voice.fault == "relay_silent"
    assert loudest(listen(voice, 1.5)) > 1000
    assert voice.fault == "relay_silent"
    voice.close()
    source.close()


def test_without_fallback_and_with_an_unknown_input_the_voice_ends(fallback: Path) -> None:
    voice = RelayVoice(relay(None, input_="fm1"), allowed=(), inputs={}, fallback=None)
    assert voice.read(BLOCK_SAMPLES).ended
    assert voice.fault == "relay_failed"
    other = RelayVoice(
        relay("file:///etc/passwd"), allowed=("file:///etc/passwd",), inputs={}, fallback=fallback
    )
    listen(other, 0.3)
    assert other.fault == "relay_failed"
    other.close()


@pytest.mark.parametrize(
    ("address", "trusted", "fault"),
    [
        ("127.0.0.1", True, None),
        ("127.0.0.1", False, "relay_failed"),
        ("127.0.0.2", True, "relay_failed"),
    ],
    ids=["good", "self-signed", "another-host"],
)
def test_a_source_over_https_must_prove_who_it_is(
    tmp_path: Path,
    fallback: Path,
    trust: Callable[[Path], None],
    address: str,
    trusted: bool,
    fault: str | None,
) -> None:
    certificate = certificate_for(address, tmp_path / "radio.pem")
    if trusted:
        trust(certificate)
    live = encode(tmp_path / "live.mp3", tone(600, 4.0), codec="libmp3lame")
    source = Radio(live, certificate=certificate)
    assert fault_of(source, fallback) == fault
    assert source.asked.is_set() == (fault is None)
    source.close()


def test_a_source_that_sends_elsewhere_is_not_followed(
    tmp_path: Path, radio: Radio, fallback: Path
) -> None:
    source = Radio(tmp_path / "live.mp3", elsewhere=radio.url)
    assert fault_of(source, fallback) == "relay_failed"
    source.close()
    assert source.asked.is_set()
    assert not radio.asked.is_set()


def test_a_list_of_other_addresses_is_not_followed(
    tmp_path: Path, radio: Radio, fallback: Path
) -> None:
    listing = tmp_path / "live.m3u8"
    listing.write_text(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.0,\n"
        f"{radio.url}\n#EXT-X-ENDLIST\n"
    )
    source = Radio(listing)
    assert fault_of(source, fallback) == "relay_failed"
    source.close()
    assert source.asked.is_set()
    assert not radio.asked.is_set()
