"""The door: signing in is a fact, wrong passwords lock, and every page asks who is there."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from loa.console.urls import urlpatterns
from loa.journal.models import Fact
from loa.people import events
from loa.people.models import Account
from loa.web.middleware import BodyLimit
from tests.console.conftest import SignIn
from tests.console.desk import approved, played
from tests.console.test_writing import text_of
from tests.country import PASSWORD, Country

LOGIN = "/tai-khoan/login/"
OPEN = {
    "alive",
    "too_large",
    "cap_atom",
    "cap_certificate",
    "cap_document",
    "front",
    "language",
    "invitation",
    "bell_worker",
}
BY_KEY = {"band_stamp", "calendar", "cap_take", "feed_draft", "feed_fill"}
"""Pages for programs: their address, token or signature is the key."""


def sign(client: Client, country: Country, password: str) -> str:
    form = {"login": country.one.officer.username, "password": password}
    return text_of(client.post(LOGIN, form, follow=True))


def test_signing_in_leads_to_the_desk_and_is_a_fact(country: Country) -> None:
    shown = sign(Client(), country, PASSWORD)
    assert "Hôm nay" in shown
    fact = Fact.objects.get(kind=events.SIGNED_IN)
    assert (fact.place, fact.actor) == (
        country.one.place.path,
        f"person:{country.one.officer.pk}",
    )


def test_the_door_speaks_vietnamese_and_names_no_account(country: Country) -> None:
    wrong = sign(Client(), country, "không phải mật khẩu")
    unknown = text_of(Client().post(LOGIN, {"login": "khong-co", "password": "x" * 12}))
    for shown in (wrong, unknown):
        assert "Tên đăng nhập hoặc mật khẩu không đúng" in shown


@pytest.mark.parametrize("form", [{}, {"login": "a\x00b", "password": "x"}, {"login": "lan"}])
def test_the_door_says_what_it_misses(country: Country, form: dict[str, str]) -> None:
    shown = text_of(Client().post(LOGIN, form))
    assert "Xin ghi tên đăng nhập và mật khẩu" in shown
    assert "Null" not in shown


def test_five_wrong_passwords_lock_and_say_so_once_in_the_journal(country: Country) -> None:
    client = Client()
    for _ in range(5):
        sign(client, country, "không phải mật khẩu")
    for _ in range(2):
        assert "tạm khóa 15 phút" in sign(client, country, PASSWORD)
    assert Fact.objects.filter(kind=events.SIGN_IN_LOCKED).count() == 1


def test_nobody_signs_up(country: Country) -> None:
    for door in ("signup/", "password/reset/", "email/", "login/code/"):
        form = {"username": "x", "password1": PASSWORD, "email": "x@example.org"}
        assert Client().post(f"/tai-khoan/{door}", form).status_code == 404
        assert Client().get(f"/tai-khoan/{door}").status_code == 404
    assert Account.objects.filter(username="x").count() == 0


def test_every_page_of_the_desk_asks_who_is_there(country: Country) -> None:
    some = str(country.one.station.pk)
    for pattern in urlpatterns:
        if pattern.name in OPEN | BY_KEY:
            continue
        values = dict.fromkeys(pattern.pattern.converters, some)
        if "position" in values:
            values["position"] = "0"
        if "kind" in values:
            values["kind"] = "opus"
        url = reverse(f"console:{pattern.name}", kwargs=values)
        for answer in (Client().get(url), Client().post(url)):
            assert answer.status_code == 302, url
            assert answer["Location"].startswith(LOGIN), url


def test_no_page_asks_more_than_twelve_questions(
    country: Country, sign_in: SignIn, django_assert_max_num_queries: object
) -> None:
    bulletin = approved(country.one)
    for outlet in country.one.outlets:
        played(bulletin, outlet)
    station, outlet_id = country.one.station.pk, country.one.outlets[0].pk
    urls = [reverse(f"console:{name}") for name in ("today", "write", "approval", "ledger", "more")]
    urls += [reverse(f"console:{name}") for name in ("tasks", "figures")]
    urls += [reverse(f"console:{name}") for name in ("hamlets", "dictionary", "staff", "channels")]
    urls += [reverse(f"console:{n}", args=[station]) for n in ("programme", "station", "timetable")]
    urls += [reverse("console:outlet", args=[outlet_id])]
    urls += [
        reverse(f"console:{name}", args=[bulletin.pk])
        for name in ("bulletin", "history", "put_on_air")
    ]
    people = (country.one.officer, country.one.approver, country.administrator, country.editor)
    for person in people:
        client = sign_in(person)
        for url in urls:
            with django_assert_max_num_queries(12):  # type: ignore[operator]  # a fixture
                assert client.get(url).status_code in {200, 302, 403, 404}


def test_a_page_that_is_not_there_says_what_to_do(officer: Client) -> None:
    answer = officer.get("/khong-co/")
    assert answer.status_code == 404
    assert "Không có trang này" in text_of(answer)


def test_a_form_from_elsewhere_is_refused_in_words(country: Country) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(country.one.officer)
    answer = client.post("/them/tu-dien", {"written": "a", "spoken": "b"})
    assert answer.status_code == 403
    assert "tải lại trang rồi gửi lần nữa" in text_of(answer)


def test_no_page_runs_anything_inline(officer: Client) -> None:
    answer = officer.get("/hom-nay/")
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    shown = text_of(answer)
    assert "style=" not in shown
    assert "onclick" not in shown


def test_a_body_nobody_would_send_is_not_read() -> None:
    request = RequestFactory().post("/soan/moi", {})
    request.META["CONTENT_LENGTH"] = str(10 << 30)

    def never(_request: object) -> None:
        raise AssertionError

    answer = BodyLimit(never)(request)  # type: ignore[arg-type]  # never called
    assert answer.status_code == 413
    assert "200 MB" in text_of(answer)


@pytest.mark.django_db
def test_a_file_refused_after_the_session_ended_is_not_called_too_large() -> None:
    assert "Phiên làm việc đã hết" in Client().get("/qua-lon").content.decode()
