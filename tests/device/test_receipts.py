"""Receipts: stored as signed, counted once, refused by name when they are not the device's."""

from datetime import timedelta
from typing import Any

import pytest

from loa.delivery import events, rules, selectors
from loa.delivery.models import DeviceDay, Play, Receipt
from loa.journal.models import Fact
from loa.lib import clock
from loa.people.authority import NodeIdentity
from loa.schedule.models import IssuedItem
from loa_protocol.device_api import RECEIPTS, Receipts, dump_body
from loa_protocol.envelope import Envelope, sign
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Issuer, ReceiptItem, new_nonce
from loa_protocol.payloads import Receipt as ReceiptPayload
from tests.console.desk import approved
from tests.country import Country
from tests.device.device import Box, claim_for

pytestmark = pytest.mark.urls("loa.device.urls")


ITEM = "ab" * 16


@pytest.fixture
def box(country: Country, node: NodeIdentity) -> Box:
    made = Box(node.id)
    made.enrol(claim_for(country.one.outlets[0], country.one.actor("technician")))
    IssuedItem.objects.create(
        station=country.one.station,
        item=ITEM,
        at=clock.now() - timedelta(seconds=5),
        seconds=18,
        bulletin="b-1",
        media="cd" * 32,
        ms=17_500,
    )
    return made


def receipt(box: Box, *, key: SigningKey | None = None, **more: Any) -> Envelope:
    now = clock.now()
    item: dict[str, Any] = {
        "id": ITEM,
        "result": "played",
        "at": now,
        "grade": "B",
        "level_lufs": -16,
        "started": now - timedelta(seconds=5),
        "from_ms": 0,
        "played_ms": 5000,
        "volume_pct": 100,
        "run": 1,
    }
    payload = ReceiptPayload(
        issuer=Issuer(path=more.pop("path", "vn/25/08911"), outlet=more.pop("outlet", box.outlet)),
        target=(f"node:{more.pop('node', box.node)}",),
        issued=now,
        expires=now + timedelta(days=30),
        nonce=new_nonce(),
        items=(ReceiptItem.model_validate(item | more),),
    )
    return sign(Kind.RECEIPT, payload, [key or box.key])


def send(box: Box, *envelopes: Envelope) -> Any:
    body = Receipts(receipts=tuple(envelope.to_value() for envelope in envelopes))
    return box.post(RECEIPTS, dump_body(body))


def test_a_receipt_is_kept_byte_for_byte_and_still_verifies(box: Box) -> None:
    envelope = receipt(box)
    answer = send(box, envelope)
    assert answer.json()["stored"] == [envelope.id]
    assert bytes(Receipt.objects.get().envelope) == envelope.to_bytes()
    play = Play.objects.get()
    assert (play.result, play.grade, play.level_lufs) == ("played", "B", -16)
    assert selectors.receipt_verifies(play)


def test_sent_again_it_counts_once(box: Box) -> None:
    envelope = receipt(box)
    for _ in range(3):
        assert send(box, envelope).json()["stored"] == [envelope.id]
    assert (Receipt.objects.count(), Play.objects.count()) == (1, 1)


def test_the_same_play_in_another_receipt_counts_once(box: Box) -> None:
    send(box, receipt(box))
    send(box, receipt(box))
    assert (Receipt.objects.count(), Play.objects.count()) == (2, 1)


def test_segments_of_an_interrupted_play_are_all_kept(box: Box) -> None:
    send(box, receipt(box, result="interrupted", run=1), receipt(box, result="played", run=2))
    assert Play.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"key": SigningKey.generate()}, "unknown_key"),
        ({"outlet": "o-somebody"}, "issuer_mismatch"),
        ({"node": "n-99"}, "wrong_node"),
    ],
)
def test_a_receipt_that_is_not_the_device_s_is_refused_by_name(
    box: Box, wrong: dict[str, Any], reason: str
) -> None:
    good, bad = receipt(box), receipt(box, **wrong)
    answer = send(box, good, bad).json()
    assert answer["stored"] == [good.id]
    assert answer["refused"] == {bad.id: reason}
    assert Receipt.objects.count() == 1


def test_a_changed_byte_of_a_stored_receipt_shows(box: Box) -> None:
    send(box, receipt(box))
    kept = Receipt.objects.get()
    data = bytes(kept.envelope).replace(b'"sig":"A', b'"sig":"B', 1)
    if data == bytes(kept.envelope):
        at = data.index(b'"sig":"') + 7
        data = data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]
    Receipt.objects.filter(pk=kept.pk).update(envelope=data)
    assert not selectors.receipt_verifies(Play.objects.select_related("receipt").get())


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"receipts":[]}', b"{" * 100])
def test_nonsense_is_refused_and_leaves_nothing(box: Box, body: bytes) -> None:
    assert box.post(RECEIPTS, body).status_code == 400
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        ({"grade": "A"}, "grade"),
        ({"played_ms": 86_400_000}, "too_long"),
        ({"played_ms": 30_000, "started": timedelta(seconds=-40)}, "too_long"),
        ({"at": timedelta(days=2600)}, "future"),
        ({"started": timedelta(days=-9000)}, "too_old"),
        ({"started": timedelta(seconds=5)}, "order"),
        ({"started": timedelta(hours=-3), "played_ms": 5000}, "off_slot"),
        ({"id": "cd" * 16}, "unplanned"),
        ({"media": "ef" * 32}, "media"),
        ({"bulletin": "b-2"}, "unplanned"),
        ({"path": "vn/24/08911"}, "place"),
        ({"run": 42}, "run"),
    ],
)
def test_what_cannot_be_true_is_kept_and_counted_nowhere(
    box: Box, country: Country, forged: dict[str, Any], why: str
) -> None:
    now = clock.now()
    values = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in forged.items()
    }
    envelope = receipt(box, **values)
    assert send(box, envelope).json()["stored"] == [envelope.id]
    assert not Play.objects.exists()
    kept = Play.kept.get()
    assert kept.doubt == why
    assert bytes(Receipt.objects.get().envelope) == envelope.to_bytes()
    fact = Fact.objects.get(kind=events.RECEIPTS_DOUBTED)
    assert (fact.place, fact.subject) == (
        "vn/25/08911",
        f"outlet:{country.one.outlets[0].pk}",
    )
    assert selectors.outlet_plays(country.one.outlets[0].pk, 5)[0].doubted == 1  # type: ignore[attr-defined]
    send(box, receipt(box))
    assert Play.objects.get().item == ITEM, "a true one beside it counts"


def test_an_item_for_another_hamlet_is_not_in_the_outlet_s_reach(box: Box) -> None:
    IssuedItem.objects.update(only=["vn/25/08911/h02"])
    send(box, receipt(box))
    assert Play.kept.get().doubt == "reach"


def test_a_receipt_of_another_node_s_bulletin_proves_nothing(box: Box, country: Country) -> None:
    bulletin = approved(country.two)
    send(box, receipt(box, id="ef" * 16, bulletin=str(bulletin.pk)))
    sounding = selectors.sounding(bulletin.pk, ["vn"])
    assert (sounding.outlets, sounding.signed) == (0, 0)


def test_a_day_has_a_quota_by_what_the_plans_can_hold(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "QUOTA_LEAST", 2)
    monkeypatch.setattr(rules, "RESULTS_EACH", 1)
    sent = [receipt(box, id=f"{number:032x}") for number in range(5)]
    answer = send(box, *sent).json()
    assert len(answer["stored"]) == 3, "two, and one for the one planned item"
    assert set(answer["refused"].values()) == {"too_large"}
    assert DeviceDay.objects.get().refused == 2
    assert Play.kept.count() == 3
