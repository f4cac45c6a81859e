"""What devices say of themselves. Not journal facts: overwritten, summed by the hour, pruned."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from loa.lib.batches import batched
from loa.outlets import rules
from loa.outlets.models import Health, HealthHour, Outlet
from loa_protocol.device_api import Health as Report

HOURS_KEPT = timedelta(days=400)


def health_store(outlet_wire_id: str, report: Report, at: datetime) -> None:
    """Keep the newest report and the worst state of the running hour. Unknown outlets: nothing."""
    outlet = Outlet.objects.filter(wire_id=outlet_wire_id, retired_at=None).only("pk").first()
    if outlet is None:
        return
    hour = at.replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        Health.objects.update_or_create(
            outlet_id=outlet.pk,
            defaults={
                "seen_at": at,
                "online": True,
                "state": report.state,
                "item": report.item or "",
                "level_lufs": report.level_lufs,
                "volume_pct": report.volume_pct,
                "plan_version": report.plan_version,
                "report": report.model_dump(mode="json", exclude_none=True),
            },
        )
        row, _ = HealthHour.objects.get_or_create(outlet_id=outlet.pk, hour=hour)
        row.reports += 1
        row.worst = rules.worse(report.state, row.worst)
        row.save(update_fields=["reports", "worst"])


def presences_store(online: Mapping[str, bool], at: datetime) -> None:
    """The broker's hints which devices came or went, by the outlet's wire id, in one transaction.
    Hints: health and receipts are the facts."""
    if not online:
        return
    with transaction.atomic():
        for names in batched(sorted(online)):
            rows = Health.objects.filter(outlet__wire_id__in=names)
            came = [name for name in names if online[name]]
            rows.filter(outlet__wire_id__in=came).update(online=True, seen_at=at)
            rows.exclude(outlet__wire_id__in=came).update(online=False)


def prune(now: datetime) -> int:
    """Forget hours older than HOURS_KEPT; returns how many."""
    return HealthHour.objects.filter(hour__lt=now - HOURS_KEPT).delete()[0]
