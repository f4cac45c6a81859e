"""Thêm: the rest of the way around, the place one works at, hamlets, the dictionary."""

import csv
import io
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.home import set_aside
from loa.lib import clock
from loa.lib.text import fold
from loa.newsroom import selectors as newsroom
from loa.newsroom import services as newsroom_services
from loa.newsroom.rules import text_clean
from loa.people.authority import own_path
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import hamlets_of, place_get, places_named
from loa.places.services import HamletFacts, PlaceError, hamlets_add
from loa.web.context import DESK_KEY, own_paths
from loa.web.expired_session_forms import unsent_page
from loa.web.middleware import actor
from loa.web.requests import REFUSALS, desk_of, done, refused, sentence, signed_in, whole_or_none

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from loa.places.models import Place

SHEET_ACTIONS = (Action.OUTLET_MANAGE, Action.PLACE_EDIT, Action.ACCOUNT_MANAGE)
CSV_MAX_BYTES = 1 << 20
CSV_MAX_ROWS = 500
HEADS = {
    "ten thon": "name",
    "so ho": "households",
    "so dan": "people",
    "nguon so lieu": "source",
} | {name: name for name in ("name", "households", "people", "source")}
"""What a column of a file of hamlets may be called, folded."""
WORDS_SHOWN = 500


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """What the five places of the navigation do not hold."""
    who, path = desk_of(request)
    context = {
        "path": path,
        "is_commune": path.count("/") >= 2,
        "may_journal": bool(who.places(Action.JOURNAL_VIEW)),
        "may_tasks": bool(path) and who.may(Action.TASK_VIEW, path),
        "may_figures": bool(path) and who.may(Action.FIGURE_VIEW, path),
        "may_links": may_links(who),
        "may_set_aside": set_aside.governs(who),
        "set_aside": set_aside.number_for(who),
        "may_accounts": bool(who.places(Action.ACCOUNT_MANAGE)),
        "may_reform": bool(who.places(Action.PLACE_REFORM)),
        "may_sheets": any(who.places(action) for action in SHEET_ACTIONS),
        "may_words": who.may(Action.BULLETIN_VIEW, path),
        "places": places_named(own_paths(who)),
    }
    return render(request, "home/more.html", context)


def may_links(who: Actor) -> bool:
    """Whether the page of links is theirs: who governs or audits the whole node."""
    own = own_path()
    return own is not None and (
        who.may(Action.ACCOUNT_MANAGE, own) or who.may(Action.JOURNAL_VIEW, own)
    )


@signed_in
@require_POST
def desk(request: HttpRequest) -> HttpResponse:
    """Work at another of one's places."""
    path = request.POST.get("place", "")
    if path not in own_paths(actor(request)):
        raise Http404
    request.session[DESK_KEY] = path
    return redirect("console:today")


def _commune(path: str) -> "Place":
    place = place_get("/".join(path.split("/")[:3]))
    if place is None or place.level != "commune":
        raise Http404
    return place


@signed_in
def unsent(request: HttpRequest) -> HttpResponse:
    """What was typed when the session ended and is not sent yet."""
    return unsent_page(request)


@signed_in
def hamlets(request: HttpRequest) -> HttpResponse:
    """The hamlets of one's commune; add one, or many from a CSV file."""
    who, path = desk_of(request)
    commune = _commune(path)
    ensure(who, Action.PLACE_VIEW, commune.path)
    names = ("name", "households", "people", "source")
    typed = {name: request.POST.get(name, "") for name in names}
    refusal = ""
    if request.method == "POST":
        ensure(who, Action.PLACE_EDIT, commune.path)
        try:
            file = request.FILES.get("file")
            rows = _rows(file) if file else [_facts(typed, 1)]
            added = hamlets_add(actor=str(who), commune=commune, rows=rows)
        except REFUSALS as refused_because:
            refusal = sentence(refused_because)
        else:
            words = _("Đã thêm %(count)d thôn, tổ dân phố.") % {"count": len(added)}
            return done(request, words, reverse("console:hamlets"))
    context = {
        "commune": commune,
        "hamlets": hamlets_of(commune),
        "typed": typed,
        "refusal": refusal,
        "may_edit": who.may(Action.PLACE_EDIT, commune.path),
    }
    return render(request, "home/hamlets.html", context, status=422 if refusal else 200)


def _facts(row: dict[str, str], number: int) -> HamletFacts:
    """One row as facts. Raises PlaceError naming the row; what is blank stays unknown."""
    for name in ("name", "source"):
        text_clean(row.get(name) or "", 500)
    return HamletFacts(
        name=row.get("name") or "",
        households=_count(row.get("households"), number),
        people=_count(row.get("people"), number),
        source=(row.get("source") or "").strip(),
        source_date=clock.local(clock.now()).date() if (row.get("source") or "").strip() else None,
    )


def _count(text: str | None, number: int) -> int | None:
    if text is None or not text.strip():
        return None
    value = whole_or_none(text.replace(".", ""), 1_000_000)
    if value is None:
        raise PlaceError(
            _("Dòng %(row)d: “%(text)s” không phải là một số nguyên.")
            % {"row": number, "text": text.strip()[:20]}
        )
    return value


def _rows(file: "UploadedFile[bytes]") -> list[HamletFacts]:
    """The rows of a CSV file with the columns of `HEADS`, whatever their case and diacritics."""
    if (file.size or 0) > CSV_MAX_BYTES:
        raise PlaceError(_("Tệp lớn hơn 1 MB. Chia thành nhiều tệp."))
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlaceError(
            _("Tệp không phải CSV dạng UTF-8. Lưu lại tệp dạng “CSV UTF-8”.")
        ) from error
    lines = text.splitlines()
    separator = ";" if lines and ";" in lines[0] else ","
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise PlaceError(_("Tệp CSV bị hỏng. Lưu lại rồi gửi lần nữa.")) from error
    rows = [{HEADS.get(fold(str(head)), ""): row[head] for head in row} for row in rows]
    if not rows or "name" not in rows[0]:
        raise PlaceError(
            _("Dòng đầu của tệp phải ghi các cột: Tên thôn, Số hộ, Số dân, Nguồn số liệu.")
        )
    if len(rows) > CSV_MAX_ROWS:
        raise PlaceError(_("Tệp có hơn %(count)d dòng.") % {"count": CSV_MAX_ROWS})
    return [_facts(row, number) for number, row in enumerate(rows, start=1)]


@signed_in
def dictionary(request: HttpRequest) -> HttpResponse:
    """How one's place says its words; an empty reading takes a word out."""
    who, path = desk_of(request)
    ensure(who, Action.BULLETIN_VIEW, path)
    if request.method == "POST":
        return _word(request)
    context: dict[str, Any] = {
        "entries": newsroom.dictionary_entries(path)[:WORDS_SHOWN],
        "may_edit": who.may(Action.DICTIONARY_EDIT, path),
        "word": request.GET.get("word", "")[:80],
    }
    return render(request, "home/dictionary.html", context)


def _word(request: HttpRequest) -> HttpResponse:
    who, path = desk_of(request)
    place = place_get(path)
    if place is None:
        raise Http404
    here = reverse("console:dictionary")
    try:
        newsroom_services.dictionary_set(
            actor=who,
            place_id=place.pk,
            place_path=path,
            written=request.POST.get("written", ""),
            spoken=request.POST.get("spoken", ""),
        )
    except REFUSALS as refusal:
        return refused(request, refusal, here)
    return done(request, _("Đã ghi vào từ điển. Tin soạn từ bây giờ đọc theo cách này."), here)
