"""Urgent orders over a link: the issuer's own bytes, judged here as a device judges them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loa.alerts import selectors as alerts
from loa.alerts.models import Order
from loa.alerts.orders.drafting import Speaker, Wish, sounding_draft
from loa.alerts.orders.rights import with_papers
from loa.federation import applying, outgoing
from loa.federation.models import Fetch, Incoming, Link, Outgoing
from loa.lib import clock
from loa.people import acceptance
from loa.people.rules import RoleName
from loa_lab.nation import trust
from loa_protocol.clock import ManualClock
from loa_protocol.encoding import b64encode
from loa_protocol.envelope import Envelope, sign
from loa_protocol.keys import SigningKey
from tests.country import Country, account
from tests.federation.peers import FakePeer
from tests.federation.test_taking import take

Ordered = Callable[..., Envelope]


@pytest.fixture
def ordered(country: Country, keys: Path, monkeypatch: pytest.MonkeyPatch) -> Ordered:
    """An alert by two persons of the nation or of a province, with the papers it travels with."""

    def make(path: str, targets: tuple[str, ...], hours: float = 1.0, signers: int = 2) -> Envelope:
        place = country.nation if path == "vn" else country.province
        people = [
            account("Bùi Thanh Bình", RoleName.ALERT_AUTHOR, place),
            account("Ngô Thu Hà", RoleName.ALERT_APPROVER, place),
        ]
        for one in people:
            trust.officer(one, keys, path, clock.now())
        monkeypatch.setattr(acceptance, "_trust", None)
        wish = Wish(targets, "flood", "Lũ lên nhanh", "Bà con lên chỗ cao ngay.", 4, hours)
        draft = sounding_draft(wish, Speaker(people[0].person_id, path), clock.now())
        files = [keys / f"{trust.node_id(path)}-{one.username}.pem" for one in people]
        own = [SigningKey.load(file) for file in files[:signers]]
        return with_papers(sign(draft.kind, draft.payload, own))

    return make


def tell(peer: FakePeer, envelope: Envelope, place: str = "vn") -> Incoming:
    body = {"envelope": b64encode(envelope.to_bytes())}
    peer.add("order.issued", body, place=place, crit=True)
    take(peer)
    applying.apply_next()
    return Incoming.objects.order_by("-seq")[0]


def test_the_centre_s_order_is_in_force_here_byte_for_byte(
    above: FakePeer, ordered: Ordered
) -> None:
    envelope = ordered("vn", ("vn/25",))
    assert tell(above, envelope).state == "applied"
    order = Order.objects.get()
    assert bytes(order.envelope or b"") == envelope.to_bytes()
    assert [one.pk for one in alerts.unpublished()] == [envelope.id], "the lane finds it"
    assert alerts.open_ids("vn/25/08911") == [envelope.id]


def test_it_is_not_told_back_to_where_it_came_from(above: FakePeer, ordered: Ordered) -> None:
    tell(above, ordered("vn", ("vn/25",)))
    while outgoing.export_next():
        pass
    assert not Outgoing.objects.filter(kind="order.issued").exists()


def test_the_same_order_under_another_entry_stands_once(above: FakePeer, ordered: Ordered) -> None:
    envelope = ordered("vn", ("vn",))
    tell(above, envelope)
    assert tell(above, envelope).state == "applied"
    assert Order.objects.count() == 1


def test_one_signature_is_not_enough_whoever_forwards_it(above: FakePeer, ordered: Ordered) -> None:
    row = tell(above, ordered("vn", ("vn/25",), signers=1))
    assert (row.state, row.reason) == ("refused", "not_enough_signers")
    assert not Order.objects.exists()


def test_an_altered_order_is_refused(above: FakePeer, ordered: Ordered) -> None:
    envelope = ordered("vn", ("vn/25",))
    other = replace(envelope, payload=envelope.payload.replace(b"ngay", b"mai "))
    row = tell(above, other)
    assert (row.state, row.reason) == ("refused", "bad_signature")
    assert not Order.objects.exists()


def test_an_order_for_other_places_is_refused(above: FakePeer, ordered: Ordered) -> None:
    row = tell(above, ordered("vn", ("vn/24",)))
    assert (row.state, row.reason) == ("refused", "outside_sender")


def test_an_order_that_was_under_way_too_long_is_over(
    above: FakePeer, ordered: Ordered, manual_clock: ManualClock
) -> None:
    envelope = ordered("vn", ("vn/25",), hours=1.0)
    manual_clock.advance(3700)
    row = tell(above, envelope)
    assert (row.state, row.reason) == ("refused", "expired")


def test_a_province_s_order_stands_at_the_centre_for_its_own_places_only(
    below: FakePeer, ordered: Ordered
) -> None:
    envelope = ordered("vn/25", ("vn/25/08911",))
    assert tell(below, envelope, "vn/25").state == "applied"
    assert alerts.open_ids("vn/25/08911") == [envelope.id]


def test_a_province_cannot_hand_up_an_order_for_its_neighbour(
    below: FakePeer, ordered: Ordered
) -> None:
    row = tell(below, ordered("vn", ("vn/24",)), "vn/25")
    assert (row.state, row.reason) == ("refused", "outside_sender")
    assert not Order.objects.exists()


def test_the_sound_is_fetched_afterwards_and_not_waited_for(
    above: FakePeer, ordered: Ordered
) -> None:
    envelope = ordered("vn", ("vn/25",))
    body = {
        "envelope": b64encode(envelope.to_bytes()),
        "speech": "ab" * 32,
        "speech_bytes": 1000,
    }
    above.add("order.issued", body, place="vn", crit=True)
    take(above)
    applying.apply_next()
    assert Order.objects.get().state == "issued"
    assert Fetch.objects.get().sha256 == "ab" * 32


def test_our_own_order_goes_to_the_provinces_it_names_and_no_other(
    below: FakePeer, ordered: Ordered, keys: Path
) -> None:
    from loa.alerts.orders import receiving
    from tests.federation.peers import identity, linked

    linked(identity(keys, "vn/24"), below=True)
    receiving.order_receive(actor="cli:test", data=ordered("vn", ("vn/25",)).to_bytes())
    while outgoing.export_next():
        pass
    told = Outgoing.objects.filter(kind="order.issued")
    assert [row.link.path for row in told] == ["vn/25"]
    assert Link.objects.count() == 2
