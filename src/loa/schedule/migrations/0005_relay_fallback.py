"""A relay remembers the bulletin whose sound is its fallback; those that stand find theirs by it."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def find_fallbacks(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The newest approved bulletin with the very sound that the relay plays."""
    slots = apps.get_model("schedule", "Slot")
    bulletins = apps.get_model("newsroom", "Bulletin")
    for slot in slots.objects.filter(kind="relay", removed_at=None).exclude(opus=None):
        sounding = bulletins.objects.filter(
            state="approved", approved_version__production__opus=slot.opus_id
        )
        bulletin = sounding.order_by("-changed_at").first()
        if bulletin is not None:
            slots.objects.filter(pk=slot.pk).update(fallback=bulletin.pk)


class Migration(migrations.Migration):

    dependencies = [
        ("newsroom", "0007_receiver_list"),
        ("media", "0001_initial"),
        ("schedule", "0004_spread"),
    ]

    operations = [
        migrations.AddField(
            model_name="slot",
            name="fallback",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="newsroom.bulletin",
            ),
        ),
        migrations.RunPython(find_fallbacks, migrations.RunPython.noop),
    ]
