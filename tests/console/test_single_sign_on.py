"""The province's single sign-on: off unless configured, opens accounts that exist, makes none."""

from collections.abc import Iterator
from typing import Any
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from django.test import Client

from loa.config import env
from loa.config.sign_on import single_sign_on
from loa.people.models import Account
from tests.console.oidc_server import CLIENT, SECRET, Provider, provider
from tests.console.test_writing import text_of
from tests.country import Country

LOGIN = "/tai-khoan/login/"
BUTTON = "/tai-khoan/oidc/tinh/login/"


@pytest.fixture
def sign_on(settings: Any, country: Country) -> Iterator[Provider]:
    """A provider that this node trusts."""
    with provider() as made:
        configured = env.SingleSignOn(url=made.url, client=CLIENT, secret=SECRET, name="SSO tỉnh")
        settings.SOCIALACCOUNT_PROVIDERS = single_sign_on(configured)
        yield made


class Stay(HTTPRedirectHandler):
    """Reads where the provider sends a browser, and does not go there."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


def come_back(client: Client) -> Any:
    """Press the button, sign in over there, come back."""
    away = client.post(BUTTON)
    assert away.status_code == 302
    from urllib.error import HTTPError

    with pytest.raises(HTTPError) as answer:
        build_opener(Stay).open(away["Location"])
    back = answer.value.headers["Location"]
    answer.value.close()
    return client.get(back.partition("testserver")[2], follow=True)


def person(country: Country, **claims: Any) -> dict[str, Any]:
    Account.objects.filter(pk=country.one.officer.pk).update(email="lan@tamdao.example")
    return {
        "sub": "cong-chuc-17",
        "email": "lan@tamdao.example",
        "email_verified": True,
        "name": "Nguyễn Thị Lan",
        **claims,
    }


def test_nothing_of_it_is_there_unless_configured(country: Country) -> None:
    assert "oidc" not in text_of(Client().get(LOGIN))
    assert Client().post(BUTTON).status_code == 404


def test_a_verified_address_opens_the_account_that_has_it(
    sign_on: Provider, country: Country
) -> None:
    sign_on.claims = person(country)
    client = Client()
    assert "SSO tỉnh" in text_of(client.get(LOGIN))
    shown = come_back(client)
    assert "Hôm nay" in text_of(shown)
    assert str(shown.wsgi_request.user) == "Nguyễn Thị Lan"
    # From then on the provider's own id of the person counts, whatever address it names.
    sign_on.claims = person(country, email="moi@tamdao.example")
    assert str(come_back(Client()).wsgi_request.user) == "Nguyễn Thị Lan"


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email": "khong-ai@tamdao.example"},
        {"email": ""},
    ],
)
def test_who_has_no_account_is_told_so_and_gets_none(
    sign_on: Provider, country: Country, claims: dict[str, Any]
) -> None:
    sign_on.claims = person(country, **claims)
    before = Account.objects.count()
    answer = come_back(Client())
    assert answer.status_code == 403
    assert "Chưa có tài khoản ở đây" in text_of(answer)
    assert not answer.wsgi_request.user.is_authenticated
    assert Account.objects.count() == before


def test_a_closed_account_stays_closed(sign_on: Provider, country: Country) -> None:
    sign_on.claims = person(country)
    Account.objects.filter(pk=country.one.officer.pk).update(is_active=False)
    answer = come_back(Client())
    assert not answer.wsgi_request.user.is_authenticated


def test_an_approver_still_shows_the_second_factor(sign_on: Provider, country: Country) -> None:
    Account.objects.filter(pk=country.one.approver.pk).update(email="hoa@tamdao.example")
    sign_on.claims = person(country, sub="hoa", email="hoa@tamdao.example")
    answer = come_back(Client())
    assert "Xác nhận hai bước" in text_of(answer)
    assert not answer.wsgi_request.user.is_authenticated


def test_a_forged_answer_opens_nothing(sign_on: Provider, country: Country) -> None:
    sign_on.claims = person(country)
    client = Client()
    for query in ("code=x&state=y", "error=access_denied&state=y", "", "code=" + "a" * 5000):
        answer = client.get(f"/tai-khoan/oidc/tinh/login/callback/?{query}", follow=True)
        assert not answer.wsgi_request.user.is_authenticated
        assert "Traceback" not in text_of(answer)


def test_it_is_configured_whole_or_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("LOA_OIDC_URL", "https://dangnhap.tinh.example/realms/cb")
    with pytest.raises(env.ConfigError, match="LOA_OIDC_CLIENT"):
        env.read()
    monkeypatch.setenv("LOA_OIDC_CLIENT", "loa")
    monkeypatch.setenv("LOA_OIDC_SECRET_FILE", str(tmp_path / "none"))
    with pytest.raises(env.ConfigError, match="LOA_OIDC_SECRET_FILE"):
        env.read()
    (tmp_path / "none").write_text("bí mật\n")
    found = env.read().oidc
    assert found is not None
    assert found.secret == "bí mật"
    monkeypatch.setenv("LOA_OIDC_URL", "http://dangnhap.tinh.example")
    with pytest.raises(env.ConfigError, match="https"):
        env.read()
