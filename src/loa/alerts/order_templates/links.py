"""Templates that another node withdrew: what leaves of it, and taking it."""

from django.db import transaction

from loa.alerts import events
from loa.alerts.models import Template
from loa.journal import services as journal
from loa.lib import clock


def withdrawn(subject: str) -> Template | None:
    """The withdrawn template that a fact is about."""
    rows = Template.objects.filter(pk__startswith=subject.partition(":")[2])
    return rows.exclude(withdrawn_at=None).first()


def withdraw_received(*, actor: str, template_id: str, office: str) -> None:
    """The office that issued it stops it: no fill of it is taken or passed on here any more."""
    with transaction.atomic():
        rows = Template.objects.filter(pk=template_id, path=office, withdrawn_at=None)
        row = rows.first()
        if row is None or not rows.update(withdrawn_at=clock.now()):
            return
        journal.record(
            actor=actor,
            kind=events.TEMPLATE_WITHDRAWN,
            place=office,
            subject=f"template:{row.pk[:32]}",
            payload={"name": row.title, "version": row.version},
        )
