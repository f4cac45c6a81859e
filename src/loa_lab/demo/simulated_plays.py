"""Made-up plays of the demo's past month: `simulated`, without receipt, never counted as proof."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from loa.delivery.models import Play

FAILURES = (("expired", "no_power"), ("expired", "no_network"), ("interrupted", "no_power"))
FAILED_SHARE = 0.06


def simulate_plays(
    *, outlets: Iterable[tuple[UUID, UUID]], aired: Iterable[tuple[UUID, datetime]], seed: int
) -> int:
    """One result per outlet (id, station) and bulletin; the same seed makes the same month."""
    chance = Random(seed)  # noqa: S311  a demo's past, not a secret
    places = list(outlets)
    rows = []
    for number, (bulletin, at) in enumerate(aired):
        for outlet, station in places:
            result, reason = "played", ""
            if chance.random() < FAILED_SHARE:
                result, reason = chance.choice(FAILURES)
            played_ms = chance.randrange(20_000, 90_000) if result == "played" else 0
            rows.append(
                Play(
                    outlet_id=outlet,
                    station_id=station,
                    item=f"{number:032x}",
                    run=1,
                    bulletin_id=bulletin,
                    result=result,
                    reason=reason,
                    started_at=at,
                    at=at + timedelta(milliseconds=played_ms),
                    from_ms=0,
                    played_ms=played_ms,
                    level_lufs=-16.0 if result == "played" else None,
                    volume_pct=100,
                    simulated=True,
                )
            )
    Play.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)
