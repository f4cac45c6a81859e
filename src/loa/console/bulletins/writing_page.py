"""The writing page as it is shown: everything beside the form's own words."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from loa.console.bulletins import reading, receivers, typed
from loa.console.bulletins.typed import Typed
from loa.lib import clock
from loa.lib.sentences import Refusal
from loa.newsroom import selectors
from loa.newsroom.templates import blanks, templates
from loa.people.rules import Actor
from loa.places.selectors import place_search
from loa.schedule.coming import newcomer
from loa.schedule.rules import Wish
from loa.web import airing_form
from loa.web.middleware import actor

FOUND_MAX = 8
DEFAULT_MINUTES = 1
FIELDS = ("title", "body", "spoken", "issuer", "valid_from", "valid_until", "language")


def page_of(
    request: HttpRequest,
    path: str,
    page: Typed,
    bulletin: Any,
    *,
    refusal: str = "",
    wrong: str = "",
    status: int = 0,
    version: Any = None,
    **more: Any,
) -> HttpResponse:
    """The whole page. `wrong` names the field beside which the refusal stands."""
    who = actor(request)
    read = reading.read(path, page)
    as_made = not page.spoken_made and typed.digest(page.spoken) == typed.digest(read.spoken)
    if as_made or not page.own_words_typed:
        page = replace(page, spoken=read.spoken, spoken_made=typed.digest(read.spoken))
    if version is None and bulletin is not None:
        version = selectors.newest_version(bulletin.pk)
    context = {
        "page": page,
        "read": read,
        "first_heard": next(reading.heard(page, read), None),
        "bulletin": bulletin,
        "production": version.production if version else None,
        "refusal": refusal,
        "errors": {wrong: refusal} if refusal and wrong else {},
        "returned_reason": _returned_reason(bulletin),
        "categories": selectors.categories(),
        "category_hints": typed.CATEGORY_HINTS,
        "classes": typed.CLASSES.items(),
        "languages": typed.LANGUAGES.items(),
        "frame_labels": typed.FRAME_LABELS,
        "receivers": receivers.shown(path, page.targets),
        "office": path,
        "wide_office": path.count("/") < 2,
        "found": found_places(path, request.POST.get("find", "")),
        "find": request.POST.get("find", ""),
        "text_limit": settings.LOA_TEXT_LIMIT,
        "upload_limit": settings.LOA_UPLOAD_LIMIT_BYTES,
        "blanks": blanks(page.title, page.body),
        "templates": templates() if bulletin is None else (),
        **airing_context(who, path, page, read),
        **(_half_typed(request) if refusal else {}),
        **more,
    }
    return render(
        request, "bulletins/write.html", context, status=status or (422 if refusal else 200)
    )


def _half_typed(request: HttpRequest) -> dict[str, Any]:
    """What stands in fields that a button beside them takes, not the form's own: it stays."""
    post = request.POST
    kept: dict[str, Any] = {"codes": post.get("codes", ""), "new_alt": post.get("new_alt", "")}
    if post.get("word") or post.get("word_spoken"):
        kept["fix"] = {"text": post.get("word", ""), "said": post.get("word_spoken", "")}
    return kept


def airing_context(who: Actor, path: str, page: Typed, read: reading.Read) -> dict[str, Any]:
    """When it is aired and what that day will look like; nothing where there is no station."""
    stations = airing_form.stations_for(who, path)
    if not stations:
        return {"stations": ()}
    chosen = airing_form.chosen_of(stations, page.airing)
    tables = airing_form.tables_of(chosen)
    preview = airing_form.previews_of(chosen, page.airing, _item(page, read), tables)
    return {
        "stations": stations,
        "ticked": {str(station.pk) for station in chosen},
        "sessions": airing_form.sessions_of(chosen, tables),
        "preview": preview,
        "today": clock.local(clock.now()).date(),
    }


def _item(page: Typed, read: reading.Read) -> Wish:
    """What is being written, as an item of a session."""
    seconds = page.recording.seconds if page.recording else read.seconds
    content: dict[str, Any] = {"title": " ".join(page.title.split()) or _("Tin đang soạn")}
    with suppress(Refusal):  # what is no moment is told beside its field
        content["valid_from"] = typed.moment_of(page.valid_from)
    with suppress(Refusal):
        content["valid_until"] = typed.moment_of(page.valid_until)
    return newcomer(content, round(seconds), class_name=page.class_name)


def _returned_reason(bulletin: Any) -> str:
    if bulletin is None or bulletin.state != "returned":
        return ""
    last = selectors.decisions_of(bulletin.pk).last()
    return last.reason if last else ""


def found_places(path: str, text: str) -> list[Any]:
    """Places inside the office's own by typing, without diacritics."""
    return place_search(text, within=[path], limit=FOUND_MAX)
