"""How the centre's bulletins sounded, up: one line per bulletin and commune."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from loa.delivery import summing
from loa.federation.contract import Arrived, Body, Direction, Exchange, Outward, Peer
from loa.federation.exchanges.bulletins import Uuid
from loa.federation.models import Aired
from loa.lib.ids import new_id
from loa_protocol.payloads.common import Path, Time

LOOK_BACK = timedelta(minutes=5)
"""A receipt may be stored a little after the moment it bears."""

NUMBER_MAX = 100_000_000
Number = Annotated[int, Field(ge=0, le=NUMBER_MAX)]
Letter = Literal["A", "B", "C", "D"]
Grades = Annotated[dict[Letter, Number], Field(max_length=4)]


class Summary(Body):
    """Outlets at which a bulletin sounded in a commune, by grade of proof, never added up;
    `failed` said why not; `rows` is the number of results behind the line."""

    bulletin: Uuid
    commune: Path
    outlets: Number
    failed: Number
    grades: Grades
    seconds: Number
    rows: Number
    first_at: Time | None = None
    last_at: Time | None = None


def _grades(counts: dict[str, int]) -> dict[Letter, int]:
    letters: tuple[Letter, ...] = ("A", "B", "C", "D")
    return {letter: counts[letter] for letter in letters if letter in counts}


def _summarise(peer: Peer, since: datetime | None) -> Iterable[tuple[str, Callable[[], Outward]]]:
    begin = since - LOOK_BACK if since else None
    for line in summing.sums(of_offices_above=peer.path, since=begin):
        yield f"plays:{line.bulletin}:{line.commune}", partial(_outward, peer, line)


def _outward(peer: Peer, line: summing.Line) -> Outward:
    body = Summary(
        bulletin=str(line.bulletin),
        commune=line.commune,
        outlets=line.outlets,
        failed=line.failed,
        grades=_grades(line.grades),
        seconds=min(line.seconds, NUMBER_MAX),
        rows=min(line.rows, NUMBER_MAX),
        first_at=line.first_at,
        last_at=line.last_at,
    )
    return Outward(place=line.commune, body=body, audience=(peer.path,), fact=new_id())


def _handle_many(arrived: Sequence[Arrived]) -> None:
    newest: dict[tuple[UUID, str, str], Arrived] = {}
    for one in arrived:
        newest[one.peer.link, one.body.bulletin, one.body.commune] = one
    rows = [
        Aired(
            link_id=one.peer.link,
            bulletin=UUID(one.body.bulletin),
            commune=one.body.commune,
            outlets=one.body.outlets,
            failed=one.body.failed,
            grades=dict(one.body.grades),
            seconds=one.body.seconds,
            rows=one.body.rows,
            first_at=one.body.first_at,
            last_at=one.body.last_at,
            as_of=one.at,
        )
        for one in newest.values()
        if one.peer.covers(one.body.commune)
    ]
    Aired.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["link", "bulletin", "commune"],
        update_fields=[
            *("outlets", "failed", "grades", "seconds", "rows", "first_at", "last_at", "as_of")
        ],
        batch_size=200,
    )


EXCHANGES = (
    Exchange(
        kind="play.summary",
        direction=Direction.UP,
        schema=Summary,
        summarise=_summarise,
        handle_many=_handle_many,
    ),
)
