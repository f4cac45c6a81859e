"""A session over midnight, as on the eve of Tết: it goes on after the day has turned."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from loa.lib import clock
from loa.people.authority import NodeIdentity
from loa.schedule import plans, services
from loa.schedule.handlers import station_ref
from loa.schedule.models import Plan, Slot
from loa.schedule.rules import Session
from loa.web import scheduling
from loa_protocol.clock import ManualClock
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Plan as PlanPayload
from loa_protocol.payloads import parse_payload
from tests.console.conftest import SignIn
from tests.console.desk import approved
from tests.console.test_writing import text_of
from tests.country import Country
from tests.factories.bulletins import airable_content

MIDNIGHT = datetime(2027, 2, 5, 17, 0, tzinfo=UTC)
"""The first moment of the year Đinh Mùi in Vietnam."""
BEGIN, END = MIDNIGHT - timedelta(hours=1), MIDNIGHT + timedelta(minutes=40)


@pytest.fixture
def eve(country: Country, manual_clock: ManualClock) -> Country:
    """Ten minutes to midnight; the session of that evening is open until 00:40."""
    manual_clock.jump(MIDNIGHT - timedelta(minutes=10))
    services.timetable_set(
        actor=country.one.actor("officer"),
        station=station_ref(country.one.station),
        name="Đêm giao thừa",
        days=[[("23:00", "00:40")]] * 7,
        special=True,
        since=clock.local(MIDNIGHT).date() - timedelta(days=1),
        until=clock.local(MIDNIGHT).date(),
    )
    return country


def put(country: Country, title: str, at: datetime) -> Slot:
    station = station_ref(country.one.station)
    return services.slot_add(
        actor=country.one.actor("officer"),
        station=station,
        content=airable_content(country.one, title),
        seconds=60,
        session=Session(BEGIN, END),
        at=at,
    )


def shown_slots(page: Any) -> list[UUID]:
    """The slots of the sessions that the programme's page shows."""
    return [row["slot"].pk for session in page.context["sessions"] for row in session["rows"]]


def said(plan: Plan | None) -> PlanPayload:
    assert plan is not None
    payload = parse_payload(Kind.PLAN, Envelope.parse(bytes(plan.envelope)).payload)
    assert isinstance(payload, PlanPayload)
    return payload


def test_a_plan_made_after_midnight_still_holds_what_is_open(
    eve: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    station = station_ref(eve.one.station)
    put(eve, "Lời chúc năm mới", MIDNIGHT + timedelta(minutes=15))
    before = said(plans.plan_issue(station=station, node=node))
    manual_clock.jump(MIDNIGHT + timedelta(minutes=5))
    assert plans.plan_issue(station=station, node=node) is None, "midnight alone changes nothing"
    put(eve, "Chúc thêm", MIDNIGHT + timedelta(minutes=25))
    after = said(plans.plan_issue(station=station, node=node))
    opened = [span for span in after.sessions if span.from_ == BEGIN]
    assert [span.to for span in opened] == [END]
    assert {item.at for item in before.items} < {item.at for item in after.items}
    assert len(after.items) == 2

    manual_clock.jump(MIDNIGHT + timedelta(days=4))
    renewed = said(plans.plan_issue(station=station, node=node))
    assert min(span.from_ for span in renewed.sessions) > MIDNIGHT + timedelta(days=4)


def test_today_shows_it_after_midnight_and_offers_it(
    eve: Country, sign_in: SignIn, manual_clock: ManualClock
) -> None:
    put(eve, "Trước giao thừa", MIDNIGHT - timedelta(minutes=5))
    wishes = put(eve, "Lời chúc năm mới", MIDNIGHT + timedelta(minutes=15))
    manual_clock.jump(MIDNIGHT + timedelta(minutes=15, seconds=20))
    officer: Client = sign_in(eve.one.officer)
    shown = officer.get("/hom-nay/")
    assert shown.context["on_air"].wish.title == "Lời chúc năm mới"
    assert shown.context["open_session"].start == BEGIN
    assert [block.title for block in shown.context["picture"].blocks] == ["Lời chúc năm mới"]
    assert "Trước giao thừa" not in text_of(shown), "that was yesterday"

    (offer, *_) = scheduling.offers(eve.one.actor("officer"), approved(eve.one))
    assert offer.sessions[0].start == BEGIN
    page = officer.get(reverse("console:programme", args=[eve.one.station.pk]))
    assert "Lời chúc năm mới" in text_of(page)
    assert wishes.pk in shown_slots(page)
    assert page.context["coming"][0].start == BEGIN
    assert page.context["movable"][0].start == BEGIN
    manual_clock.jump(END)
    page = officer.get(reverse("console:programme", args=[eve.one.station.pk]))
    assert wishes.pk not in shown_slots(page), "that session is yesterday's"
