"""The web and device faces as ASGI applications; which one is `LOA_FACE`."""

import os

from django.core.asgi import get_asgi_application

from loa.config.body_limit import BodyLimit, Scope

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
django = get_asgi_application()

from django.conf import settings  # noqa: E402  after the application is set up

SMALL_BYTES = 2 << 20
UPLOAD_PREFIX = "/soan/"


def body_limit(scope: Scope) -> int:
    """Files are taken only where bulletins are written, and only from who holds a session."""
    uploads = settings.ENV.face == "web" and scope["path"].startswith(UPLOAD_PREFIX)
    cookie = settings.SESSION_COOKIE_NAME.encode() + b"="
    known = any(name == b"cookie" and cookie in value for name, value in scope["headers"])
    return settings.LOA_UPLOAD_LIMIT_BYTES + SMALL_BYTES if uploads and known else SMALL_BYTES


application = BodyLimit(django, body_limit)
