"""Báo cáo: asking for one, filling it in, taking it or giving it back."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loa.console.tasks.directives import choices, day_needed, office_of, paged, targets_of
from loa.insight.rules import DEFINITIONS
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.places.selectors import place_get
from loa.tasks import selectors, services
from loa.tasks.rules import FIELDS_MAX, Field, Period, SteeringRefused
from loa.tasks.services import Ask
from loa.web import figure_words, formats
from loa.web.requests import REFUSALS, beside, desk_of, done, refused, signed_in

if TYPE_CHECKING:
    from loa.tasks.models import Report, ReportType

FIELDS_SHOWN = 4
PERIODS_SHOWN = 12


@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """Ask the offices below for a report."""
    who, office = office_of(request)
    names = ("name", "content", "whom", "frequency", "cut_off", "due")
    typed = {name: request.POST.get(name, "") for name in names}
    wrong: dict[str, str] = {}
    if request.method == "POST" and request.POST.get("do") != "more":
        try:
            ask = Ask(
                name=typed["name"],
                content=typed["content"],
                whom=typed["whom"],
                targets=targets_of(request, office),
                frequency=typed["frequency"],
                cut_off=day_needed(typed["cut_off"], "cut_off"),
                due=day_needed(typed["due"], "due"),
                form=_fields(request),
            )
            made = services.report_ask(actor=who, office=office, ask=ask)
        except REFUSALS as refusal:
            wrong = beside(refusal)
        else:
            words = _("Đã yêu cầu báo cáo “%(name)s”.") % {"name": made.name}
            return done(request, words, reverse("console:report_type", args=[made.pk]))
    context = {
        "typed": typed,
        "wrong": wrong,
        "fields": _rows(request),
        "frequencies": services.frequencies(),
        "indicators": [(c, figure_words.name(c)) for c, one in DEFINITIONS.items() if one.counted],
        **choices(request, office),
    }
    status = 422 if wrong else 200
    return render(request, "tasks/report_new.html", context, status=status)


def _rows(request: HttpRequest) -> list[dict[str, str]]:
    lists = [request.POST.getlist(name)[:30] for name in ("label", "kind", "indicator")]
    rows = [
        {"label": label, "kind": kind, "indicator": indicator}
        for label, kind, indicator in zip(*lists, strict=False)
    ]
    blank = {"label": "", "kind": "number", "indicator": ""}
    more = FIELDS_SHOWN if request.POST.get("do") == "more" else 0
    return (rows + [blank] * max(more, FIELDS_SHOWN - len(rows)))[:FIELDS_MAX]


def _fields(request: HttpRequest) -> tuple[Field, ...]:
    filled = [row for row in _rows(request) if row["label"].strip()]
    return tuple(
        Field(f"f{number}", " ".join(row["label"].split()), row["kind"], row["indicator"])
        for number, row in enumerate(filled, start=1)
    )


def _asked(request: HttpRequest, type_id: UUID) -> "tuple[Actor, str, ReportType]":
    who, path = desk_of(request)
    found = selectors.report_type_get(who, type_id)
    if found is None:
        raise Http404
    return who, path, found


def _period(asked: "ReportType", text: str) -> Period:
    found = {one.cut_off.isoformat(): one for one in selectors.periods_of(asked)}
    if text not in found:
        raise Http404
    return found[text]


@signed_in
def report_type(request: HttpRequest, type_id: UUID) -> HttpResponse:
    """What is asked, and by period how far every office is, the late first."""
    who, path, asked = _asked(request, type_id)
    known = selectors.periods_of(asked)
    chosen = request.GET.get("ky", "")
    period = _period(asked, chosen) if chosen else (known[-1] if known else None)
    lines = selectors.lines_of(asked, period, path) if period else []
    context = {
        "asked": asked,
        "form": asked.form,
        "periods": known[::-1][:PERIODS_SHOWN],
        "period": period,
        "coming": selectors.next_period(asked),
        **paged(request, lines),
        "all": len(lines),
        "late": sum(line.late for line in lines),
        "in": sum(line.report is not None and line.report.times > 0 for line in lines),
        "meant": selectors.meant(asked, path),
        "may_end": asked.office == path
        and who.may(Action.TASK_GIVE, path)
        and asked.ended_on is None,
        "path": path,
    }
    return render(request, "tasks/report_type.html", context)


@signed_in
@require_POST
def end(request: HttpRequest, type_id: UUID) -> HttpResponse:
    """No more periods."""
    who, _path, asked = _asked(request, type_id)
    services.report_asking_end(actor=who, asked=asked)
    here = reverse("console:report_type", args=[type_id])
    return done(request, _("Từ nay không còn kỳ báo cáo mới."), here)


@signed_in
def report(request: HttpRequest, type_id: UUID, period: str, place: str) -> HttpResponse:
    """One office's report: filled in there, read by the offices above."""
    who, path, asked = _asked(request, type_id)
    of = _period(asked, period)
    where = place_get(place.replace("-", "/"))
    if where is None or not selectors.meant(asked, where.path):
        raise Http404
    if not any(where.path == p or where.path.startswith(f"{p}/") for p in (path,)):
        raise Http404
    row = selectors.report_get(asked, where.path, of.cut_off)
    may_fill = who.may(Action.TASK_ANSWER, where.path) and (
        row is None or row.state in {"draft", "returned"}
    )
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            return _filled(request, who, asked, where.path, of.cut_off)
        except REFUSALS as refusal:
            wrong = beside(refusal)
    context = {
        "asked": asked,
        "place": where,
        "period": of,
        "report": row,
        "fields": _shown(request, asked, where.path, of.cut_off, row, wrong, may_fill=may_fill),
        "wrong": wrong,
        "may_fill": may_fill,
        "may_decide": row is not None
        and row.state == "submitted"
        and asked.office == path
        and who.may(Action.TASK_GIVE, path),
        "late": of.due < clock.local(clock.now()).date(),
    }
    status = 422 if wrong else 200
    return render(request, "tasks/report.html", context, status=status)


def _filled(
    request: HttpRequest, who: Actor, asked: "ReportType", place: str, period: date
) -> HttpResponse:
    typed = {one["key"]: request.POST.get(one["key"], "") for one in asked.form}
    values: dict[str, Any] = {
        "actor": who,
        "asked": asked,
        "place": place,
        "period": period,
        "typed": typed,
    }
    here = report_url(asked, period, place)
    if request.POST.get("do") == "submit":
        services.report_submit(**values)
        return done(request, _("Đã nộp báo cáo."), here)
    services.report_save(**values)
    return done(request, _("Đã lưu, chưa nộp."), here)


def report_url(asked: "ReportType", period: date, place: str) -> str:
    words = [asked.pk, period.isoformat(), place.replace("/", "-")]
    return reverse("console:report", args=words)


def _shown(
    request: HttpRequest,
    asked: "ReportType",
    place: str,
    period: date,
    row: "Report | None",
    wrong: dict[str, str],
    *,
    may_fill: bool,
) -> list[dict[str, Any]]:
    """The form's fields with what was typed, kept, or counted by the node, in this order."""
    counted = selectors.prefill(asked, place, period)
    # What is only being filled in is its office's own.
    kept = row if row is not None and (row.state != "draft" or may_fill) else None
    found = []
    for field in asked.form:
        key = field["key"]
        known = counted.get(key)
        if request.method == "POST":
            value = request.POST.get(key, "")
        elif kept is not None and key in kept.values:
            value = str(kept.values[key])
        else:
            fresh = may_fill and known is not None and (row is None or row.times == 0)
            value = str(known.value) if fresh and known is not None else ""
        hint = ""
        if known is not None:
            hint = _("Loa đếm được %(value)s, cộng từ %(rows)s dòng.") % {
                "value": formats.number(known.value),
                "rows": formats.number(known.rows),
            }
        found.append({**field, "value": value, "hint": hint, "error": wrong.get(key, "")})
    return found


@signed_in
@require_POST
def decide(request: HttpRequest, type_id: UUID, period: str, place: str) -> HttpResponse:
    """Take the report, or give it back with a reason."""
    who, _path, asked = _asked(request, type_id)
    of = _period(asked, period)
    row = selectors.report_get(asked, place.replace("-", "/"), of.cut_off)
    if row is None:
        raise Http404
    here = report_url(asked, of.cut_off, row.place)
    try:
        if request.POST.get("do") == "return":
            reason = request.POST.get("reason", "")
            services.report_return(actor=who, report=row, reason=reason)
            return done(request, _("Đã trả lại báo cáo."), here)
        services.report_accept(actor=who, report=row)
    except SteeringRefused as refusal:
        return refused(request, refusal, here)
    return done(request, _("Đã nhận báo cáo."), here)
