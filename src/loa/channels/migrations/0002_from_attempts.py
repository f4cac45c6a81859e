"""Moves `delivery.Attempt` rows to `Dispatch`, and the outlets they went to to `ChannelOutlet`.

Keys, times, tries, grades and errors are kept. `trying` becomes `waiting`. What was `withdrawn`
keeps how far it had come and has been asked back: the former table did not say who confirmed.
"""

from django.db import migrations


STATES = {"trying": "waiting", "carried": "carried", "shown": "shown", "failed": "failed"}


def forward(apps, schema_editor):
    Attempt = apps.get_model("delivery", "Attempt")
    Outlet = apps.get_model("outlets", "Outlet")
    Dispatch = apps.get_model("channels", "Dispatch")
    wanted = set(Attempt.objects.values_list("outlet_id", flat=True).distinct())
    made = {}
    for outlet in Outlet.objects.select_related("station").iterator():
        if outlet.pk in wanted or (outlet.config and outlet.kind != "speaker"):
            made[outlet.pk] = _outlet(apps, outlet)
    batch = []
    for attempt in Attempt.objects.select_related("order").order_by("began_at", "pk").iterator():
        batch.append(_dispatch(Dispatch, attempt, made[attempt.outlet_id]))
        if len(batch) == 500:
            Dispatch.objects.bulk_create(batch)
            batch = []
    Dispatch.objects.bulk_create(batch)
    SetAside = apps.get_model("quarantine", "SetAside")
    SetAside.objects.filter(queue="texts").update(queue="dispatches")


def _outlet(apps, outlet):
    account = apps.get_model("channels", "ChannelAccount").objects.create(
        kind=outlet.kind,
        place_id=outlet.station.place_id,
        name=outlet.name,
        settings=outlet.config or {},
        made_by="cli:migrate",
        made_at=_first_time(apps),
    )
    return apps.get_model("channels", "ChannelOutlet").objects.create(
        account=account,
        place_id=outlet.hamlet_id or outlet.station.place_id,
        pole=outlet,
        name=outlet.name,
        folded=outlet.folded,
        retired_at=outlet.retired_at,
    )


def _first_time(apps):
    from datetime import UTC, datetime

    first = apps.get_model("delivery", "Attempt").objects.order_by("began_at").first()
    return first.began_at if first else datetime.now(UTC)


def _dispatch(Dispatch, attempt, outlet):
    withdrawn = attempt.state == "withdrawn"
    if withdrawn:
        state = "shown" if attempt.grade else "carried" if attempt.tries else "waiting"
    else:
        state = STATES[attempt.state]
    return Dispatch(
        key=attempt.key,
        outlet=outlet,
        order_id=attempt.order_id,
        form="message",
        content_sha256=attempt.order_id,
        urgent=True,
        state=state,
        grade=attempt.grade,
        tries=attempt.tries,
        begun_at=attempt.began_at,
        due_at=attempt.due_at,
        done_at=attempt.done_at,
        expires_at=attempt.order.expires_at,
        reference=attempt.reference,
        code=attempt.code,
        error=attempt.error,
        withdrawn="asked" if withdrawn else "",
    )


class Migration(migrations.Migration):

    dependencies = [
        ("channels", "0001_initial"),
        ("delivery", "0005_doubtful_receipts"),
        ("quarantine", "0001_rows_set_aside"),
    ]

    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
