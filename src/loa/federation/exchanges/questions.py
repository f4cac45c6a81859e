"""A question about single rows down, its answer up: at once, since both sides long-poll."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from loa.delivery import selectors as delivery
from loa.federation import events, questions
from loa.federation.contract import Arrived, Body, Direction, Exchange, NotTaken, Outward, Peer
from loa.federation.exchanges.bulletins import Uuid
from loa.federation.exchanges.papers import FROM_LINK
from loa.federation.models import Question
from loa.federation.refusals import Fault
from loa.journal.services import Recorded
from loa_protocol.payloads import Wire
from loa_protocol.payloads.common import Path, Time, type_is_list

ROWS_MAX = 300


class Asked(Body):
    """How did a bulletin sound in a commune, outlet by outlet?"""

    question: Uuid
    bulletin: Uuid
    commune: Path


class Row(Wire):
    """One result at one outlet, as its receipt states it; the level in hundredths of a LUFS."""

    code: Annotated[str, Field(max_length=20)]
    name: Annotated[str, Field(max_length=120)]
    result: Annotated[str, Field(max_length=12)]
    reason: Annotated[str, Field(max_length=40)] = ""
    grade: Annotated[str, Field(max_length=1)] = ""
    at: Time
    level: Annotated[int, Field(ge=-20_000, le=2_000)] | None = None
    volume: Annotated[int, Field(ge=0, le=100)] | None = None


class Told(Body):
    """The rows, and how many more there are; or that the province does not permit it."""

    question: Uuid
    refused: bool
    rows: Annotated[tuple[Row, ...], type_is_list, Field(max_length=ROWS_MAX)] = ()
    more: Annotated[int, Field(ge=0, le=1_000_000)] = 0


def _id(fact: Recorded) -> UUID:
    return UUID(fact.subject.partition(":")[2])


def _export_asked(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    row = Question.objects.filter(pk=_id(fact), link_id=peer.link).first()
    if row is not None:
        body = Asked(question=str(row.pk), bulletin=str(row.bulletin), commune=row.commune)
        yield Outward(place="vn", body=body, audience=(row.commune,))


def _export_told(fact: Recorded, peer: Peer) -> Iterable[Outward]:
    row = Question.objects.filter(pk=_id(fact), link_id=peer.link).first()
    if row is None:
        return
    rows, more = ((), 0) if row.refused else _rows(row)
    body = Told(question=str(row.pk), refused=row.refused, rows=rows, more=more)
    yield Outward(place=row.commune, body=body, audience=(peer.path,))


def _rows(question: Question) -> tuple[tuple[Row, ...], int]:
    plays = delivery.plays_in(question.bulletin, question.commune)
    number = plays.count()
    return tuple(
        Row(
            code=play.outlet.code,
            name=play.outlet.name,
            result=play.result,
            reason=play.reason,
            grade=play.grade,
            at=play.started_at or play.at,
            level=None if play.level_lufs is None else round(play.level_lufs * 100),
            volume=play.volume_pct,
        )
        for play in plays[:ROWS_MAX]
    ), max(0, number - ROWS_MAX)


def _handle_asked(arrived: Arrived) -> None:
    body: Asked = arrived.body
    questions.came(
        actor=f"{FROM_LINK}{arrived.peer.node}",
        link_id=arrived.peer.link,
        question_id=UUID(body.question),
        bulletin=UUID(body.bulletin),
        commune=body.commune,
    )


def _handle_told(arrived: Arrived) -> None:
    body: Told = arrived.body
    if not arrived.peer.covers(arrived.place):
        raise NotTaken(Fault.OUTSIDE_SENDER, arrived.place)
    questions.answered(
        link_id=arrived.peer.link,
        question_id=UUID(body.question),
        refused=body.refused,
        rows=[row.model_dump(mode="json") for row in body.rows],
        more=body.more,
    )


EXCHANGES = (
    Exchange(
        kind="question.asked",
        direction=Direction.DOWN,
        schema=Asked,
        facts=frozenset({events.QUESTION_ASKED}),
        export=_export_asked,
        handle=_handle_asked,
    ),
    Exchange(
        kind="question.told",
        direction=Direction.UP,
        schema=Told,
        facts=frozenset({events.QUESTION_ANSWERED}),
        export=_export_told,
        handle=_handle_told,
    ),
)
