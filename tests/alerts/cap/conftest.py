"""A node with officers that takes CAP, and a weather office's server on this machine."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from loa.alerts.orders import sound
from loa.media.services import file_note
from loa.people import acceptance
from loa.people.authority import NodeIdentity
from loa_protocol.payloads import Speech
from tests.alerts import office as offices
from tests.alerts.cap.desk import Office
from tests.country import Country


@pytest.fixture
def office(
    country: Country, node: NodeIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> offices.Office:
    monkeypatch.setattr(acceptance, "_trust", None)
    speech = Speech(sha256="c" * 64, bytes=20_000, ms=9000)
    file_note(sha256=speech.sha256, mime="audio/ogg", size_bytes=speech.bytes, ms=speech.ms)
    monkeypatch.setattr(sound, "speech_of_text", lambda _text: speech)
    return offices.build(country, tmp_path / "demo")


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
