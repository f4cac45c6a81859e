"""Items of a programme, plans read back, bulletins from above."""

from typing import Any

from loa.newsroom import services as newsroom
from loa.newsroom.models import Bulletin
from loa.newsroom.rules import Draft
from loa.schedule import handlers, selectors, services
from loa.schedule.handlers import station_ref
from loa.schedule.models import Plan, Slot
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Plan as PlanPayload
from loa_protocol.payloads import parse_payload
from tests.country import Country
from tests.factories.bulletins import airable_content, give_sound


def payload_of(plan: Plan) -> PlanPayload:
    payload = parse_payload(Kind.PLAN, Envelope.parse(bytes(plan.envelope)).payload)
    assert isinstance(payload, PlanPayload)
    return payload


def add(country: Country, title: str = "Tin", **more: Any) -> Slot:
    """A new approved bulletin of commune one in its next session, unless `more` says otherwise."""
    station = station_ref(country.one.station)
    session = selectors.next_session(station)
    assert session is not None
    given: dict[str, Any] = {
        "actor": country.one.actor("officer"),
        "station": station,
        "seconds": 60,
        "session": session,
    }
    content = more.pop("content", None) or airable_content(country.one, title)
    return services.slot_add(content=content, **(given | more))


def province_bulletin(country: Country, class_name: str) -> Bulletin:
    draft = Draft(title="Tin của tỉnh", body="Nội dung.", class_name=class_name)
    bulletin = newsroom.bulletin_write(
        actor=country.actor("editor"),
        place_id=country.province.pk,
        place_path=country.province.path,
        draft=draft,
    )
    newsroom.bulletin_submit(actor=country.actor("editor"), bulletin_id=bulletin.pk, edition=1)
    give_sound(bulletin)
    return newsroom.bulletin_approve(
        actor=country.actor("editor_approver"), bulletin_id=bulletin.pk, edition=1
    )


def follow() -> None:
    while handlers.follow():
        pass
