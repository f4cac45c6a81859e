"""Everything that may travel over a link, in both directions. Nothing else does."""

from loa.federation.contract import Direction, Exchange
from loa.federation.exchanges import (
    bulletins,
    counts,
    directives,
    figures,
    orders,
    papers,
    plays,
    questions,
    reports,
    templates,
)

EXCHANGES: tuple[Exchange, ...] = (
    *papers.EXCHANGES,
    *templates.EXCHANGES,
    *orders.EXCHANGES,
    *bulletins.EXCHANGES,
    *plays.EXCHANGES,
    *counts.EXCHANGES,
    *figures.EXCHANGES,
    *questions.EXCHANGES,
    *directives.EXCHANGES,
    *reports.EXCHANGES,
)

FIRST = frozenset(exchange.kind for exchange in EXCHANGES if exchange.first)
"""What is acted on before anything else that has come."""
BY_KEY = {(exchange.kind, exchange.direction): exchange for exchange in EXCHANGES}


def exchange_of(kind: str, direction: Direction) -> Exchange | None:
    """The exchange of that kind in that direction; None for an unknown one."""
    return BY_KEY.get((kind, direction))


def exported(direction: Direction) -> dict[str, tuple[Exchange, ...]]:
    """The exchanges to ask about each of the journal's kinds."""
    found: dict[str, list[Exchange]] = {}
    for exchange in EXCHANGES:
        for kind in exchange.facts if exchange.direction is direction else ():
            found.setdefault(kind, []).append(exchange)
    return {kind: tuple(exchanges) for kind, exchanges in found.items()}
