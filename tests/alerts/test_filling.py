"""Wordings signed in advance by two, filled in by a machine, stopped by one."""

from datetime import timedelta
from typing import Any

import pytest

from loa.alerts import selectors
from loa.alerts.models import Order, Template
from loa.alerts.order_templates import filling, links, wordings
from loa.alerts.orders import approver_notifications, drafting, receiving, rights, sound
from loa.alerts.orders.drafting import TemplateWish
from loa.alerts.rules import OrderRefused
from loa.journal.models import Fact
from loa.lib import clock
from loa.media.services import file_note
from loa.people.models import Account
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from loa_protocol.envelope import Envelope, Signature, sign
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Blank, Speech
from loa_protocol.payloads import Template as Payload
from loa_protocol.refusals import Reason, Refused
from tests.alerts.office import Office, Officer

FEED = SigningKey.generate()
COMMUNE = "vn/25/08911"


@pytest.fixture(autouse=True)
def voice(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    speech = Speech(sha256="c" * 64, bytes=20_000, ms=9000)
    file_note(sha256=speech.sha256, mime="audio/ogg", size_bytes=speech.bytes, ms=speech.ms)
    monkeypatch.setattr(sound, "speech_of_text", lambda _text: speech)


def wish(**more: Any) -> TemplateWish:
    fields: dict[str, Any] = {
        "targets": (COMMUNE,),
        "hazard": "dam",
        "title": "Hồ xả lũ mức {muc}",
        "text": "Hồ xả lũ mức {muc} lúc {gio}. Bà con ven sông lên chỗ cao ngay.",
        "level": 4,
        "blanks": {"muc": Blank(type="level", values=("1", "2")), "gio": Blank(type="time")},
        "feed": FEED.public,
    }
    return TemplateWish(**(fields | more))


def propose(office: Office, who: Officer | None = None, **more: Any) -> Template:
    who = who or office.author
    wanted = wish(**more)
    speaker = office.speaker(who, Kind.TEMPLATE, wanted.targets)
    draft = drafting.template_draft(wanted, speaker, clock.now())
    return wordings.template_propose(
        actor=who.actor, payload=draft.payload, kid=who.key.kid, sig=who.sign(draft)
    )


def approve(template: Template, who: Officer, **other: Any) -> Template:
    draft = drafting.Draft(Kind.TEMPLATE, bytes(template.payload))
    fields: dict[str, Any] = {
        "actor": who.actor,
        "template_id": template.pk,
        "digest": template.pk,
        "kid": who.key.kid,
        "sig": who.sign(draft),
    }
    return wordings.template_approve(**(fields | other))


def issued(office: Office, **more: Any) -> Template:
    return approve(propose(office, **more), office.approver)


def fill(template: Template, key: SigningKey = FEED, **more: Any) -> Envelope:
    blanks = {"muc": "2", "gio": "18 giờ 30 phút"}
    draft = filling.fill_draft(template, **({"blanks": blanks, "now": clock.now()} | more))
    return sign(Kind.FILL, draft.payload, [key])


def test_two_persons_decide_in_advance_and_the_feed_fills_in(office: Office) -> None:
    template = propose(office)
    with pytest.raises(OrderRefused) as caught:
        filling.fill_take(fill(template), by="tệp")
    assert caught.value.code == "unknown_key"
    approve(template, office.approver)
    envelope = fill(template)
    order = filling.fill_take(envelope.to_bytes(), by="tệp")
    assert order.text.startswith("Hồ xả lũ mức 2 lúc 18 giờ 30 phút")
    assert bytes(order.envelope or b"") == envelope.to_bytes()
    assert order.begins_at == order.made_at + timedelta(seconds=60)
    assert [o.pk for o in selectors.unpublished()] == [order.pk]
    assert selectors.open_ids(COMMUNE) == [order.pk]
    assert Fact.objects.filter(kind="alerts.order_filled").count() == 1
    assert filling.fill_take(envelope, by="tệp").pk == order.pk
    assert Order.objects.count() == 1


def test_one_person_is_not_two(office: Office) -> None:
    template = propose(office)
    with pytest.raises((OrderRefused, NotAllowed)):
        approve(template, office.author)
    with pytest.raises(OrderRefused):
        approve(template, office.approver, digest="0" * 64)
    with pytest.raises(NotAllowed):
        propose(office, office.village_author, targets=("vn/25",))


def test_a_press_in_the_window_ends_it_for_good(office: Office, manual_clock: ManualClock) -> None:
    order = filling.fill_take(fill(issued(office)), by="tệp")
    manual_clock.advance(30)
    mute = office.mute(order)
    assert selectors.open_ids(COMMUNE) == [mute.pk]  # who was away never hears of the fill
    known = office.known(order)
    assert known.ended
    with pytest.raises(OrderRefused):
        office.update(order)
    office.cancel(order)  # for devices that the press did not reach in time


def test_after_the_window_the_same_press_is_a_mute(
    office: Office, manual_clock: ManualClock
) -> None:
    order = filling.fill_take(fill(issued(office)), by="tệp")
    manual_clock.advance(61)
    mute = office.mute(order)
    assert selectors.open_ids(COMMUNE) == [order.pk, mute.pk]
    office.cancel(order)
    assert order.pk not in selectors.open_ids(COMMUNE)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"blanks": {"muc": "9", "gio": "18 giờ"}}, "bad_field"),
        ({"blanks": {"muc": "2", "gio": "chạy ngay đi"}}, "bad_blank"),
        ({"targets": ("vn/25/08914",)}, "outside_issuer"),
        ({"key": SigningKey.generate()}, "unknown_key"),
    ],
)
def test_a_feed_says_only_what_was_signed(office: Office, more: dict[str, Any], code: str) -> None:
    template = issued(office)
    with pytest.raises(OrderRefused) as caught:
        filling.fill_take(fill(template, **more), by="tệp")
    assert caught.value.code == code
    assert not Order.objects.exists()


def test_it_speaks_only_so_often_a_day(office: Office, manual_clock: ManualClock) -> None:
    template = issued(office)
    for _ in range(2):
        filling.fill_take(fill(template), by="tệp")
    with pytest.raises(OrderRefused) as caught:
        filling.fill_take(fill(template), by="tệp")
    assert caught.value.code == "too_often"
    manual_clock.advance(86_401)
    filling.fill_take(fill(template), by="tệp")


def test_a_fill_that_was_held_back_or_a_withdrawn_template_is_dead(
    office: Office, manual_clock: ManualClock
) -> None:
    template = issued(office)
    late = fill(template)
    manual_clock.advance(301)
    with pytest.raises(OrderRefused) as caught:
        filling.fill_take(late, by="tệp")
    assert caught.value.code == "stale"
    wordings.template_withdraw(actor=office.author.actor, template_id=template.pk)
    with pytest.raises(OrderRefused) as caught:
        filling.fill_take(fill(template), by="tệp")
    assert caught.value.code == "unknown_key"
    assert not wordings.envelopes_over(COMMUNE)


@pytest.mark.parametrize(
    "more",
    [
        {"text": "Nước mức {muc}."},
        {"blanks": {"muc": Blank(type="level"), "gio": Blank(type="time")}},
        {"days": 181},
        {"targets": ("vn/25/99999",)},
        {"text": "Hồ xả lũ mức {muc} lúc {gio}. " + "x" * 900},
    ],
)
def test_a_template_that_leaves_too_much_open_is_not_signed(
    office: Office, more: dict[str, Any]
) -> None:
    with pytest.raises(OrderRefused):
        propose(office, **more)
    assert not Template.objects.exists()


def test_a_voice_that_is_not_the_nodes_own_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = issued(office)
    envelope = fill(template)
    monkeypatch.setattr(filling, "voice_known", lambda _title, _text: None)
    with pytest.raises(OrderRefused) as caught:
        filling.fill_take(envelope, by="tệp")
    assert caught.value.code == "media_missing"


def test_another_node_takes_template_and_fill_as_they_were_signed(office: Office) -> None:
    template = issued(office)
    envelope, filled = Envelope.parse(bytes(template.envelope or b"")), fill(template)
    Template.objects.all().delete()
    with pytest.raises(Refused):
        receiving.order_receive(actor="link:n-vn", data=filled.to_bytes())
    assert wordings.template_receive(actor="link:n-vn", envelope=envelope) is not None
    assert wordings.template_receive(actor="link:n-vn", envelope=envelope) is None
    assert receiving.order_receive(actor="link:n-vn", data=filled.to_bytes())
    assert not receiving.order_receive(actor="link:n-vn", data=filled.to_bytes())
    order = Order.objects.get()
    assert bytes(order.envelope or b"") == filled.to_bytes()
    assert order.begins_at is not None
    assert wordings.envelopes_over(COMMUNE) == [envelope]
    told = Fact.objects.get(kind="alerts.order_filled")
    assert told.actor == "link:n-vn", "what came over a link is not told back"


def test_a_template_that_its_office_withdrew_is_stopped_below_too(office: Office) -> None:
    template = issued(office)
    links.withdraw_received(actor="link:n-other", template_id=template.pk, office="vn/25/08914")
    template.refresh_from_db()
    assert template.withdrawn_at is None, "another office's word stops nothing"
    links.withdraw_received(actor="link:n-vn", template_id=template.pk, office=template.path)
    assert wordings.envelopes_over(COMMUNE) == []
    with pytest.raises(OrderRefused):
        filling.fill_take(fill(template), by="tệp")
    subject = Fact.objects.get(kind="alerts.template_withdrawn").subject
    gone = links.withdrawn(subject)
    assert gone is not None
    assert gone.pk == template.pk


def test_a_template_with_one_signature_is_nobodys(office: Office) -> None:
    half = propose(office)
    one = Signature(half.author_kid, bytes(half.author_sig))
    envelope = rights.with_papers(Envelope(Kind.TEMPLATE, bytes(half.payload), (one,)))
    with pytest.raises(Refused):
        wordings.template_receive(actor="link:n-vn", envelope=envelope)


def test_two_of_a_commune_cannot_put_the_provinces_template_out_of_use(
    office: Office, manual_clock: ManualClock
) -> None:
    """Their template of the same id is theirs: nodes and devices know both, by office and id."""
    template = issued(office)
    village = propose(office, office.village_author, name=template.name)
    village = approve(village, office.village_approver)
    assert {one.pk for one in wordings.standing()} == {village.pk, template.pk}
    assert len(wordings.envelopes_over(COMMUNE)) == 2, "devices must hold both"
    for _ in range(2):
        filling.fill_take(fill(village), by="tệp")
    assert wordings.fills_of([village, template]) == {village.pk: 2, template.pk: 0}
    order = filling.fill_take(fill(template), by="tệp")
    assert (order.template_id, order.path) == (template.pk, "vn/25")
    manual_clock.advance(1)  # a version is a second
    newer = approve(propose(office, name=template.name), office.approver)
    standing = {one.pk for one in wordings.standing()}
    assert standing == {village.pk, newer.pk}, "its own office renews it, and its own alone"


def test_what_a_commune_took_first_keeps_no_template_of_the_nation_away(office: Office) -> None:
    template = approve(propose(office, name="ho-xa-lu"), office.approver)
    envelope, filled = Envelope.parse(bytes(template.envelope or b"")), fill(template)
    Template.objects.all().delete()
    village = propose(office, office.village_author, name="ho-xa-lu")
    village = approve(village, office.village_approver)
    assert wordings.template_receive(actor="link:n-vn", envelope=envelope) is not None
    assert {one.pk for one in wordings.standing()} == {village.pk, template.pk}
    assert receiving.order_receive(actor="link:n-vn", data=filled.to_bytes())
    assert Order.objects.get().template_id == template.pk


def test_a_version_from_the_future_is_neither_signed_nor_taken(
    office: Office, manual_clock: ManualClock
) -> None:
    manual_clock.advance(11 * 60)
    speaker = office.speaker(office.author, Kind.TEMPLATE, (COMMUNE,))
    draft = drafting.template_draft(wish(), speaker, clock.now())
    ahead = Payload.model_validate_json(draft.payload)
    manual_clock.advance(-11 * 60)
    signed = ahead.model_copy(update={"issued": clock.now()}).to_bytes()
    draft = drafting.Draft(Kind.TEMPLATE, signed)
    with pytest.raises(OrderRefused) as caught:
        wordings.template_propose(
            actor=office.author.actor,
            payload=signed,
            kid=office.author.key.kid,
            sig=office.author.sign(draft),
        )
    assert caught.value.code == "version_ahead"
    envelope = rights.with_papers(
        sign(Kind.TEMPLATE, signed, [office.author.key, office.approver.key])
    )
    with pytest.raises(Refused) as refused:
        wordings.template_receive(actor="link:n-vn", envelope=envelope)
    assert refused.value.reason is Reason.VERSION_AHEAD
    assert not Template.objects.exists()


LINE = approver_notifications.Line(
    web_url="https://loa", sender_address="loa@vi.du", mail_on=True, push=lambda _to, _words: {}
)


def test_everybody_who_may_stop_a_machine_is_told_at_once(
    office: Office, mailoutbox: list[Any]
) -> None:
    for who in (office.author, office.approver):
        Account.objects.filter(pk=who.account.pk).update(email=f"{who.account.username}@vi.du")
    template = issued(office)
    while approver_notifications.ring(LINE):
        pass
    mailoutbox.clear()
    order = filling.fill_take(fill(template), by="tệp")
    while approver_notifications.ring(LINE):
        pass
    told = {letter.to[0]: letter for letter in mailoutbox}
    assert set(told) == {f"{o.account.username}@vi.du" for o in (office.author, office.approver)}
    assert all(order.pk in letter.body for letter in mailoutbox)
    assert all(order.text in letter.body for letter in mailoutbox)
