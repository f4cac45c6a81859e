"""What a device of a province is told by the centre when its own node is silent (protocol.md 8)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from loa.alerts.models import Order, Target
from loa.lib import clock
from loa.people.authority import NodeIdentity
from loa_protocol.clock import ManualClock
from loa_protocol.context import Channel, Context, Receiver
from loa_protocol.envelope import Envelope, sign
from loa_protocol.kinds import Kind
from loa_protocol.ladder import verify
from loa_protocol.payloads import Open
from loa_protocol.signatures import SignatureCache
from loa_protocol.trust import TrustState
from tests.country import Country
from tests.federation.conftest import become

pytestmark = pytest.mark.urls("loa.config.urls_device")
AREA = "vn/25/08911"


@pytest.fixture
def centre(country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeIdentity:
    return become("vn", tmp_path / "demo", tmp_path, monkeypatch)


def opened(envelope: Envelope, node: NodeIdentity) -> Open:
    """The `open` as a device of the province judges it, whose parent this node is."""
    root = node.chain[0]
    context = Context(
        trust=TrustState.begin(root, root.id),
        now=clock.now(),
        cache=SignatureCache(),
        receiver=Receiver("o-1", "n-25", "n-vn", "s-1", AREA, (AREA,)),
    )
    payload = verify(envelope, Channel.OPEN, context).payload
    assert isinstance(payload, Open)
    return payload


def in_force(node: NodeIdentity) -> Order:
    """An order of some province, as it stands here after it came up."""
    now = clock.now()
    envelope = sign(Kind.ALERT, b'{"any":"bytes"}', [node.key])
    order = Order.objects.create(
        id=envelope.id,
        kind="alert",
        drill=False,
        alert=envelope.id,
        path="vn/25",
        payload=envelope.payload,
        author="p-1",
        author_kid=node.key.kid,
        author_sig=b"",
        envelope=envelope.to_bytes(),
        state="issued",
        made_at=now,
        proposed_at=now,
        issued_at=now,
        published_at=now,
        expires_at=now + timedelta(hours=1),
    )
    Target.objects.create(order=order, path="vn/25")
    return order


def test_a_device_believes_its_parent_and_the_answer_is_static(
    client: Client, centre: NodeIdentity, manual_clock: ManualClock
) -> None:
    first = client.get("/open/1/08911")
    payload = opened(Envelope.parse(first.content), centre)
    assert (payload.floor, payload.orders) == (None, ())
    manual_clock.advance(60)
    again = client.get("/open/1/08911")
    assert again.content == first.content
    assert client.get("/open/1/08911", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    assert "max-age" in first["Cache-Control"]


def test_an_order_that_came_up_stands_at_once_with_its_bytes(
    client: Client, centre: NodeIdentity
) -> None:
    before = client.get("/open/1/08911")["ETag"]
    order = in_force(centre)
    answer = client.get("/open/1/08911", HTTP_IF_NONE_MATCH=before)
    assert opened(Envelope.parse(answer.content), centre).orders == (order.pk,)
    found = json.loads(client.get("/open/1/08911/orders").content)
    assert [Envelope.from_value(one).id for one in found["orders"]] == [order.pk]
    assert found["open"]["kind"] == "open"


@pytest.mark.parametrize("code", ["99999", "0891", "vn", "08911h01"])
def test_a_place_that_does_not_stand_has_no_open(
    client: Client, centre: NodeIdentity, code: str
) -> None:
    assert client.get(f"/open/1/{code}").status_code == 404
    assert client.get(f"/open/1/{code}/orders").status_code == 404
