"""Chỉ đạo và báo cáo: what is asked of one's office, and what one asked of others."""

from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.lib import clock
from loa.media import services as media
from loa.media.serving import file_response
from loa.media.store import MediaStore
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import units_below
from loa.tasks import rules, selectors, services
from loa.tasks.rules import SteeringRefused
from loa.tasks.services import Attached, Draft
from loa.web.requests import REFUSALS, beside, desk_of, done, page_number, refused, signed_in
from loa.web.uploads import label_of, scratch

if TYPE_CHECKING:
    from loa.tasks.models import Directive

PDF = "application/pdf"
GIVEN_SHOWN = 30
LINES_SHOWN = 40


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """What this office has to do, the latest first; below it what it asked of others."""
    who, path = desk_of(request)
    directives = selectors.directives(who, path)
    types = selectors.report_types(who, path)
    mine = [one for one in directives if selectors.meant(one, path)]
    marks = selectors.own_marks(mine, path)
    given = [one for one in directives if _gave(one, path)][:GIVEN_SHOWN]
    tallies = selectors.tallies(given, path)
    today = clock.local(clock.now()).date()
    context = {
        "todo": [_todo(one, marks.get(one.pk), today) for one in mine],
        "due": selectors.due_of(types, path),
        "given": [(one, tallies[one.pk]) for one in given],
        "asked": [one for one in types if _gave(one, path)],
        "may_give": who.may(Action.TASK_GIVE, path),
        "is_office": path.count("/") in {1, 2},
        "today": today,
        "path": path,
    }
    return render(request, "tasks/index.html", context)


def _gave(thing: Any, path: str) -> bool:
    """What this office asked itself, and what was asked of offices below it."""
    return bool(thing.office == path or (path.count("/") < 2 and not selectors.meant(thing, path)))


def _todo(one: "Directive", mark: Any, today: date) -> dict[str, Any]:
    open_ = mark is None or mark.acted_at is None
    late = open_ and one.due is not None and one.due < today
    return {"directive": one, "mark": mark, "late": late}


def day_typed(text: str, field: str) -> date | None:
    """A day of a form; None for an empty field. Raises SteeringRefused beside the field."""
    if not text.strip():
        return None
    try:
        return clock.day_read(text.strip()[:10])
    except ValueError as error:
        raise SteeringRefused("“%(text)s” không phải là một ngày có thật.", text=text[:20]).at(
            field
        ) from error


def day_needed(text: str, field: str) -> date:
    """A day that must be there. Raises SteeringRefused beside the field."""
    found = day_typed(text, field)
    if found is None:
        raise SteeringRefused("Xin ghi ngày.").at(field)
    return found


def targets_of(request: HttpRequest, office: str) -> tuple[str, ...]:
    """Everybody in the office's place, or the units that are ticked."""
    if request.POST.get("all") == "1":
        return (office,)
    return tuple(request.POST.getlist("target")[: services.TARGETS_MAX + 1])


def office_of(request: HttpRequest) -> tuple[Actor, str]:
    """The asker and the office they give tasks for. Raises NotAllowed."""
    who, path = desk_of(request)
    ensure(who, Action.TASK_GIVE, path)
    return who, path


def choices(request: HttpRequest, office: str) -> dict[str, Any]:
    """Whom a task may be given to, and what is ticked."""
    ticked = set(request.POST.getlist("target"))
    return {
        "office": office,
        "units": units_below(office),
        "ticked": ticked,
        "all": request.POST.get("all") == "1" or not request.POST,
        "whoms": services.whoms(office),
    }


@signed_in
def directive_new(request: HttpRequest) -> HttpResponse:
    """Write a directive and give it."""
    who, office = office_of(request)
    names = ("number", "title", "body", "signed_on", "due", "whom")
    today = clock.local(clock.now()).date()
    typed = {name: request.POST.get(name, "") for name in names}
    typed["signed_on"] = typed["signed_on"] or today.isoformat()
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            draft = Draft(
                number=typed["number"],
                title=typed["title"],
                body=typed["body"],
                signed_on=day_needed(typed["signed_on"], "signed_on"),
                due=day_typed(typed["due"], "due"),
                whom=typed["whom"],
                targets=targets_of(request, office),
                file=_attached(request),
            )
            given = services.directive_issue(actor=who, office=office, draft=draft)
        except REFUSALS as refusal:
            wrong = beside(refusal)
        else:
            words = _("Đã giao văn bản %(number)s.") % {"number": given.number}
            return done(request, words, reverse("console:directive", args=[given.pk]))
    context = {"typed": typed, "wrong": wrong, **choices(request, office)}
    status = 422 if wrong else 200
    return render(request, "tasks/directive_new.html", context, status=status)


def _attached(request: HttpRequest) -> Attached | None:
    """The document, kept by its hash. Raises SteeringRefused beside its field."""
    file: Any = request.FILES.get("file")
    if file is None:
        return None
    if (file.size or 0) > rules.FILE_MAX_BYTES:
        raise SteeringRefused("Tệp lớn hơn 20 MB.").at("file")
    data = file.read()
    if not data.startswith(b"%PDF-"):
        raise SteeringRefused("Tệp kèm theo phải là PDF.").at("file")
    with NamedTemporaryFile(suffix=".pdf", dir=scratch()) as copy:
        copy.write(data)
        copy.flush()
        kept = MediaStore(settings.ENV.media).put(Path(copy.name))
    media.file_note(sha256=kept.sha256, mime=PDF, size_bytes=kept.bytes)
    return Attached(kept.sha256, label_of(file.name), kept.bytes)


def _directive(request: HttpRequest, directive_id: UUID) -> "tuple[Actor, str, Directive]":
    who, path = desk_of(request)
    found = selectors.directive_get(who, directive_id)
    if found is None:
        raise Http404
    return who, path, found


def paged(request: HttpRequest, lines: list[Any]) -> dict[str, Any]:
    """One page of a list of offices: its lines, its number, whether more follow."""
    number = page_number(request)
    start = (number - 1) * LINES_SHOWN
    return {
        "lines": lines[start : start + LINES_SHOWN],
        "number": number,
        "more": len(lines) > start + LINES_SHOWN,
    }


@signed_in
def directive(request: HttpRequest, directive_id: UUID) -> HttpResponse:
    """One directive; opening it is reading it, for who may answer for an office that is asked."""
    who, path, found = _directive(request, directive_id)
    mine = selectors.meant(found, path)
    if mine and who.may(Action.TASK_ANSWER, path) and found.withdrawn_at is None:
        services.directive_read(actor=who, directive=found, place=path)
    rows = [] if mine else selectors.recipients(found, path)
    marks = selectors.marks_of(found, [path, *(row.path for row in rows)])
    lines = sorted(
        ((row, marks.get(row.path)) for row in rows),
        key=lambda pair: (bool(pair[1]), bool(pair[1] and pair[1].acted_at), pair[0].path),
    )
    context = {
        "directive": found,
        "mine": mine,
        "mark": marks.get(path),
        **paged(request, lines),
        "tally": selectors.tallies([found], path)[found.pk],
        "may_answer": mine and who.may(Action.TASK_ANSWER, path),
        "may_withdraw": found.office == path and who.may(Action.TASK_GIVE, path),
        "today": clock.local(clock.now()).date(),
    }
    return render(request, "tasks/directive.html", context)


@signed_in
@require_POST
def directive_act(request: HttpRequest, directive_id: UUID) -> HttpResponse:
    """Say that it is done, or take one's own directive back."""
    who, path, found = _directive(request, directive_id)
    here = reverse("console:directive", args=[directive_id])
    try:
        if request.POST.get("do") == "withdraw":
            services.directive_withdraw(actor=who, directive=found)
            return done(request, _("Đã thu hồi văn bản."), reverse("console:tasks"))
        note = request.POST.get("note", "")
        services.directive_act(actor=who, directive=found, place=path, note=note)
    except REFUSALS as refusal:
        return refused(request, refusal, here)
    return done(request, _("Đã báo là thực hiện xong."), here)


@signed_in
def directive_file(request: HttpRequest, directive_id: UUID) -> HttpResponseBase:
    """The document itself."""
    _who, _path, found = _directive(request, directive_id)
    if not found.file_sha256:
        raise Http404
    response = file_response(request, settings.ENV.media, found.file_sha256)
    response.headers["Content-Type"] = PDF
    response.headers["Content-Disposition"] = 'attachment; filename="van-ban.pdf"'
    return response
