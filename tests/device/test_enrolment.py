"""Binding a device: single-use claims, guessing, replacement, revocation."""

from datetime import timedelta

import pytest
from django.test import Client

from loa.journal import selectors as journal
from loa.outlets import enrolment, events, rules
from loa.outlets.models import Device
from loa.outlets.selectors import devices_at
from loa.people.authority import NodeIdentity
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from loa_protocol.device_api import PLAN, TRUST
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Assignment, parse_payload
from tests.country import Country
from tests.device.device import Box, claim_for

pytestmark = pytest.mark.urls("loa.device.urls")


@pytest.fixture
def box(country: Country, node: NodeIdentity) -> Box:
    return Box(node.id)


def claim(country: Country, number: int = 0) -> str:
    return claim_for(country.one.outlets[number], country.one.actor("technician"))


def test_a_device_becomes_its_outlet_with_its_own_key(country: Country, box: Box) -> None:
    answer = box.enrol(claim(country))
    assert answer.status_code == 200
    device = Device.objects.get()
    assert bytes(device.key) == box.key.public.raw
    assert device.outlet.wire_id == box.outlet
    value = answer.json()["assignment"]
    assignment = parse_payload(Kind.ASSIGNMENT, Envelope.from_value(value).payload)
    assert isinstance(assignment, Assignment)
    assert assignment.paths == ("vn/25/08911/h01", "vn/25/08911")
    assert box.get(TRUST).status_code == 200


def test_a_claim_counts_once(country: Country, box: Box, node: NodeIdentity) -> None:
    code = claim(country)
    assert box.enrol(code).status_code == 200
    other = Box(node.id, serial="box-2")
    answer = other.enrol(code)
    assert (answer.status_code, answer.json()) == (403, {"error": "claim_used"})
    assert Device.objects.filter(revoked_at=None).get().serial == "box-1"


def test_the_same_device_may_ask_again_when_the_answer_was_lost(country: Country, box: Box) -> None:
    code = claim(country)
    first, second = box.enrol(code), box.enrol(code)
    assert second.status_code == 200
    assert second.json()["outlet"] == first.json()["outlet"]
    assert Device.objects.count() == 1


def test_an_expired_claim_is_refused(country: Country, box: Box, manual_clock: ManualClock) -> None:
    code = claim(country)
    manual_clock.advance(rules.CLAIM_LIFE.total_seconds())
    assert box.enrol(code).json() == {"error": "claim_expired"}
    assert not Device.objects.exists()


def test_a_newer_claim_ends_the_older(country: Country, box: Box) -> None:
    old = claim(country)
    new = claim(country)
    assert box.enrol(old).json() == {"error": "claim_used"}
    assert box.enrol(new).status_code == 200


def test_five_wrong_codes_lock_even_the_right_one_and_raise_an_alarm(
    country: Country, box: Box, manual_clock: ManualClock
) -> None:
    right = claim(country)
    for _ in range(rules.TRIES_MAX):
        assert box.enrol("aaaa-bbbb-cccc-dddd").json() == {"error": "claim_unknown"}
    answer = box.enrol(right)
    assert (answer.status_code, answer.json()) == (429, {"error": "claim_locked"})
    assert events.CLAIM_LOCKED in [fact.kind for fact in journal.facts_in(("vn",))]
    manual_clock.advance(rules.LOCK_FOR.total_seconds() + 1)
    assert box.enrol(right).status_code == 200


def test_wrong_codes_from_elsewhere_do_not_lock_a_serial_number_out(
    country: Country, box: Box
) -> None:
    right = claim(country)
    stranger = Box(box.node, serial=box.serial, client=Client(REMOTE_ADDR="203.0.113.9"))
    for _ in range(rules.TRIES_MAX + 3):
        stranger.enrol("aaaa-bbbb-cccc-dddd")
    assert stranger.enrol("aaaa-bbbb-cccc-dddd").json() == {"error": "claim_locked"}
    assert box.enrol(right).status_code == 200


def test_a_request_must_be_signed_by_the_key_it_names(country: Country, box: Box) -> None:
    from loa_protocol.keys import SigningKey

    code = claim(country)
    honest = box.key
    box.key = SigningKey.generate()
    path, body = "/device/v1/enrol", b"{}"
    stolen = box.header("POST", path, body)
    box.key = honest
    answer = box.client.post(
        path, data=body, content_type="application/json", headers={"Loa-Request": stolen}
    )
    assert answer.status_code == 400
    assert not Device.objects.exists()
    assert box.enrol(code).status_code == 200


def test_a_new_box_replaces_the_old_one_and_keeps_the_outlet(
    country: Country, box: Box, node: NodeIdentity
) -> None:
    box.enrol(claim(country))
    fresh = Box(node.id, serial="box-2")
    fresh.enrol(claim(country))
    assert fresh.outlet == box.outlet
    assert box.get(PLAN).status_code == 401
    assert fresh.get(TRUST).status_code == 200
    assert Device.objects.count() == 2


def test_a_revoked_device_counts_no_more_from_now_on(country: Country, box: Box) -> None:
    password = box.enrol(claim(country)).json()["mqtt"]["password"]
    outlet = country.one.outlets[0]
    assert enrolment.password_fits(devices_at([outlet.wire_id])[outlet.wire_id], password)
    with pytest.raises(NotAllowed):
        enrolment.device_revoke(
            actor=country.two.actor("technician"), outlet_id=outlet.pk, reason="lạ"
        )
    enrolment.device_revoke(
        actor=country.one.actor("technician"), outlet_id=outlet.pk, reason="mất trộm"
    )
    assert box.get(TRUST).status_code == 401
    assert devices_at([outlet.wire_id]) == {}


def test_a_stranger_makes_no_claim(country: Country) -> None:
    with pytest.raises(NotAllowed):
        claim_for(country.one.outlets[0], country.two.actor("technician"))


def test_a_request_grows_old_and_is_for_one_node_and_one_path(
    country: Country, box: Box, manual_clock: ManualClock
) -> None:
    box.enrol(claim(country))
    header = box.header("GET", TRUST)
    manual_clock.advance(timedelta(minutes=6).total_seconds())
    assert box.client.get(TRUST, headers={"Loa-Request": header}).json() == {"error": "expired"}
    header = box.header("GET", TRUST, node="n-99")
    answer = box.client.get(TRUST, headers={"Loa-Request": header})
    assert (answer.status_code, answer.json()) == (421, {"error": "wrong_node"})
    header = box.header("GET", PLAN)
    assert box.client.get(TRUST, headers={"Loa-Request": header}).status_code == 400
    assert box.client.get(TRUST).json() == {"error": "unknown_key"}
