"""What the tests of reorganisations share."""

from datetime import date, timedelta
from typing import Any

from loa.lib import clock
from loa.newsroom.models import Bulletin, DictionaryEntry, OfficeRule
from loa.places.models import Place, Reorganisation
from loa.places.reform import planning, services
from loa.places.reform.homes import homes
from loa.places.reform.operations import Row
from loa.places.reform.planning import Plan
from loa.schedule.models import LibraryEntry, Slot, Timetable
from tests.country import Country

DAY = date(2026, 11, 1)


def commune(former: str, successor: str, share: str = "whole", **more: str) -> Row:
    return Row(level="commune", former=former, successor=successor, share=share, **more)


MERGE = (
    commune("08911", "08911", name="Xã Tam Đảo Mới"),
    commune("08914", "08911"),
)


def draft(*rows: Row, day: date = DAY) -> Reorganisation:
    return services.reform_draft(actor="cli:test", day=day, document="NQ 1/TEST", rows=rows)


def apply(reform: Reorganisation) -> Plan:
    """As an officer does: look, then say yes to what was seen."""
    seen = planning.plan(reform).digest
    return services.reform_apply(actor="cli:test", reorganisation=reform, digest=seen)


def undo(reform: Reorganisation, **rest: str) -> None:
    services.reform_undo(
        actor="cli:test",
        reorganisation=reform,
        rest={code.removeprefix("c"): former for code, former in rest.items()},
    )


def snapshot() -> dict[str, Any]:
    """Every row of every table, but the journal's, the reorganisations' own and who waits."""
    from django.apps import apps

    passed = {"journal", "places.reorganisation", "places.decision", "places.rehomed",
              "schedule.dirty", "sessions"}  # fmt: skip
    found: dict[str, Any] = {}
    for model in apps.get_models():
        if passed & {model._meta.label_lower, model._meta.app_label}:
            continue
        rows = model._default_manager.order_by("pk").values()
        found[model._meta.label_lower] = sorted(map(repr, rows))
    assert homes()
    return found


def fill(country: Country) -> dict[str, Any]:
    """Something of every sort in both communes."""
    one, two = country.one, country.two
    now = clock.now()
    bulletins = [
        Bulletin.objects.create(place=c.place, author=c.officer, created_at=now, changed_at=now)
        for c in (one, two)
    ]
    for c in (one, two):
        DictionaryEntry.objects.create(place=c.place, written="TDP", spoken="tổ dân phố")
        LibraryEntry.objects.create(place=c.place, bulletin=bulletins[0], arrived_at=now)
        OfficeRule.objects.create(place=c.place, author_may_approve=True)
        Timetable.objects.create(
            place=c.place, name=c.place.name, days=[[]] * 7, since=DAY, changed_at=now
        )
    slot = Slot.objects.create(
        station=two.station,
        title="Tin",
        seconds=30,
        only=[f"{two.place.path}/h01"],
        session_at=now + timedelta(days=1),
        made_by="cli:test",
        made_at=now,
    )
    return {"bulletins": bulletins, "slot": slot}


def standing(code: str, level: str = "commune") -> Place:
    return Place.objects.get(level=level, code=code, valid_to=None)
