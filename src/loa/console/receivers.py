"""Where a bulletin goes, as the writing page shows it: an office's named lists of communes, each as
one, and the places beside them; and the page on which an office looks after its lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.asking import desk_of, done, signed_in, uuid_or_404
from loa.console.middleware import actor
from loa.console.sheets.receivers import ReceiverLists
from loa.console.sheets.writing import MIME
from loa.newsroom.receivers import Receivers, list_drop, lists_for
from loa.people.rules import Action
from loa.places.selectors import places_named

if TYPE_CHECKING:
    from loa.places.models import Place

SHOWN = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """`whole`: lists all of whose communes are receivers; `places` the first of the others, `rest`
    the paths of those that are too many to be shown one by one; `offered` the lists to choose."""

    whole: list[Receivers]
    places: "list[Place]"
    rest: list[str]
    offered: list[Receivers]


def shown(office: str, targets: Sequence[str]) -> Shown:
    """The receivers of a bulletin of the office."""
    lists = lists_for(office) if office.count("/") < 2 else []
    wanted, covered = set(targets), set[str]()
    whole = [one for one in lists if len(one.paths) > 1 and wanted.issuperset(one.paths)]
    for one in whole:
        covered.update(one.paths)
    single = [path for path in targets if path not in covered]
    rest = single[SHOWN:]
    return Shown(
        whole,
        places_named(single[:SHOWN]),
        rest,
        [one for one in lists if one not in whole],
    )


def list_named(office: str, list_id: str) -> Receivers | None:
    """A list that the office may use; None for anything else."""
    return next((one for one in lists_for(office) if str(one.id) == list_id), None)


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
    return render(request, "console/receivers.html", context)


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
