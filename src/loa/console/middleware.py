"""Who is asking, once per request."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from loa.console.accounts import lacks_factor
from loa.console.views import too_large
from loa.people.models import Account
from loa.people.rules import Actor
from loa.people.selectors import NotAllowed, actor_of

Handler = Callable[[HttpRequest], HttpResponse]


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


class NoNul:
    """Keeps the letter NUL, which nobody types, away from a database that takes none.

    From a question it is left out, an address with it leads nowhere, and a form with it that no
    rule refused before is answered as unreadable: PostgreSQL would make each a server error.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path:
            raise Http404
        while "%00" in request.META.get("QUERY_STRING", ""):
            request.META["QUERY_STRING"] = request.META["QUERY_STRING"].replace("%00", "")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        typed = (value for _name, values in request.POST.lists() for value in values)
        if isinstance(error, ValueError | DatabaseError) and any("\x00" in one for one in typed):
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
            return render(request, "console/not_allowed.html", status=403)
        return None
