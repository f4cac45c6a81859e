"""Số liệu: published figures beside counted ones, and every number's way down to its communes."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loa.insight import selectors, services
from loa.insight.rules import DEFINITIONS, FILE_MAX_BYTES
from loa.insight.services import FiguresRefused
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import names_of, place_get
from loa.web import figure_words, formats
from loa.web.requests import REFUSALS, desk_of, done, sentence, signed_in


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """The figures of one's place; whoever may loads a file of published ones."""
    who, path = desk_of(request)
    here = _place(request, who, path)
    refusal = ""
    if request.method == "POST":
        ensure(who, Action.FIGURE_LOAD, "vn" if here == "vn" else here)
        try:
            rows = _load(request, who, here)
        except REFUSALS as refused:
            refusal = sentence(refused)
        else:
            words = _("Đã nạp %(rows)s số liệu.") % {"rows": rows}
            return done(request, words, reverse("console:figures"))
    day = _day(request.GET.get("ngay", ""))
    table = selectors.table(who, here, day)
    context = {
        "place": place_get(here),
        "table": table,
        "rows": [
            {
                "code": row.definition.code,
                "name": figure_words.name(row.definition.code),
                "published": figure_words.published(row.published),
                "counted": figure_words.counted(row.counted, table),
                "leads_down": row.counted is not None,
            }
            for row in table.rows
        ],
        "findings": [figure_words.finding(one) for one in table.findings],
        "may_load": who.may(Action.FIGURE_LOAD, here),
        "refusal": refusal,
    }
    return render(request, "insight/figures.html", context, status=422 if refusal else 200)


@signed_in
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator by the places below, the smallest shares first."""
    who, path = desk_of(request)
    if code not in DEFINITIONS:
        raise Http404
    here = _place(request, who, path)
    day = _day(request.GET.get("ngay", ""))
    found = selectors.below(who, here, code, day)
    names = names_of(found)
    lines = [
        {
            "name": names.get(below, below),
            "url": _down(code, below, day),
            "value": formats.number(total.value),
            "base": formats.number(total.base) if total.base else "",
            "share": f"{formats.number(total.percent, 1)} %" if total.percent is not None else "",
            "rows": formats.number(total.rows),
        }
        for below, total in found.items()
    ]
    context = {
        "code": code,
        "name": figure_words.name(code),
        "place": place_get(here),
        "lines": lines,
        "day": day,
    }
    return render(request, "insight/figure.html", context)


def _down(code: str, below: str, day: date) -> str:
    """A province's communes; a commune's own loudspeakers, the raw rows."""
    if below.count("/") >= 2:
        return f"{reverse('console:outlets')}?noi={below}"
    return f"{reverse('console:figure', args=[code])}?noi={below}&ngay={day.isoformat()}"


def _place(request: HttpRequest, who: Actor, path: str) -> str:
    wanted = request.GET.get("noi", "")[:24] or path
    if not who.may(Action.FIGURE_VIEW, wanted) or place_get(wanted) is None:
        raise Http404
    return wanted


def _day(text: str) -> date:
    try:
        return clock.day_read(text[:10])
    except ValueError:
        return clock.local(clock.now()).date()


def _load(request: HttpRequest, who: Actor, place: str) -> int:
    file: Any = request.FILES.get("file")
    if file is None:
        raise FiguresRefused(_("Chọn tệp CSV rồi bấm nạp."))
    if (file.size or 0) > FILE_MAX_BYTES:
        raise FiguresRefused("Tệp lớn hơn 1 MB.")
    return services.figures_load(actor=who, content=file.read(), place=place)
