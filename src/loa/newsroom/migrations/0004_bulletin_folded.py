from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from loa.newsroom.rules import search_text


def fill(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """What was written before is found too."""
    newest: dict[object, tuple[str, str]] = {}
    versions = apps.get_model("newsroom", "Version").objects.order_by("number")
    for row in versions.values_list("bulletin_id", "title", "body").iterator():
        newest[row[0]] = (row[1], row[2])
    bulletins = apps.get_model("newsroom", "Bulletin").objects
    for key, said in newest.items():
        bulletins.filter(pk=key).update(folded=search_text(*said))


class Migration(migrations.Migration):
    dependencies = [("newsroom", "0003_sheets_and_frames")]

    operations = [
        migrations.AddField(
            model_name="bulletin",
            name="folded",
            field=models.CharField(blank=True, max_length=1000),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
