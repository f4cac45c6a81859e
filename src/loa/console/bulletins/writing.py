"""Soạn: an officer writes, sees how it will be read, hears it, says when, sends it for approval."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loa.console.bulletins import typed
from loa.console.bulletins.typed import Typed
from loa.console.bulletins.writing_changes import changed
from loa.console.bulletins.writing_page import page_of
from loa.lib.ids import new_id
from loa.newsroom import differences, rules, selectors, services, sheets
from loa.newsroom.rules import BulletinRefused, EditConflict
from loa.newsroom.templates import filled, template_get
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import place_get, present
from loa.schedule import airing
from loa.schedule import selectors as schedule
from loa.schedule.handlers import station_ref
from loa.schedule.rules import ScheduleRefused
from loa.web import airing_form, expired_session_forms
from loa.web.middleware import actor
from loa.web.requests import desk_of, done, page_number, sentence, signed_in
from loa.web.uploads import document_take, picture_take, recording_take

if TYPE_CHECKING:
    from loa.newsroom.models import WorkingCopy

RECENT = 30
UNSAVED_SHOWN = 5
OLDER_SHEET = "cu"
"""The address of a copy from before each new page had a sheet of its own."""


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """The office's unfinished bulletins first, then what was sent, newest first."""
    who, path = desk_of(request)
    office = selectors.office_bulletins(who, path)
    number = page_number(request)
    start = (number - 1) * RECENT
    sent = list(office.exclude(state__in=["draft", "returned"])[start : start + RECENT + 1])
    context = {
        "unfinished": office.filter(state__in=["draft", "returned"])[:RECENT],
        "sent": sent[:RECENT],
        "number": number,
        "more": len(sent) > RECENT,
        "may_write": who.may(Action.BULLETIN_WRITE, path),
        "copies": _unsaved(who, path),
    }
    return render(request, "bulletins/write_index.html", context)


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A bulletin that was begun and never saved; `page` names its sheet in an address."""

    copy: "WorkingCopy"
    page: str
    title: str


def _unsaved(who: Actor, path: str) -> list[Unsaved]:
    """What the asker began at the office and never saved, newest first."""
    return [
        Unsaved(
            copy,
            copy.sheet.removeprefix(f"new:{path}").removeprefix(":") or OLDER_SHEET,
            " ".join(copy.fields.get("title", [""])[0].split()) or _("Tin chưa có tiêu đề"),
        )
        for copy in sheets.new_copies(who, path, UNSAVED_SHOWN)
    ]


@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """A blank page that offers what was begun before, a template, or one of those begun; its first
    saving makes the bulletin."""
    who, path = desk_of(request)
    ensure(who, Action.BULLETIN_WRITE, path)
    if request.method == "POST":
        return _take(request, who, path, None)
    place = place_get(path)
    blank = Typed(
        issuer=_("UBND %(place)s")
        % {"place": place.name[:1].lower() + place.name[1:] if place else ""},
        bulletin=str(new_id()),
        airing=airing_form.AiringTyped(when="next"),
    )
    template = template_get(request.GET.get("mau", ""))
    if template is not None:
        page = replace(
            blank,
            title=template.title,
            body=template.body,
            category=template.category,
            class_name=template.class_name,
        )
        return page_of(request, path, page, None)
    aside = expired_session_forms.take_back(request)
    if aside is not None:
        return page_of(
            request, path, typed.from_post(aside, who.owner), None, kept_after_session=True
        )
    copies = _unsaved(who, path)
    asked = request.GET.get("tiep", "")
    opened = next((one for one in copies if one.page == asked), None) if asked else None
    if opened is None:
        return page_of(request, path, blank, None, unsaved=copies)
    copied = typed.from_post(expired_session_forms.as_post(opened.copy.fields), who.owner)
    return page_of(request, path, typed.with_recording_words(copied), None, copy=opened.copy)


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
    version = selectors.newest_version(bulletin_id)
    wishes = airing_form.from_wishes(airing.wishes_for(bulletin_id))
    if wishes.when == "" and bulletin.corrects_id and schedule.has_begun(bulletin.corrects_id):
        wishes = airing_form.AiringTyped(when="next")
    # Which words are the officer's own is seen when the page is read, against the machine's.
    saved = typed.from_version(version, bulletin.edition, "", wishes, who.owner)
    saved = replace(saved, targets=tuple(present(saved.targets, own=bulletin.place.path)))
    return _begun(request, who, path, saved, bulletin, version)


def _begun(
    request: HttpRequest, who: Actor, path: str, saved: Typed, bulletin: Any, version: Any = None
) -> HttpResponse:
    """The page, with what was being typed on it when it was left: nothing is lost."""
    aside = expired_session_forms.take_back(request)
    if aside is not None:
        return page_of(
            request, path, typed.from_post(aside, who.owner), bulletin, kept_after_session=True
        )
    copy = sheets.copy_get(who, sheets.sheet_of(bulletin.pk, path))
    if copy is None or "tam" in request.GET:
        return page_of(request, path, saved, bulletin, version=version)
    page = typed.with_recording_words(
        typed.from_post(expired_session_forms.as_post(copy.fields), who.owner)
    )
    if copy.edition != bulletin.edition:
        return conflict_page(request, path, page, bulletin)
    return page_of(request, path, page, bulletin, copy=copy)


def _take(request: HttpRequest, who: Actor, path: str, bulletin: Any) -> HttpResponse:
    """One press of a button on the page. Whatever is refused, everything typed is kept."""
    page = typed.with_recording_words(typed.from_post(request.POST, who.owner))
    do = request.POST.get("do", "save")
    notes: tuple[str, ...] = ()
    wrong = ""
    try:
        page = _filled(request, page)
        wrong = "pictures" if list(request.FILES) == ["new_picture"] else "files"
        page, notes = _with_files(request, who.owner, page)
        wrong = ""
        if do == "discard":
            return _discard(request, who, path, page, bulletin)
        if do in {"save", "hear", "submit"}:
            return _save(request, who, path, page, bulletin, do)
        page, more = changed(request, who, path, page, do)
    except EditConflict as conflict:
        return conflict_page(request, path, page, bulletin, sentence(conflict))
    except BulletinRefused as refusal:
        wrong = wrong or typed.wrong_field(page, refusal)
        return page_of(request, path, page, bulletin, refusal=sentence(refusal), wrong=wrong)
    except ScheduleRefused as refusal:
        return page_of(request, path, page, bulletin, refusal=sentence(refusal), wrong="when")
    return page_of(request, path, page, bulletin, notes=notes, **more)


def _filled(request: HttpRequest, page: Typed) -> Typed:
    """Title and body with the template's blanks filled as far as they were typed."""
    names, values = request.POST.getlist("blank_name"), request.POST.getlist("blank")
    given = dict(zip(names[:60], values, strict=False))
    return replace(page, title=filled(page.title, given), body=filled(page.body, given))


def _with_files(request: HttpRequest, owner: str, page: Typed) -> tuple[Typed, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    document = request.FILES.get("document")
    if document is not None:
        read = document_take(document)
        notes = tuple(note.said(_) for note in read.notes)
        page = replace(
            page,
            title=read.paper.title or page.title,
            body=read.paper.body,
            frame=tuple(read.paper.frame.items()),
            spoken="",
            spoken_made="",
        )
    recording = request.FILES.get("recording")
    if recording is not None:
        page = typed.with_recording_words(replace(page, recording=recording_take(recording, owner)))
    pictures = [
        typed.TypedPicture(picture_take(file, owner), request.POST.get("new_alt", ""))
        for file in request.FILES.getlist("new_picture")[: rules.PICTURES_MAX + 1]
    ]
    page = replace(page, pictures=(*page.pictures, *pictures)) if pictures else page
    return page, notes


def _drop_copy(who: Actor, path: str, page: Typed, bulletin: Any) -> None:
    """Throw away what was kept of the page."""
    if bulletin is not None:
        sheets.copy_drop(actor=who, sheet=sheets.sheet_of(bulletin.pk, path))
        return
    sheets.copy_drop(actor=who, sheet=sheets.sheet_of(None, path, typed.id_given(page.bulletin)))
    older = sheets.copy_get(who, sheets.sheet_of(None, path))
    if older is not None and older.fields.get("bulletin") == [page.bulletin]:
        sheets.copy_drop(actor=who, sheet=older.sheet)


def _discard(
    request: HttpRequest, who: Actor, path: str, page: Typed, bulletin: Any
) -> HttpResponse:
    _drop_copy(who, path, page, bulletin)
    here = reverse("console:edit", args=[bulletin.pk]) if bulletin else reverse("console:new")
    return redirect(here)


def _save(
    request: HttpRequest, who: Actor, path: str, page: Typed, bulletin: Any, do: str
) -> HttpResponse:
    draft = typed.draft_of(page, {value for value, _label in selectors.categories()})
    wish = airing_form.airing_of(page.airing)
    if do == "submit":
        rules.check_blanks(draft.title, draft.body)
        rules.check_recording(draft.title, draft.body, draft.recording_words)
    was_new = bulletin is None
    if bulletin is None:
        place = place_get(path)
        if place is None:
            raise Http404
        bulletin = services.bulletin_write(
            actor=who,
            place_id=place.pk,
            place_path=path,
            draft=draft,
            bulletin_id=typed.id_given(page.bulletin),
        )
    elif not services.says_same(bulletin.pk, page.edition, draft) or _is_hour_new(
        who, path, page, bulletin, wish
    ):
        bulletin = services.bulletin_edit(
            actor=who, bulletin_id=bulletin.pk, edition=page.edition, draft=draft
        )
    _wish(who, path, page, bulletin.pk, wish)
    _drop_copy(who, path, page, None if was_new else bulletin)
    return _saved(request, who, bulletin, do)


def _is_hour_new(who: Actor, path: str, page: Typed, bulletin: Any, wish: Any) -> bool:
    """Whether a returned bulletin gets another hour: a new edition, so that an approver's open page
    of the one before cannot approve it."""
    if bulletin.state != "returned" or not page.airing.when:
        return False
    stations = airing_form.stations_for(who, path)
    return any(
        airing.is_another(bulletin.pk, station.pk, mine)
        for station, mine in airing_form.wishes_at(stations, page.airing, wish)
    )


def _wish(who: Actor, path: str, page: Typed, bulletin_id: UUID, wish: Any) -> None:
    """Keep when and where it is to be aired: at the ticked stations, at no other."""
    if not page.airing.when:
        return
    stations = airing_form.stations_for(who, path)
    for station, mine in airing_form.wishes_at(stations, page.airing, wish):
        airing.wish_set(
            actor=who, bulletin_id=bulletin_id, station=station_ref(station), airing=mine
        )


def _saved(request: HttpRequest, who: Actor, bulletin: Any, do: str) -> HttpResponse:
    if do == "submit" and bulletin.state in rules.EDITABLE:
        services.bulletin_submit(actor=who, bulletin_id=bulletin.pk, edition=bulletin.edition)
        return done(
            request,
            _("Đã gửi duyệt. Người duyệt sẽ nghe và đọc trước khi tin được phát."),
            reverse("console:bulletin", args=[bulletin.pk]),
        )
    if do == "hear":
        services.voice_ask(actor=who, bulletin_id=bulletin.pk)
        return redirect(reverse("console:edit", args=[bulletin.pk]) + "#nghe")
    return done(request, _("Đã lưu bản nháp."), reverse("console:edit", args=[bulletin.pk]))


def conflict_page(
    request: HttpRequest, path: str, page: Typed, bulletin: Any, refusal: str = ""
) -> HttpResponse:
    """Somebody else was faster: both texts are on the page, nothing was overwritten."""
    theirs = selectors.newest_version(bulletin.pk)
    bulletin.refresh_from_db()
    difference = differences.difference(
        f"{theirs.title}\n\n{theirs.body}", f"{page.title}\n\n{page.body}"
    )
    more = {"theirs": theirs, "their_difference": difference, "their_edition": bulletin.edition}
    refusal = refusal or _(
        "Có người vừa sửa tin này trước. Nội dung của anh chị vẫn còn bên dưới, chưa ghi đè."
    )
    return page_of(request, path, page, bulletin, refusal=refusal, status=409, **more)
