"""The lane keeps every commune's `open` fresh, and renews it at once when trust changes."""

from typing import Any

import pytest

from loa.delivery.models import OpenDocument
from loa.gateway import lane
from loa.lib import clock
from loa.people import authority, ceremony
from loa.people.authority import NodeIdentity
from loa_lab.demo import trust
from loa_protocol.clock import ManualClock
from loa_protocol.envelope import Envelope
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Open, parse_payload
from tests.country import Country
from tests.device.device import Box, claim_for

pytestmark = pytest.mark.urls("loa.device.urls")


class Sent:
    """A line that keeps what was published."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        self.messages.append((topic, payload, retain))
        return True


def opened(payload: bytes) -> Open:
    found = parse_payload(Kind.OPEN, Envelope.parse(payload).payload)
    assert isinstance(found, Open)
    return found


@pytest.fixture
def line(country: Country, node: NodeIdentity) -> Any:
    box = Box(node.id)
    box.enrol(claim_for(country.one.outlets[0], country.one.actor("technician")))
    sent = Sent()
    lane.refresh(sent)  # type: ignore[arg-type]  # stands in for the line
    return sent


def test_only_communes_with_devices_have_an_open(line: Sent) -> None:
    assert [topic for topic, _, _ in line.messages] == ["loa/1/area/08911/open"]
    assert line.messages[0][2] is True
    assert OpenDocument.objects.count() == 1


def test_it_is_renewed_every_five_minutes_with_a_greater_version(
    line: Sent, manual_clock: ManualClock
) -> None:
    lane.refresh(line)  # type: ignore[arg-type]
    assert len(line.messages) == 1
    manual_clock.advance(301)
    lane.refresh(line)  # type: ignore[arg-type]
    first, second = (opened(payload) for _, payload, _ in line.messages)
    assert second.version > first.version
    assert second.floor is not None
    assert first.floor is not None
    assert second.floor > first.floor


def test_a_change_of_trust_is_told_at_once(
    line: Sent, tmp_path: Any, manual_clock: ManualClock
) -> None:
    manual_clock.advance(10)
    name = trust.REGISTRARS[0]
    envelope = ceremony.make_trust(
        registrar=SigningKey.load(tmp_path / "demo" / f"{name}.pem"),
        registrar_id=name,
        registrar_path="vn/25",
        path="vn/25",
        chain=[],
        now=clock.now(),
    )
    authority.document_store(actor="cli:test", envelope=envelope)
    lane.refresh(line)  # type: ignore[arg-type]
    before, after = (opened(payload).trust["vn/25"] for _, payload, _ in line.messages)
    assert after > before
