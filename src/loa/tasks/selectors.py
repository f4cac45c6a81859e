"""What is asked of whom, what became of it, and what is late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from loa.insight import selectors as insight
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import inside as inside_q
from loa.places.selectors import standing
from loa.tasks import rules
from loa.tasks.models import Directive, Mark, Report, ReportState, ReportType, Whom
from loa.tasks.rules import Period
from loa_protocol.paths import inside, inside_any

if TYPE_CHECKING:
    from loa.places.models import Place

LOOKED_AT = 500
"""So many of the newest directives and report types are looked through for an office's own."""


def concerns(thing: Directive | ReportType, path: str) -> bool:
    """Whether the place asked, is asked, or has offices below that are asked."""
    return (
        inside(thing.office, path)
        or inside_any(path, thing.targets)
        or any(inside(target, path) for target in thing.targets)
    )


def meant(thing: Directive | ReportType, place: str) -> bool:
    """Whether the office at this very place is asked."""
    level = Whom.PROVINCE if place.count("/") == 1 else Whom.COMMUNE
    at_level = place.count("/") in {1, 2} and thing.whom == level
    return at_level and inside_any(place, thing.targets)


def directives(actor: Actor, path: str) -> list[Directive]:
    """The directives that concern a place, newest first. Raises NotAllowed."""
    ensure(actor, Action.TASK_VIEW, path)
    rows = Directive.objects.filter(withdrawn_at=None).order_by("-made_at", "-pk")[:LOOKED_AT]
    return [row for row in rows if concerns(row, path)]


def report_types(actor: Actor, path: str) -> list[ReportType]:
    """The reports that concern a place, newest first. Raises NotAllowed."""
    ensure(actor, Action.TASK_VIEW, path)
    rows = ReportType.objects.order_by("-made_at", "-pk")[:LOOKED_AT]
    return [row for row in rows if concerns(row, path)]


def directive_get(actor: Actor, directive_id: UUID) -> Directive | None:
    """None for an unknown one, and for one that does not concern the asker's places."""
    found = Directive.objects.filter(pk=directive_id).first()
    return found if found and _sees(actor, found) else None


def report_type_get(actor: Actor, type_id: UUID) -> ReportType | None:
    """None for an unknown one, and for one that does not concern the asker's places."""
    found = ReportType.objects.filter(pk=type_id).first()
    return found if found and _sees(actor, found) else None


def _sees(actor: Actor, thing: Directive | ReportType) -> bool:
    return any(concerns(thing, path) for path in actor.places(Action.TASK_VIEW))


def recipients(thing: Directive | ReportType, within: str) -> "list[Place]":
    """The offices asked at or below a place, by path."""
    rows = standing().filter(inside_q(thing.targets), level=thing.whom)
    return list(rows.filter(inside_q([within])).order_by("path"))


def marks_of(directive: Directive, places: Iterable[str]) -> dict[str, Mark]:
    wanted = set(places)
    return {mark.place: mark for mark in directive.marks.all() if mark.place in wanted}


def own_marks(rows: Iterable[Directive], place: str) -> dict[UUID, Mark]:
    """One office's marks by directive; one query."""
    found = Mark.objects.filter(directive__in=list(rows), place=place)
    return {mark.directive_id: mark for mark in found}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many offices are asked, have read, have acted."""

    asked: int
    read: int
    acted: int


def tallies(rows: Iterable[Directive], within: str) -> dict[UUID, Tally]:
    """How far the offices at or below a place are with each directive. Two queries."""
    given = list(rows)
    levels = {row.whom for row in given}
    places = standing().filter(inside_q([within]), level__in=levels)
    offices: dict[str, list[str]] = {}
    for level, path in places.values_list("level", "path"):
        offices.setdefault(level, []).append(path)
    marks: dict[UUID, dict[str, bool]] = {}
    for mark in Mark.objects.filter(directive__in=given):
        marks.setdefault(mark.directive_id, {})[mark.place] = mark.acted_at is not None
    found = {}
    for row in given:
        asked = {path for path in offices.get(row.whom, ()) if inside_any(path, row.targets)}
        told = [acted for place, acted in marks.get(row.pk, {}).items() if place in asked]
        found[row.pk] = Tally(len(asked), len(told), sum(told))
    return found


def periods_of(asked: ReportType) -> list[Period]:
    """The periods that have begun to be due: those whose data are complete today."""
    today = clock.local(clock.now()).date()
    until = min(today, asked.ended_on) if asked.ended_on else today
    return rules.periods(asked.frequency, asked.cut_off, asked.due, until)


def next_period(asked: ReportType) -> Period | None:
    """The period to come, if one does."""
    if asked.ended_on is not None:
        return None
    far = rules.later(clock.local(clock.now()).date(), 13)
    coming = rules.periods(asked.frequency, asked.cut_off, asked.due, max(far, asked.cut_off))
    known = len(periods_of(asked))
    return coming[known] if len(coming) > known else None


def report_get(asked: ReportType, place: str, period: date) -> Report | None:
    return Report.objects.filter(type=asked, place=place, period=period).first()


@dataclass(frozen=True, slots=True)
class Line:
    """One office's report of one period; `report` is None where nothing was begun."""

    place: "Place"
    period: Period
    report: Report | None
    late: bool


def lines_of(asked: ReportType, period: Period, within: str) -> list[Line]:
    """Every office asked at or below a place: the late first, then those that wait."""
    today = clock.local(clock.now()).date()
    rows = {r.place: r for r in asked.reports.filter(period=period.cut_off)}
    found = [
        Line(place, period, rows.get(place.path), _late(rows.get(place.path), period, today))
        for place in recipients(asked, within)
    ]
    return sorted(found, key=_late_first)


def _late_first(line: Line) -> tuple[bool, int, str]:
    """The late, then what waits to be decided, then what is still to come."""
    order = {"submitted": 0, "accepted": 2}
    state = line.report.state if line.report else ""
    return not line.late, order.get(state, 1), line.place.path


def _late(report: Report | None, period: Period, today: date) -> bool:
    handed_in = report is not None and report.state in {
        ReportState.SUBMITTED,
        ReportState.ACCEPTED,
    }
    return period.due < today and not handed_in


@dataclass(frozen=True, slots=True)
class Due:
    """A period of a report that an office has not handed in yet."""

    type: ReportType
    period: Period
    state: str
    late: bool


def due_of(types: Iterable[ReportType], place: str) -> list[Due]:
    """What one office has still to report, the earliest due date first. One query."""
    mine = [one for one in types if meant(one, place)]
    rows = Report.objects.filter(type__in=mine, place=place)
    states = {(row.type_id, row.period): row.state for row in rows}
    today = clock.local(clock.now()).date()
    done = {ReportState.SUBMITTED, ReportState.ACCEPTED}
    found = [
        Due(one, period, states.get((one.pk, period.cut_off), ""), period.due < today)
        for one in mine
        for period in periods_of(one)
        if states.get((one.pk, period.cut_off)) not in done
    ]
    return sorted(found, key=lambda one: (one.period.due, one.type.name))


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A value that the node counted, and how many raw rows stand behind it."""

    value: int
    rows: int


def prefill(asked: ReportType, place: str, period: date) -> dict[str, Prefilled]:
    """Values by key for the fields that name an indicator, as it stood on the cut-off day."""
    wanted = {one["indicator"]: one["key"] for one in asked.form if one["indicator"]}
    if not wanted:
        return {}
    totals = insight.totals(place, period)
    return {
        key: Prefilled(totals[code].value, totals[code].rows)
        for code, key in wanted.items()
        if code in totals
    }


def files_in_use() -> set[str]:
    """The documents of directives: kept as long as these are."""
    rows = Directive.objects.exclude(file_sha256="")
    return set(rows.values_list("file_sha256", flat=True))
