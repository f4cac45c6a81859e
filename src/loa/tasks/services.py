"""Asking and answering: every write of directives and reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from loa.journal import services as journal
from loa.lib import clock
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.selectors import place_get
from loa.tasks import events, rules, selectors
from loa.tasks.models import Directive, Frequency, Mark, Report, ReportState, ReportType, Whom
from loa.tasks.rules import Field, SteeringRefused
from loa_protocol.paths import inside, inside_any

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGETS_MAX = 400


@dataclass(frozen=True, slots=True)
class Attached:
    """A document that was put into the store before."""

    sha256: str
    name: str
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A directive as it was written."""

    number: str
    title: str
    body: str = ""
    signed_on: date
    due: date | None = None
    whom: str = "commune"
    targets: tuple[str, ...] = ()
    file: Attached | None = None


def directive_issue(*, actor: Actor, office: str, draft: Draft) -> Directive:
    """Give a directive to the offices below. Raises NotAllowed, SteeringRefused."""
    ensure(actor, Action.TASK_GIVE, office)
    number, title = " ".join(draft.number.split()), " ".join(draft.title.split())
    if not number or len(number) > rules.NUMBER_MAX:
        raise SteeringRefused("Ghi số, ký hiệu văn bản, nhiều nhất 40 chữ.").at("number")
    if not title or len(title) > rules.TITLE_MAX:
        raise SteeringRefused("Ghi trích yếu, nhiều nhất 300 chữ.").at("title")
    if len(draft.body) > rules.BODY_MAX:
        raise SteeringRefused("Nội dung dài quá 20.000 chữ.").at("body")
    rules.check_days(draft.signed_on, draft.due)
    targets = _targets(office, draft.whom, draft.targets)
    file = draft.file
    try:
        with transaction.atomic():
            directive = Directive.objects.create(
                office=office,
                number=number,
                title=title,
                body=draft.body.strip(),
                signed_on=draft.signed_on,
                due=draft.due,
                whom=draft.whom,
                targets=targets,
                file_sha256=file.sha256 if file else "",
                file_name=file.name if file else "",
                file_bytes=file.bytes if file else 0,
                made_by=str(actor),
                made_at=clock.now(),
            )
            _record(actor, events.DIRECTIVE_ISSUED, office, directive)
    except IntegrityError as error:
        raise SteeringRefused("Đã có văn bản số ấy của cơ quan này.").at("number") from error
    return directive


def _targets(office: str, whom: str, targets: Sequence[str]) -> list[str]:
    """The targets, cleaned: standing places inside the office's own. Raises SteeringRefused."""
    wanted = list(dict.fromkeys(targets))
    if not wanted:
        raise SteeringRefused("Chọn ít nhất một nơi nhận.").at("targets")
    if len(wanted) > TARGETS_MAX:
        raise SteeringRefused("Nhiều nhất %(most)s nơi nhận.", most=TARGETS_MAX).at("targets")
    for path in wanted:
        if not inside(path, office) or path.count("/") > 2 or place_get(path) is None:
            raise SteeringRefused("Nơi nhận phải là xã, tỉnh trong địa bàn.").at("targets")
    if whom not in Whom.values:
        raise SteeringRefused("Chọn giao cho xã hay cho tỉnh.").at("whom")
    if whom == Whom.PROVINCE and (office != "vn" or any(path.count("/") > 1 for path in wanted)):
        raise SteeringRefused("Chỉ trung ương giao việc cho tỉnh, và giao cho cả tỉnh.").at("whom")
    return wanted


def whoms(office: str) -> list[tuple[str, str]]:
    """Which offices an office may ask, with their words."""
    every = [(str(value), str(label)) for value, label in Whom.choices]
    return every if office == "vn" else every[:1]


def frequencies() -> list[tuple[str, str]]:
    """How often a report may be asked for, with the words."""
    return [(str(value), str(label)) for value, label in Frequency.choices]


def directive_withdraw(*, actor: Actor, directive: Directive) -> None:
    """Take a directive back. Raises NotAllowed."""
    ensure(actor, Action.TASK_GIVE, directive.office)
    with transaction.atomic():
        rows = Directive.objects.filter(pk=directive.pk, withdrawn_at=None)
        if rows.update(withdrawn_at=clock.now()):
            _record(actor, events.DIRECTIVE_WITHDRAWN, directive.office, directive)


def directive_read(*, actor: Actor, directive: Directive, place: str) -> Mark:
    """The office has opened the directive; only the first time counts. Raises NotAllowed."""
    ensure(actor, Action.TASK_ANSWER, place)
    standing = Mark.objects.filter(directive=directive, place=place).first()
    if standing is not None:
        return standing
    _check_meant(directive, place)
    with transaction.atomic():
        mark, made = Mark.objects.get_or_create(
            directive=directive,
            place=place,
            defaults={"read_at": clock.now(), "by": str(actor)},
        )
        if made:
            _record(actor, events.DIRECTIVE_READ, place, directive)
    return mark


def directive_act(*, actor: Actor, directive: Directive, place: str, note: str) -> None:
    """The office says it has done what was asked. Raises NotAllowed, SteeringRefused."""
    mark = directive_read(actor=actor, directive=directive, place=place)
    said = " ".join(note.split())
    if len(said) > rules.NOTE_MAX:
        raise SteeringRefused("Kết quả dài quá 300 chữ.").at("note")
    with transaction.atomic():
        rows = Mark.objects.filter(pk=mark.pk, acted_at=None)
        if rows.update(acted_at=clock.now(), note=said, by=str(actor)):
            _record(actor, events.DIRECTIVE_ACTED, place, directive)


def _check_meant(thing: Directive | ReportType, place: str) -> None:
    """Raise SteeringRefused unless the office at the place is one that is asked."""
    level = Whom.PROVINCE if place.count("/") == 1 else Whom.COMMUNE
    if thing.whom != level or not inside_any(place, thing.targets):
        raise SteeringRefused("Việc này không giao cho nơi ấy.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """A report type as it was written."""

    name: str
    content: str = ""
    whom: str = "commune"
    targets: tuple[str, ...] = ()
    frequency: str = "once"
    cut_off: date
    due: date
    form: tuple[Field, ...] = ()


def report_ask(*, actor: Actor, office: str, ask: Ask) -> ReportType:
    """Ask the offices below for a report, once or each period.

    Raises NotAllowed, SteeringRefused beside the field.
    """
    ensure(actor, Action.TASK_GIVE, office)
    name = " ".join(ask.name.split())
    if not name or len(name) > rules.NAME_MAX:
        raise SteeringRefused("Ghi tên báo cáo, nhiều nhất 200 chữ.").at("name")
    if len(ask.content) > rules.BODY_MAX:
        raise SteeringRefused("Nội dung dài quá 20.000 chữ.").at("content")
    if ask.frequency not in Frequency.values:
        raise SteeringRefused("Chọn kỳ báo cáo.").at("frequency")
    rules.check_dates(ask.cut_off, ask.due)
    form = rules.form_of(ask.form)
    targets = _targets(office, ask.whom, ask.targets)
    with transaction.atomic():
        made = ReportType.objects.create(
            office=office,
            name=name,
            content=ask.content.strip(),
            whom=ask.whom,
            targets=targets,
            frequency=ask.frequency,
            cut_off=ask.cut_off,
            due=ask.due,
            form=form,
            made_by=str(actor),
            made_at=clock.now(),
        )
        _record(actor, events.REPORT_ASKED, office, made)
    return made


def report_asking_end(*, actor: Actor, asked: ReportType) -> None:
    """No more periods from today on. Raises NotAllowed."""
    ensure(actor, Action.TASK_GIVE, asked.office)
    today = clock.local(clock.now()).date()
    with transaction.atomic():
        if ReportType.objects.filter(pk=asked.pk, ended_on=None).update(ended_on=today):
            _record(actor, events.REPORT_ASKING_ENDED, asked.office, asked)


def report_save(
    *, actor: Actor, asked: ReportType, place: str, period: date, typed: "Mapping[str, str]"
) -> Report:
    """Keep what was filled in so far. Raises NotAllowed, SteeringRefused beside the field."""
    ensure(actor, Action.TASK_ANSWER, place)
    report = _open_report(asked, place, period)
    values = rules.values_of(asked.form, typed, whole=False)
    report.values, report.by = values, str(actor)
    Report.objects.filter(pk=report.pk).update(values=values, by=str(actor))
    return report


def report_submit(
    *, actor: Actor, asked: ReportType, place: str, period: date, typed: "Mapping[str, str]"
) -> Report:
    """Hand the report in, whole. Raises NotAllowed, SteeringRefused beside the field."""
    ensure(actor, Action.TASK_ANSWER, place)
    values = rules.values_of(asked.form, typed, whole=True)
    with transaction.atomic():
        report = _open_report(asked, place, period)
        changed = Report.objects.filter(
            pk=report.pk, state__in=(ReportState.DRAFT, ReportState.RETURNED)
        ).update(
            values=values,
            state=ReportState.SUBMITTED,
            submitted_at=clock.now(),
            times=F("times") + 1,
            reason="",
            by=str(actor),
        )
        if not changed:
            raise SteeringRefused("Báo cáo này đã nộp rồi.")
        _record(actor, events.REPORT_SUBMITTED, place, asked, period=period)
    report.refresh_from_db()
    return report


def _open_report(asked: ReportType, place: str, period: date) -> Report:
    _check_meant(asked, place)
    if period not in {one.cut_off for one in selectors.periods_of(asked)}:
        raise SteeringRefused("Không có kỳ báo cáo ấy.")
    report, _made = Report.objects.get_or_create(
        type=asked, place=place, period=period, defaults={"values": {}}
    )
    if report.state in {ReportState.SUBMITTED, ReportState.ACCEPTED}:
        raise SteeringRefused("Báo cáo này đã nộp rồi.")
    return report


def report_return(*, actor: Actor, report: Report, reason: str) -> None:
    """Give a report back to be mended. Raises NotAllowed, SteeringRefused."""
    said = " ".join(reason.split())
    if not said or len(said) > rules.NOTE_MAX:
        raise SteeringRefused("Ghi lý do trả lại, nhiều nhất 300 chữ.").at("reason")
    _decide(actor, report, ReportState.RETURNED, said)


def report_accept(*, actor: Actor, report: Report) -> None:
    """Take a report as it is. Raises NotAllowed, SteeringRefused."""
    _decide(actor, report, ReportState.ACCEPTED, "")


def _decide(actor: Actor, report: Report, state: ReportState, reason: str) -> None:
    office = report.type.office
    ensure(actor, Action.TASK_GIVE, office)
    kind = events.REPORT_ACCEPTED if state == ReportState.ACCEPTED else events.REPORT_RETURNED
    with transaction.atomic():
        rows = Report.objects.filter(pk=report.pk, state=ReportState.SUBMITTED)
        if not rows.update(state=state, reason=reason, decided_at=clock.now()):
            raise SteeringRefused("Báo cáo này chưa nộp, hoặc đã có người quyết định.")
        _record(actor, kind, report.place, report.type, period=report.period)


def _record(
    actor: Actor, kind: str, place: str, thing: Directive | ReportType, period: date | None = None
) -> UUID:
    sort = "directive" if isinstance(thing, Directive) else "report"
    payload: dict[str, str] = {"name": str(thing)[:200]}
    if period is not None:
        payload["period"] = period.isoformat()
    return journal.record(
        actor=str(actor), kind=kind, place=place, subject=f"{sort}:{thing.pk}", payload=payload
    )
