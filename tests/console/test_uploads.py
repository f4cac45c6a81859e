"""Files that come in pieces: they go on where the line broke, and only what is one is kept."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from loa.newsroom.models import Version
from tests.console.desk import FORM
from tests.console.test_writing import NEW, store, wav

__all__ = ["store"]


class Pieces:
    """An upload as the page's script does it."""

    def __init__(self, client: Client, content: bytes) -> None:
        self.client, self.content = client, content

    def begin(self, size: int | None = None) -> Any:
        length = str(len(self.content) if size is None else size)
        return self.client.post("/soan/tai-len", headers={"Upload-Length": length})

    def part(self, url: str, offset: int, piece: bytes) -> Any:
        return self.client.patch(
            url,
            piece,
            content_type="application/offset+octet-stream",
            headers={"Upload-Offset": str(offset)},
        )


def test_an_upload_goes_on_where_it_broke_and_a_piece_sent_twice_counts_once(
    officer: Client, stranger: Client, store: Path
) -> None:
    content = wav(2.0).read()
    pieces = Pieces(officer, content)
    url = json.loads(pieces.begin().content)["url"]
    assert json.loads(pieces.part(url, 0, content[:9000]).content)["offset"] == 9000
    again = pieces.part(url, 0, content[:9000])
    assert again.status_code == 409
    assert json.loads(again.content)["offset"] == 9000
    assert stranger.get(url).status_code == 404
    early = officer.post(f"{url}/ghi-am")
    assert early.status_code == 409
    assert json.loads(officer.get(url).content)["offset"] == 9000
    pieces.part(url, 9000, content[9000:])
    kept = json.loads(officer.post(f"{url}/ghi-am", {"start": "0.5", "end": "1.5"}).content)
    assert officer.get(kept["url"])["Content-Type"] == "audio/flac"
    officer.post(NEW, FORM | {"recording_ticket": kept["ticket"]})
    version = Version.objects.get()
    assert version.recording is not None
    assert version.recording.ms == pytest.approx(1000, abs=60)
    assert officer.get(url).status_code == 404


def test_two_gigabytes_are_refused_before_they_are_sent(officer: Client, store: Path) -> None:
    answer = Pieces(officer, b"").begin(2 << 30)
    assert answer.status_code == 413
    assert "lớn hơn 200 MB" in json.loads(answer.content)["problem"]
    for size in ("-1", "0", "abc", ""):
        headers = {"Upload-Length": size}
        assert officer.post("/soan/tai-len", headers=headers).status_code == 413
    assert list((settings.ENV.data / "scratch" / "uploads").glob("*.part")) == []


def test_what_is_no_recording_is_refused_after_its_upload(officer: Client, store: Path) -> None:
    pieces = Pieces(officer, b"#!/bin/sh\n" * 40)
    url = json.loads(pieces.begin().content)["url"]
    pieces.part(url, 0, pieces.content)
    answer = officer.post(f"{url}/ghi-am")
    assert answer.status_code == 422
    assert "không phải bản ghi âm" in json.loads(answer.content)["problem"]


def test_a_made_up_upload_or_ticket_is_not_there(officer: Client, store: Path) -> None:
    assert officer.get("/soan/tai-len/..%2f..%2fetc").status_code == 404
    assert officer.get("/soan/tai-len/" + "a" * 24).status_code == 404
    assert officer.get("/soan/ban-ghi/bia").status_code == 404


def photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_a_picture_goes_on_where_it_broke_and_comes_back_as_its_field(
    officer: Client, stranger: Client, store: Path
) -> None:
    content = photo()
    pieces = Pieces(officer, content)
    url = json.loads(pieces.begin().content)["url"]
    pieces.part(url, 0, content[:500])
    assert officer.post(f"{url}/anh").status_code == 409
    assert stranger.post(f"{url}/anh").status_code == 404
    assert json.loads(officer.get(url).content)["offset"] == 500
    pieces.part(url, 500, content[500:])
    told = {"label": "họp/thôn.jpg", "alt": "Bà con họp"}
    field = officer.post(f"{url}/anh", told).content.decode()
    assert "Tả ảnh “thôn.jpg”" in field
    ticket = field.partition('name="picture" value="')[2].partition('"')[0]
    officer.post(NEW, FORM | {"picture": ticket, "alt": "Bà con họp"})
    assert Version.objects.get().pictures.get().alt == "Bà con họp"
    assert officer.get(url).status_code == 404


def test_what_is_no_picture_is_refused_after_its_upload(officer: Client, store: Path) -> None:
    pieces = Pieces(officer, b"<svg onload=alert(1)>" * 9)
    url = json.loads(pieces.begin().content)["url"]
    pieces.part(url, 0, pieces.content)
    answer = officer.post(f"{url}/anh")
    assert answer.status_code == 422
    assert "không phải ảnh" in json.loads(answer.content)["problem"]
    assert officer.get(url).status_code == 404
