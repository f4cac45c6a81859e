"""Files over HTTP: a reader holds a piece of one in memory, never the whole."""

from pathlib import Path

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from loa.media.services import file_note
from loa.media.serving import PIECE_BYTES, file_response
from loa.media.store import MediaStore

DATA = bytes(range(256)) * (5 << 12)  # 5 MiB


@pytest.fixture
def stored(tmp_path: Path, db: None) -> str:
    source = tmp_path / "source"
    source.write_bytes(DATA)
    kept = MediaStore(tmp_path / "media").put(source)
    file_note(sha256=kept.sha256, mime="audio/ogg", size_bytes=kept.bytes)
    return kept.sha256


@pytest.mark.parametrize("wanted", [None, "bytes=0-", "bytes=100-", "bytes=-4000000"])
def test_a_long_file_is_read_piece_by_piece_whatever_is_asked(
    stored: str, tmp_path: Path, wanted: str | None
) -> None:
    request = RequestFactory().get("/", headers={"Range": wanted} if wanted else {})
    answer = file_response(request, tmp_path / "media", stored)
    assert isinstance(answer, StreamingHttpResponse)
    pieces = [bytes(piece) for piece in answer]
    assert max(map(len, pieces)) <= PIECE_BYTES
    begin = {"bytes=100-": 100, "bytes=-4000000": len(DATA) - 4_000_000}.get(wanted or "", 0)
    assert b"".join(pieces) == DATA[begin:]
    assert int(answer["Content-Length"]) == len(DATA) - begin


@pytest.mark.django_db(transaction=True)
def test_the_server_reads_the_next_piece_when_the_last_was_sent(
    stored: str, tmp_path: Path
) -> None:
    request = AsyncRequestFactory().get("/")
    assert isinstance(request, ASGIRequest)
    answer = file_response(request, tmp_path / "media", stored)
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.is_async, "Django would read the whole of an ordinary iterator first"


def test_a_short_part_is_an_ordinary_answer(stored: str, tmp_path: Path) -> None:
    request = RequestFactory().get("/", headers={"Range": "bytes=5-9"})
    answer = file_response(request, tmp_path / "media", stored)
    assert (answer.status_code, getattr(answer, "content", None)) == (206, DATA[5:10])
