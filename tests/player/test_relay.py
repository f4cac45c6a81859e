"""A relay from a real HTTP source: allowed or not, silent, gone, and what takes over."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from loa_player.audio import BLOCK_SAMPLES, RATE_HZ, silence, tone
from loa_player.decode import decoded
from loa_player.relay import RelayVoice
from loa_protocol.payloads import Relay

from .sounds import encode, speechlike


class Radio:
    """Serves one file as a stream that ends when the file ends, or hangs."""

    def __init__(self, path: Path, *, hang: bool = False) -> None:
        data = path.read_bytes()
        done = self.done = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_args: object) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "audio/mpeg")
                self.end_headers()
                self.wfile.write(data)
                self.wfile.flush()
                if hang:
                    done.wait(20)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}/live.mp3"
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
