"""Soạn as one page: documents, templates, readings, when it is aired, what keeps itself."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from loa.lib import clock
from loa.lib.ids import new_id
from loa.newsroom import services
from loa.newsroom.models import Bulletin, DictionaryEntry, Version, WorkingCopy
from loa.newsroom.rules import BulletinRefused, Draft, words_mark
from loa.speech.legacy import Encoding
from loa.web import upload_tickets
from tests.console.conftest import SignIn
from tests.console.desk import FORM
from tests.console.desk import sound as stored
from tests.console.test_writing import NEW, store, text_of, wav
from tests.country import PASSWORD, Country
from tests.newsroom.papers import OFFICES, as_docx, as_pdf, bomb, encoded
from tests.newsroom.test_bulletins import submitted

__all__ = ["store"]

KEEP, HEAR, READ = "/soan/tu-luu", "/soan/nghe", "/soan/doc"


def word_file(content: bytes, name: str = "thong-bao.docx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/octet-stream")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_document_fills_the_page_and_its_frame_is_kept_and_not_spoken(
    officer: Client, encoding: Encoding
) -> None:
    file = word_file(as_docx(OFFICES[0], encoding))
    shown = officer.post(NEW, {**FORM, "title": "", "body": "", "do": "import", "document": file})
    page = shown.context["page"]
    assert page.title == "Tiêm chủng mở rộng tháng 12 năm 2026"
    assert page.body.startswith("Trạm Y tế xã tổ chức")
    assert "khung văn bản" in text_of(shown).lower()
    frame = {f"frame_{key}": value for key, value in page.frame}
    officer.post(NEW, {**FORM, "title": page.title, "body": page.body, **frame})
    version = Version.objects.get()
    assert version.frame["number"] == "12/TB-UBND"
    assert "UBND" not in version.spoken
    assert "Độc lập" not in version.spoken


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (bomb, "nén bất thường"),
        (lambda: as_pdf(["Một dòng."], pages=300), "quá nhiều trang"),
        (lambda: b"MZ\x90", "Chỉ nhận tệp Word"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_beside_its_field(
    officer: Client, content: Any, sentence: str
) -> None:
    shown = officer.post(NEW, {**FORM, "do": "import", "document": word_file(content())})
    assert shown.status_code == 422
    assert re.search(rf'class="wrong-text">[^<]*{sentence}', text_of(shown))
    assert FORM["body"] in text_of(shown)


@pytest.mark.usefixtures("store")
def test_a_file_name_with_slashes_is_only_a_name(officer: Client) -> None:
    file = wav()
    file._name = "../../etc/passwd/ghi.wav"
    shown = officer.post(NEW, {**FORM, "title": "", "recording": file})
    assert shown.context["page"].recording.label == "ghi.wav"


def test_a_template_brings_its_blanks_and_nothing_with_blanks_is_submitted(
    officer: Client,
) -> None:
    shown = officer.get(NEW, {"mau": "hop-thon"})
    names = shown.context["blanks"]
    assert "giờ họp" in names
    page = shown.context["page"]
    form = {**FORM, "title": page.title, "body": page.body, "do": "submit"}
    refused = officer.post(NEW, form)
    assert "Còn chỗ trống chưa điền" in text_of(refused)
    assert Bulletin.objects.filter(state="submitted").count() == 0
    values = {"blank_name": list(names), "blank": [f"giá trị {n}" for n in range(len(names))]}
    officer.post(NEW, form | values)
    assert "[" not in Version.objects.order_by("-written_at")[0].body
    assert Bulletin.objects.filter(state="submitted").count() == 1


def test_a_reading_is_corrected_for_this_bulletin_alone_or_for_the_place(
    officer: Client, country: Country
) -> None:
    body = {"body": "Mời KBTX họp."}
    word = {"word": "KBTX", "word_spoken": "khu bảo tồn xã"}
    here = text_of(officer.post(READ, FORM | body | word | {"do": "word_here"}))
    assert 'name="own_written" value="KBTX"' in here
    assert DictionaryEntry.objects.count() == 0
    officer.post(NEW, FORM | body | {"own_written": "KBTX", "own_said": "khu bảo tồn xã"})
    assert "khu bảo tồn xã" in Version.objects.get().spoken
    everywhere = text_of(officer.post(READ, FORM | body | word | {"do": "word"}))
    assert "khu bảo tồn xã" in everywhere
    assert DictionaryEntry.objects.get().place == country.one.place


def test_guesses_stand_first_and_in_a_second_colour(officer: Client) -> None:
    body = "Ngày 5/9 QLTT mời TT Gia Lộc, QLTT họp."
    shown = officer.post(READ, FORM | {"title": "Mời", "body": body})
    unsure = shown.context["read"].unsure
    assert [one.text for one in unsure] == ["QLTT", "TT"]
    page = shown.content.decode()
    first, marked = page.split('<p class="text marked">')
    assert first.count('<mark class="unsure">') == 2
    assert marked.count('<mark class="unsure">') == 3
    assert "<mark>5/9</mark>" in marked
    sure = officer.post(READ, FORM | {"title": "Mời", "body": "Ngày 5/9 họp"})
    assert "unsure" not in sure.content.decode()


def test_a_marked_place_is_clicked_without_script(officer: Client) -> None:
    shown = officer.post(NEW, FORM | {"do": "fix:1"})
    assert shown.context["fix"].text == "7h30"
    field = re.search(r'<input id="word_spoken"[^>]*>', text_of(shown))
    assert field is not None
    assert 'value="bảy giờ ba mươi' in field[0]
    assert Bulletin.objects.count() == 0


@pytest.mark.parametrize("encoding", [Encoding.TCVN3, Encoding.VNI])
def test_text_pasted_in_an_old_encoding_is_offered_to_be_mended(
    officer: Client, encoding: Encoding
) -> None:
    text = "Đề nghị bà con đến đúng giờ để họp thôn."
    form = FORM | {"body": encoded(text, encoding)}
    assert "Chuyển sang Unicode" in text_of(officer.post(READ, form))
    mended = officer.post(NEW, form | {"do": "mend"})
    assert mended.context["page"].body == text


def test_text_from_word_keeps_its_paragraphs_and_drops_what_nobody_sees(officer: Client) -> None:
    pasted = "Dòng\u00a0một.\r\n\r\n·\tGạch một\r\n•\u00a0Gạch hai\x0bDòng\u202e ba\u200b."
    officer.post(NEW, FORM | {"body": pasted})
    assert Version.objects.get().body == "Dòng một.\n\n- Gạch một\n- Gạch hai\nDòng ba."


@pytest.mark.parametrize("text", ["hoà thuận", "hòa thuận"])
def test_old_and_new_tone_marks_are_spoken(officer: Client, text: str) -> None:
    officer.post(NEW, FORM | {"title": text})
    assert text in Version.objects.get().spoken


def test_an_emoji_is_kept_and_not_spoken(officer: Client) -> None:
    officer.post(NEW, FORM | {"body": "Mời bà con 🎉 đến dự."})
    version = Version.objects.get()
    assert "🎉" in version.body
    assert "🎉" not in version.spoken


def test_the_page_sent_twice_is_written_once(officer: Client) -> None:
    form = FORM | {"bulletin": str(new_id()), "do": "submit"}
    first, second = officer.post(NEW, form), officer.post(NEW, form)
    assert first["Location"] == second["Location"].replace("/soan/", "/tin/")
    assert Bulletin.objects.count() == Version.objects.count() == 1


def test_other_words_under_a_used_id_are_given_back_and_not_lost(officer: Client) -> None:
    form = FORM | {"bulletin": str(new_id())}
    officer.post(NEW, form)
    shown = officer.post(NEW, form | {"body": "Một tin khác hẳn."})
    assert shown.status_code == 422
    assert "Một tin khác hẳn." in text_of(shown)
    assert Version.objects.count() == 1


def test_a_copy_that_comes_after_its_page_was_sent_is_not_kept(officer: Client) -> None:
    form = FORM | {"bulletin": str(new_id()), "edition": "0"}
    officer.post(NEW, form | {"do": "submit"})
    assert officer.post(KEEP, form).status_code == 200
    assert WorkingCopy.objects.count() == 0


def test_an_id_that_somebody_else_used_is_refused(
    officer: Client, stranger: Client, country: Country
) -> None:
    taken = str(submitted(country.one).pk)
    shown = stranger.post(NEW, FORM | {"bulletin": taken})
    assert "Trang này đã cũ" in text_of(shown)
    assert Version.objects.count() == 1


def test_the_sentences_are_given_one_by_one_and_only_ours(
    officer: Client, stranger: Client, store: Path
) -> None:
    told = json.loads(officer.post(HEAR, FORM).content)["sentences"]
    assert told[0]["text"].startswith("Lịch tiêm chủng")
    sound = officer.get(told[0]["url"])
    assert sound["Content-Type"] == "audio/mpeg"
    assert len(sound.content) > 2000
    assert officer.get("/soan/cau/tu-bia-ra").status_code == 404
    nothing = officer.post(HEAR, FORM | {"title": "", "body": ""})
    assert nothing.status_code == 422
    assert "Chưa có lời nào" in json.loads(nothing.content)["problem"]


def test_the_page_names_the_sound_of_its_first_sentence(officer: Client, store: Path) -> None:
    """What is fetched before it is asked for is what would be heard first."""
    told = json.loads(officer.post(HEAR, FORM).content)["sentences"][0]
    for page in (officer.post("/soan/doc", FORM), officer.post(NEW, FORM | {"do": "look"})):
        named = re.search(r'data-first-heard="([^"]+)" data-url="([^"]+)"', text_of(page))
        assert named is not None
        assert html.unescape(named[1]) == told["text"]
        assert officer.get(named[2])["Content-Type"] == "audio/mpeg"
    assert "data-first-heard" not in text_of(officer.post("/soan/doc", {"title": "", "body": ""}))


def test_who_may_not_write_hears_and_keeps_nothing(approver: Client, client: Client) -> None:
    form = FORM | {"edition": "0"}
    for address in (HEAR, KEEP, "/soan/tai-len"):
        assert approver.post(address, form).status_code == 403
        assert client.post(address, form)["Location"].startswith("/tai-khoan/login/")
    assert WorkingCopy.objects.count() == 0


def test_what_is_typed_keeps_itself_and_comes_back(officer: Client, country: Country) -> None:
    form = FORM | {"title": "Đang viết", "body": "", "edition": "0"}
    assert "tự lưu" in json.loads(officer.post(KEEP, form).content)["words"]
    blank = officer.get(NEW)
    assert blank.context["page"].title == ""
    assert "Anh chị còn tin “Đang viết” viết dở" in text_of(blank)
    (kept,) = blank.context["unsaved"]
    again = officer.get(NEW, {"tiep": kept.page})
    assert again.context["page"].title == "Đang viết"
    assert "viết dở" in text_of(officer.get("/soan/"))
    officer.post(NEW, FORM | {"edition": "0", "bulletin": again.context["page"].bulletin})
    assert WorkingCopy.objects.count() == 0


def test_two_new_bulletins_keep_each_their_own_copy(officer: Client, country: Country) -> None:
    for title in ("Tin thứ nhất", "Tin thứ hai"):
        page = officer.get(NEW).context["page"]
        officer.post(KEEP, FORM | {"title": title, "edition": "0", "bulletin": page.bulletin})
    index = text_of(officer.get("/soan/"))
    assert "Tin thứ nhất" in index
    assert "Tin thứ hai" in index


def test_a_recording_is_not_sent_under_words_that_came_after_it(
    officer: Client, country: Country
) -> None:
    owner = country.one.actor("officer").owner
    recording = upload_tickets.Upload(stored(), "ghi tại bàn", 4.0, owner)
    form = FORM | {"edition": "0", "recording_ticket": recording.ticket}
    page = officer.get(NEW).context["page"]
    officer.post(KEEP, form | {"bulletin": page.bulletin, "title": "Cắt điện"})
    reopened = officer.get(NEW, {"tiep": page.bulletin})
    assert "Loa sẽ phát bản ghi âm dài 4 giây" in text_of(reopened)
    ticket = reopened.context["page"].recording.ticket
    other = FORM | {
        "edition": "0",
        "bulletin": page.bulletin,
        "title": "Bão số 3",
        "body": "Bão vào lúc 17 giờ.",
        "recording_ticket": ticket,
    }
    refused = officer.post(NEW, other | {"do": "submit"})
    assert refused.status_code == 422
    assert "Giữ bản ghi này" in text_of(refused)
    assert not Bulletin.objects.exists()
    kept = officer.post(NEW, other | {"do": "keep_recording"})
    ticket = kept.context["page"].recording.ticket
    officer.post(NEW, other | {"recording_ticket": ticket, "do": "submit"})
    assert Bulletin.objects.get().state == "submitted"


def test_the_service_sends_no_recording_for_other_words(country: Country) -> None:
    """Whoever calls: a draft saved with a recording of other words is not submitted."""
    draft = Draft(
        title="Bão số 3",
        body="Bão vào lúc 17 giờ.",
        recording_sha256=stored(),
        recording_words=words_mark("Cắt điện", "Thôn Đông mất điện."),
    )
    actor = country.one.actor("officer")
    bulletin = services.bulletin_write(
        actor=actor,
        place_id=country.one.place.pk,
        place_path=country.one.place.path,
        draft=draft,
    )
    with pytest.raises(BulletinRefused, match="nội dung khác"):
        services.bulletin_submit(actor=actor, bulletin_id=bulletin.pk, edition=1)


def test_a_sheet_is_its_writer_s_own(officer: Client, country: Country, sign_in: SignIn) -> None:
    from loa.people.rules import RoleName
    from tests.country import account

    officer.post(KEEP, FORM | {"title": "Riêng của Lan", "edition": "0"})
    other = sign_in(account("Bùi Văn An", RoleName.COMMUNE_OFFICER, country.one.place))
    assert "Riêng của Lan" not in text_of(other.get(NEW))


def test_keeping_tells_who_saved_meanwhile(officer: Client, country: Country) -> None:
    officer.post(NEW, FORM)
    bulletin = Bulletin.objects.get()
    here = reverse("console:edit", args=[bulletin.pk])
    officer.post(here, FORM | {"body": "Bản nhanh hơn."})
    late = officer.post(KEEP, FORM | {"of": str(bulletin.pk), "body": "Bản chậm.", "edition": "1"})
    assert late.status_code == 409
    assert "Nguyễn Thị Lan vừa lưu bản khác" in json.loads(late.content)["problem"]


def test_a_copy_of_an_older_edition_comes_back_beside_the_newer_text(officer: Client) -> None:
    officer.post(NEW, FORM)
    bulletin = Bulletin.objects.get()
    here = reverse("console:edit", args=[bulletin.pk])
    form = FORM | {"of": str(bulletin.pk), "edition": "1"}
    assert officer.post(KEEP, form | {"body": "Bản gõ dở hôm qua."}).status_code == 200
    officer.post(here, FORM | {"body": "Bản đã lưu sau đó."})
    WorkingCopy.objects.create(
        account=bulletin.author,
        sheet=str(bulletin.pk),
        edition=1,
        fields={"title": ["x"], "body": ["Bản gõ dở hôm qua."]},
        saved_at=clock.now(),
    )
    shown = officer.get(here)
    assert shown.status_code == 409
    assert "Bản gõ dở hôm qua." in text_of(shown)
    assert "chưa ghi đè" in text_of(shown)


def test_too_much_for_a_sheet_is_refused_in_words(officer: Client) -> None:
    huge = officer.post(KEEP, FORM | {"body": "a" * 400_000, "edition": "0"})
    assert huge.status_code == 422
    assert "quá dài" in json.loads(huge.content)["problem"]


def test_a_hundred_thousand_characters_are_refused_and_given_back(officer: Client) -> None:
    body = "Câu rất dài. " * 8000
    shown = officer.post(NEW, FORM | {"body": body})
    assert shown.status_code == 422
    assert "nhiều nhất là 20.000" in text_of(shown)
    assert shown.context["page"].body == body


def test_a_session_that_ended_loses_nothing(client: Client, country: Country) -> None:
    client.force_login(country.one.officer)
    ticket = re.search(r'name="writer" value="([^"]+)"', text_of(client.get(NEW)))
    assert ticket is not None
    client.logout()
    form = FORM | {"writer": ticket[1], "body": "Gõ suốt một giờ."}
    away = client.post(NEW, form)
    assert away["Location"].startswith("/tai-khoan/login/")
    login = {"login": country.one.officer.username, "password": PASSWORD}
    client.post(away["Location"], login)
    shown = client.get(NEW)
    assert "Gõ suốt một giờ." in text_of(shown)
    assert "Phiên làm việc đã hết" in text_of(shown)
    assert "Gõ suốt một giờ." not in text_of(client.get(NEW))


def test_what_was_put_aside_is_shown_to_nobody_else(client: Client, country: Country) -> None:
    client.force_login(country.one.officer)
    ticket = re.search(r'name="writer" value="([^"]+)"', text_of(client.get(NEW)))
    assert ticket is not None
    client.logout()
    away = client.post(NEW, FORM | {"writer": ticket[1], "body": "Riêng của Lan."})
    login = {"login": country.two.officer.username, "password": PASSWORD}
    client.post(away["Location"], login)
    assert "Riêng của Lan." not in text_of(client.get(NEW))


def test_the_writing_pages_ask_little_of_the_database(
    officer: Client, django_assert_max_num_queries: Any
) -> None:
    officer.post(NEW, FORM)
    here = reverse("console:edit", args=[Bulletin.objects.get().pk])
    for address in (NEW, "/soan/", here):
        with django_assert_max_num_queries(12):
            assert officer.get(address).status_code == 200
    with django_assert_max_num_queries(12):
        officer.post(READ, FORM | {"when": "next"})
