"""CAP at the node: taken once, kept as it came, never aired by itself, polled within bounds."""

import hashlib
from typing import Any

import pytest

from loa.alerts.cap import desk, sources
from loa.alerts.models import CapFile, CapMessage, Order
from loa.alerts.orders import sound
from loa.alerts.rules import OrderRefused
from loa.journal.models import Fact
from loa.lib import clock
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from tests.alerts import office as offices
from tests.alerts.cap.desk import (
    cap,
    source,
    take,
    template,
)


def test_a_message_is_kept_as_it_came_and_airs_nothing(office: offices.Office) -> None:
    data = cap()
    row = take(data, source(office)[0])
    assert (row.draft, row.hazard, row.level, row.sure) == ("alert", "flood", 4, True)
    assert row.targets == ("vn/25/08911",)
    assert row.file is not None
    assert row.file.pk == hashlib.sha256(data).hexdigest()
    assert bytes(row.file.data) == data
    assert not Order.objects.exists()
    assert Fact.objects.filter(kind="alerts.cap_received").count() == 1


def test_the_same_message_again_is_known_by_its_identifier(office: offices.Office) -> None:
    origin, _ = source(office)
    first = take(cap(), origin)
    again = desk.message_take(cap(), by="node", path="vn/25", source=None)
    assert again.known
    assert again.message.pk == first.pk
    assert CapMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "draft"),
    [
        ({"status": "Test"}, ""),
        ({"status": "System"}, ""),
        ({"status": "Draft"}, ""),
        ({"kind": "Ack", "about": "KT-0"}, ""),
        ({"kind": "Error", "about": "KT-0"}, ""),
        ({"status": "Exercise"}, "drill"),
        ({"kind": "Update", "about": "KT-0"}, "update"),
        ({"kind": "Cancel", "about": "KT-0"}, "cancel"),
    ],
)
def test_what_a_message_may_become(
    office: offices.Office, more: dict[str, str], draft: str
) -> None:
    template(office)
    assert take(cap(**more), source(office)[0]).draft == draft  # type: ignore[arg-type]
    assert not Order.objects.exists(), "only a true alert may fill a template"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: cap(sign=False), "unsigned"),
        (lambda: cap(sender="ai@example.vn"), "sender_unknown"),
        (lambda: cap().replace(b"Severe", b"Extreme"), "signature_bad"),
        (lambda: b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "dtd"),
        (lambda: b"<a>" * 1000, "too_deep"),
        (lambda: b"x" * (1 << 20) + b"y", "too_large"),
    ],
)
def test_a_bad_one_is_refused_by_name_and_keeps_no_bytes(
    office: offices.Office, data: Any, reason: str
) -> None:
    template(office)
    row = take(data(), source(office)[0])
    assert row.refused == reason
    assert row.refused_text
    assert row.file is None
    assert not Order.objects.exists()


def test_a_sure_message_fills_what_two_persons_signed_for_it(office: offices.Office) -> None:
    template(office)
    row = take(cap(), source(office)[0])
    order = Order.objects.get()
    assert row.order_id == order.pk
    assert order.kind == "fill"
    assert order.text == "Lũ lên nhanh ở Xã Tam Đảo từ 13 giờ ngày 23 tháng 11, mức 4."
    assert order.expires_at == row.expires_at


def test_a_sure_message_is_aired_also_where_the_nodes_voice_fails(
    office: offices.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_text: str) -> Any:
        raise OrderRefused("no_voice", "Máy đọc hỏng.")

    monkeypatch.setattr(sound, "speech_of_text", failing)
    template(office)
    take(cap(), source(office)[0])
    assert Order.objects.get().speech_id is None, "devices say it with their own clips"


@pytest.mark.parametrize(
    ("more", "answered"),
    [
        ({"severity": "Moderate"}, ""),
        (
            {"area": "<geocode><valueName>vn.commune</valueName><value>08914</value></geocode>"},
            "outside",
        ),
    ],
)
def test_what_the_rule_is_not_about_waits_for_persons(
    office: offices.Office, more: dict[str, Any], answered: str
) -> None:
    template(office)
    row = take(cap(**more), source(office)[0])
    row.refresh_from_db()
    assert row.answered == answered
    assert not Order.objects.exists()


def test_a_file_from_an_officer_fills_nothing(office: offices.Office) -> None:
    template(office)
    row = take(cap())
    assert not row.sure
    assert row.draft == "alert"
    assert not Order.objects.exists()


@pytest.mark.parametrize("first_by", ["an officer's file", "another source"])
def test_an_unsure_copy_hides_nothing_from_the_sure_one(
    office: offices.Office, first_by: str
) -> None:
    template(office)
    copy = cap(sign=False, severity="Minor")
    loose = None
    if first_by == "another source":
        loose, _ = source(office, must_sign=False, certificates="", name="Ai đó")
    before = take(copy, loose)
    assert not before.sure
    assert not Order.objects.exists()
    origin, _ = source(office)
    data = cap()
    taken = desk.message_take(data, by="node", path="vn/25", source=origin)
    assert not taken.known
    order = Order.objects.get()
    row = CapMessage.objects.get()
    assert (row.pk, row.sure, row.source, row.order) == (before.pk, True, origin, order)
    assert row.level == 4, "what the signed one says, not its copy"
    assert row.file is not None
    assert bytes(row.file.data) == data
    assert desk.message_take(copy, by="node", path="vn/25", source=loose).known
    assert desk.message_take(data, by="node", path="vn/25", source=origin).known
    assert Order.objects.count() == 1, "filled once"


def test_what_a_commune_listens_to_fills_nothing_of_the_province_and_hides_nothing_from_it(
    office: offices.Office,
) -> None:
    template(office)
    low, _ = source(office, path="vn/25/08911", name="Nguồn của xã")
    before = desk.message_take(cap(), by="node", path="vn/25/08911", source=low).message
    assert before.sure
    assert not Order.objects.exists()
    origin, _ = source(office)
    taken = desk.message_take(cap(), by="node", path="vn/25", source=origin)
    assert not taken.known
    assert Order.objects.count() == 1
    assert CapMessage.objects.get().path == "vn/25"
    again = desk.message_take(cap(), by="node", path="vn/25/08911", source=low)
    assert again.known
    assert Order.objects.count() == 1


def test_an_order_that_was_begun_from_the_copy_is_not_forgotten(office: offices.Office) -> None:
    before = take(cap(sign=False))
    order = office.alert()
    desk.used(str(before.pk), order)
    after = take(cap(), source(office)[0])
    after.refresh_from_db()
    assert (after.pk, after.sure, after.order) == (before.pk, True, order)


def test_a_flood_uses_up_only_its_own_share_of_a_day(
    office: offices.Office, monkeypatch: pytest.MonkeyPatch, manual_clock: ManualClock
) -> None:
    monkeypatch.setattr(desk, "UNSURE_A_DAY", 1)
    template(office)
    take(cap("A-1", sign=False))
    beyond = take(cap("A-2", sign=False))
    assert beyond.refused == "too_many_messages"
    assert beyond.refused_text
    assert CapMessage.objects.count() == 1, "it leaves nothing"
    other = desk.message_take(cap("A-3", sign=False), by="ai khác", path="vn/25", source=None)
    assert not other.message.refused
    assert take(cap("A-4"), source(office)[0]).sure
    assert Order.objects.count() == 1, "the sure one comes through"
    manual_clock.advance(86_401)
    assert not take(cap("A-2", sign=False)).refused


def test_even_a_sure_source_cannot_fill_the_disk(
    office: offices.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "SURE_A_DAY", 1)
    origin, _ = source(office)
    assert take(cap("A-1"), origin).sure
    assert take(cap("A-2"), origin).refused == "too_many_messages"
    assert not take(cap("A-1"), origin).refused, "what is known already is no new one"


def test_what_led_to_no_order_is_forgotten_after_its_time(
    office: offices.Office, manual_clock: ManualClock
) -> None:
    template(office)
    origin, _ = source(office)
    filled = take(cap("A-1"), origin)
    take(cap("A-2", severity="Minor"), origin)
    take(cap("A-3", sign=False))
    take(cap("A-3"), origin)  # in its place: the copy's bytes are nobody's
    take(b"nonsense", origin)
    CapMessage.objects.filter(identifier="A-3").update(order=None)
    assert CapFile.objects.count() == 4
    desk.messages_forget(clock.now())
    assert (CapMessage.objects.count(), CapFile.objects.count()) == (4, 3)
    manual_clock.advance(31 * 86_400)
    desk.messages_forget(clock.now())
    assert not CapMessage.objects.exclude(refused="").exists()
    manual_clock.advance(370 * 86_400)
    assert desk.messages_forget(clock.now()) == 2
    assert [one.pk for one in CapMessage.objects.all()] == [filled.pk]
    assert CapFile.objects.count() == 1


def test_updates_and_cancels_find_their_message_and_its_order(office: offices.Office) -> None:
    template(office)
    origin, _ = source(office)
    first = take(cap(), origin)
    later = take(cap("KT-2", kind="Cancel", about="KT-1"), origin)
    found = desk.replaced_by(first)
    assert found is not None
    assert found.pk == later.pk
    assert [one.pk for one in desk.about(later)] == [first.pk]


def test_sources_have_their_rights_and_limits(office: offices.Office) -> None:
    origin, token = source(office)
    assert sources.source_of_token(str(origin.pk), token) == origin
    for wrong in ("", token[:-1], token + "x"):
        assert sources.source_of_token(str(origin.pk), wrong) is None
    assert sources.source_of_token("nonsense", token) is None
    sources.source_stop(actor=office.approver.actor, source=origin)
    assert sources.source_of_token(str(origin.pk), token) is None
    with pytest.raises(NotAllowed):
        sources.source_add(
            actor=office.village_approver.actor,
            path="vn/25",
            name="x",
            way="post",
            senders=["a"],
            must_sign=False,
        )
    for bad in (
        {"certificates": ""},
        {"certificates": "-----BEGIN"},
        {"senders": []},
        {"way": "url", "url": "file:///etc/passwd"},
    ):
        with pytest.raises(OrderRefused):
            source(office, **bad)
