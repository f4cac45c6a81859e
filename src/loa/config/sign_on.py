"""The province's single sign-on for the sign-in library; nothing of it exists unless configured."""

from typing import Any
from urllib.parse import urlsplit

from loa.config.env import SingleSignOn

PROVIDER = "tinh"


def single_sign_on(configured: SingleSignOn | None) -> dict[str, Any]:
    """allauth's providers: one OpenID Connect server with PKCE, or none."""
    if configured is None:
        return {}
    app = {
        "provider_id": PROVIDER,
        "name": configured.name,
        "client_id": configured.client,
        "secret": configured.secret,
        "settings": {"server_url": configured.url, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


def sign_on_origin(configured: SingleSignOn | None) -> list[str]:
    """Where the sign-in form may lead, for the content security policy."""
    if configured is None:
        return []
    parts = urlsplit(configured.url)
    return [f"{parts.scheme}://{parts.netloc}"]
