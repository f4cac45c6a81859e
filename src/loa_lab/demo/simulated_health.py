"""A made-up month of health for the demo's heart strips."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from loa.outlets.models import HealthHour

SILENT_HOURS_SHARE = 0.01


def simulate_health(*, outlets: list[UUID], until: datetime, days: int, seed: int) -> int:
    """One row per outlet and hour, with a few silent stretches; returns how many."""
    chance = Random(seed)  # noqa: S311  a demo's past, not a secret
    end = until.replace(minute=0, second=0, microsecond=0)
    rows = []
    for outlet in outlets:
        silent_left = 0
        for back in range(days * 24, 0, -1):
            if silent_left == 0 and chance.random() < SILENT_HOURS_SHARE:
                silent_left = chance.randrange(1, 9)
            state = "silent" if silent_left else "idle"
            silent_left = max(0, silent_left - 1)
            rows.append(
                HealthHour(
                    outlet_id=outlet,
                    hour=end - timedelta(hours=back),
                    reports=0 if state == "silent" else 12,
                    worst=state,
                    simulated=True,
                )
            )
    HealthHour.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)
