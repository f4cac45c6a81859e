"""True signatures on what is not their signers' to say, and one office crowding out another."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from loa.alerts import rules, selectors, services
from loa.alerts.models import Order
from loa.alerts.order_templates import filling, wordings
from loa.alerts.orders import drafting, receiving, rights, sound, validity
from loa.alerts.rules import OrderRefused
from loa.gateway import lane
from loa.lib import clock
from loa.media.services import file_note
from loa_protocol.clock import ManualClock
from loa_protocol.envelope import sign
from loa_protocol.kinds import Kind
from loa_protocol.payloads import (
    Cancel,
    Common,
    DrillCancel,
    DrillMute,
    Issuer,
    Mute,
    Speech,
    Update,
    new_nonce,
)
from loa_protocol.refusals import Reason, Refused
from tests.alerts.office import WISH, Office, Officer
from tests.alerts.test_filling import fill, issued, propose
from tests.alerts.test_lane import Broker, boxes  # noqa: F401 - a fixture

COMMUNE, SECOND, PROVINCE = "vn/25/08911", "vn/25/08914", "vn/25"


def common(who: Officer, path: str, targets: tuple[str, ...] = (COMMUNE,)) -> dict[str, Any]:
    now = clock.now()
    return {
        "issuer": Issuer(path=path, person=who.person),
        "target": targets,
        "issued": now,
        "expires": now + timedelta(minutes=50),
        "nonce": new_nonce(),
    }


def from_link(doc: Common, *who: Officer) -> None:
    """As another node hands it over: the signers' bytes with their papers."""
    envelope = rights.with_papers(sign(doc.KIND, doc, [one.key for one in who]))
    receiving.order_receive(actor="link:n-24", data=envelope.to_bytes())


def village_update(office: Office, order: Order) -> Update:
    author = office.village_author
    known = office.known(order)
    draft = drafting.sounding_draft(
        WISH, office.speaker(author, Kind.UPDATE, (COMMUNE,)), clock.now(), update_of=known
    )
    made = Update.model_validate_json(draft.payload)
    return made.model_copy(update={"revision": 9})


def test_two_of_a_village_end_or_reword_nothing_of_the_province_at_another_node(
    office: Office,
) -> None:
    """What the officers' own node refuses, a seized one hands on."""
    order = office.alert()
    author, approver = office.village_author, office.village_approver
    cancel = Cancel(alert=order.pk, reason="Im đi", **common(author, COMMUNE))
    for doc in (cancel, village_update(office, order)):
        with pytest.raises(Refused) as caught:
            from_link(doc, author, approver)
        assert caught.value.reason is Reason.NOT_ANCESTOR
    assert selectors.open_ids(COMMUNE) == [order.pk]
    assert not office.known(order).ended
    assert office.known(order).revision == 0


def test_a_drills_papers_end_no_alert_at_another_node(office: Office) -> None:
    order = office.alert()
    cancel = DrillCancel(alert=order.pk, reason="Hết", **common(office.author, PROVINCE))
    with pytest.raises(Refused) as caught:
        from_link(cancel, office.author, office.approver)
    assert caught.value.reason is Reason.UNKNOWN_ORDER
    mute = DrillMute(orders=(order.pk,), seconds=60, **common(office.author, PROVINCE))
    with pytest.raises(Refused) as caught:
        from_link(mute, office.author)
    assert caught.value.reason is Reason.UNKNOWN_ORDER
    assert selectors.open_ids(COMMUNE) == [order.pk]


def test_a_cancel_below_the_alerts_class_ends_nothing_at_another_node(office: Office) -> None:
    order = office.alert(level=5)
    author, approver = office.village_author, office.village_approver
    Order.objects.filter(pk=order.pk).update(path=COMMUNE)  # as if it were the village's own
    cancel = Cancel(alert=order.pk, reason="Thôi", **common(author, COMMUNE))
    with pytest.raises(Refused) as caught:
        from_link(cancel, author, approver)
    assert caught.value.reason is Reason.ABOVE_CEILING
    assert not office.known(order).ended


def test_a_villages_cancel_that_comes_first_ends_nothing_and_is_not_listed(
    office: Office,
) -> None:
    author, approver = office.village_author, office.village_approver
    draft = office.draft()
    cancel = Cancel(alert=draft.id, reason="Im đi", **common(author, COMMUNE))
    from_link(cancel, author, approver)
    order = office.approver.approve(office.author.propose(draft))
    assert selectors.open_ids(COMMUNE) == [order.pk]
    assert not office.known(order).ended


@pytest.mark.parametrize(
    ("kind", "path", "level", "may"),
    [
        (Kind.CANCEL, COMMUNE, 4, True),
        (Kind.CANCEL, PROVINCE, 5, True),
        (Kind.CANCEL, COMMUNE, 3, False),
        (Kind.CANCEL, SECOND, 5, False),
        (Kind.CANCEL, f"{COMMUNE}/h01", 5, False),
        (Kind.DRILL_CANCEL, COMMUNE, 5, False),
        (Kind.UPDATE, COMMUNE, 1, True),
        (Kind.UPDATE, SECOND, 5, False),
        (Kind.DRILL_MUTE, COMMUNE, 0, False),
        (Kind.MUTE, SECOND, 0, True),
        (Kind.RESUME, SECOND, 0, True),
    ],
)
def test_who_may_speak_of_a_communes_alert_of_class_four(
    kind: Kind, path: str, level: int, may: bool
) -> None:
    alert = Order(id="a" * 64, kind="alert", drill=False, path=COMMUNE, level=4)
    about = Order(id="b" * 64, kind=kind.value, path=path, level=level, alert=alert.pk)
    assert validity.entitled(about, alert) is may


def test_the_provinces_own_cancel_that_comes_first_ends_it(office: Office) -> None:
    draft = office.draft()
    cancel = Cancel(alert=draft.id, reason="Nhầm", **common(office.author, PROVINCE))
    from_link(cancel, office.author, office.approver)
    order = office.approver.approve(office.author.propose(draft))
    assert order.pk not in selectors.open_ids(COMMUNE)
    assert office.known(order).ended


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    speech = Speech(sha256="c" * 64, bytes=20_000, ms=9000)
    file_note(sha256=speech.sha256, mime="audio/ogg", size_bytes=speech.bytes, ms=speech.ms)
    monkeypatch.setattr(sound, "speech_of_text", lambda _text: speech)


@pytest.mark.usefixtures("voice")
def test_one_village_stops_a_machines_warning_for_itself_and_hides_it_from_no_other(
    office: Office, manual_clock: ManualClock
) -> None:
    template = issued(office, targets=(COMMUNE, SECOND))
    order = filling.fill_take(fill(template), by="tệp")
    manual_clock.advance(10)
    who = office.village_author
    mute = Mute(orders=(order.pk,), seconds=600, **common(who, COMMUNE))
    who.propose(drafting.Draft(Kind.MUTE, mute.to_bytes()))
    assert order.pk in selectors.open_ids(SECOND)
    assert not office.known(order).ended
    office.mute(order)
    assert office.known(order).ended, "one of the province, for all of it"


def test_one_person_presses_only_so_often_and_others_still_may(
    office: Office, monkeypatch: pytest.MonkeyPatch, manual_clock: ManualClock
) -> None:
    """Each press takes a line of `open`: one stolen account must not fill it."""
    monkeypatch.setattr(rules, "PRESSES_MAX", 2)
    order = office.alert()
    for _ in range(2):
        office.mute(order)
    with pytest.raises(OrderRefused) as caught:
        office.mute(order)
    assert caught.value.code == "too_many_presses"
    office.mute(order, office.approver)
    manual_clock.advance(3601)
    office.mute(office.alert())


def test_one_author_buries_nobodys_order_under_proposals(
    office: Office, monkeypatch: pytest.MonkeyPatch, manual_clock: ManualClock
) -> None:
    monkeypatch.setattr(rules, "WAITING_MAX", 2)
    first = office.village_author.propose(office.draft(office.village_author))
    office.village_author.propose(office.draft(office.village_author, title="Hai"))
    third = office.draft(office.village_author, title="Ba")
    with pytest.raises(OrderRefused) as caught:
        office.village_author.propose(third)
    assert caught.value.code == "too_many_waiting"
    office.author.propose(office.draft())
    services.order_decline(actor=office.village_author.actor, order_id=first.pk, reason="")
    office.village_author.propose(third)
    manual_clock.advance(31 * 60)
    office.village_author.propose(office.draft(office.village_author))


@pytest.mark.usefixtures("voice")
def test_a_template_that_may_speak_is_found_however_many_came_after_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, manual_clock: ManualClock
) -> None:
    monkeypatch.setattr(rules, "WAITING_MAX", 1)
    monkeypatch.setattr(wordings, "PAST_MAX", 0)
    template = issued(office)
    manual_clock.advance(60)
    declined = propose(office)
    with pytest.raises(OrderRefused) as caught:
        propose(office)
    assert caught.value.code == "too_many_waiting"
    wordings.template_decline(actor=office.author.actor, template_id=declined.pk)
    assert [one.pk for one in wordings.templates_for(office.author.actor)] == [template.pk]


def test_a_village_cannot_use_up_the_provinces_room(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "OPEN_MAX", 1)
    draft = office.draft(office.village_author)
    office.village_approver.approve(office.village_author.propose(draft))
    with pytest.raises(OrderRefused) as caught:
        office.village_author.propose(office.draft(office.village_author))
    assert caught.value.code == "too_many_open"
    office.alert()


def test_an_open_that_is_full_lists_the_alert_before_the_silences(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validity, "LISTED_MAX", 2)
    drill, order = office.alert(drill=True), office.alert()
    mute = office.mute(order)
    second = office.alert(level=5)
    assert set(selectors.open_ids(COMMUNE)) == {drill.pk, order.pk, second.pk, mute.pk}
    assert set(selectors.opened(COMMUNE).ids) == {order.pk, second.pk}
    assert {one.id for one in selectors.envelopes(COMMUNE)} == {order.pk, second.pk}


@pytest.mark.urls("loa.device.urls")
@pytest.mark.usefixtures("boxes")
def test_a_chore_that_breaks_keeps_neither_orders_nor_the_other_chores_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch, manual_clock: ManualClock
) -> None:
    def broken(_line: Any) -> None:
        raise KeyError("nobody foresaw it")

    monkeypatch.setattr(lane, "refresh", broken)
    waits = office.author.propose(office.draft(title="Chờ ký"))
    broker = Broker()
    tended = lane.Lane(broker, threading.Event())  # type: ignore[arg-type]
    tended.turn()
    order = office.alert()
    manual_clock.advance(181)
    tended.turn()
    assert order.pk in {one.id for one in broker.orders()}
    waits.refresh_from_db()
    assert waits.climbed == 1


@pytest.mark.urls("loa.device.urls")
@pytest.mark.usefixtures("boxes")
def test_one_commune_without_an_open_keeps_no_order_from_the_others(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = lane.open_issue

    def failing(**fields: Any) -> Any:
        if fields["area"] == COMMUNE:
            raise ValueError("too long")
        return issue(**fields)

    monkeypatch.setattr(lane, "open_issue", failing)
    first, second = office.alert(targets=(PROVINCE,)), office.alert(targets=(SECOND,))
    broker = Broker()
    assert lane.rush(broker) == 2  # type: ignore[arg-type]
    assert [one.id for one in broker.orders()] == [first.pk]
    assert {one.id for one in broker.orders("08914")} == {first.pk, second.pk}
    assert set(broker.opens("08914")[-1].orders) == {first.pk, second.pk}
    assert selectors.unpublished() == []
