"""Ten thousand at the door: judged many at a time, each by its own password, from one question."""

import pytest

from loa.gateway.admission import Credentials, admit, admit_all
from loa.outlets.enrolment import broker_password, device_revoke
from loa.outlets.models import Device
from loa.people.authority import NodeIdentity
from tests.country import Country
from tests.device.device import Box, claim_for

pytestmark = pytest.mark.urls("loa.device.urls")


def test_a_crowd_is_judged_by_one_question_and_nobody_gets_in_with_another(
    country: Country, node: NodeIdentity, django_assert_max_num_queries: object
) -> None:
    boxes = []
    for commune in (country.one, country.two):
        for outlet in commune.outlets:
            box = Box(node.id, serial=f"box-{outlet.wire_id}")
            box.enrol(claim_for(outlet, commune.actor("technician")))
            boxes.append(box)
    keys = {one.outlet.wire_id: broker_password(one.kid) for one in Device.objects.all()}
    first, second, third, gone = (box.outlet for box in boxes)
    device_revoke(
        actor=country.two.actor("technician"),
        outlet_id=country.two.outlets[1].pk,
        reason="mất trộm",
    )
    crowd = [
        Credentials(first, first, keys[first]),
        Credentials(second, second, keys[first]),  # another's password
        Credentials(first, third, keys[third]),  # under another's name
        Credentials("", "", ""),
        Credentials("nobody", "nobody", "x"),
        Credentials(gone, gone, keys[gone]),
        Credentials(third, third, keys[third]),
    ]
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        found = admit_all(crowd)
    assert [one.outlet if one else None for one in found] == [
        first, None, None, None, None, None, third,
    ]  # fmt: skip
    assert admit(client_id=first, user=first, password=keys[first]) == found[0]
