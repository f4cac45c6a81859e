"""The web and device faces as ASGI applications; which one is `LOA_FACE`."""

import logging
import os
from importlib import import_module

from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application

from loa.config.body_limit import BodyLimit, Scope, announced, is_counted

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
django = get_asgi_application()

# All of these after the application is set up.
from django.conf import settings  # noqa: E402  after the settings
from django.contrib.auth import SESSION_KEY  # noqa: E402  after the settings
from django.db import DatabaseError, close_old_connections  # noqa: E402  after the settings
from django.http import parse_cookie  # noqa: E402  after the settings

log = logging.getLogger(__name__)

SMALL_BYTES = 2 << 20
FILE_BYTES = 40 << 20
"""Twice the largest file that such a page takes (a PDF, an order's recording): what is over the
page's own bound by less than that is refused by the page, beside the field."""
FILE_PAGES = ("/cot/", "/chi-dao/", "/khan-cap/", "/so-lieu/", "/them/")


async def body_limit(scope: Scope) -> int:
    """Files are taken only where a page asks for them, and only from who is signed in: the session
    is looked up, a cookie's name proves nothing."""
    most = _page_limit(scope["path"])
    small = announced(scope) <= SMALL_BYTES and not is_counted(scope)
    if settings.ENV.face != "web" or most == SMALL_BYTES or small:
        return SMALL_BYTES
    key = _session_key(scope)
    return most if key and await sync_to_async(_is_signed_in)(key) else SMALL_BYTES


def _page_limit(path: str) -> int:
    if path.startswith("/soan/"):
        return int(settings.LOA_UPLOAD_LIMIT_BYTES) + SMALL_BYTES
    return FILE_BYTES if path.startswith(FILE_PAGES) else SMALL_BYTES


def _session_key(scope: Scope) -> str:
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    return parse_cookie(cookies.decode("latin-1")).get(settings.SESSION_COOKIE_NAME, "")


def _is_signed_in(key: str) -> bool:
    """Whether the session lives and somebody is signed in with it. A database that cannot be asked
    means no."""
    close_old_connections()
    try:
        return SESSION_KEY in import_module(settings.SESSION_ENGINE).SessionStore(key).load()
    except DatabaseError:
        log.exception("session not looked up")
        return False


TOO_LARGE_PAGE = "/qua-lon" if settings.ENV.face == "web" else ""
application = BodyLimit(django, body_limit, TOO_LARGE_PAGE)
