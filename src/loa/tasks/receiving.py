"""Directives and reports between nodes: what leaves, and taking what comes.

Everything keeps the id it was made with. A node below never changes what is asked; the node above
never changes what is answered, it accepts or returns it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.tasks import events
from loa.tasks.models import Directive, Mark, Report, ReportState, ReportType


@dataclass(frozen=True, kw_only=True, slots=True)
class CameDirective:
    id: UUID
    office: str
    number: str
    title: str
    body: str
    signed_on: date
    due: date | None
    whom: str
    targets: tuple[str, ...]
    file_sha256: str
    file_name: str
    file_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CameType:
    id: UUID
    office: str
    name: str
    content: str
    whom: str
    targets: tuple[str, ...]
    frequency: str
    cut_off: date
    due: date
    form: list[dict[str, str]]
    ended_on: date | None


def directive_of(directive_id: UUID) -> Directive | None:
    return Directive.objects.filter(pk=directive_id).first()


def is_numbered(office: str, number: str) -> bool:
    """Whether an office's directive of that number is here, whichever way it came."""
    return Directive.objects.filter(office=office, number=number).exists()


def type_of(type_id: UUID) -> ReportType | None:
    return ReportType.objects.filter(pk=type_id).first()


def report_of(type_id: UUID, place: str, period: date) -> Report | None:
    rows = Report.objects.select_related("type")
    return rows.filter(type_id=type_id, place=place, period=period).first()


def mark_of(directive_id: UUID, place: str) -> Mark | None:
    rows = Mark.objects.select_related("directive")
    return rows.filter(directive_id=directive_id, place=place).first()


def directive_receive(*, actor: str, came: CameDirective) -> None:
    """Keep a directive from above; coming again changes nothing."""
    values = _fields(came)
    same = Directive.objects.filter(office=came.office, number=came.number)
    if same.exclude(pk=came.id).exists():
        return  # it came another way before, by the official exchange
    with transaction.atomic():
        row, made = Directive.objects.get_or_create(
            pk=came.id, defaults={**values, "made_by": actor, "made_at": clock.now()}
        )
        if made:
            _record(actor, events.DIRECTIVE_ISSUED, came.office, f"directive:{came.id}", str(row))


def directive_withdraw_received(*, actor: str, directive_id: UUID, office: str) -> None:
    """The office that issued it takes it back."""
    with transaction.atomic():
        rows = Directive.objects.filter(pk=directive_id, office=office, withdrawn_at=None)
        row = rows.first()
        if row is not None and rows.update(withdrawn_at=clock.now()):
            subject = f"directive:{directive_id}"
            _record(actor, events.DIRECTIVE_WITHDRAWN, office, subject, str(row))


def mark_receive(
    *,
    actor: str,
    directive: Directive,
    place: str,
    read_at: datetime,
    acted_at: datetime | None,
    note: str,
) -> None:
    """What an office below did with our directive."""
    values = {"read_at": read_at, "acted_at": acted_at, "note": note}
    with transaction.atomic():
        Mark.objects.update_or_create(directive=directive, place=place, defaults=values)
        kind = events.DIRECTIVE_ACTED if acted_at else events.DIRECTIVE_READ
        _record(actor, kind, place, f"directive:{directive.pk}", str(directive))


def type_receive(*, actor: str, came: CameType) -> None:
    """Keep a report type from above, or its end."""
    values = _fields(came)
    with transaction.atomic():
        row, made = ReportType.objects.get_or_create(
            pk=came.id, defaults={**values, "made_by": actor, "made_at": clock.now()}
        )
        if made:
            _record(actor, events.REPORT_ASKED, came.office, f"report:{came.id}", row.name)
        elif came.ended_on is not None and row.ended_on is None:
            ReportType.objects.filter(pk=row.pk).update(ended_on=came.ended_on)
            kind = events.REPORT_ASKING_ENDED
            _record(actor, kind, came.office, f"report:{came.id}", row.name)


def report_receive(
    *,
    actor: str,
    asked: ReportType,
    place: str,
    period: date,
    values: dict[str, Any],
    times: int,
    submitted_at: datetime,
) -> None:
    """A report from below, handed in. One handed in more often than this has replaced it."""
    with transaction.atomic():
        row, made = Report.objects.select_for_update().get_or_create(
            type=asked, place=place, period=period, defaults={"values": {}}
        )
        if not made and row.times >= times:
            return
        Report.objects.filter(pk=row.pk).update(
            values=values,
            times=times,
            state=ReportState.SUBMITTED,
            submitted_at=submitted_at,
            reason="",
        )
        _record(actor, events.REPORT_SUBMITTED, place, f"report:{asked.pk}", asked.name, period)


def decision_receive(
    *, actor: str, asked: ReportType, place: str, period: date, times: int, reason: str
) -> None:
    """The office above accepts our report, or returns it with a reason. A word about an earlier
    submission than the present one is past."""
    state = ReportState.RETURNED if reason else ReportState.ACCEPTED
    kind = events.REPORT_RETURNED if reason else events.REPORT_ACCEPTED
    with transaction.atomic():
        rows = Report.objects.filter(
            type=asked, place=place, period=period, times=times, state=ReportState.SUBMITTED
        )
        if rows.update(state=state, reason=reason, decided_at=clock.now()):
            _record(actor, kind, place, f"report:{asked.pk}", asked.name, period)


def _fields(came: CameDirective | CameType) -> dict[str, Any]:
    values = {name: getattr(came, name) for name in came.__slots__ if name != "id"}
    return values | {"targets": list(came.targets)}


def _record(
    actor: str, kind: str, place: str, subject: str, name: str, period: date | None = None
) -> None:
    payload = {"name": name[:200]} | ({"period": period.isoformat()} if period else {})
    journal.record(actor=actor, kind=kind, place=place, subject=subject, payload=payload)
