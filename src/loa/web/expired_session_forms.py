"""What was typed when a session ended: kept beside the next one, for the same person only.

Every form carries the signed name of who opened it (`{% csrf_token %}` writes it, see
`templatetags.components`). A form that comes without a session, or with the token of a session
that is over, is put aside; the page for writing shows it again by itself, for any other there is
`unsent`, which sends it when its writer says so.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.csrf import csrf_failure as plain_csrf_failure

KEY = "typed_aside"
LENGTH_MAX = 200_000
SALT = "loa.console.writer"
SENT_AGAIN = "sent_again"
"""The field by which a form that was put aside says that it now comes again."""
SHOW_IT_THEMSELVES = ("console:new", "console:edit")
"""The pages that ask `take_back` and fill their own fields."""
SECRET = ("console:link_join", "console:invitation")
"""The desk's pages on which a secret is typed; those of the account library ask for others."""
NEVER_KEPT = ("csrfmiddlewaretoken", SENT_AGAIN)
NOT_TYPED = ("writer", "do", "edition", "bulletin")

_HUMAN = re.compile(r"[^\x00-\x7f]|\S\s+\S|\d\d")
"""Words, numbers and days; not the names that choices and ticks have inside a form."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def ticket_of(account_id: object) -> str:
    """The signed name of who opened the page; it travels in the form. Always the same text."""
    return signing.Signer(salt=SALT).sign(str(account_id))


def _writer(ticket: str) -> str | None:
    """Whom a ticket names; None for one that is not ours."""
    try:
        return signing.Signer(salt=SALT).unsign(ticket)
    except signing.BadSignature:
        return None


def _typed(form: QueryDict) -> list[str]:
    """What a person typed or chose on a form; a button pressed is not that."""
    return [
        value
        for name, values in form.lists()
        for value in values
        if name not in NOT_TYPED and value.strip() and not _ID.fullmatch(value)
    ]


def put_aside(request: HttpRequest) -> bool:
    """Keep a form that a person filled in, and say whether it was kept. A script keeps its own; a
    secret is not kept at all."""
    by_script = "text/html" not in request.headers.get("Accept", "text/html")
    if by_script or _asks_secret(request) or _writer(request.POST.get("writer", "")) is None:
        return False
    form = request.POST.copy()
    for name in NEVER_KEPT:
        form.pop(name, None)
    text = form.urlencode()
    if len(text) > LENGTH_MAX * 3 or not _typed(form):
        return False
    request.session[KEY] = {"path": request.path, "form": text, "files": bool(request.FILES)}
    return True


def _asks_secret(request: HttpRequest) -> bool:
    """A password or a code must not lie readable beside a session."""
    match = request.resolver_match
    name = match.view_name if match else ""
    return not name.startswith("console:") or name in SECRET


def where_shown(request: HttpRequest) -> str:
    """The address that shows the form that was just put aside."""
    match = request.resolver_match
    own = match is not None and match.view_name in SHOW_IT_THEMSELVES
    return request.path if own else reverse("console:unsent")


def way_back(request: HttpRequest) -> str:
    """Where to go after signing in: to what was typed, or to the page that was asked for."""
    if request.method != "POST":
        return request.path
    if put_aside(request):
        return where_shown(request)
    came = urlsplit(request.headers.get("Referer", ""))
    return came.path if came.netloc == request.get_host() else reverse("console:front")


def _aside(request: HttpRequest) -> QueryDict | None:
    """The form put aside, if its writer is who signed in."""
    aside = request.session.get(KEY)
    if not aside:
        return None
    form = QueryDict(aside["form"])
    return form if _writer(form.get("writer", "")) == str(request.user.pk) else None


def take_back(request: HttpRequest) -> QueryDict | None:
    """The form put aside for this page, once, if its writer is who signed in; else None."""
    aside = request.session.get(KEY)
    if not aside or aside["path"] != request.path:
        return None
    form = _aside(request)
    del request.session[KEY]
    return form


def forget_sent(request: HttpRequest) -> None:
    """Forget the form put aside once it comes again."""
    if request.method == "POST" and SENT_AGAIN in request.POST:
        request.session.pop(KEY, None)


def unsent_page(request: HttpRequest) -> HttpResponse:
    """What was typed and not sent because the session had ended, with the button that sends it."""
    form = _aside(request)
    if form is None:
        return redirect("console:front")
    aside = request.session[KEY]
    fields = [
        (name, value) for name, values in form.lists() if name != "writer" for value in values
    ]
    context = {
        "path": aside["path"],
        "files": aside.get("files", False),
        "fields": fields,
        "words": [value for value in _typed(form) if _HUMAN.search(value)],
        "sent_again": SENT_AGAIN,
    }
    return render(request, "web/unsent.html", context)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A form with the token of a session that is over: nothing of it is lost."""
    if request.method == "POST" and put_aside(request):
        return redirect(where_shown(request))
    return plain_csrf_failure(request, reason)


def as_post(fields: Mapping[str, list[str]]) -> QueryDict:
    """Kept fields as a form again."""
    form = QueryDict(mutable=True)
    for name, values in fields.items():
        form.setlist(name, values)
    return form
