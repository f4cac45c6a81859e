"""What was typed when a session ended: kept beside the next one, for the same person only."""

from collections.abc import Mapping

from django.core import signing
from django.http import HttpRequest, QueryDict

KEY = "typed_aside"
LENGTH_MAX = 200_000
SALT = "loa.console.writer"


def ticket_of(account_id: object) -> str:
    """The signed name of who opened the page; it travels in the form."""
    return signing.dumps(str(account_id), salt=SALT)


def put_aside(request: HttpRequest) -> None:
    """Keep a form that came without a session in the new, still nameless one."""
    whose = request.POST.get("writer", "")
    try:
        signing.loads(whose, salt=SALT)
    except signing.BadSignature:
        return
    form = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "do"):
        form.pop(name, None)
    text = form.urlencode()
    if len(text) <= LENGTH_MAX * 3:
        request.session[KEY] = {"path": request.path, "form": text}


def take_back(request: HttpRequest) -> QueryDict | None:
    """The form put aside for this page, once, if its writer is who signed in; else None."""
    aside = request.session.get(KEY)
    if not aside or aside["path"] != request.path:
        return None
    del request.session[KEY]
    form = QueryDict(aside["form"])
    try:
        whose = signing.loads(form.get("writer", ""), salt=SALT)
    except signing.BadSignature:
        return None
    return form if whose == str(request.user.pk) else None


def as_post(fields: Mapping[str, list[str]]) -> QueryDict:
    """Kept fields as a form again."""
    form = QueryDict(mutable=True)
    for name, values in fields.items():
        form.setlist(name, values)
    return form
