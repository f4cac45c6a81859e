"""The demo's front page: enter as any role, or listen in the browser. Loopback only.

Nothing here exists outside a demo: every view answers 404 unless LOA_DEMO is set and the asker
sits at this machine.
"""

import json
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from loa.outlets import browser
from loa.outlets.services import OutletError
from loa.people import selectors as people
from loa.people import sessions
from loa.people.authority import newest
from loa.people.services import signed_in
from loa_protocol.kinds import Kind

LOOPBACK = frozenset({"127.0.0.1", "::1"})
LINK_LIFE_S = 600

View = Callable[..., HttpResponse]


def at_the_demo(request: HttpRequest) -> bool:
    """Whether this node is a demo and the asker sits at its machine, not behind a proxy."""
    at_this_machine = request.META.get("REMOTE_ADDR") in LOOPBACK
    return settings.ENV.demo and at_this_machine and "HTTP_X_FORWARDED_FOR" not in request.META


def demo_only(view: View) -> View:
    """Only in a demo, only from this machine, and never through a proxy."""

    @wraps(view)
    def checked(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        if not at_the_demo(request):
            raise Http404
        return view(request, *args, **kwargs)

    return checked


def front(request: HttpRequest) -> HttpResponse:
    """Whoever is signed in goes to their desk; the demo shows its doors; others sign in."""
    if request.user.is_authenticated:
        return redirect("console:today")
    if not settings.ENV.demo or request.META.get("REMOTE_ADDR") not in LOOPBACK:
        return redirect("account_login")
    return render(request, "lab/front.html", {"doors": _doors()})


def _doors() -> list[dict[str, str]]:
    """One single-use link per demo account."""
    doors = []
    for account, role, place in people.demo_accounts(_usernames()):
        token = secrets.token_urlsafe(24)
        cache.set(_key(token), str(account.pk), LINK_LIFE_S)
        doors.append({"name": account.full_name, "role": role, "place": place, "token": token})
    return doors


def _usernames() -> list[str]:
    file = settings.ENV.data.parent / "demo" / "accounts.json"
    return list(json.loads(file.read_text())) if file.exists() else []


def _key(token: str) -> str:
    return f"door:{token}"


@demo_only
@require_POST
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Through one door, once."""
    if len(token) > 64:
        raise Http404
    account_id = cache.get(_key(token))
    if account_id is None or not cache.delete(_key(token)):
        return render(request, "lab/door_closed.html", status=410)
    account = people.account_get(account_id)
    if account is None:
        raise Http404
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
    sessions.begin(request)
    signed_in(account=account)
    return redirect("console:today")


@demo_only
def listen(request: HttpRequest) -> HttpResponse:
    """A loudspeaker in this browser, enrolled and verifying like any other."""
    root = newest(Kind.ROOT)
    if root is None:
        raise Http404
    from loa_lab.demo import sentence  # it needs `demo_only` of this module

    context: dict[str, Any] = {"root_sha256": root.id, "device_url": settings.ENV.device_url}
    bulletin_id = sentence.bulletin_of(request.GET.get("tin", ""))
    if bulletin_id is not None:
        context |= sentence.steps_of(bulletin_id)
    return render(request, "lab/listen.html", context)


@demo_only
@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """An outlet and a claim code for this browser."""
    try:
        code, name = browser.claim_for_browser()
    except OutletError as refusal:
        return JsonResponse({"error": str(refusal)}, status=409)
    return JsonResponse({"claim": code, "name": name})
