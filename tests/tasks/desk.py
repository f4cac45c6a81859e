"""Directives and reports as tests give them."""

from datetime import date
from typing import Any

from loa.people.models import Account
from loa.people.rules import RoleName
from loa.people.selectors import actor_of
from loa.tasks import services
from loa.tasks.models import Directive, ReportType
from loa.tasks.rules import Field
from loa.tasks.services import Ask, Draft
from tests.country import Country, account

PERIOD = date(2026, 11, 15)


def ministry(country: Country) -> Account:
    found = Account.objects.filter(roles__name=RoleName.MINISTRY_EDITOR).first()
    return found or account("Đặng Hải Nam", RoleName.MINISTRY_EDITOR, country.nation)


def directive(country: Country, **more: Any) -> Directive:
    fields: dict[str, Any] = {
        "number": "12/CV-SVHTTDL",
        "title": "Rà soát cụm loa trước mùa mưa bão",
        "signed_on": date(2026, 11, 20),
        "due": date(2026, 11, 30),
        "targets": ("vn/25",),
    }
    draft = Draft(**{**fields, **more})
    return services.directive_issue(actor=country.actor("editor"), office="vn/25", draft=draft)


def report(country: Country, office: str = "vn/25", **more: Any) -> ReportType:
    fields: dict[str, Any] = {
        "name": "Số liệu đài truyền thanh",
        "targets": ("vn/25",),
        "frequency": "month",
        "cut_off": PERIOD,
        "due": date(2026, 11, 20),
        "form": (
            Field("f1", "Số cụm loa", "number", "clusters"),
            Field("f2", "Khó khăn", "text"),
        ),
    }
    ask = Ask(**{**fields, **more})
    giver = country.editor if office == "vn/25" else ministry(country)
    return services.report_ask(actor=actor_of(giver), office=office, ask=ask)
