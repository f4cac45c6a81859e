"""Who is asking, once per request."""

import re
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from loa.people.models import Account
from loa.people.rules import Actor
from loa.people.selectors import NotAllowed, actor_of
from loa.web.adapters import lacks_factor
from loa.web.pages import too_large

Handler = Callable[[HttpRequest], HttpResponse]
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
"""All but the tab and the ends of lines, among them those that Word pastes (\\x0b, \\x0c)."""


def actor(request: HttpRequest) -> Actor:
    """The asker with today's roles; NOBODY for who is not signed in."""
    found = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware on every request
    assert isinstance(found, Actor)  # noqa: S101  the middleware's own promise
    return found


class BodyLimit:
    """Refuses a body that no page of the desk would ever send, before anything reads it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        most = settings.LOA_UPLOAD_LIMIT_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not length.isdigit() or int(length) > most:
            return too_large(request)
        return self.get_response(request)


class TypedText:
    """The one place where characters that nobody types are refused: NUL and the other control
    characters. A database may not take them, nor another node.

    From a question NUL is left out, and an address with it leads nowhere. A form with a control
    character is answered as unreadable and reaches no view, except those of `SAY_SO`: they keep
    what was typed and say beside the field what is wrong.
    """

    SAY_SO = frozenset(
        {"new", "edit", "read_aloud", "hear", "keep", "outlet_new", "outlet_edit"}
        | {"dictionary", "hamlets", "account_login"}
    )

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path:
            raise Http404
        while "%00" in request.META.get("QUERY_STRING", ""):
            request.META["QUERY_STRING"] = request.META["QUERY_STRING"].replace("%00", "")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        match = request.resolver_match
        if request.content_type not in FORMS or match is None or match.url_name in self.SAY_SO:
            return None
        return self._refused(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return self._refused(request) if isinstance(error, ValueError | DatabaseError) else None

    @staticmethod
    def _refused(request: HttpRequest) -> HttpResponse | None:
        typed = (text for name, values in request.POST.lists() for text in (name, *values))
        if any(CONTROLS.search(text) for text in typed):
            return render(request, "400.html", status=400)
        return None


class ChosenLanguage:
    """Vietnamese, unless the asker chose English.

    What the browser would like is not asked: an officer's second-hand laptop often says English.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = {code for code, _ in settings.LANGUAGES}
        with translation.override(chosen if chosen in known else settings.LANGUAGE_CODE):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "vi")
        return response


class ActorMiddleware:
    """Sets `request.actor` and turns NotAllowed into a page that says what to do."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        account = user if isinstance(user, Account) else None
        request.actor = SimpleLazyObject(  # type: ignore[attr-defined]  # read by `actor`
            lambda: actor_of(account)
        )
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Handler, args: list[str], kwargs: dict[str, str]
    ) -> HttpResponse | None:
        """Who approves, commands or governs sets up a second factor before anything else."""
        open_doors = ("/tai-khoan/", "/ngon-ngu", "/song", "/static/", "/them/phien")
        if not request.user.is_authenticated or request.path.startswith(open_doors):
            return None
        if not lacks_factor(actor(request)):
            return None
        messages.warning(
            request,
            _(
                "Vai trò của anh chị cần xác nhận hai bước. Thêm khóa bảo mật hoặc ứng dụng xác"
                " thực, rồi làm việc tiếp."
            ),
            extra_tags="waits",
        )
        return redirect("mfa_index")

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, NotAllowed):
            return render(request, "web/not_allowed.html", status=403)
        return None
