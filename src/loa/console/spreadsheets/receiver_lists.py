"""The page on which an office looks after its lists of communes."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.spreadsheets.receivers import ReceiverLists
from loa.console.spreadsheets.writing import MIME
from loa.newsroom.receivers import list_drop, lists_for
from loa.people.rules import Action
from loa.web.middleware import actor
from loa.web.requests import desk_of, done, signed_in, uuid_or_404

if TYPE_CHECKING:
    pass


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """The office's lists and those of the offices above it."""
    who, path = desk_of(request)
    if not who.may(Action.BULLETIN_WRITE, path) or path.count("/") > 1:
        raise Http404
    context = {
        "lists": lists_for(path),
        "office": path,
        "kind": ReceiverLists.kind,
        "formats": list(MIME),
    }
    return render(request, "spreadsheets/receivers.html", context)


@signed_in
@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    """Drop a list."""
    list_id: UUID = uuid_or_404(request.POST.get("list", ""))
    try:
        name = list_drop(actor=actor(request), list_id=list_id)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    said = _("Đã bỏ danh sách “%(name)s”. Các tin đã chọn danh sách này vẫn giữ nơi nhận.")
    return done(request, said % {"name": name}, "console:receivers")
