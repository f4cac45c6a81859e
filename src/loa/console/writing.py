"""Soạn: an officer writes, sees how it will be read, hears it, sends it for approval."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loa.console import reading, typed
from loa.console.asking import (
    desk_of,
    done,
    sentence,
    signed_in,
)
from loa.console.middleware import actor
from loa.console.typed import Typed
from loa.console.uploads import picture_take, recording_take
from loa.newsroom import rules, selectors, services
from loa.newsroom.rules import BulletinRefused, EditConflict
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import place_get, place_search, places_named

RECENT = 30
FOUND_MAX = 8


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """The office's unfinished bulletins first, then what was sent lately."""
    who, path = desk_of(request)
    office = selectors.office_bulletins(who, path)
    context = {
        "unfinished": office.filter(state__in=["draft", "returned"])[:RECENT],
        "sent": office.exclude(state__in=["draft", "returned"])[:RECENT],
        "may_write": who.may(Action.BULLETIN_WRITE, path),
    }
    return render(request, "console/write_index.html", context)


@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """A blank page; its first saving makes the bulletin."""
    who, path = desk_of(request)
    ensure(who, Action.BULLETIN_WRITE, path)
    if request.method == "POST":
        return _take(request, who, path, None)
    place = place_get(path)
    issuer = _("UBND %(place)s") % {
        "place": place.name[:1].lower() + place.name[1:] if place else ""
    }
    return _page(request, path, Typed(issuer=issuer), None)


@signed_in
def edit(request: HttpRequest, bulletin_id: UUID) -> HttpResponse:
    """A draft or a returned bulletin. What can no longer be edited shows its own page."""
    who = actor(request)
    try:
        bulletin = selectors.bulletin_get(who, bulletin_id)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    path = bulletin.place.path
    ensure(who, Action.BULLETIN_WRITE, path)
    if request.method == "POST":
        return _take(request, who, path, bulletin)
    if bulletin.state not in rules.EDITABLE:
        return redirect("console:bulletin", bulletin_id)
    version = selectors.versions_with_pictures(bulletin_id)[0]
    made = typed.digest(reading.spoken_for(path, version.title, version.body))
    return _page(request, path, typed.from_version(version, bulletin.edition, made), bulletin)


def _take(request: HttpRequest, who: Actor, path: str, bulletin: Any) -> HttpResponse:
    """One press of a button on the page. Whatever is refused, everything typed is kept."""
    page = typed.from_post(request.POST)
    do = request.POST.get("do", "save")
    try:
        page = _with_files(request, page)
        if do in {"save", "hear", "submit"}:
            return _save(request, who, path, page, bulletin, do)
        page = _changed(request, who, path, page, do)
    except EditConflict as conflict:
        return _conflict(request, path, page, bulletin, conflict)
    except BulletinRefused as refusal:
        return _page(request, path, page, bulletin, refusal=sentence(refusal))
    return _page(request, path, page, bulletin)


def _with_files(request: HttpRequest, page: Typed) -> Typed:
    recording = request.FILES.get("recording")
    if recording is not None:
        page = replace(page, recording=recording_take(recording))
    pictures = [
        typed.TypedPicture(picture_take(file), request.POST.get("new_alt", ""))
        for file in request.FILES.getlist("new_picture")[: rules.PICTURES_MAX + 1]
    ]
    return replace(page, pictures=(*page.pictures, *pictures)) if pictures else page


def _changed(request: HttpRequest, who: Actor, path: str, page: Typed, do: str) -> Typed:
    """Buttons that only change the page: nothing is saved."""
    verb, _colon, value = do.partition(":")
    if verb == "add" and rules.inside_office(value, path):
        return typed.with_target(page, value)
    if verb == "drop":
        return typed.without_target(page, value)
    if verb == "respeak":
        return replace(page, spoken="", spoken_made="")
    if verb == "no_recording":
        return replace(page, recording=None)
    if verb == "no_picture":
        return replace(page, pictures=tuple(p for p in page.pictures if p.upload.sha256 != value))
    if verb == "word":
        place = place_get(path)
        if place is not None:
            services.dictionary_set(
                actor=who,
                place_id=place.pk,
                place_path=path,
                written=request.POST.get("word", ""),
                spoken=request.POST.get("word_spoken", ""),
            )
    return page


def _save(
    request: HttpRequest, who: Actor, path: str, page: Typed, bulletin: Any, do: str
) -> HttpResponse:
    draft = typed.draft_of(page, {value for value, _label in selectors.categories()})
    if bulletin is None:
        place = place_get(path)
        if place is None:
            raise Http404
        bulletin = services.bulletin_write(
            actor=who, place_id=place.pk, place_path=path, draft=draft
        )
    elif not services.says_same(bulletin.pk, page.edition, draft):
        bulletin = services.bulletin_edit(
            actor=who, bulletin_id=bulletin.pk, edition=page.edition, draft=draft
        )
    edition = bulletin.edition
    if do == "submit":
        services.bulletin_submit(actor=who, bulletin_id=bulletin.pk, edition=edition)
        return done(
            request,
            _("Đã gửi duyệt. Người duyệt sẽ nghe và đọc trước khi tin được phát."),
            reverse("console:bulletin", args=[bulletin.pk]),
        )
    if do == "hear":
        services.voice_ask(actor=who, bulletin_id=bulletin.pk)
        return redirect(reverse("console:edit", args=[bulletin.pk]) + "#nghe")
    return done(request, _("Đã lưu bản nháp."), reverse("console:edit", args=[bulletin.pk]))


def _conflict(
    request: HttpRequest, path: str, page: Typed, bulletin: Any, conflict: EditConflict
) -> HttpResponse:
    """Somebody else was faster: both texts are on the page, nothing was overwritten."""
    theirs = selectors.newest_version(bulletin.pk)
    bulletin.refresh_from_db()
    difference = rules.difference(
        f"{theirs.title}\n\n{theirs.body}", f"{page.title}\n\n{page.body}"
    )
    more = {"theirs": theirs, "their_difference": difference, "their_edition": bulletin.edition}
    return _page(request, path, page, bulletin, refusal=sentence(conflict), status=409, **more)


def _page(
    request: HttpRequest,
    path: str,
    page: Typed,
    bulletin: Any,
    *,
    refusal: str = "",
    status: int = 0,
    **more: Any,
) -> HttpResponse:
    read = reading.read(path, page)
    if not page.own_words:
        page = replace(page, spoken=read.spoken, spoken_made=typed.digest(read.spoken))
    version = selectors.newest_version(bulletin.pk) if bulletin else None
    reason = _returned_reason(bulletin)
    context = {
        "page": page,
        "read": read,
        "bulletin": bulletin,
        "production": version.production if version else None,
        "refusal": refusal,
        "returned_reason": reason,
        "categories": selectors.categories(),
        "classes": typed.CLASSES.items(),
        "languages": typed.LANGUAGES.items(),
        "targets": places_named(page.targets),
        "office": path,
        "found": _found(path, request.POST.get("find", "")),
        "find": request.POST.get("find", ""),
        "text_limit": settings.LOA_TEXT_LIMIT,
        **more,
    }
    return render(
        request, "console/write.html", context, status=status or (422 if refusal else 200)
    )


def _returned_reason(bulletin: Any) -> str:
    if bulletin is None or bulletin.state != "returned":
        return ""
    last = selectors.decisions_of(bulletin.pk).last()
    return last.reason if last else ""


def _found(path: str, text: str) -> list[Any]:
    return place_search(text, within=[path], limit=FOUND_MAX)


@signed_in
def find_places(request: HttpRequest) -> HttpResponse:
    """Places inside the office's own by typing, without diacritics."""
    who, path = desk_of(request)
    ensure(who, Action.BULLETIN_WRITE, path)
    found = _found(path, request.GET.get("find", ""))
    return render(request, "console/parts/places_found.html", {"found": found})


@signed_in
def read_aloud(request: HttpRequest) -> HttpResponse:
    """How the text on the screen will be read: the marked text, and the spoken text while the
    officer has not corrected it."""
    who, path = desk_of(request)
    ensure(who, Action.BULLETIN_WRITE, path)
    page = typed.from_post(request.POST)
    read = reading.read(path, page)
    own = page.own_words
    if not own:
        page = replace(page, spoken=read.spoken, spoken_made=typed.digest(read.spoken))
    context = {"read": read, "page": page, "own": own, "swap": not own}
    return render(request, "console/parts/reading.html", context)
