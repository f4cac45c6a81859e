"""Secrets are sealed with a key outside the database, which may be lost and may be changed."""

import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pydantic import SecretStr

from loa.channels import accounts, dispatching, sealing
from loa.channels.models import ChannelAccount, Dispatch
from loa.people.rules import NODE
from tests.alerts import office as offices
from tests.alerts.conftest import office
from tests.channels.things import account, outlet, shown
from tests.country import Country

__all__ = ["office"]

PASSWORD = "mật khẩu rất dài"


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LOA_CHANNELS", ["loa.channels.demo.channel.Demo"])
    monkeypatch.setattr(settings, "ENV", replace(settings.ENV, data=tmp_path / "node"))


def sealed(country: Country, folder: Path, **more: Any) -> ChannelAccount:
    folder.mkdir(exist_ok=True)
    return account(
        country, settings={"folder": str(folder)}, secrets={"password": PASSWORD}, **more
    )


def opened(held: ChannelAccount) -> str:
    held.refresh_from_db()
    secrets = accounts.open_account(held, "vn/25/08911").secrets
    assert isinstance(secrets.password, SecretStr)
    return secrets.password.get_secret_value()


def test_a_secret_is_read_with_the_key_and_stands_nowhere_else(
    country: Country, tmp_path: Path
) -> None:
    held = sealed(country, tmp_path / "in")
    assert PASSWORD not in str(ChannelAccount.objects.values().get())
    assert stat.S_IMODE(sealing.key_file().stat().st_mode) == 0o600
    assert opened(held) == PASSWORD
    assert PASSWORD not in repr(accounts.open_account(held, "vn/25/08911"))


def test_another_account_s_secret_is_not_taken(country: Country, tmp_path: Path) -> None:
    one, two = sealed(country, tmp_path / "in"), sealed(country, tmp_path / "in", name="Hai")
    ChannelAccount.objects.filter(pk=two.pk).update(secrets=one.secrets)
    with pytest.raises(sealing.KeyMissing):
        opened(two)


def test_a_missing_key_is_said_and_nothing_is_sent(
    office: offices.Office, country: Country, tmp_path: Path
) -> None:
    held = sealed(country, tmp_path / "in")
    outlet(held)
    key = sealing.key_file().read_bytes()
    sealing.key_file().unlink()
    office.alert()
    dispatching.dispatch()
    assert shown(tmp_path / "in") == []
    assert Dispatch.objects.get().state == "waiting"
    held.refresh_from_db()
    assert (held.state, held.problem_code) == ("blocked", "secrets_key_missing")
    assert "channels.keys" in held.problem
    with pytest.raises(sealing.KeyMissing):
        sealed(country, tmp_path / "in", name="Hai")
    sealing.ensure_key()
    assert not sealing.key_file().exists(), "no new key over what is sealed"
    sealing.key_file().write_bytes(key)
    assert accounts.account_test(actor=NODE, account_id=held.pk) == []
    dispatching.dispatch()
    assert len(shown(tmp_path / "in")) == 1


def test_a_new_key_seals_everything_and_the_old_one_opens_nothing(
    country: Country, tmp_path: Path
) -> None:
    held = sealed(country, tmp_path / "in")
    old_key, old_text = sealing.key_file().read_bytes(), held.secrets
    assert sealing.rotate() == 1
    assert opened(held) == PASSWORD
    assert held.secrets != old_text
    new_key = sealing.key_file().read_bytes()
    assert len(new_key.split()) == 1
    assert new_key != old_key
    sealing.key_file().write_bytes(old_key)
    with pytest.raises(sealing.KeyMissing):
        opened(held)


def test_a_rotation_that_was_broken_off_is_done_again(country: Country, tmp_path: Path) -> None:
    held = sealed(country, tmp_path / "in")

    def dies() -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sealing.rotate(new_key=dies)
    assert opened(held) == PASSWORD
    sealing.rotate()
    assert opened(held) == PASSWORD


def test_an_account_without_secrets_needs_no_key(country: Country, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    held = account(country, settings={"folder": str(tmp_path / "in")})
    assert opened(held) == ""
