"""What makes a signed request good: its time, its end, its method, path and body, and its key.
The place that it claims proves nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from loa.lib import clock
from loa.outlets.models import Device
from loa.people.authority import NodeIdentity
from loa_protocol.clock import ManualClock
from loa_protocol.device_api import PLAN, TRUST, orders_url
from loa_protocol.encoding import b64encode
from loa_protocol.envelope import Envelope, sign
from loa_protocol.kinds import Kind
from loa_protocol.paths import node_address
from loa_protocol.payloads import Issuer, Open, Request, new_nonce, parse_payload
from tests.country import Country
from tests.device.device import Box, claim_for

pytestmark = pytest.mark.urls("loa.device.urls")

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
OWN, OTHER = "vn/25/08911", "vn/25/08914"


@pytest.fixture
def box(country: Country, node: NodeIdentity) -> Box:
    """An enrolled device of the first commune."""
    made = Box(node.id)
    commune = country.one
    assert made.enrol(claim_for(commune.outlets[0], commune.actor("technician"))).status_code == 200
    return made


def asked(
    box: Box,
    *,
    issued: datetime | None = None,
    expires: datetime | None = None,
    claims: str = OWN,
    signed: str = TRUST,
    path: str = TRUST,
) -> Any:
    """The answer to a request for `path` that is signed for `signed`."""
    issued = issued or clock.now()
    request = Request(
        issuer=Issuer(path=claims, outlet=box.outlet),
        target=(node_address(box.node),),
        issued=issued,
        expires=expires or issued + timedelta(minutes=5),
        nonce=new_nonce(),
        method="GET",
        path=signed,
        body=EMPTY,
    )
    header = b64encode(sign(Kind.REQUEST, request, [box.key]).to_bytes())
    return box.client.get(path, headers={"Loa-Request": header})


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


def test_a_request_of_this_moment_is_answered(box: Box) -> None:
    assert told(asked(box)) == (200, "")


@pytest.mark.parametrize(
    ("issued_s", "life_s", "status", "name"),
    [
        (-290, 300, 200, ""),
        (-301, 900, 400, "expired"),
        (-60, 60, 400, "expired"),
        (-60, 59, 400, "expired"),
        (290, 300, 200, ""),
        (301, 300, 400, "not_yet"),
        (30_000_000, 300, 400, "not_yet"),
    ],
)
def test_it_lives_five_minutes_at_most_and_to_its_own_end(
    box: Box, issued_s: int, life_s: int, status: int, name: str
) -> None:
    issued = clock.now() + timedelta(seconds=issued_s)
    answer = asked(box, issued=issued, expires=issued + timedelta(seconds=life_s))
    assert told(answer) == (status, name)


def test_an_end_in_a_thousand_years_gives_no_longer_life(
    box: Box, manual_clock: ManualClock
) -> None:
    issued = clock.now()
    far = issued.replace(year=2999)
    assert told(asked(box, issued=issued, expires=far)) == (200, "")
    manual_clock.advance(301)
    assert told(asked(box, issued=issued, expires=far)) == (400, "expired")


@pytest.mark.parametrize("other", [PLAN, TRUST + "?a=1", TRUST + "/", "/device/v1"])
def test_it_is_good_for_one_path_with_its_query(box: Box, other: str) -> None:
    assert told(asked(box, signed=other)) == (400, "bad_field")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("claims", [OTHER, "vn", "vn/01/00004", "vn/25/08911/h01"])
def test_a_claimed_place_gives_nothing(box: Box, claims: str) -> None:
    """No other commune's orders."""
    answer = asked(box, claims=claims, signed=orders_url(), path=orders_url())
    assert answer.status_code == 200
    opened = parse_payload(Kind.OPEN, Envelope.from_value(answer.json()["open"]).payload)
    assert isinstance(opened, Open)
    assert opened.target == (OWN,)


def test_a_claimed_place_is_no_proof_that_an_assignment_was_taken(box: Box) -> None:
    Device.objects.update(former_area=OTHER)
    for claims in (OTHER, "vn", "vn/01/00004"):
        assert told(asked(box, claims=claims)) == (200, "")
        assert Device.objects.get().former_area == OTHER
    assert told(asked(box, claims=OWN)) == (200, "")
    assert Device.objects.get().former_area == ""


def test_another_device_s_name_is_refused(box: Box, country: Country) -> None:
    other = country.one.outlets[1].wire_id
    answer = asked(Box(box.node, key=box.key, outlet=other, client=box.client))
    assert told(answer) == (401, "unknown_key")
