"""What a press on the writing page changes before anything is stored: files, places, words."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from loa.console.bulletins import reading, typed
from loa.console.bulletins.code_list import places_listed
from loa.console.bulletins.receivers import list_named
from loa.console.bulletins.typed import Typed
from loa.newsroom import rules, services
from loa.people.rules import Actor
from loa.places.selectors import place_get
from loa.speech.legacy import mend

CODES_TEXT_MAX = 60_000


def changed(
    request: HttpRequest, who: Actor, path: str, page: Typed, do: str
) -> tuple[Typed, dict[str, Any]]:
    """Buttons that only change the page: nothing is saved."""
    verb, _colon, value = do.partition(":")
    if verb == "add" and rules.inside_office(value, path):
        return typed.with_targets(page, [value]), {}
    if verb == "list":
        return _listed(request, path, page)
    if verb in {"add_list", "drop_list"}:
        return _with_list(request, path, page, verb, value), {}
    if verb == "drop":
        return typed.without_targets(page, value.split()), {}
    if verb == "respeak":
        return replace(page, spoken="", spoken_made=""), {}
    if verb in {"no_recording", "keep_recording"}:
        expired_session_forms = typed.with_recording_words(page, again=True)
        return replace(
            expired_session_forms,
            recording=expired_session_forms.recording if verb == "keep_recording" else None,
        ), {}
    if verb == "no_picture":
        left = tuple(p for p in page.pictures if p.upload.sha256 != value)
        return replace(page, pictures=left), {}
    if verb == "mend":
        title, body = mend(page.title).text, mend(page.body).text
        return replace(page, title=title, body=body), {}
    if verb == "fix":
        return page, {"fix": _fix(path, page, value)}
    return word_taken(request, who, path, page, do), {}


def _listed(request: HttpRequest, path: str, page: Typed) -> tuple[Typed, dict[str, Any]]:
    """Every place of a pasted list; codes that name none of ours are said, and nothing is lost."""
    text = request.POST.get("codes", "")[:CODES_TEXT_MAX]
    paths, unknown = places_listed(path, text)
    page = typed.with_targets(page, paths)
    if not unknown and paths:
        return page, {}
    said = (
        _("Không thấy trong địa bàn: %(codes)s.") % {"codes": ", ".join(unknown[:20])}
        if unknown
        else _("Chưa thấy mã nào. Mã tỉnh có 2 chữ số, mã xã có 5 chữ số.")
    )
    return page, {"errors": {"targets": said}, "codes": text}


def _with_list(request: HttpRequest, path: str, page: Typed, verb: str, value: str) -> Typed:
    """Every commune of a named list, or none of it."""
    chosen = list_named(path, value or request.POST.get("list", ""))
    if chosen is None:
        return page
    if verb == "add_list":
        return typed.with_targets(page, chosen.paths)
    return typed.without_targets(page, chosen.paths)


def word_taken(request: HttpRequest, who: Actor, path: str, page: Typed, do: str) -> Typed:
    """A corrected reading: for this bulletin alone, or into the place's dictionary."""
    written, said = request.POST.get("word", ""), request.POST.get("word_spoken", "")
    if do == "word_here":
        words = {**dict(page.own_words), written.strip(): said.strip()}
        own = rules.own_words_clean(words, settings.LOA_TEXT_LIMIT)
        return replace(page, own_words=tuple(own.items()))
    place = place_get(path) if do == "word" else None
    if place is not None:
        services.dictionary_set(
            actor=who, place_id=place.pk, place_path=path, written=written, spoken=said
        )
    if do.startswith("unword:"):
        left = tuple(pair for pair in page.own_words if pair[0] != do[len("unword:") :])
        return replace(page, own_words=left)
    return page


def _fix(path: str, page: Typed, value: str) -> reading.Stretch | None:
    """The marked place that was clicked."""
    stretches = reading.read(path, page).stretches
    return next((one for one in stretches if one.number and str(one.number) == value), None)
