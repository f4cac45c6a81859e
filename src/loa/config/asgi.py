"""The web and device faces as ASGI applications; which one is `LOA_FACE`."""

import os

from django.core.asgi import get_asgi_application

from loa.config.body_limit import BodyLimit, Scope

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
django = get_asgi_application()

from django.conf import settings  # noqa: E402  after the application is set up

SMALL_BYTES = 2 << 20
FILE_BYTES = 40 << 20
"""Twice the largest file that such a page takes (a PDF, an order's recording): what is over the
page's own bound by less than that is refused by the page, beside the field."""
FILE_PAGES = ("/cot/", "/chi-dao/", "/khan-cap/", "/so-lieu/", "/them/")


def body_limit(scope: Scope) -> int:
    """Files are taken only where a page asks for them, and only from who holds a session."""
    cookie = settings.SESSION_COOKIE_NAME.encode() + b"="
    known = any(name == b"cookie" and cookie in value for name, value in scope["headers"])
    if settings.ENV.face != "web" or not known:
        return SMALL_BYTES
    if scope["path"].startswith("/soan/"):
        return settings.LOA_UPLOAD_LIMIT_BYTES + SMALL_BYTES
    return FILE_BYTES if scope["path"].startswith(FILE_PAGES) else SMALL_BYTES


TOO_LARGE_PAGE = "/qua-lon" if settings.ENV.face == "web" else ""
application = BodyLimit(django, body_limit, TOO_LARGE_PAGE)
