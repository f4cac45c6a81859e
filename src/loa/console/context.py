"""What every page's frame needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Whether the demo must be announced, and the asker for the navigation."""
    return {"demo": settings.ENV.demo, "actor": getattr(request, "actor", None)}
