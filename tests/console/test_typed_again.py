"""A form that is refused by way of another page: its words stand in their fields again, once."""

from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from tests.alerts.office import Office
from tests.console.conftest import SignIn
from tests.console.test_urgent import desk, office
from tests.console.test_writing import NEW, text_of
from tests.country import Country
from tests.newsroom.test_bulletins import submitted

__all__ = ["office"]

WHY = 'Giờ họp chưa rõ: 7 giờ hay 19 giờ? <b>"xem lại"</b>'


def test_a_reason_is_not_lost_to_who_decided_first(approver: Client, country: Country) -> None:
    """Another edition is being looked at by now: the approver reads it and sends the reason."""
    waiting = submitted(country.one)
    here = reverse("console:approve", args=[waiting.pk])
    form = {"do": "return", "edition": "7", "reason": WHY}
    again = approver.post(here, form, follow=True)
    assert f">{escape(WHY)}</textarea>" in text_of(again)
    assert escape(WHY) not in text_of(approver.get(here)), "once"


def test_words_do_not_wander_to_another_page(approver: Client, country: Country) -> None:
    waiting, other = submitted(country.one), submitted(country.one)
    here = reverse("console:approve", args=[waiting.pk])
    approver.post(here, {"do": "return", "edition": "7", "reason": WHY})
    assert escape(WHY) not in text_of(approver.get(reverse("console:approve", args=[other.pk])))


def test_a_word_that_cannot_be_taught_stays_in_its_fields(officer: Client) -> None:
    form = {"written": "TT&TT", "spoken": "thông tin " * 30}
    shown = text_of(officer.post("/them/tu-dien", form, follow=True))
    assert 'value="TT&amp;TT"' in shown
    assert f'value="{"thông tin " * 30}"' in shown


def test_fields_beside_the_writing_form_keep_what_was_typed(
    country: Country, sign_in: SignIn
) -> None:
    editor = sign_in(country.editor)
    typed = {
        "word": "KBTX",
        "word_spoken": "khu bảo tồn",
        "codes": "08911, 08914",
        "new_alt": "Đình",
    }
    shown = text_of(editor.post(NEW, {"title": "", "body": "", "do": "save", **typed}))
    for words in typed.values():
        assert words in shown


def test_the_ticked_outlets_stay_ticked_where_the_volume_cannot_be(
    technician: Client, country: Country
) -> None:
    first, second = country.one.outlets[:2]
    form = {"do": "volume", "volume_pct": "101", "outlet": [str(first.pk)]}
    shown = text_of(technician.post("/kenh/cum/nhieu", form, follow=True))
    assert f'value="{first.pk}" checked' in shown
    assert f'value="{second.pk}" checked' not in shown
    assert 'value="101"' in shown
    assert 'role="alert"' in shown, "a refusal is read out"
    one = reverse("console:volume", args=[first.pk])
    assert 'value="tối đa"' in text_of(technician.post(one, {"volume_pct": "tối đa"}, follow=True))


def test_a_cap_source_that_cannot_be_is_still_on_the_page(office: Office) -> None:
    form = {
        "name": "Đài khí tượng",
        "path": "vn/25",
        "way": "url",
        "url": "http://khong-an-toan.example/cap",
        "senders": "khituong@example.vn",
        "certificates": "không phải chứng thư",
        "must_sign": "1",
    }
    answer = desk(office.approver).post("/khan-cap/cap/nguon", form)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert 'role="alert"' in shown
    for words in ("Đài khí tượng", form["url"], form["senders"], form["certificates"]):
        assert words in shown


def test_a_blank_of_a_template_with_too_many_words_is_refused_in_words(office: Office) -> None:
    form = {
        "hazard": "dam",
        "title": "Hồ {tên hồ} xả lũ",
        "text": "Hồ {tên hồ} xả lũ.",
        "level": "4",
    }
    form |= {"target": "vn/25/08911", "values-ten-ho": "a" * 301, "feed": "key", "key": "x"}
    answer = desk(office.author).post("/khan-cap/mau/soan", form)
    assert answer.status_code == 422
    assert "Chỗ trống “tên hồ”" in answer.content.decode()
    assert "a" * 301 in answer.content.decode()
