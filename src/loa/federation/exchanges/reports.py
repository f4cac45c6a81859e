"""Report types down, filled reports up, decisions on them down."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from loa.federation.contract import (
    Arrived,
    Body,
    Direction,
    Exchange,
    NotTaken,
    Outward,
    Peer,
    Waits,
)
from loa.federation.exchanges.bulletins import Paths, Uuid
from loa.federation.exchanges.directives import (
    Content,
    Note,
    Whom,
    actor_of,
    check_asked,
    from_above,
    goes_down,
    made_here,
    subject_of,
)
from loa.federation.exchanges.figures import Day
from loa.federation.exchanges.papers import check_above_us
from loa.federation.refusals import Fault
from loa.journal.services import Recorded
from loa.tasks import events, receiving, rules
from loa_protocol.payloads import Wire
from loa_protocol.payloads.common import Path, Time, type_is_list

Times = Annotated[int, Field(ge=1, le=10_000)]


class FormField(Wire):
    """One field of a report's form."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
    label: Annotated[str, Field(min_length=1, max_length=rules.LABEL_MAX)]
    kind: Literal["number", "text"]
    indicator: Annotated[str, Field(max_length=40)] = ""


Form = Annotated[
    tuple[FormField, ...], type_is_list, Field(min_length=1, max_length=rules.FIELDS_MAX)
]


class TypeSent(Body):
    """What is to be reported, by whom, how often and until when (TT 02/2023)."""

    report: Uuid
    office: Path
    name: Annotated[str, Field(min_length=1, max_length=rules.NAME_MAX)]
    content: Content
    whom: Whom
    targets: Paths
    frequency: Literal["once", "month", "quarter", "year"]
    cut_off: Day
    due: Day
    form: Form
    ended_on: Day | None = None


class Value(Wire):
    """What was filled in: a number, or words."""

    key: Annotated[str, Field(max_length=31)]
    number: Annotated[int, Field(ge=0, le=rules.VALUE_MAX)] | None = None
    text: Annotated[str, Field(max_length=rules.TEXT_MAX)] | None = None


class Filled(Body):
    """A report of one office and period; `times` counts how often it was handed in."""

    report: Uuid
    place: Path
    period: Day
    times: Times
    submitted_at: Time
    values: Annotated[tuple[Value, ...], type_is_list, Field(max_length=rules.FIELDS_MAX)]


class Decided(Body):
    """A report was accepted, or returned with a reason."""

    report: Uuid
    place: Path
    period: Day
    times: Times
    reason: Note = ""


def _export_type(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    row = receiving.type_of(subject_of(fact)) if made_here(fact) else None
    targets = goes_down(row, peer) if row else ()
    if row is None or not targets:
        return
    body = TypeSent(
        report=str(row.pk),
        office=row.office,
        name=row.name,
        content=row.content,
        whom="province" if row.whom == "province" else "commune",
        targets=targets,
        frequency=_frequency(row.frequency),
        cut_off=row.cut_off.isoformat(),
        due=row.due.isoformat(),
        form=tuple(FormField.model_validate(one) for one in row.form),
        ended_on=row.ended_on.isoformat() if row.ended_on else None,
    )
    yield Outward(place=row.office, body=body, audience=targets)


def _frequency(text: str) -> Any:
    return text


def _export_filled(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    period = date.fromisoformat(str(fact.payload.get("period", "")))
    row = receiving.report_of(subject_of(fact), fact.place, period) if made_here(fact) else None
    if row is None or row.type.office != peer.path or row.submitted_at is None:
        return
    body = Filled(
        report=str(row.type_id),
        place=row.place,
        period=row.period.isoformat(),
        times=row.times,
        submitted_at=row.submitted_at,
        values=tuple(_value(key, value) for key, value in row.values.items()),
    )
    yield Outward(place=row.place, body=body, audience=(peer.path,))


def _value(key: str, value: Any) -> Value:
    if isinstance(value, int):
        return Value(key=key, number=value)
    return Value(key=key, text=str(value))


def _export_decided(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    period = date.fromisoformat(str(fact.payload.get("period", "")))
    row = receiving.report_of(subject_of(fact), fact.place, period) if made_here(fact) else None
    if row is None or not peer.covers(row.place) or row.type.office == peer.path:
        return
    body = Decided(
        report=str(row.type_id),
        place=row.place,
        period=row.period.isoformat(),
        times=row.times,
        reason=row.reason if fact.kind == events.REPORT_RETURNED else "",
    )
    yield Outward(place=row.type.office, body=body, audience=(row.place,))


def _handle_type(arrived: Arrived) -> None:
    from_above(arrived)
    body: TypeSent = arrived.body
    try:
        rules.check_dates(date.fromisoformat(body.cut_off), date.fromisoformat(body.due))
    except rules.SteeringRefused as refusal:
        raise NotTaken(Fault.BAD_BODY, f"{body.cut_off} {body.due}") from refusal
    receiving.type_receive(
        actor=actor_of(arrived),
        came=receiving.CameType(
            id=UUID(body.report),
            office=body.office,
            name=body.name,
            content=body.content,
            whom=body.whom,
            targets=body.targets,
            frequency=body.frequency,
            cut_off=date.fromisoformat(body.cut_off),
            due=date.fromisoformat(body.due),
            form=[one.model_dump() for one in body.form],
            ended_on=date.fromisoformat(body.ended_on) if body.ended_on else None,
        ),
    )


def _handle_filled(arrived: Arrived) -> None:
    body: Filled = arrived.body
    asked = receiving.type_of(UUID(body.report))
    if asked is None:
        raise Waits
    check_asked(arrived, asked, body.place)
    kinds = {one["key"]: one["kind"] for one in asked.form}
    values: dict[str, int | str] = {}
    for one in body.values:
        value = one.number if kinds.get(one.key) == "number" else one.text
        if value is not None and one.key in kinds:
            values[one.key] = value
    receiving.report_receive(
        actor=actor_of(arrived),
        asked=asked,
        place=body.place,
        period=date.fromisoformat(body.period),
        values=values,
        times=body.times,
        submitted_at=body.submitted_at,
    )


def _handle_decided(arrived: Arrived) -> None:
    check_above_us(arrived.place)
    body: Decided = arrived.body
    asked = receiving.type_of(UUID(body.report))
    if asked is None:
        raise Waits
    if asked.office != arrived.place:
        raise NotTaken(Fault.OUTSIDE_SENDER, arrived.place)
    receiving.decision_receive(
        actor=actor_of(arrived),
        asked=asked,
        place=body.place,
        period=date.fromisoformat(body.period),
        times=body.times,
        reason=body.reason,
    )


EXCHANGES = (
    Exchange(
        kind="report.asked",
        direction=Direction.DOWN,
        schema=TypeSent,
        facts=frozenset({events.REPORT_ASKED, events.REPORT_ASKING_ENDED}),
        export=_export_type,
        handle=_handle_type,
    ),
    Exchange(
        kind="report.decided",
        direction=Direction.DOWN,
        schema=Decided,
        facts=frozenset({events.REPORT_RETURNED, events.REPORT_ACCEPTED}),
        export=_export_decided,
        handle=_handle_decided,
    ),
    Exchange(
        kind="report.filled",
        direction=Direction.UP,
        schema=Filled,
        facts=frozenset({events.REPORT_SUBMITTED}),
        export=_export_filled,
        handle=_handle_filled,
    ),
)
