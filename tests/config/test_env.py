"""An operator's settings: loopback by default, no default secret, a wrong value is named."""

import stat
import threading
from pathlib import Path

import pytest

from loa.config import env
from loa.lib.files import write_private


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("LOA_"):
            monkeypatch.delenv(name)


def test_everything_listens_on_loopback_unless_told_otherwise() -> None:
    read = env.read()
    assert (read.web_host, read.device_host) == ("127.0.0.1", "127.0.0.1")
    assert set(read.allowed_hosts) == {"localhost", "127.0.0.1", "[::1]"}
    assert not read.demo
    assert not read.debug


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", ""])
def test_a_port_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("LOA_WEB_PORT", port)
    with pytest.raises(env.ConfigError, match="LOA_WEB_PORT"):
        env.read()


def test_a_broker_without_an_adapter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_BROKER_URL", "mqtt://broker.example")
    assert env.read().broker_kind == "mosquitto"
    monkeypatch.setenv("LOA_BROKER_KIND", "emqx")
    with pytest.raises(env.ConfigError, match="LOA_BROKER_KIND"):
        env.read()


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    secrets: list[str] = []
    threads = [
        threading.Thread(target=lambda: secrets.append(env.secret_key(tmp_path / "keys")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(secrets)) == 1
    assert len(secrets[0]) >= 60
    assert env.secret_key(tmp_path / "other") != secrets[0]
    mode = stat.S_IMODE((tmp_path / "keys" / "django.secret").stat().st_mode)
    assert mode == 0o600


def test_a_private_file_is_written_whole_or_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "x"
    write_private(path, b"one", replace=False)
    write_private(path, b"two", replace=False)
    assert path.read_bytes() == b"one"
    write_private(path, b"three", replace=True)
    assert path.read_bytes() == b"three"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
