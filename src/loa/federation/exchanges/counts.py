"""How the outlets of each commune stand, up: the wall's numbers, told when they changed."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from loa.federation.contract import Arrived, Body, Direction, Exchange, Outward, Peer
from loa.lib import clock
from loa.lib.ids import new_id
from loa.outlets import wall
from loa.places.selectors import names_of
from loa_protocol.payloads.common import Path

if TYPE_CHECKING:
    from loa.outlets.models import AreaCount

Number = Annotated[int, Field(ge=0, le=100_000)]
People = Annotated[int, Field(ge=0, le=500_000)]
"""More than any commune has: 3,321 of them still fit into one column."""


class Counts(Body):
    """One commune: outlets, of these silent, in trouble, never heard; people and hamlets that no
    loudspeaker reaches, and how many of these hamlets have no known number of people."""

    commune: Path
    outlets: Number
    silent: Number
    trouble: Number
    never: Number
    people_unreached: People
    hamlets_unreached: Number
    hamlets_unknown: Number


NUMBERS = tuple(name for name in Counts.model_fields if name != "commune")


def _summarise(peer: Peer, since: datetime | None) -> Iterable[tuple[str, Callable[[], Outward]]]:
    for row in wall.own_since(since):
        yield f"counts:{row.path}", partial(_outward, peer, row)


def _outward(peer: Peer, row: "AreaCount") -> Outward:
    body = Counts(commune=row.path, **{name: getattr(row, name) for name in NUMBERS})
    return Outward(place=row.path, body=body, audience=(peer.path,), fact=new_id())


def _handle_many(arrived: Sequence[Arrived]) -> None:
    newest: dict[str, dict[str, Arrived]] = {}
    known = names_of(entry.body.commune for entry in arrived)
    for entry in arrived:
        path = entry.body.commune
        if entry.peer.covers(path) and path.count("/") == 2 and path in known:
            newest.setdefault(entry.peer.node, {})[entry.body.commune] = entry
    for origin, entries in newest.items():
        told = [
            wall.Told(path=path, **{name: getattr(entry.body, name) for name in NUMBERS})
            for path, entry in entries.items()
        ]
        wall.take(origin=origin, told=told, now=clock.now())


EXCHANGES = (
    Exchange(
        kind="outlet.counts",
        direction=Direction.UP,
        schema=Counts,
        summarise=_summarise,
        handle_many=_handle_many,
    ),
)
