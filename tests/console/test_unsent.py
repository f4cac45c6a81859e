"""A form sent after its session ended, on any page: nothing typed is lost or sent unasked."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from loa.outlets.models import Note
from loa.people.models import Account
from tests.console.test_writing import text_of
from tests.country import PASSWORD, Country

UNSENT = "/them/chua-gui"
WORDS = "Chìa khóa hộp ở nhà bà Tư <b>"


def note_address(country: Country) -> str:
    return reverse("console:outlet_note", args=[country.one.outlets[0].pk])


def opened(client: Client, country: Country) -> dict[str, str]:
    """The hidden fields of the note's form, as its page was opened, and the words typed into it."""
    client.force_login(country.one.technician)
    page = text_of(client.get(reverse("console:outlet", args=[country.one.outlets[0].pk])))
    ticket = re.search(r'name="writer" value="([^"]+)"', page)
    assert ticket is not None
    return {"writer": ticket[1], "text": WORDS}


def sign_in_again(client: Client, away: str, account: Account) -> str:
    """Signs in where the answer led; where that leads."""
    answer = client.post(away, {"login": account.username, "password": PASSWORD})
    return str(answer["Location"])


def hidden(page: str) -> dict[str, str]:
    """The fields that the page would send again."""
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    found += re.findall(r'<textarea name="([^"]+)" hidden>\n([^<]*)<', page)
    return {name: html.unescape(value) for name, value in found}


def test_a_note_is_not_lost_with_its_session_and_is_sent_once(
    client: Client, country: Country
) -> None:
    form = opened(client, country) | {"whom": "commune"}
    client.logout()
    away = client.post(note_address(country), form)
    assert away["Location"].startswith("/tai-khoan/login/")
    assert sign_in_again(client, away["Location"], country.one.technician) == UNSENT
    page = text_of(client.get(UNSENT))
    assert "Chìa khóa hộp ở nhà bà Tư &lt;b&gt;" in page
    assert "<li>commune" not in page
    assert "Chìa khóa" in text_of(client.get(UNSENT))
    assert Note.objects.count() == 0
    again = hidden(page.split(f'action="{note_address(country)}"')[1])
    client.post(note_address(country), again)
    assert Note.objects.get().text == WORDS
    assert client.get(UNSENT).status_code == 302


def test_nobody_else_sees_what_was_typed(client: Client, country: Country) -> None:
    form = opened(client, country)
    client.logout()
    away = client.post(note_address(country), form)
    sign_in_again(client, away["Location"], country.two.officer)
    assert client.get(UNSENT).status_code == 302


def test_a_writer_made_up_is_nobody(client: Client, country: Country) -> None:
    form = opened(client, country) | {"writer": f"{country.two.officer.pk}:x"}
    client.logout()
    away = client.post(note_address(country), form)
    assert UNSENT not in away["Location"].replace("%2F", "/")


def test_a_button_alone_is_not_pressed_again(client: Client, country: Country) -> None:
    form = opened(client, country) | {"text": ""}
    client.logout()
    page = reverse("console:outlet", args=[country.one.outlets[0].pk])
    headers = {"Referer": f"http://testserver{page}"}
    away = client.post(note_address(country), form, headers=headers)
    assert sign_in_again(client, away["Location"], country.one.technician) == page


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_a_script_keeps_its_own_words(client: Client, country: Country, accept: str) -> None:
    form = opened(client, country)
    client.logout()
    away = client.post(note_address(country), form, headers={"Accept": accept})
    assert UNSENT not in away["Location"].replace("%2F", "/")


def test_a_token_of_a_session_that_is_over_loses_nothing(country: Country) -> None:
    client = Client(enforce_csrf_checks=True)
    form = opened(client, country) | {"csrfmiddlewaretoken": "x" * 64}
    answer = client.post(note_address(country), form)
    assert (answer.status_code, answer["Location"]) == (302, UNSENT)
    page = text_of(client.get(UNSENT))
    client.post(note_address(country), hidden(page.split(f'action="{note_address(country)}"')[1]))
    assert Note.objects.get().text == WORDS


def test_a_form_that_nobody_of_ours_opened_is_refused(country: Country) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(country.one.technician)
    assert client.post(note_address(country), {"text": WORDS}).status_code == 403
    assert Note.objects.count() == 0


@pytest.mark.parametrize(
    "address", ["/tai-khoan/password/change/", "/tai-khoan/2fa/authenticate/", "link_join"]
)
def test_a_secret_is_not_put_aside(country: Country, address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    form = opened(client, country) | {"oldpassword": "Mật khẩu cũ 1", "code": "123456 789"}
    to = reverse("console:link_join") if address == "link_join" else address
    assert client.post(to, form).status_code in {302, 403, 404}
    assert "Mật khẩu" not in str(dict(client.session))
    assert "123456" not in str(dict(client.session))
    assert client.get(UNSENT).status_code == 302
