"""What an operator may set. One typed object, read once from the environment."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from loa.lib.files import write_private

PUSH_HOSTS = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)
"""The browsers' own push services; the node posts to no other."""


class ConfigError(Exception):
    """A setting that cannot be used; the message says which, and what would do."""


@dataclass(frozen=True, kw_only=True)
class SingleSignOn:
    """An OpenID provider that vouches for people who have an account here."""

    url: str
    client: str
    secret: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The node's surroundings. Addresses are loopback unless the operator says otherwise."""

    face: Literal["web", "device"]
    data: Path
    database_url: str
    web_host: str
    web_port: int
    device_host: str
    device_port: int
    web_url: str
    device_url: str
    parent_urls: tuple[str, ...]
    broker_url: str
    broker_kind: Literal["nats", "mosquitto"]
    broker_port: int
    nats_port: int
    broker_device_urls: tuple[str, ...]
    demo: bool
    extra_apps: tuple[str, ...]
    debug: bool
    allowed_hosts: tuple[str, ...]
    tls_proxy: bool
    urgent_climb_s: int
    email_url: str
    email_from: str
    push_hosts: tuple[str, ...]
    cap_inner_hosts: tuple[str, ...]
    map_tiles: str
    map_credit: str
    oidc: SingleSignOn | None

    @property
    def mail_on(self) -> bool:
        """Whether letters go anywhere: a demo prints them."""
        return self.demo or bool(self.email_url)

    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def media(self) -> Path:
        return self.data / "media"


def _flag(name: str) -> bool:
    return os.environ.get(name, "") in {"1", "true", "yes"}


def _seconds(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdigit() or not 10 <= int(text) <= 3600:
        raise ConfigError(f"{name}={text!r} is not a number of seconds between 10 and 3600")
    return int(text)


def _port(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ConfigError(f"{name}={text!r} is not a port between 1 and 65535")
    return int(text)


def _broker_kind(url: str) -> Literal["nats", "mosquitto"]:
    """Which adapter admits devices; a broker without one is refused (protocol.md 7)."""
    kind = os.environ.get("LOA_BROKER_KIND", "mosquitto" if url else "nats")
    if kind == "mosquitto" and url:
        return "mosquitto"
    if kind == "nats":
        return "nats"
    raise ConfigError(f"LOA_BROKER_KIND={kind!r}: only nats and mosquitto (with LOA_BROKER_URL)")


def _words(name: str) -> tuple[str, ...]:
    return tuple(word for word in os.environ.get(name, "").replace(",", " ").split() if word)


def read() -> Environment:
    """Read the environment. Raises ConfigError naming the variable that cannot be used."""
    data = Path(os.environ.get("LOA_DATA", "var/node")).absolute()
    web_port, device_port = _port("LOA_WEB_PORT", 8000), _port("LOA_DEVICE_PORT", 8001)
    broker_port = _port("LOA_BROKER_PORT", 1883)
    broker_url = os.environ.get("LOA_BROKER_URL", "")
    web_url = os.environ.get("LOA_WEB_URL", f"http://localhost:{web_port}").rstrip("/")
    return Environment(
        face="device" if os.environ.get("LOA_FACE") == "device" else "web",
        data=data,
        database_url=os.environ.get("LOA_DATABASE_URL", f"sqlite:///{data / 'loa.sqlite3'}"),
        web_host=os.environ.get("LOA_WEB_HOST", "127.0.0.1"),
        web_port=web_port,
        device_host=os.environ.get("LOA_DEVICE_HOST", "127.0.0.1"),
        device_port=device_port,
        web_url=web_url,
        device_url=os.environ.get("LOA_DEVICE_URL", f"http://localhost:{device_port}").rstrip("/"),
        parent_urls=_words("LOA_PARENT_URLS"),
        broker_url=broker_url,
        broker_kind=_broker_kind(broker_url),
        broker_port=broker_port,
        nats_port=_port("LOA_NATS_PORT", 4222),
        broker_device_urls=_words("LOA_BROKER_DEVICE_URLS") or (f"mqtt://localhost:{broker_port}",),
        demo=_flag("LOA_DEMO"),
        extra_apps=_extra_apps(),
        debug=_flag("LOA_DEBUG"),
        allowed_hosts=_words("LOA_ALLOWED_HOSTS") or ("localhost", "127.0.0.1", "[::1]"),
        tls_proxy=_flag("LOA_TLS_PROXY"),
        urgent_climb_s=_seconds("LOA_URGENT_CLIMB_S", 180),
        email_url=os.environ.get("LOA_EMAIL_URL", ""),
        email_from=os.environ.get("LOA_EMAIL_FROM", "") or f"loa@{urlsplit(web_url).hostname}",
        push_hosts=_words("LOA_PUSH_HOSTS") or PUSH_HOSTS,
        cap_inner_hosts=_words("LOA_CAP_INNER_HOSTS"),
        map_tiles=_tiles(),
        map_credit=os.environ.get("LOA_MAP_CREDIT", "")[:200],
        oidc=_single_sign_on(),
    )


def _extra_apps() -> tuple[str, ...]:
    """Django apps beside this node's own, each with a module `urls`: the demo adds its pages so."""
    apps = _words("LOA_EXTRA_APPS")
    for app in apps:
        if not all(part.isidentifier() for part in app.split(".")):
            raise ConfigError(f"LOA_EXTRA_APPS: {app!r} is not the name of a Python package")
    return apps


def _tiles() -> str:
    """The map's background, off by default: whoever serves it sees which places are looked at."""
    url = os.environ.get("LOA_MAP_TILES", "")
    if url and not (url.startswith(("https://", "http://")) and "{z}" in url):
        raise ConfigError(f"LOA_MAP_TILES={url!r}: an address with {{z}}, {{x}} and {{y}} in it")
    return url


def _single_sign_on() -> SingleSignOn | None:
    """The province's single sign-on by OpenID Connect; none unless all of it is configured."""
    url = os.environ.get("LOA_OIDC_URL", "").rstrip("/")
    if not url:
        return None
    client, file = os.environ.get("LOA_OIDC_CLIENT", ""), os.environ.get("LOA_OIDC_SECRET_FILE", "")
    if not client or not file:
        raise ConfigError("LOA_OIDC_URL needs LOA_OIDC_CLIENT and LOA_OIDC_SECRET_FILE")
    loopback = url.startswith(("http://localhost:", "http://127.0.0.1:"))
    if not url.startswith("https://") and not loopback:
        raise ConfigError(f"LOA_OIDC_URL={url!r} must begin with https://")
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"LOA_OIDC_SECRET_FILE: {error.strerror}") from error
    name = os.environ.get("LOA_OIDC_NAME", "Đăng nhập một lần của tỉnh")
    return SingleSignOn(url=url, client=client, secret=secret, name=name[:60])


def email_settings(url: str, demo: bool) -> dict[str, object]:
    """Django's e-mail settings for `smtp://`, `smtp+tls://` or `smtps://user:password@host:port`.

    Without an address the demo prints its letters and any other node sends none. Raises
    ConfigError.
    """
    if not url:
        backend = "console" if demo else "dummy"
        return {"EMAIL_BACKEND": f"django.core.mail.backends.{backend}.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+tls", "smtps"} or not parts.hostname:
        raise ConfigError("LOA_EMAIL_URL: write smtp+tls://user:password@host:587")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtps": 465, "smtp+tls": 587}.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 15,
    }


def secret_key(folder: Path) -> str:
    """The node's own random secret, made at first start and kept at mode 0600.

    There is no default: a node without a readable secret does not start.
    """
    path = folder / "django.secret"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48).encode(), replace=False)
    return path.read_text().strip()
