"""Soạn: what an officer types is read, kept, refused in words, and never lost."""

import io
import unicodedata
import wave
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from loa.media.models import File
from loa.newsroom import selectors
from loa.newsroom.models import Bulletin, DictionaryEntry, Version
from tests.console.desk import FORM
from tests.country import Country
from tests.newsroom.test_bulletins import submitted, written

NEW = "/soan/moi"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setattr(settings, "ENV", replace(settings.ENV, data=tmp_path))
    return tmp_path


def wav(seconds: float = 1.0) -> SimpleUploadedFile:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\x00\x10\x00\xf0" * int(4000 * seconds))
    return SimpleUploadedFile("ghi-am.wav", out.getvalue(), "audio/wav")


def png() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return SimpleUploadedFile("anh.png", out.getvalue(), "image/png")


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]  # a Django response


def test_the_first_saving_makes_a_draft_of_the_office(officer: Client, country: Country) -> None:
    response = officer.post(NEW, FORM)
    bulletin = Bulletin.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("console:edit", args=[bulletin.pk])
    assert (bulletin.place, bulletin.author) == (country.one.place, country.one.officer)
    assert selectors.newest_version(bulletin.pk).targets == [country.one.place.path]


def test_the_reading_is_shown_beside_the_text(officer: Client) -> None:
    shown = text_of(officer.post("/soan/doc", FORM))
    assert "<mark>7h30" in shown
    assert "bảy giờ ba mươi" in shown
    assert Bulletin.objects.count() == 0


def test_words_corrected_by_hand_are_kept_and_others_are_made_anew(officer: Client) -> None:
    officer.post(NEW, FORM | {"spoken": "Lời tôi tự sửa.", "spoken_made": "khác"})
    bulletin = Bulletin.objects.get()
    assert selectors.newest_version(bulletin.pk).spoken == "Lời tôi tự sửa."
    page = officer.get(reverse("console:edit", args=[bulletin.pk]))
    made = page.context["page"]
    again = FORM | {
        "spoken": made.spoken,
        "spoken_made": made.spoken_made,
        "body": "Họp lúc 9h.",
        "do": "save",
    }
    officer.post(reverse("console:edit", args=[bulletin.pk]), again)
    assert selectors.newest_version(bulletin.pk).spoken == "Lời tôi tự sửa."
    officer.post(reverse("console:edit", args=[bulletin.pk]), FORM | {"edition": "2"})
    assert "bảy giờ" in selectors.newest_version(bulletin.pk).spoken


def test_saving_the_same_again_makes_no_new_version(officer: Client) -> None:
    officer.post(NEW, FORM)
    bulletin = Bulletin.objects.get()
    officer.post(reverse("console:edit", args=[bulletin.pk]), FORM)
    assert Version.objects.count() == 1


def test_submitting_from_a_blank_page_sends_it_for_approval(officer: Client) -> None:
    response = officer.post(NEW, FORM | {"do": "submit"}, follow=True)
    bulletin = Bulletin.objects.get()
    assert bulletin.state == "submitted"
    assert "Đã gửi duyệt" in text_of(response)
    assert selectors.newest_version(bulletin.pk).production is not None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "chưa có tiêu đề"),
        ("title", "a" * 201, "nhiều nhất là 200"),
        ("body", "", "chưa có nội dung"),
        ("body", "a" * 20_001, "nhiều nhất là 20.000"),
        ("body", "MZ\x00\x01\x02", "tệp nhị phân"),
        ("issuer", "UBND\x00", "tệp nhị phân"),
        ("valid_from", "2027-02-31T08:00", "không phải là ngày giờ có thật"),
        ("valid_from", "2027-02-01T25:00", "không phải là ngày giờ có thật"),
        ("valid_from", "hôm qua", "không phải là ngày giờ có thật"),
        ("valid_from", "0001-01-01T00:00", "không phải là ngày giờ có thật"),
        ("valid_until", "9999-12-31T23:59-11:00", "không phải là ngày giờ có thật"),
        ("category", "zz", "chọn một nhóm nội dung"),
        ("class_name", "urgent", "chọn hạng tin"),
        ("language", "xx", "chọn ngôn ngữ"),
        ("language", "hmn", "Máy chỉ đọc được tiếng Việt"),
        ("target", "vn/25/08914", "nằm trong địa bàn"),
        ("target", "vn", "nằm trong địa bàn"),
        ("target", "../../etc", "nằm trong địa bàn"),
    ],
)
def test_bad_input_is_refused_in_words_and_nothing_typed_is_lost(
    officer: Client, field: str, value: str, sentence: str
) -> None:
    response = officer.post(NEW, FORM | {field: value})
    shown = text_of(response)
    assert response.status_code == 422
    assert sentence in shown
    kept = FORM["title"] if field != "title" else FORM["issuer"]
    assert kept in shown
    assert Bulletin.objects.count() == 0


def test_an_edition_that_no_page_ever_had_is_a_conflict_and_no_fault(officer: Client) -> None:
    assert officer.post(NEW, FORM | {"edition": "9" * 5000}).status_code in {302, 409}


def test_a_validity_that_ends_before_it_begins_is_refused(officer: Client) -> None:
    days = {"valid_from": "2026-12-02T08:00", "valid_until": "2026-12-01T08:00"}
    response = officer.post(NEW, FORM | days)
    assert "phải sau ngày bắt đầu" in text_of(response)
    assert "2026-12-02T08:00" in text_of(response)


def test_markup_is_text_and_never_runs(officer: Client) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    response = officer.post(NEW, FORM | {"title": attack, "body": attack}, follow=True)
    bulletin = Bulletin.objects.get()
    page = text_of(officer.get(reverse("console:bulletin", args=[bulletin.pk])))
    for shown in (text_of(response), page):
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "&lt;script&gt;" in shown


def test_decomposed_text_is_kept_composed(officer: Client) -> None:
    officer.post(NEW, {k: unicodedata.normalize("NFD", v) for k, v in FORM.items()})
    assert Version.objects.get().title == "Lịch tiêm chủng"


def test_the_second_officer_is_told_and_keeps_their_text(officer: Client) -> None:
    officer.post(NEW, FORM)
    bulletin = Bulletin.objects.get()
    here = reverse("console:edit", args=[bulletin.pk])
    officer.post(here, FORM | {"body": "Bản của người nhanh hơn."})
    response = officer.post(here, FORM | {"body": "Bản của người chậm hơn."})
    shown = text_of(response)
    assert response.status_code == 409
    assert "Có người vừa sửa tin này trước" in shown
    assert "Bản của người chậm hơn." in shown
    assert "nhanh" in shown
    assert selectors.newest_version(bulletin.pk).body == "Bản của người nhanh hơn."
    officer.post(here, FORM | {"body": "Bản của người chậm hơn.", "edition": "2"})
    assert [version.body for version in Version.objects.order_by("number")][1:] == [
        "Bản của người nhanh hơn.",
        "Bản của người chậm hơn.",
    ]


def test_places_are_found_without_diacritics_and_only_inside(
    officer: Client, country: Country
) -> None:
    shown = text_of(officer.get("/soan/noi-nhan", {"find": "08911h01"}))
    assert f"add:{country.one.place.path}/h01" in shown
    assert "08914" not in text_of(officer.get("/soan/noi-nhan", {"find": "08914"}))
    added = officer.post(NEW, FORM | {"do": f"add:{country.one.place.path}/h01"})
    assert "Thôn Đông" in text_of(added)
    assert Bulletin.objects.count() == 0


def test_a_word_is_taught_from_the_page(officer: Client, country: Country) -> None:
    word = {"do": "word", "word": "KBTX", "word_spoken": "khu bảo tồn xã"}
    shown = text_of(officer.post(NEW, FORM | word | {"body": "Mời KBTX họp."}))
    assert DictionaryEntry.objects.get().place == country.one.place
    assert "khu bảo tồn xã" in shown


@pytest.mark.usefixtures("store")
def test_a_recording_takes_the_voice_s_place(officer: Client) -> None:
    officer.post(NEW, FORM | {"body": "", "recording": wav()})
    version = Version.objects.get()
    assert version.recording is not None
    assert (version.recording.mime, version.recording.ms) == ("audio/wav", 1000)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Tệp rỗng"),
        (b"#!/bin/sh\nrm -rf /\n", "không phải bản ghi âm"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "bị hỏng"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "không phải bản ghi âm"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(
    officer: Client, content: bytes, sentence: str
) -> None:
    file = SimpleUploadedFile("tin.mp3", content, "audio/mpeg")
    response = officer.post(NEW, FORM | {"recording": file})
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert FORM["body"] in text_of(response)
    assert File.objects.count() == Bulletin.objects.count() == 0


@pytest.mark.usefixtures("store")
def test_an_uploaded_recording_survives_a_refusal(officer: Client) -> None:
    refused = officer.post(NEW, FORM | {"title": "", "recording": wav()})
    ticket = refused.context["page"].recording.ticket
    officer.post(NEW, FORM | {"recording_ticket": ticket})
    assert Version.objects.get().recording is not None


def test_a_ticket_of_one_s_own_making_is_worth_nothing(officer: Client) -> None:
    officer.post(NEW, FORM | {"recording_ticket": "a" * 64})
    assert Version.objects.get().recording is None


@pytest.mark.usefixtures("store")
def test_a_recording_that_was_swept_is_said_and_breaks_nothing(officer: Client) -> None:
    """The page lay open for weeks: its recording is not kept any more."""
    refused = officer.post(NEW, FORM | {"title": "", "recording": wav()})
    ticket = refused.context["page"].recording.ticket
    File.objects.all().delete()
    response = officer.post(NEW, FORM | {"recording_ticket": ticket})
    assert response.status_code == 422
    assert "không còn trên máy chủ" in text_of(response)
    assert FORM["body"] in text_of(response)
    assert not Bulletin.objects.exists()
    dropped = officer.post(NEW, FORM | {"recording_ticket": ticket, "do": "no_recording"})
    assert dropped.context["page"].recording is None


@pytest.mark.usefixtures("store")
def test_a_picture_is_no_recording_and_a_recording_no_picture(officer: Client) -> None:
    page = officer.post(NEW, FORM | {"title": "", "recording": wav(), "new_picture": png()})
    recording = page.context["page"].recording.ticket
    picture = page.context["page"].pictures[0].upload.ticket
    as_recording = officer.post(NEW, FORM | {"recording_ticket": picture})
    assert "không phải bản ghi âm" in text_of(as_recording)
    as_picture = officer.post(NEW, FORM | {"picture": recording, "alt": "Đường"})
    assert "không phải ảnh" in text_of(as_picture)
    assert not Bulletin.objects.exists()


@pytest.mark.usefixtures("store")
def test_another_account_s_files_are_not_heard_nor_taken(officer: Client, stranger: Client) -> None:
    page = officer.post(NEW, FORM | {"title": "", "recording": wav(), "new_picture": png()})
    recording = page.context["page"].recording.ticket
    picture = page.context["page"].pictures[0].upload.ticket
    assert officer.get(f"/soan/ban-ghi/{recording}").status_code == 200
    assert stranger.get(f"/soan/ban-ghi/{recording}").status_code == 404
    for fields in ({"recording_ticket": recording}, {"picture": picture, "alt": "Đường"}):
        response = stranger.post(NEW, FORM | fields)
        assert response.status_code == 422
        assert "của người khác" in text_of(response)
    assert not Bulletin.objects.exists()


@pytest.mark.usefixtures("store")
def test_a_picture_is_made_anew_without_what_the_camera_added(officer: Client, store: Path) -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "TheCamera"
    Image.new("RGB", (64, 48), "green").save(out, "JPEG", exif=exif, comment="TheOwner")
    file = SimpleUploadedFile("anh.jpg", out.getvalue(), "image/jpeg")
    officer.post(NEW, FORM | {"new_picture": file, "new_alt": "Bà con tiêm chủng ở trạm y tế"})
    picture = Version.objects.get().pictures.get()
    kept = next((store / "media").rglob(picture.file_id)).read_bytes()
    assert b"TheOwner" in out.getvalue()
    assert b"TheCamera" not in kept
    assert b"TheOwner" not in kept
    url = reverse("console:picture", args=[Bulletin.objects.get().pk, 0])
    assert officer.get(url)["Content-Type"] == "image/jpeg"


@pytest.mark.usefixtures("store")
def test_a_picture_needs_words_and_must_be_one(officer: Client) -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    wordless = SimpleUploadedFile("anh.png", out.getvalue(), "image/png")
    assert "câu tả" in text_of(officer.post(NEW, FORM | {"new_picture": wordless}))
    svg = SimpleUploadedFile("anh.png", b"<svg onload='alert(1)'/>", "image/png")
    assert "không phải ảnh" in text_of(officer.post(NEW, FORM | {"new_picture": svg}))
    assert Bulletin.objects.count() == 0


def test_what_is_with_the_approver_is_not_edited(officer: Client, country: Country) -> None:
    bulletin = submitted(country.one)
    here = reverse("console:edit", args=[bulletin.pk])
    assert officer.get(here)["Location"] == reverse("console:bulletin", args=[bulletin.pk])
    response = officer.post(here, FORM | {"body": "Lén sửa."})
    assert "không sửa được nữa" in text_of(response)
    assert Version.objects.count() == 1


def test_a_stranger_finds_no_draft(stranger: Client, country: Country) -> None:
    bulletin = written(country.one)
    here = reverse("console:edit", args=[bulletin.pk])
    assert stranger.get(here).status_code == 404
    assert stranger.post(here, FORM | {"body": "Chiếm."}).status_code == 404
    assert "tiêm" not in text_of(stranger.get("/soan/"))
    assert Version.objects.count() == 1


def test_who_may_not_write_is_told_so(approver: Client) -> None:
    for answer in (approver.get(NEW), approver.post(NEW, FORM), approver.post("/soan/doc", FORM)):
        assert answer.status_code == 403
        assert "chưa được giao việc này" in text_of(answer)
    assert Bulletin.objects.count() == 0
