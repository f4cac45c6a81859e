"""Directives down, and the marks of the offices that read them and acted up."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from pydantic import Field

from loa.federation.contract import (
    Arrived,
    Body,
    Direction,
    Exchange,
    File,
    NotTaken,
    Outward,
    Peer,
    Waits,
)
from loa.federation.exchanges.bulletins import Line, Paths, Uuid
from loa.federation.exchanges.figures import Day
from loa.federation.exchanges.papers import FROM_LINK, check_above_us
from loa.federation.refusals import Fault
from loa.journal.services import Recorded
from loa.tasks import events, receiving, rules
from loa_protocol.paths import inside, inside_any
from loa_protocol.payloads.common import Path, Sha256, Time

if TYPE_CHECKING:
    from loa.tasks.models import Directive, ReportType

PDF = "application/pdf"
Whom = Literal["commune", "province"]
Content = Annotated[str, Field(max_length=rules.BODY_MAX)]
Note = Annotated[str, Field(max_length=rules.NOTE_MAX)]


class DirectiveSent(Body):
    """A numbered document with the offices that are asked and the last day to act."""

    directive: Uuid
    office: Path
    number: Annotated[str, Field(min_length=1, max_length=rules.NUMBER_MAX)]
    title: Line
    text: Content
    signed_on: Day
    due: Day | None = None
    whom: Whom
    targets: Paths
    file: Sha256 | None = None
    file_name: Annotated[str, Field(max_length=120)] = ""
    file_bytes: Annotated[int, Field(ge=0, le=rules.FILE_MAX_BYTES)] = 0


class DirectiveWithdrawn(Body):
    """It counts no more."""

    directive: Uuid


class Marked(Body):
    """An office has read a directive, and perhaps acted. Who it was stays there."""

    directive: Uuid
    place: Path
    read_at: Time
    acted_at: Time | None = None
    note: Note = ""


def subject_of(fact: Recorded) -> UUID:
    return UUID(fact.subject.partition(":")[2])


def made_here(fact: Recorded) -> bool:
    return not fact.actor.startswith(FROM_LINK)


def actor_of(arrived: Arrived) -> str:
    return f"{FROM_LINK}{arrived.peer.node}"


def goes_down(thing: "Directive | ReportType", peer: Peer) -> tuple[str, ...]:
    """The targets that concern the node below; none for what is no business of its."""
    if not inside(peer.path, thing.office) or thing.office == peer.path:
        return ()
    return tuple(t for t in thing.targets if peer.covers(t) or inside(peer.path, t))


def _export_directive(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    row = receiving.directive_of(subject_of(fact)) if made_here(fact) else None
    targets = goes_down(row, peer) if row else ()
    if row is None or not targets or row.withdrawn_at is not None:
        return
    body = DirectiveSent(
        directive=str(row.pk),
        office=row.office,
        number=row.number,
        title=row.title,
        text=row.body,
        signed_on=row.signed_on.isoformat(),
        due=row.due.isoformat() if row.due else None,
        whom="province" if row.whom == "province" else "commune",
        targets=targets,
        file=row.file_sha256 or None,
        file_name=row.file_name,
        file_bytes=row.file_bytes,
    )
    yield Outward(place=row.office, body=body, audience=targets, media=tuple(files_of(body)))


def files_of(body: DirectiveSent) -> Iterable[File]:
    """The document itself, where there is one."""
    if body.file is not None and 0 < body.file_bytes <= rules.FILE_MAX_BYTES:
        yield File(body.file, body.file_bytes, PDF)


def _export_withdrawn(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    row = receiving.directive_of(subject_of(fact)) if made_here(fact) else None
    targets = goes_down(row, peer) if row else ()
    if row is not None and targets:
        body = DirectiveWithdrawn(directive=str(row.pk))
        yield Outward(place=row.office, body=body, audience=targets)


def _export_marked(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    mark = receiving.mark_of(subject_of(fact), fact.place) if made_here(fact) else None
    if mark is None or mark.directive.office != peer.path:
        return
    body = Marked(
        directive=str(mark.directive_id),
        place=mark.place,
        read_at=mark.read_at,
        acted_at=mark.acted_at,
        note=mark.note,
    )
    yield Outward(place=mark.place, body=body, audience=(peer.path,))


def from_above(arrived: Arrived) -> None:
    body = arrived.body
    if body.office != arrived.place or not arrived.peer.covers(body.office):
        raise NotTaken(Fault.OUTSIDE_SENDER, body.office)
    check_above_us(body.office)


def _handle_directive(arrived: Arrived) -> None:
    from_above(arrived)
    body: DirectiveSent = arrived.body
    receiving.directive_receive(
        actor=actor_of(arrived),
        came=receiving.CameDirective(
            id=UUID(body.directive),
            office=body.office,
            number=body.number,
            title=body.title,
            body=body.text,
            signed_on=date.fromisoformat(body.signed_on),
            due=date.fromisoformat(body.due) if body.due else None,
            whom=body.whom,
            targets=body.targets,
            file_sha256=body.file or "",
            file_name=body.file_name,
            file_bytes=body.file_bytes,
        ),
    )


def _handle_withdrawn(arrived: Arrived) -> None:
    check_above_us(arrived.place)
    receiving.directive_withdraw_received(
        actor=actor_of(arrived),
        directive_id=UUID(arrived.body.directive),
        office=arrived.place,
    )


def _handle_marked(arrived: Arrived) -> None:
    body: Marked = arrived.body
    directive = receiving.directive_of(UUID(body.directive))
    if directive is None:
        raise Waits
    check_asked(arrived, directive, body.place)
    receiving.mark_receive(
        actor=actor_of(arrived),
        directive=directive,
        place=body.place,
        read_at=body.read_at,
        acted_at=body.acted_at,
        note=body.note,
    )


def check_asked(arrived: Arrived, thing: "Directive | ReportType", place: str) -> None:
    """An answer counts only from an office that was asked, told by its own node."""
    if place != arrived.place or not inside_any(place, thing.targets):
        raise NotTaken(Fault.OUTSIDE_SENDER, place)


EXCHANGES = (
    Exchange(
        kind="directive.sent",
        direction=Direction.DOWN,
        schema=DirectiveSent,
        facts=frozenset({events.DIRECTIVE_ISSUED}),
        export=_export_directive,
        handle=_handle_directive,
        files=files_of,
    ),
    Exchange(
        kind="directive.withdrawn",
        direction=Direction.DOWN,
        schema=DirectiveWithdrawn,
        facts=frozenset({events.DIRECTIVE_WITHDRAWN}),
        export=_export_withdrawn,
        handle=_handle_withdrawn,
    ),
    Exchange(
        kind="directive.marked",
        direction=Direction.UP,
        schema=Marked,
        facts=frozenset({events.DIRECTIVE_READ, events.DIRECTIVE_ACTED}),
        export=_export_marked,
        handle=_handle_marked,
    ),
)
