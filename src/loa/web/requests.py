"""What every view of the desk begins with: who asks, for which place, and how it is answered."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext

from loa.insight.services import FiguresRefused
from loa.lib.sentences import Refusal
from loa.newsroom.rules import BulletinRefused
from loa.outlets.commands import CommandRefused
from loa.outlets.enrolment import EnrolRefused
from loa.outlets.services import OutletError
from loa.people.rules import Actor
from loa.people.services import PeopleError
from loa.places.services import PlaceError
from loa.schedule.rules import ScheduleRefused
from loa.tasks.rules import SteeringRefused
from loa.web import expired_session_forms
from loa.web.context import TYPED_KEY, UNDO_KEY, desk_path
from loa.web.middleware import actor

View = Callable[..., HttpResponseBase]

WORDS_KEPT = ("reason", "note", "written", "spoken", "volume_pct", "url")
WORDS_MAX = 2000
TICKS_MAX = 500
"""The fields that a person fills on a page that another address judges, and the outlets ticked on
a list; what is longer was no reason to begin with."""

PAGES_MAX = 500
"""Nobody turns more pages than that: they search."""

REFUSALS = (
    BulletinRefused,
    CommandRefused,
    EnrolRefused,
    FiguresRefused,
    OutletError,
    PeopleError,
    PlaceError,
    ScheduleRefused,
    SteeringRefused,
)
"""What services raise with a sentence for the asker."""

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


def signed_in(view: View) -> View:
    """Whoever is not signed in goes to the sign-in page and comes back afterwards, to what they
    had typed if they were sending it."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            query = urlencode({"next": expired_session_forms.way_back(request)})
            return redirect(f"{reverse('account_login')}?{query}")
        expired_session_forms.forget_sent(request)
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return checked


def uuid_or_404(text: str) -> UUID:
    """An id from a form. What is not one does not exist."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def whole_or_none(text: str, most: int = 1_000_000_000) -> int | None:
    """A whole number from a form; None for anything else."""
    plain = text.strip().lstrip("0") or text.strip()[:1]
    if not (plain.isascii() and plain.isdigit()) or len(plain) > len(str(most)):
        return None  # Python itself refuses to read a number of thousands of digits
    return int(plain) if int(plain) <= most else None


def page_number(request: HttpRequest) -> int:
    """Which page of a list is asked for, from 1 on."""
    return min(PAGES_MAX, whole_or_none(request.GET.get("trang", "")) or 1)


@dataclass(frozen=True, slots=True)
class Undo:
    """The form that takes back what was just done: an address of ours and what is sent there."""

    url: str
    fields: dict[str, str]


def done(request: HttpRequest, sentence: str, to: str, *, undo: Undo | None = None) -> HttpResponse:
    """Say what was done, on the page it leads to, with the way back where there is one."""
    messages.success(request, sentence, extra_tags="done")
    if undo is not None:
        request.session[UNDO_KEY] = asdict(undo)
    return redirect(to)


def sentence(refusal: Exception) -> str:
    """A refusal's sentence in the asker's language, where the catalogue has it."""
    if isinstance(refusal, Refusal):
        return refusal.sentence.said(gettext)
    return gettext(str(refusal))


def beside(refusal: Exception) -> dict[str, str]:
    """A refusal's sentence under the field it is about; under `form` where it is about none."""
    field = refusal.field if isinstance(refusal, Refusal) else ""
    return {field or "form": sentence(refusal)}


def refused(request: HttpRequest, refusal: Exception, to: str) -> HttpResponse:
    """Say why not, on the page the asker came from, with their own words still in their fields
    (`again` in the templates). Nothing was changed."""
    words: dict[str, Any] = {
        name: request.POST[name][:WORDS_MAX] for name in WORDS_KEPT if name in request.POST
    }
    for name in ("outlet", "often"):
        words[name] = [one[:60] for one in request.POST.getlist(name)[:TICKS_MAX]]
    if any(words.values()):
        request.session[TYPED_KEY] = {"at": urlsplit(resolve_url(to)).path, "words": words}
    messages.error(request, sentence(refusal), extra_tags="failed")
    return redirect(to)


def live(
    request: HttpRequest, *, page: str, part: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page whose part renews itself: HTMX gets the part alone, or 204 while it says the same.

    The part asks with `?seen=<digest>` of what it showed, so that an unchanged screen stays
    untouched: no flicker, no lost focus, nothing read out again. A page that refuses what was
    typed stands still: its sentence and the words in the fields are not renewed away.
    """
    asked = request.GET.copy()
    asked.pop("seen", None)
    context = {**context, "live_query": asked.urlencode(), "still": status != 200}
    shown = render_to_string(part, context, request)
    digest = hashlib.sha256(_TOKEN.sub("", shown).encode()).hexdigest()[:16]
    if getattr(request, "htmx", False):
        if request.GET.get("seen") == digest:
            return HttpResponse(status=204)
        context = {**context, "shown": shown, "digest": digest}
        response = render(request, "web/parts/live.html", context)
    else:
        context = {**context, "shown": shown, "digest": digest}
        response = render(request, page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def desk_of(request: HttpRequest) -> tuple[Actor, str]:
    """The asker and the path of the place they work at."""
    who = actor(request)
    return who, desk_path(request, who)
