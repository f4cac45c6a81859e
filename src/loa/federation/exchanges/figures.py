"""What each commune has, up: its indicators with the raw rows behind them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from loa.federation.contract import Arrived, Body, Direction, Exchange, Outward, Peer
from loa.insight import selectors, services
from loa.insight.rules import DEFINITIONS
from loa.lib import clock
from loa.lib.ids import new_id
from loa_protocol.payloads import Wire
from loa_protocol.payloads.common import Date, Path, type_is_list

if TYPE_CHECKING:
    from loa.insight.models import Measure


def _real_day(text: str) -> str:
    date.fromisoformat(text)
    return text


Number = Annotated[int, Field(ge=0, le=100_000_000)]
Day = Annotated[Date, AfterValidator(_real_day)]


class One(Wire):
    """An indicator: it stands so since a day; `rows` raw rows stand behind it."""

    indicator: Annotated[str, Field(max_length=40)]
    since: Day
    value: Number
    base: Number
    rows: Number


class Measures(Body):
    """Everything counted of one commune."""

    commune: Path
    measures: Annotated[tuple[One, ...], type_is_list, Field(max_length=40)]


def _summarise(peer: Peer, since: datetime | None) -> Iterable[tuple[str, Callable[[], Outward]]]:
    for commune, rows in selectors.own_since("vn", since).items():
        yield f"measures:{commune}", partial(_outward, peer, commune, rows)


def _outward(peer: Peer, commune: str, rows: Sequence["Measure"]) -> Outward:
    body = Measures(
        commune=commune,
        measures=tuple(
            One(
                indicator=row.indicator,
                since=row.since.isoformat(),
                value=row.value,
                base=row.base,
                rows=row.rows,
            )
            for row in rows
        ),
    )
    return Outward(place=commune, body=body, audience=(peer.path,), fact=new_id())


def _handle_many(arrived: Sequence[Arrived]) -> None:
    """Numbers of indicators this node does not know are left out: there is no one to read them."""
    by_origin: dict[str, list[services.Told]] = {}
    for entry in arrived:
        if not entry.peer.covers(entry.body.commune):
            continue
        by_origin.setdefault(entry.peer.node, []).extend(
            services.Told(
                indicator=one.indicator,
                commune=entry.body.commune,
                since=date.fromisoformat(one.since),
                value=one.value,
                base=one.base,
                rows=one.rows,
            )
            for one in entry.body.measures
            if one.indicator in DEFINITIONS
        )
    for origin, told in by_origin.items():
        services.take(origin=origin, told=told, now=clock.now())


EXCHANGES = (
    Exchange(
        kind="indicator.measures",
        direction=Direction.UP,
        schema=Measures,
        summarise=_summarise,
        handle_many=_handle_many,
    ),
)
