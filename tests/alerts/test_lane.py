"""From the second signature to every commune inside: bytes inline, `open` at once, until expiry."""

import threading
from typing import Any

import pytest
from django.test import Client

from loa.alerts import selectors
from loa.alerts.drills import scores
from loa.alerts.models import Answer, Order
from loa.alerts.selectors import tally
from loa.delivery import services as delivery
from loa.gateway import lane
from loa.lib import clock
from loa.outlets.selectors import device_of
from loa.people.authority import NodeIdentity
from loa.quarantine.models import SetAside
from loa_protocol.clock import ManualClock
from loa_protocol.device_api import Orders, parse_body
from loa_protocol.envelope import Envelope, sign
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Issuer, Open, Receipt, ReceiptItem, new_nonce, parse_payload
from tests.alerts.office import Office
from tests.country import Country
from tests.device.device import Box, claim_for

pytestmark = pytest.mark.urls("loa.device.urls")


class Broker:
    """A line that keeps what was published."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        self.messages.append((topic, payload, retain))
        return True

    def orders(self, commune: str = "08911") -> list[Envelope]:
        topic = f"loa/1/area/{commune}"
        return [Envelope.parse(data) for found, data, _ in self.messages if found == topic]

    def opens(self, commune: str = "08911") -> list[Open]:
        topic = f"loa/1/area/{commune}/open"
        found = [Envelope.parse(data) for at, data, _ in self.messages if at == topic]
        return [parse_payload(Kind.OPEN, one.payload) for one in found]  # type: ignore[misc]


@pytest.fixture
def boxes(country: Country, node: NodeIdentity) -> list[Box]:
    """A device in each of the two communes."""
    made = []
    for commune in (country.one, country.two):
        box = Box(node.id)
        box.enrol(claim_for(commune.outlets[0], commune.actor("technician")))
        made.append(box)
    return made


@pytest.fixture
def broker() -> Any:
    return Broker()


def told(box: Box, order: str, result: str, **more: Any) -> None:
    """The box's signed word about an order reaches the node."""
    device = device_of(box.outlet)
    assert device is not None
    item = ReceiptItem(id=order, result=result, at=clock.now(), **more)  # type: ignore[arg-type]
    receipt = Receipt(
        issuer=Issuer(path=device.outlet.station.place.path, outlet=box.outlet),
        target=(f"node:{box.node}",),
        issued=clock.now(),
        expires=clock.now().replace(year=2027),
        nonce=new_nonce(),
        items=(item,),
    )
    envelope = sign(Kind.RECEIPT, receipt, [box.key])
    outcome = delivery.receipts_store(device=device, envelopes=[envelope], node_id=box.node)
    assert outcome.stored == (envelope.id,)


def test_the_exact_bytes_go_to_every_commune_inside_and_open_follows(
    office: Office, boxes: list[Box], broker: Broker
) -> None:
    alert = office.alert(targets=("vn/25",))
    assert lane.rush(broker) == 1  # type: ignore[arg-type]  # stands in for a Line
    for commune in ("08911", "08914"):
        (sent,) = broker.orders(commune)
        assert sent.to_bytes() == bytes(alert.envelope or b"")
        assert broker.opens(commune)[-1].orders == (alert.pk,)
    kinds = [topic.count("/") for topic, _, _ in broker.messages]
    assert kinds == [3, 3, 4, 4], "every commune hears the order before any `open` is signed"
    assert lane.rush(broker) == 0  # type: ignore[arg-type]  # stands in for a Line


def test_an_order_stays_inside_its_place(office: Office, boxes: list[Box], broker: Broker) -> None:
    office.alert()
    lane.rush(broker)  # type: ignore[arg-type]  # stands in for a Line
    assert broker.orders("08914") == []
    assert broker.opens("08914") == []


def test_a_hamlets_order_goes_to_its_communes_topic(
    office: Office, boxes: list[Box], broker: Broker
) -> None:
    alert = office.alert(targets=("vn/25/08911/h01",))
    lane.rush(broker)  # type: ignore[arg-type]  # stands in for a Line
    assert [sent.id for sent in broker.orders()] == [alert.pk]


def test_the_floor_never_passes_an_order_that_is_listed(
    office: Office, boxes: list[Box], broker: Broker, manual_clock: ManualClock
) -> None:
    alert = office.alert(hours=6)
    lane.rush(broker)  # type: ignore[arg-type]  # stands in for a Line
    manual_clock.advance(3 * 3600)
    lane.refresh(broker)  # type: ignore[arg-type]  # stands in for a Line
    newest = broker.opens()[-1]
    assert newest.orders == (alert.pk,)
    assert newest.floor is not None
    assert newest.floor <= alert.made_at
    manual_clock.advance(4 * 3600)
    lane.refresh(broker)  # type: ignore[arg-type]  # stands in for a Line
    assert broker.opens()[-1].orders == ()
    assert (broker.opens()[-1].floor or clock.now()) > alert.made_at


def test_open_is_renewed_every_minute_while_something_is_in_force(
    office: Office, boxes: list[Box], broker: Broker, manual_clock: ManualClock
) -> None:
    office.alert()
    lane.rush(broker)  # type: ignore[arg-type]  # stands in for a Line
    lane.refresh(broker)  # type: ignore[arg-type]  # stands in for a Line
    before = len(broker.opens()), len(broker.opens("08914"))
    manual_clock.advance(61)
    lane.refresh(broker)  # type: ignore[arg-type]  # stands in for a Line
    assert len(broker.opens()) == before[0] + 1
    assert len(broker.opens("08914")) == before[1], "nothing is in force there"


def test_an_order_without_receipts_is_said_again_until_they_come(
    office: Office, boxes: list[Box], broker: Broker, manual_clock: ManualClock
) -> None:
    alert = office.alert()
    tender = lane.Lane(broker, threading.Event())  # type: ignore[arg-type]  # stands in for a Line
    tender.turn()
    assert len(broker.orders()) == 1
    for _ in range(4):
        manual_clock.advance(11)
        tender.turn()
    assert len(broker.orders()) >= 3
    told(boxes[0], alert.pk, "accepted")
    number = len(broker.orders())
    for _ in range(6):
        manual_clock.advance(61)
        tender.turn()
    assert len(broker.orders()) == number


def test_the_lane_rests_only_while_nothing_but_open_can_fall_due(
    office: Office, boxes: list[Box], broker: Broker, manual_clock: ManualClock
) -> None:
    tender = lane.Lane(broker, threading.Event())  # type: ignore[arg-type]  # stands in for a Line
    assert tender.turn() == lane.IDLE_TEND_S
    assert tender.turn() <= lane.TEND_EVERY_S, "what was written meanwhile is looked at soon"
    office.alert(hours=1)
    manual_clock.advance(2)
    assert tender.turn() == lane.TEND_EVERY_S
    assert len(broker.orders()) == 1
    manual_clock.advance(3700)
    assert tender.turn() == lane.IDLE_TEND_S
    office.author.propose(office.draft())
    manual_clock.advance(2)
    assert tender.turn() == lane.TEND_EVERY_S


def test_a_chore_that_fails_is_tried_again_a_second_later(
    office: Office, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_line: object) -> None:
        raise ValueError("not foreseen")

    monkeypatch.setattr(lane, "refresh", fails)
    tender = lane.Lane(broker, threading.Event())  # type: ignore[arg-type]  # stands in for a Line
    assert tender.turn() == lane.TEND_EVERY_S


def test_a_broker_that_comes_back_is_told_everything_in_force(
    office: Office, boxes: list[Box], broker: Broker, manual_clock: ManualClock
) -> None:
    alert = office.alert()
    office.mute(alert)
    tender = lane.Lane(broker, threading.Event())  # type: ignore[arg-type]  # stands in for a Line
    tender.turn()
    broker.messages.clear()
    tender.greet.set()
    tender.turn()
    assert [sent.kind for sent in broker.orders()] == ["alert", "mute"]
    assert broker.opens()


@pytest.mark.django_db(transaction=True)
def test_a_device_that_was_away_gets_over_https_what_is_in_force_and_nothing_else(
    office: Office,
    boxes: list[Box],
    broker: Broker,
    manual_clock: ManualClock,
    client: Client,
) -> None:
    office.alert(hours=1)
    manual_clock.advance(3700)
    alert = office.alert(hours=6)
    cancelled = office.alert(hours=6)
    cancel = office.cancel(cancelled)
    office.alert(targets=("vn/25/08914",))
    lane.rush(broker)  # type: ignore[arg-type]  # stands in for a Line
    answer = parse_body(Orders, boxes[0].get("/device/v1/orders").content)
    assert {Envelope.from_value(one).id for one in answer.orders} == {alert.pk, cancel.pk}
    public = client.get("/open/1/08911")
    opened = parse_payload(Kind.OPEN, Envelope.parse(public.content).payload)
    assert isinstance(opened, Open)
    assert set(opened.orders) == {alert.pk, cancel.pk}


def test_receipts_are_counted_by_order_and_commune(
    office: Office, boxes: list[Box], manual_clock: ManualClock
) -> None:
    alert = office.alert(targets=("vn/25",))
    assert tally(alert).targeted == 2
    assert tally(alert).missing == 2
    told(boxes[0], alert.pk, "accepted")
    told(boxes[0], alert.pk, "accepted")
    assert (tally(alert).accepted, tally(alert).missing) == (1, 1)
    told(boxes[0], alert.pk, "played", started=clock.now(), run=1, grade="B", level_lufs=-16)
    told(boxes[1], alert.pk, "refused", reason="expired")
    found = tally(alert)
    assert (found.accepted, found.sounding, found.played) == (1, 1, 1)
    assert (found.refused, found.missing) == (1, 0)
    by_area = {one.path: one.tally for one in selectors.tally_by_area(alert)}
    assert by_area["vn/25/08911"].played == 1
    assert by_area["vn/25/08914"].refused == 1
    assert Answer.objects.count() == 2


def test_a_mute_is_listed_while_it_lasts(
    office: Office, boxes: list[Box], broker: Broker, manual_clock: ManualClock
) -> None:
    alert = office.alert()
    mute = office.mute(alert)
    lane.rush(broker)  # type: ignore[arg-type]  # stands in for a Line
    assert broker.opens()[-1].orders == (alert.pk, mute.pk)
    assert [sent.kind for sent in broker.orders()] == ["alert", "mute"]
    manual_clock.advance(3601)
    assert selectors.opened("vn/25/08911").ids == (alert.pk,)


def test_the_scoreboard_has_the_worst_commune_first_and_the_drill_before(
    office: Office, boxes: list[Box], manual_clock: ManualClock
) -> None:
    first = office.alert(drill=True, targets=("vn/25",))
    for box in boxes:
        told(box, first.pk, "accepted")
    manual_clock.advance(3600)
    second = office.alert(drill=True, targets=("vn/25",))
    told(boxes[0], second.pk, "accepted")
    office.alert(targets=("vn/25",))
    found = scores.scoreboard(office.author.actor)
    assert [(score.path, score.share) for score in found] == [
        ("vn/25/08914", 0.0),
        ("vn/25/08911", 1.0),
    ]
    assert all(score.order.pk == second.pk for score in found), "real orders do not count"
    assert all(score.earlier and score.earlier.accepted == 1 for score in found)
    village = scores.scoreboard(office.village_author.actor)
    assert [score.path for score in village] == ["vn/25/08911"], "not the neighbours"


def test_an_answer_counts_only_from_the_order_s_places_and_around_its_time(
    office: Office, boxes: list[Box], manual_clock: ManualClock
) -> None:
    here = office.alert(targets=("vn/25/08911",))
    told(boxes[1], here.pk, "accepted")
    assert not Answer.objects.exists(), "a box of another commune does not answer for it"
    told(boxes[0], here.pk, "played", started=clock.now().replace(year=9999), run=1)
    told(boxes[0], here.pk, "accepted", started=clock.now().replace(year=1970))
    assert not Answer.objects.exists(), "nor does a time that lies outside the order's life"
    told(boxes[0], here.pk, "accepted")
    assert Answer.objects.get().outlet.wire_id == boxes[0].outlet


class Torn(Broker):
    """A line that breaks at one commune."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        if topic.startswith("loa/1/area/08911"):
            raise ValueError("no such topic")
        return super().publish(topic, payload, retain=retain)


def test_a_broken_order_keeps_no_other_waiting_and_is_tried_again_soon(
    boxes: list[Box], office: Office, broker: Broker, manual_clock: ManualClock
) -> None:
    first, second = office.alert(title="Lũ"), office.alert(title="Bão")
    signed = bytes(first.envelope or b"")
    Order.objects.filter(pk=first.pk).update(envelope=None)
    assert lane.rush(broker) == 1  # type: ignore[arg-type]  # stands in for a Line
    assert [one.id for one in broker.orders()] == [second.pk]
    assert second.pk in broker.opens()[-1].orders
    manual_clock.advance(5)
    Order.objects.filter(pk=first.pk).update(envelope=signed)
    assert lane.rush(broker) == 1  # type: ignore[arg-type]  # stands in for a Line
    assert first.pk in {one.id for one in broker.orders()}
    assert not SetAside.objects.exists()


def test_a_commune_that_breaks_keeps_no_other_waiting(
    boxes: list[Box], office: Office, manual_clock: ManualClock
) -> None:
    torn = Torn()
    order = office.alert(targets=("vn/25",))
    lane.rush(torn)  # type: ignore[arg-type]  # stands in for a Line
    assert [one.id for one in torn.orders("08914")] == [order.pk]
    assert torn.opens("08914")
    assert SetAside.objects.get().row == order.pk
    mended = Broker()
    later = lane.Lane(mended, threading.Event())  # type: ignore[arg-type]  # stands in for a Line
    later.repeat(0.0)
    later.repeat(lane.REPEAT_FIRST_S)
    assert [one.id for one in mended.orders("08911")] == [order.pk]
    assert not SetAside.objects.exists()
