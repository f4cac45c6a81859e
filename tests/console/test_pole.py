"""Tại cột: a technician's telephone, step by step, and what it refuses."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from loa.journal.models import Fact
from loa.media.models import Production
from loa.outlets import events
from loa.outlets.models import Device, Knock, Note, Outlet, Photo
from loa_protocol.keys import SigningKey
from tests.console.pole import at, knock
from tests.console.test_writing import text_of
from tests.country import Country


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "ENV", replace(settings.ENV, data=tmp_path))
    return tmp_path


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(out, "JPEG")
    return SimpleUploadedFile("../../cột/loa.jpg", out.getvalue(), "image/jpeg")


def test_the_label_opens_the_pole_s_own_page(technician: Client, country: Country) -> None:
    shown = text_of(technician.get(at(country)))
    assert "Cụm loa 1" in shown
    assert "Chưa có thiết bị nào đang chờ" in shown
    assert technician.get("/cot/o-khongcocot/").status_code == 404


def test_who_may_not_enrol_sees_the_outlet_and_a_stranger_nothing(
    officer: Client, stranger: Client, country: Country
) -> None:
    assert officer.get(at(country))["Location"] == reverse(
        "console:outlet", args=[country.one.outlets[0].pk]
    )
    assert stranger.get(at(country)).status_code == 404
    key = knock()
    for name in ("pole_position", "pole_photo", "pole_bind", "pole_trial", "pole_heard"):
        form = {"device": key.public.kid, "latitude": "21", "longitude": "105", "heard": "yes"}
        assert stranger.post(at(country, name), form).status_code == 404
        if name not in {"pole_trial", "pole_heard"}:
            assert officer.post(at(country, name), form).status_code == 403
    assert Device.objects.count() == 0


def test_the_position_is_taken_and_a_wrong_one_said_beside_it(
    technician: Client, country: Country
) -> None:
    country.one.place.latitude, country.one.place.longitude = 21.41, 105.64
    country.one.place.save()
    technician.post(at(country, "pole_position"), {"latitude": "21,4118", "longitude": "105.6471"})
    found = Outlet.objects.get(pk=country.one.outlets[0].pk)
    assert (found.latitude, found.longitude) == (21.4118, 105.6471)
    for latitude, longitude, words in (
        ("15.5", "109.9", "cách trung tâm Xã Tam Đảo"),  # in the sea
        ("48.8", "2.3", "ngoài Việt Nam"),
        ("bắc", "105", "độ thập phân"),
        ("nan", "105", "độ thập phân"),
        ("-21.4", "105.6", "ngoài Việt Nam"),
        ("<script>alert(1)</script>", "105", "độ thập phân"),
        ("9" * 100_000, "105", "ngoài Việt Nam"),
    ):
        answer = technician.post(
            at(country, "pole_position"), {"latitude": latitude, "longitude": longitude}
        )
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert f'value="{longitude}"' in text_of(answer)
        assert "<script>alert" not in text_of(answer)
    found.refresh_from_db()
    assert found.latitude == 21.4118


def test_an_archipelago_s_poles_stand_far_apart(technician: Client, country: Country) -> None:
    place = country.one.place
    place.name, place.latitude, place.longitude = "Đặc khu Trường Sa", 8.64, 111.92
    place.save()
    technician.post(at(country, "pole_position"), {"latitude": "11.42", "longitude": "114.33"})
    assert Outlet.objects.get(pk=country.one.outlets[0].pk).latitude == 11.42


def test_a_picture_is_kept_once_and_seen_by_its_own_people(
    technician: Client, stranger: Client, country: Country, store: Path
) -> None:
    for _ in range(2):
        technician.post(at(country, "pole_photo"), {"photo": picture()})
    kept = Photo.objects.get()
    url = reverse("console:pole_photo_file", args=[country.one.outlets[0].wire_id, kept.sha256])
    assert technician.get(url)["Content-Type"] == "image/jpeg"
    assert stranger.get(url).status_code == 404
    other = reverse("console:pole_photo_file", args=[country.one.outlets[1].wire_id, kept.sha256])
    assert technician.get(other).status_code == 404
    bad = SimpleUploadedFile("anh.jpg", b"<svg onload='alert(1)'/>", "image/jpeg")
    answer = technician.post(at(country, "pole_photo"), {"photo": bad})
    assert answer.status_code == 422
    assert "không phải ảnh" in text_of(answer)
    assert technician.post(at(country, "pole_photo"), {}).status_code == 422


def test_a_waiting_device_is_bound_by_one_tap(technician: Client, country: Country) -> None:
    key = knock()
    shown = text_of(technician.get(at(country)))
    assert Knock.objects.get().short in shown
    answer = technician.post(at(country, "pole_bind"), {"device": key.public.kid}, follow=True)
    assert "Đã ghép thiết bị" in text_of(answer)
    assert Device.objects.get().outlet == country.one.outlets[0]
    again = technician.post(at(country, "pole_bind"), {"device": key.public.kid})
    assert again.status_code == 422
    assert Device.objects.count() == 1
    assert Production.objects.count() == 1


@pytest.mark.parametrize("scanned", ["may-01", "short"])
def test_a_sticker_names_the_device(technician: Client, country: Country, scanned: str) -> None:
    knock()
    knock("may-02")
    text = scanned if scanned != "short" else Knock.objects.get(serial="may-01").short.upper()
    technician.post(at(country, "pole_bind"), {"sticker": f" {text} "})
    assert Device.objects.get().serial == "may-01"


def test_copies_of_a_serial_number_keep_nobody_from_binding_the_right_device(
    technician: Client, country: Country
) -> None:
    knock("may-01")
    real = knock("may-01")
    knock("may-02")
    answer = technician.post(at(country, "pole_bind"), {"sticker": "may-01"})
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "cùng báo số máy này" in shown
    short = {serial: [] for serial in ("may-01", "may-02")}
    for row in Knock.objects.all():
        short[row.serial].append(row.short)
    assert all(letters in shown for letters in short["may-01"])
    assert short["may-02"][0] not in shown
    technician.post(
        at(country, "pole_bind"), {"sticker": Knock.objects.get(pk=real.public.kid).short}
    )
    assert Device.objects.get().kid == real.public.kid


def test_a_sticker_that_names_nobody_is_said_beside_the_field(
    technician: Client, country: Country
) -> None:
    knock("may-01")
    for text in ("may-09", "<b>x</b>", "x" * 100_000, ""):
        answer = technician.post(at(country, "pole_bind"), {"sticker": text})
        assert answer.status_code == 422
        assert "Không thấy thiết bị nào đang chờ" in text_of(answer)
        assert "<b>x</b>" not in text_of(answer)
    assert Device.objects.count() == 0


def test_a_wrong_sticker_at_a_pole_with_a_device_is_said_and_stays(
    technician: Client, country: Country
) -> None:
    """The page neither goes back to the old device nor renews the sentence away."""
    knock("may-01")
    technician.post(at(country, "pole_bind"), {"sticker": "may-01"})
    assert 'id="live" hx-get=' in text_of(technician.get(at(country, "pole") + "?thay=1"))
    shown = text_of(technician.post(at(country, "pole_bind"), {"sticker": "may-chua-thay"}))
    assert "Không thấy thiết bị nào đang chờ" in shown
    assert 'value="may-chua-thay"' in shown
    assert 'id="live">' in shown


def test_the_bench_shows_who_waits_and_what_is_wrong(
    technician: Client, officer: Client, country: Country
) -> None:
    knock("may-01", area=country.one.place.path)
    knock("xa-khac", area=country.two.place.path)
    other = knock("sao-chep")
    row = Knock.objects.get(pk=other.public.kid)
    row.trouble, row.outlet = "clone", country.one.outlets[0]
    row.save()
    shown = text_of(technician.get(reverse("console:waiting")))
    assert "may-01" in shown
    assert "xa-khac" not in shown
    assert "hai thiết bị dùng một khóa" in shown.lower()
    assert officer.get(reverse("console:waiting")).status_code == 403
    technician.post(reverse("console:knock_dismiss"), {"device": other.public.kid})
    assert not Knock.objects.filter(pk=other.public.kid).exists()
    waits = Knock.objects.get(serial="xa-khac").kid
    assert technician.post(reverse("console:knock_dismiss"), {"device": waits}).status_code == 404


def test_five_wrong_codes_are_an_alarm_on_the_bench(technician: Client, country: Country) -> None:
    from loa.outlets.enrolment import EnrolRefused, enrol

    for _ in range(5):
        with pytest.raises(EnrolRefused):
            enrol(
                code="sai",
                serial="ke-la",
                model="x",
                key=SigningKey.generate().public,
                address="10.0.0.9",
            )
    shown = text_of(technician.get(reverse("console:waiting")))
    assert "ke-la đã sai mã ghép năm lần" in shown
    assert Fact.objects.filter(kind=events.CLAIM_LOCKED).exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "viết ghi chú"), ("a" * 100_000, "nhiều nhất là 1000"), ("chữ\u202eẩn", "ký tự lạ")],
)
def test_a_note_that_cannot_be_stays_in_its_field(
    officer: Client, country: Country, text: str, sentence: str
) -> None:
    here = reverse("console:outlet_note", args=[country.one.outlets[0].pk])
    answer = officer.post(here, {"text": text})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert text[:1000] in text_of(answer)
    assert Note.objects.count() == 0


def test_a_note_is_text_and_is_written_once(officer: Client, country: Country) -> None:
    import unicodedata

    here = reverse("console:outlet_note", args=[country.one.outlets[0].pk])
    words = "<script>alert(1)</script> Chìa khóa ở nhà bác Ba 🔑"
    for _ in range(2):
        officer.post(here, {"text": unicodedata.normalize("NFD", words)})
    assert Note.objects.get().text == words
    shown = text_of(officer.get(reverse("console:outlet", args=[country.one.outlets[0].pk])))
    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown


def test_the_labels_are_a_pdf_with_a_page_for_ten_poles(
    technician: Client, officer: Client, country: Country
) -> None:
    from pypdf import PdfReader

    for number in range(3, 12):
        Outlet.objects.create(
            station=country.one.station, code=f"CL{number:02}", name=f"Cụm loa ngõ {number} " * 4
        )
    url = reverse("console:labels", args=[country.one.station.pk])
    answer = technician.get(url)
    assert answer["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert len(pages) == 2
    words = pages[0].extract_text() + pages[1].extract_text()
    assert "CL11" in words
    assert "Xã Tam Đảo" in words
    assert officer.get(url).status_code == 403


@pytest.mark.usefixtures("node")
def test_the_file_for_new_devices_holds_no_code(technician: Client, country: Country) -> None:
    answer = technician.get(reverse("console:setup_file", args=[country.one.station.pk]))
    assert set(answer.json()) == {"urls", "root_sha256", "area"}
    assert answer.json()["area"] == country.one.place.path
