"""The chain is tested every night in silence, weekly with a sound; who owes an answer shows."""

from datetime import datetime, timedelta

import pytest

from loa.delivery import chain
from loa.delivery import services as delivery
from loa.delivery.models import ChainCheck, ChainRound, Play
from loa.gateway import lane
from loa.journal.models import Fact
from loa.lib import clock
from loa.outlets import rules
from loa.outlets.selectors import device_of
from loa.people.authority import NodeIdentity
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from loa_protocol.envelope import Envelope, sign
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Command, Issuer, Receipt, ReceiptItem, new_nonce, parse_payload
from tests.alerts import office as offices
from tests.alerts.conftest import office
from tests.alerts.test_lane import Broker
from tests.country import Country
from tests.device.device import Box, claim_for

__all__ = ["office"]

NIGHT = 2 * 3600
COMMUNE = "vn/25/08911"


def box_in(country: Country, node: NodeIdentity, number: int = 0) -> Box:
    box = Box(node.id)
    outlet = country.one.outlets[number]
    box.enrol(claim_for(outlet, country.one.actor("technician")))
    return box


pytestmark = pytest.mark.urls("loa.device.urls")


def until_night(manual: ManualClock) -> datetime:
    """The moment the first commune's silent test is due."""
    local = clock.local(clock.now())
    midnight = local.replace(hour=0, minute=0) + timedelta(days=1)
    due = midnight + timedelta(minutes=chain.silent_minute(COMMUNE))
    manual.advance((due - local).total_seconds())
    return clock.now()


def turn(broker: Broker, threads: object = None) -> None:
    import threading

    lane.Lane(broker, threading.Event()).test_chain(1e9)  # type: ignore[arg-type]


def asked(broker: Broker) -> list[tuple[str, Command, str]]:
    found = []
    for topic, data, _ in broker.messages:
        if topic.endswith("/do"):
            envelope = Envelope.parse(data)
            doc = parse_payload(Kind.COMMAND, envelope.payload)
            assert isinstance(doc, Command)
            found.append((topic, doc, envelope.id))
    return found


def answer(box: Box, node: NodeIdentity, *items: ReceiptItem) -> None:
    device = device_of(box.outlet)
    assert device is not None
    receipt = Receipt(
        issuer=Issuer(path=COMMUNE, outlet=box.outlet),
        target=(f"node:{node.id}",),
        issued=clock.now(),
        expires=clock.now() + timedelta(days=30),
        nonce=new_nonce(),
        items=items,
    )
    delivery.receipts_store(
        device=device, envelopes=[sign(Kind.RECEIPT, receipt, [box.key])], node_id=node.id
    )


def test_every_night_each_device_is_asked_by_the_lane_and_who_is_silent_shows(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    there, gone = box_in(country, node, 0), box_in(country, node, 1)
    broker = Broker()
    turn(broker)
    assert asked(broker) == [], "a new commune waits for its first night"
    until_night(manual_clock)
    turn(broker)
    turn(broker)
    found = {topic.split("/")[3]: (doc, id_) for topic, doc, id_ in asked(broker)}
    assert set(found) == {there.outlet, gone.outlet}
    doc, id_ = found[there.outlet]
    assert doc.do == "measure", "nobody hears it"
    answer(there, node, ReceiptItem(id=id_, result="accepted", at=clock.now()))
    measured = ReceiptItem(
        id=id_, result="accepted", at=clock.now(), grade="B", reason="silent", volume_pct=90
    )
    answer(there, node, measured)
    assert not Play.objects.exists(), "a test is no play"
    manual_clock.advance(601)
    turn(broker)
    row = ChainRound.objects.get()
    assert (row.asked, row.answered, row.missing) == (2, 1, 1)
    (check,) = chain.failed_checks([row], 10)
    assert check.outlet.wire_id == gone.outlet
    assert check.why == "never"
    assert Fact.objects.filter(kind="delivery.chain_broken", place=COMMUNE).count() == 1
    assert chain.missing_lately(["vn/25"]) == 1
    manual_clock.advance(3600)
    turn(broker)
    assert ChainRound.objects.count() == 1, "once a day"


def test_an_order_in_force_needs_no_test(
    office: offices.Office, country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    box_in(country, node)
    until_night(manual_clock)
    office.alert()
    turn(Broker())
    assert not ChainRound.objects.exists()


def test_the_weekly_sound_comes_at_the_communes_hour_and_only_then(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    box = box_in(country, node)
    local = clock.local(clock.now())
    minute = local.hour * 60 + local.minute + 30
    with pytest.raises(NotAllowed):
        chain.hour_set(actor=country.two.actor("officer"), path=COMMUNE, weekday=0, minute=0)
    officer = country.one.actor("officer")
    chain.hour_set(actor=officer, path=COMMUNE, weekday=local.weekday(), minute=minute)
    broker = Broker()
    turn(broker)
    assert asked(broker) == []
    manual_clock.advance(31 * 60)
    turn(broker)
    ((_, doc, id_),) = asked(broker)
    assert doc.do == "self-test"
    answer(
        box,
        node,
        ReceiptItem(id=id_, result="accepted", at=clock.now()),
        ReceiptItem(id=id_, result="muted", at=clock.now(), grade="B", reason="silent"),
    )
    manual_clock.advance(601)
    turn(broker)
    row = ChainRound.objects.get()
    assert (row.answered, row.sounded, row.missing) == (1, 0, 1), "an answer is not a sound"
    chain.hour_set(actor=officer, path=COMMUNE, weekday=None)
    manual_clock.advance(7 * 86_400 - 600)
    turn(broker)
    assert not ChainRound.objects.filter(way="audible").exclude(pk=row.pk).exists()


def test_old_rounds_are_forgotten(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    box_in(country, node)
    chain.round_begin(node=node, way="silent", area=COMMUNE, now=clock.now())
    manual_clock.advance(91 * 86_400)
    chain.forget(clock.now())
    assert not ChainCheck.objects.exists()
    assert ChainRound.objects.exists()


NOW = datetime(2026, 11, 25, 5, tzinfo=clock.VIETNAM)
WELL = {"state": "idle", "clock_error_ms": 3, "software": "loa-player 2.0", "volume_pct": 90}


@pytest.mark.parametrize(
    ("report", "word"),
    [
        ({"horn_off": True}, "horn_off"),
        ({"state": "fault"}, "fault"),
        ({"storage_free_bytes": 1000}, "cache"),
        ({"volume_pct": 0}, "volume_zero"),
        ({"amplifier_silent": True}, "amplifier_silent"),
        ({"software": "loa-player 1.9.3"}, "old_software"),
        ({}, "no_answer"),
    ],
)
def test_why_a_device_is_silent(report: dict[str, object], word: str) -> None:
    asked_of = {"online": True, "newest": (2, 0), "now": NOW}
    said = rules.why_silent(seen_at=NOW, report=WELL | report, **asked_of)  # type: ignore[arg-type]
    assert said == word
    unknown = {name: value for name, value in WELL.items() if name != "clock_error_ms"}
    assert rules.why_silent(seen_at=NOW, report=unknown, **asked_of) == "clock"  # type: ignore[arg-type]
    assert rules.why_silent(seen_at=None, report={}, **asked_of) == "never"  # type: ignore[arg-type]
    old = NOW - timedelta(hours=1)
    assert rules.why_silent(seen_at=old, report=WELL, **asked_of) == "off"  # type: ignore[arg-type]
