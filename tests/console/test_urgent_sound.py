"""The order's own sound: the author's voice from a phone, the node's, or none that can be made."""

import math
import struct
import wave
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from loa.alerts.models import Order
from loa.alerts.orders import sound
from loa.alerts.rules import OrderRefused
from tests.alerts.office import Office
from tests.console.test_urgent import FORM, desk, drafts_in, office, signed

__all__ = ["office"]

RATE = 16_000


def recording(seconds: float) -> SimpleUploadedFile:
    """A voice, as a phone sends it: here a tone."""
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        turn = 2 * math.pi * 440 / RATE
        samples = (int(9000 * math.sin(turn * n)) for n in range(int(seconds * RATE)))
        file.writeframes(b"".join(struct.pack("<h", one) for one in samples))
    return SimpleUploadedFile("giong.wav", out.getvalue(), "audio/wav")


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Any) -> None:
    from dataclasses import replace

    settings.ENV = replace(settings.ENV, data=tmp_path / "node")


def test_the_authors_own_voice_is_the_orders_sound_and_heard_before_both_signatures(
    office: Office,
) -> None:
    author, approver = desk(office.author), desk(office.approver)
    made = author.post("/khan-cap/giong", {"recording": recording(2.0)})
    assert made.status_code == 200, made.content.decode()
    told = made.json()
    assert 1500 <= told["ms"] <= 3000
    assert author.get(told["url"]).status_code == 200
    review = author.post("/khan-cap/soan/that/", {**FORM, "speech": told["sha256"]})
    assert told["url"] in review.content.decode(), "what will be heard"
    author.post("/khan-cap/gui", {"signed": signed(office.author, drafts_in(review))})
    order = Order.objects.get()
    assert order.speech_id == told["sha256"]
    second = approver.get(f"/khan-cap/lenh/{order.pk}/").content.decode()
    assert told["url"] in second, "the second person hears the same"
    assert approver.get(told["url"]).status_code == 200


@pytest.mark.parametrize(
    "file",
    [
        lambda: recording(123.0),
        lambda: SimpleUploadedFile("x.wav", b"khong phai tieng" * 400, "audio/wav"),
    ],
    ids=["too long", "no sound"],
)
def test_what_is_no_recording_is_said_and_makes_no_order(office: Office, file: Any) -> None:
    answer = desk(office.author).post("/khan-cap/giong", {"recording": file()})
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert not Order.objects.exists()


def test_an_order_does_not_wait_for_a_voice_that_fails(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_text: str) -> Any:
        raise OrderRefused("no_voice", "Máy đọc hỏng.")

    monkeypatch.setattr(sound, "speech_of_text", failing)
    author = desk(office.author)
    review = author.post("/khan-cap/soan/that/", FORM)
    assert review.status_code == 200
    assert "loa phát câu ghi sẵn" in review.content.decode()
    author.post("/khan-cap/gui", {"signed": signed(office.author, drafts_in(review))})
    order = Order.objects.get()
    assert order.speech_id is None
    shown = desk(office.approver).get(f"/khan-cap/lenh/{order.pk}/")
    assert "loa phát câu ghi sẵn" in shown.content.decode()
