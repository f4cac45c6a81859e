"""What the tests of reorganisations share."""

from datetime import date
from typing import Any

from loa.places.models import Reorganisation
from loa.places.reform import planning, services
from loa.places.reform.homes import homes
from loa.places.reform.operations import Row
from loa.places.reform.planning import Plan

DAY = date(2026, 11, 1)


def commune(former: str, successor: str, share: str = "whole", **more: str) -> Row:
    return Row(level="commune", former=former, successor=successor, share=share, **more)


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
