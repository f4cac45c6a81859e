"""A filled database of the former state migrates: nothing of an order's text on its way is lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from loa.channels.models import ChannelAccount, ChannelOutlet, Dispatch
from loa.newsroom.models import Decision
from loa.quarantine.models import SetAside

FORMER = [("channels", None), ("delivery", "0005_doubtful_receipts")]
FORMER += [("newsroom", "0008_recording_words")]
AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)

Rows = dict[str, Any]


def migrate(targets: list[Any]) -> Any:
    """The state of the models there."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    loader = MigrationExecutor(connection).loader
    named = {app for app, _name in targets}
    others = [node for node in loader.graph.leaf_nodes() if node[0] not in named]
    standing = [(app, name) for app, name in targets if name is not None]
    return loader.project_state([*others, *standing]).apps


def newest() -> list[Any]:
    return list(MigrationExecutor(connection).loader.graph.leaf_nodes())


def an_order(apps: Any, number: int, **fields: Any) -> Any:
    given = {
        "kind": "alert",
        "drill": False,
        "alert": f"{number:064x}",
        "title": "Lũ",
        "path": "vn/25",
        "payload": b"{}",
        "author": "a",
        "author_kid": "k",
        "author_sig": b"s",
        "state": "issued",
        "made_at": AT,
        "proposed_at": AT,
        "expires_at": AT + timedelta(hours=6),
    }
    order = apps.get_model("alerts", "Order")
    return order.objects.create(id=f"{number:064x}", **(given | fields))


def filled(apps: Any) -> dict[str, Any]:
    """Two boards, one at a hamlet, a loudspeaker cluster, and an attempt in every former state."""
    place = apps.get_model("places", "Place")
    common = {"folded": "x", "valid_from": AT.date()}
    commune = place.objects.create(
        level="commune", code="08911", name="Tam Đảo", path="vn/25/08911", **common
    )
    hamlet = place.objects.create(
        level="hamlet", code="08911h01", name="Đông", path="vn/25/08911/h01", **common
    )
    station = apps.get_model("outlets", "Station").objects.create(place=commune, name="Đài")
    outlet = apps.get_model("outlets", "Outlet")
    board = outlet.objects.create(
        station=station, code="B1", name="Bảng", kind="demo", config={"folder": "/srv/b"}
    )
    other = outlet.objects.create(
        station=station, code="B2", name="Bảng thôn", kind="demo", hamlet=hamlet
    )
    outlet.objects.create(station=station, code="CL01", name="Cụm loa")
    attempt = apps.get_model("delivery", "Attempt")
    states = ("trying", "carried", "shown", "failed", "withdrawn")
    kept = {}
    for number, state in enumerate(states):
        kept[state] = attempt.objects.create(
            order=an_order(apps, number),
            outlet=board if number % 2 else other,
            state=state,
            tries=number,
            began_at=AT + timedelta(seconds=number),
            due_at=AT,
            grade="C" if state in {"shown", "withdrawn"} else "",
            code="busy" if state == "failed" else "",
            error="Bận." if state == "failed" else "",
        ).pk
    apps.get_model("quarantine", "SetAside").objects.create(
        queue="texts", row=str(kept["trying"]), error="x", since=AT, tried_at=AT, next_at=AT
    )
    bulletin = apps.get_model("newsroom", "Bulletin").objects.create(
        place=commune, state="approved", created_at=AT, changed_at=AT
    )
    version = apps.get_model("newsroom", "Version").objects.create(
        bulletin=bulletin, number=1, title="Tin", category="a1", issuer="UBND", written_at=AT
    )
    apps.get_model("newsroom", "Decision").objects.create(
        bulletin=bulletin, version=version, made="approved", at=AT
    )
    return kept


@pytest.mark.django_db(transaction=True)
def test_a_filled_database_of_the_former_state_migrates() -> None:
    try:
        kept = filled(migrate(FORMER))
        migrate(newest())
        assert dict(Dispatch.objects.values_list("key", "state")) == {
            kept["trying"]: "waiting",
            kept["carried"]: "carried",
            kept["shown"]: "shown",
            kept["failed"]: "failed",
            kept["withdrawn"]: "shown",
        }
        failed = Dispatch.objects.get(pk=kept["failed"])
        assert (failed.tries, failed.code, failed.error) == (3, "busy", "Bận.")
        assert failed.order_id == failed.content_sha256
        assert failed.begun_at == AT + timedelta(seconds=3)
        assert Dispatch.objects.get(pk=kept["withdrawn"]).withdrawn == "asked"
        boards = ChannelOutlet.objects.select_related("place", "pole", "account").order_by("name")
        assert [(one.name, one.place.path) for one in boards] == [
            ("Bảng", "vn/25/08911"),
            ("Bảng thôn", "vn/25/08911/h01"),
        ]
        assert all(one.pole is not None and one.pole.name == one.name for one in boards)
        assert [one.account.settings for one in boards] == [{"folder": "/srv/b"}, {}]
        assert ChannelAccount.objects.count() == 2, "a loudspeaker cluster has none"
        assert SetAside.objects.get().queue == "dispatches"
        assert Decision.objects.get().renditions == {}, "approved before: nothing to be sent by it"
    finally:
        migrate(newest())
