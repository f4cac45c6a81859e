from django.db import migrations

from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import item_id, parse_payload
from loa_protocol.refusals import Refused


def fill(apps, schema_editor):
    """The items of the plans that are kept: receipts for them may still be on their way."""
    plan_model = apps.get_model("schedule", "Plan")
    item_model = apps.get_model("schedule", "IssuedItem")
    file_model = apps.get_model("media", "File")
    plans = plan_model.objects.exclude(envelope=b"").order_by("issued_at")
    for plan in plans.iterator(chunk_size=50):
        try:
            payload = parse_payload(Kind.PLAN, Envelope.parse(bytes(plan.envelope)).payload)
        except (Refused, ValueError):
            continue  # not a plan that a device could have taken
        media = {item.media.sha256 for item in payload.items if item.media}
        lengths = dict(
            file_model.objects.filter(pk__in=media, ms__isnull=False).values_list("pk", "ms")
        )
        item_model.objects.bulk_create(
            [
                item_model(
                    station_id=plan.station_id,
                    item=item_id(payload.station, item),
                    at=item.at,
                    seconds=item.seconds,
                    bulletin=item.bulletin,
                    media=item.media.sha256 if item.media else "",
                    ms=lengths.get(item.media.sha256) if item.media else None,
                    only=list(item.only or ()),
                )
                for item in payload.items
            ],
            ignore_conflicts=True,
            batch_size=500,
        )


class Migration(migrations.Migration):

    dependencies = [
        ('media', '0001_initial'),
        ('schedule', '0005_items_that_plans_named'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
