"""What the writing page asks for while one types: places, readings, the day, sounds, a copy."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.bulletins import reading, typed
from loa.console.bulletins.writing_changes import word_taken
from loa.console.bulletins.writing_page import airing_context, found_places
from loa.newsroom import rules, selectors, sheets
from loa.newsroom.hearing import sentence_sound
from loa.newsroom.rules import BulletinRefused
from loa.people.rules import Action
from loa.people.selectors import ensure
from loa.web import formats
from loa.web.requests import desk_of, sentence, signed_in, whole_or_none

SENTENCE_LIFE_S = 3600
NOT_KEPT = frozenset({"csrfmiddlewaretoken", "do", "find", "word", "word_spoken"})


@signed_in
def find_places(request: HttpRequest) -> HttpResponse:
    """Places inside the office's own by typing, without diacritics."""
    who, path = desk_of(request)
    ensure(who, Action.BULLETIN_WRITE, path)
    found = found_places(path, request.GET.get("find", ""))
    return render(request, "bulletins/parts/places_found.html", {"found": found})


@signed_in
def read_aloud(request: HttpRequest) -> HttpResponse:
    """How the text on the screen will be read, and the day with it: the marked text, the spoken
    text while the officer has not corrected it, how long it takes and when it sounds."""
    who, path = desk_of(request)
    ensure(who, Action.BULLETIN_WRITE, path)
    page = typed.from_post(request.POST, who.owner)
    problem = ""
    do = request.POST.get("do", "")
    if do in {"word", "word_here"} or do.startswith("unword:"):
        try:
            page = word_taken(request, who, path, page, do)
        except BulletinRefused as refusal:
            problem = sentence(refusal)
    read = reading.read(path, page)
    own = page.own_words_typed
    if not own:
        page = typed.respoken(page, read.spoken)
    context: dict[str, Any] = {"read": read, "page": page, "own": own, "swap": not own}
    context["first_heard"] = next(reading.heard(page, read), None)
    context |= {"word_problem": problem, "swap_airing": True}
    context |= airing_context(who, path, page, read)
    return render(request, "bulletins/parts/reading.html", context)


@signed_in
@require_POST
def hear(request: HttpRequest) -> HttpResponse:
    """The sentences of what stands on the page, each with the address of its sound."""
    who, path = desk_of(request)
    ensure(who, Action.BULLETIN_WRITE, path)
    page = typed.from_post(request.POST, who.owner)
    read = reading.read(path, page)
    if read.problem and not read.spoken:
        return JsonResponse({"problem": read.problem}, status=422)
    sentences = [
        {"text": one.text, "pause": one.pause_s, "url": one.url}
        for one in reading.heard(page, read)
    ]
    if not sentences:
        words = _("Chưa có lời nào để đọc. Viết tiêu đề và nội dung trước.")
        return JsonResponse({"problem": words}, status=422)
    return JsonResponse({"sentences": sentences})


@signed_in
def sentence_file(request: HttpRequest, ticket: str) -> HttpResponse:
    """One sentence as MP3, spoken now. Only sentences that `hear` gave out."""
    who, path = desk_of(request)
    ensure(who, Action.BULLETIN_WRITE, path)
    try:
        text = signing.loads(ticket, salt=reading.SENTENCE_SALT, max_age=SENTENCE_LIFE_S)
        folder = settings.ENV.data / "scratch" / "heard"
        made = sentence_sound(str(text), voice=settings.LOA_VOICE, folder=folder)
    except signing.BadSignature as error:
        raise Http404 from error
    except BulletinRefused as refusal:
        return HttpResponse(sentence(refusal), status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse(made.read_bytes(), content_type="audio/mpeg")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@signed_in
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the form as it stands: JSON with the hour, 409 where somebody else saved meanwhile."""
    who, path = desk_of(request)
    bulletin_id, edition = _bulletin_of(request)
    if bulletin_id is not None:
        try:
            bulletin = selectors.bulletin_get(who, bulletin_id)
        except ObjectDoesNotExist as missing:
            raise Http404 from missing
        path = bulletin.place.path
        if bulletin.edition != edition or bulletin.state not in rules.EDITABLE:
            return JsonResponse({"problem": _changed_by(bulletin)}, status=409)
    elif selectors.is_written(_page_of(request)):
        return JsonResponse({"words": ""})  # the page was sent while its copy was on its way
    fields = {name: request.POST.getlist(name) for name in request.POST if name not in NOT_KEPT}
    try:
        at = sheets.copy_keep(
            actor=who,
            path=path,
            sheet=sheets.sheet_of(bulletin_id, path, _page_of(request)),
            edition=edition,
            fields=fields,
        )
    except BulletinRefused as refusal:
        return JsonResponse({"problem": sentence(refusal)}, status=422)
    return JsonResponse({"words": _("Đã tự lưu lúc %(at)s.") % {"at": formats.hour(at)}})


def _page_of(request: HttpRequest) -> UUID | None:
    """The id that the blank page was given."""
    return typed.id_given(request.POST.get("bulletin", ""))


def _bulletin_of(request: HttpRequest) -> tuple[UUID | None, int]:
    edition = whole_or_none(request.POST.get("edition", "0")) or 0
    if not edition:
        return None, 0
    try:
        return UUID(request.POST.get("of", "")), edition
    except ValueError as error:
        raise Http404 from error


def _changed_by(bulletin: Any) -> str:
    version = selectors.newest_version(bulletin.pk)
    return _(
        "%(who)s vừa lưu bản khác lúc %(at)s. Chữ của anh chị vẫn còn;"
        " bấm “Lưu nháp” để so hai bản."
    ) % {"who": version.author or _("Người khác"), "at": formats.hour(version.written_at)}
