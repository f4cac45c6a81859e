"""Two persons, the same bytes, one transaction; and every way in which it must not happen."""

from datetime import timedelta

import pytest

from loa.alerts import selectors, services
from loa.alerts.models import Order
from loa.alerts.orders import drafting
from loa.alerts.rules import OrderRefused
from loa.journal.models import Fact
from loa.lib import clock
from loa.people.models import PersonKey
from loa.people.rules import RoleName
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from loa_protocol.envelope import Envelope
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Alert, parse_payload
from tests.alerts.office import Office, Officer
from tests.country import Country, account


def refused(code: str) -> "pytest.RaisesExc[OrderRefused]":
    return pytest.raises(OrderRefused, check=lambda error: error.code == code)


def test_two_persons_sign_the_same_bytes_and_the_order_carries_its_papers(office: Office) -> None:
    proposed = office.author.propose(office.draft())
    assert proposed.state == "proposed"
    assert selectors.in_force() == []
    issued = office.approver.approve(proposed)
    assert issued.state == "issued"
    envelope = Envelope.parse(bytes(issued.envelope or b""))
    assert envelope.payload == bytes(proposed.payload)
    assert [s.kid for s in envelope.sigs] == [office.author.key.kid, office.approver.key.kid]
    assert len(envelope.chain) == 4, "two officers and the two registrars behind them"
    assert [fact.kind for fact in Fact.objects.order_by("seq")][-2:] == [
        "alerts.order_proposed",
        "alerts.order_issued",
    ]


def test_the_order_says_exactly_what_the_author_wrote(office: Office) -> None:
    issued = office.alert()
    doc = parse_payload(Kind.ALERT, bytes(issued.payload))
    assert isinstance(doc, Alert)
    assert (doc.title, doc.target, doc.siren) == ("Lũ lên nhanh", ("vn/25/08911",), "flood")
    assert doc.issuer.person == office.author.person
    assert doc.issuer.path == "vn/25"


def test_the_author_is_no_second_person(office: Office) -> None:
    proposed = office.author.propose(office.draft())
    both = account("Bùi Bình", RoleName.ALERT_APPROVER, office.author.account.roles.get().place)
    both.person = office.author.person
    both.save()
    second = Officer(both, SigningKey.generate())
    with refused("same_person"):
        second.approve(proposed)
    with refused("same_person"):
        second.approve(proposed, kid=office.author.key.kid, sig=b"\0" * 64)


def test_an_approver_with_the_authors_key_is_refused(office: Office) -> None:
    proposed = office.author.propose(office.draft())
    draft = drafting.Draft(Kind.ALERT, bytes(proposed.payload))
    with refused("same_person"):
        office.approver.approve(proposed, kid=office.author.key.kid, sig=office.author.sign(draft))


def test_a_key_that_nobody_delegated_signs_nothing(office: Office) -> None:
    stranger = Officer(office.author.account, SigningKey.generate())
    with refused("unknown_key"):
        stranger.propose(office.draft())
    proposed = office.author.propose(office.draft())
    with refused("not_enough_signers"):
        Officer(office.approver.account, SigningKey.generate()).approve(proposed)
    assert selectors.in_force() == []


def test_a_signature_over_other_bytes_is_refused(office: Office) -> None:
    draft, other = office.draft(), office.draft(title="Khác")
    with refused("bad_signature"):
        services.order_propose(
            actor=office.author.actor,
            kind=Kind.ALERT,
            payload=draft.payload,
            kid=office.author.key.kid,
            sig=office.author.sign(other),
        )


def test_a_page_that_shows_other_bytes_approves_nothing(office: Office) -> None:
    proposed = office.author.propose(office.draft())
    with refused("changed"):
        office.approver.approve(proposed, digest="0" * 64)
    assert Order.objects.get(pk=proposed.pk).state == "proposed"


def test_a_village_officer_orders_only_in_the_village(office: Office, country: Country) -> None:
    own = office.village_author.propose(office.draft(office.village_author))
    assert own.path == "vn/25/08911"
    with pytest.raises(NotAllowed):
        office.village_author.propose(
            office.draft(office.village_author, targets=(country.two.place.path,))
        )


def test_a_right_in_the_console_without_a_paper_is_not_enough(
    office: Office, country: Country
) -> None:
    """The role reaches further than the delegation: devices would refuse, and so does the node."""
    from loa.people.models import Role
    from tests.country import SINCE

    Role.objects.create(
        account=office.village_author.account,
        name=RoleName.ALERT_AUTHOR.value,
        place=country.province,
        since=SINCE,
    )
    with refused("outside_issuer"):
        office.village_author.propose(
            office.draft(office.village_author, targets=(country.two.place.path,))
        )


def test_an_order_above_the_ceiling_is_refused(office: Office) -> None:
    with refused("above_ceiling"):
        office.village_author.propose(office.draft(office.village_author, level=5))


def test_a_proposal_that_nobody_signed_in_half_an_hour_is_stale(
    office: Office, manual_clock: ManualClock
) -> None:
    proposed = office.author.propose(office.draft())
    manual_clock.advance(31 * 60)
    with refused("stale"):
        office.approver.approve(proposed)
    assert selectors.waiting_for(office.approver.actor) == []


def test_it_is_issued_once(office: Office) -> None:
    issued = office.alert()
    with refused("done"):
        office.approver.approve(issued)
    assert Fact.objects.filter(kind="alerts.order_issued").count() == 1


def test_a_declined_order_is_never_issued(office: Office) -> None:
    proposed = office.author.propose(office.draft())
    services.order_decline(actor=office.approver.actor, order_id=proposed.pk, reason="sai xã")
    with refused("done"):
        office.approver.approve(proposed)


def test_the_wait_for_a_second_person_climbs(office: Office, manual_clock: ManualClock) -> None:
    proposed = office.author.propose(office.draft())
    assert services.climb_due() == []
    manual_clock.advance(3 * 60 + 1)
    assert services.climb_due() == [proposed.pk]
    assert services.climb_due() == []
    manual_clock.advance(3 * 60)
    assert services.climb_due() == [proposed.pk]
    assert Order.objects.get(pk=proposed.pk).climbed == 2


def test_drill_and_real_never_mix(office: Office) -> None:
    drill = office.alert(drill=True)
    assert drill.drill
    known = office.known(drill)
    speaker = office.speaker(office.author, Kind.CANCEL, known.targets)
    real = drafting.Known(**{f: getattr(known, f) for f in known.__slots__} | {"drill": False})
    with refused("drill_mixed"):
        office.author.propose(drafting.cancel_draft(real, speaker, "Nhầm", clock.now()))


# Stop and correct


def test_one_person_mutes_at_once_and_two_cancel(office: Office) -> None:
    alert = office.alert()
    mute = office.mute(alert, office.approver)
    assert mute.state == "issued"
    assert [o.kind for o in selectors.in_force()] == ["alert", "mute"]
    cancel = office.cancel(alert)
    assert [o.pk for o in selectors.in_force()] == [cancel.pk]
    assert office.known(alert).ended


def test_a_cancelled_alert_is_not_updated_nor_cancelled_again(office: Office) -> None:
    alert = office.alert()
    office.cancel(alert)
    with refused("cancelled"):
        office.update(alert)
    with refused("cancelled"):
        office.cancel(alert)


def test_a_commune_does_not_cancel_what_the_province_issued(office: Office) -> None:
    alert = office.alert()
    with refused("not_ancestor"):
        office.cancel(alert, office.village_author, office.village_approver)


def test_the_province_cancels_what_a_commune_issued(office: Office) -> None:
    alert = office.village_approver.approve(
        office.village_author.propose(office.draft(office.village_author))
    )
    office.cancel(alert)
    assert office.known(alert).ended


def test_the_newest_update_counts(office: Office) -> None:
    alert = office.alert()
    first = office.update(alert)
    second = office.update(alert)
    assert [o.pk for o in selectors.in_force()] == [alert.pk, second.pk]
    assert first.revision, second.revision == (1, 2)


def test_what_has_expired_is_not_in_force(office: Office, manual_clock: ManualClock) -> None:
    alert = office.alert(hours=1)
    manual_clock.advance(3601)
    assert selectors.in_force() == []
    with refused("expired"):
        office.mute(alert)


def test_a_cancel_stays_until_what_it_ends_is_over(
    office: Office, manual_clock: ManualClock
) -> None:
    alert = office.alert(hours=6)
    cancel = office.cancel(alert)
    manual_clock.advance(5.9 * 3600)
    assert [o.pk for o in selectors.in_force("vn/25/08911")] == [cancel.pk]
    assert selectors.in_force("vn/25/08914") == []


def test_a_revoked_key_is_refused_from_then_on(office: Office) -> None:
    proposed = office.author.propose(office.draft())
    from loa.people import authority, ceremony
    from loa_protocol.payloads import Revoked

    name = "dang-ky-1"
    envelope = ceremony.make_trust(
        registrar=SigningKey.load(office.folder / f"{name}.pem"),
        registrar_id=name,
        registrar_path="vn/25",
        path="vn/25",
        chain=[],
        now=clock.now() + timedelta(milliseconds=1),
        revoked=[Revoked(kid=office.author.key.kid, since=clock.now())],
    )
    authority.document_store(actor="cli:test", envelope=envelope)
    with refused("revoked"):
        office.approver.approve(proposed)
    assert PersonKey.objects.filter(kid=office.author.key.kid).exists()


def test_a_correction_ends_with_its_alert(office: Office, manual_clock: ManualClock) -> None:
    """Devices that missed it must not part from those that heard it (found by simulation)."""
    alert = office.alert(hours=6)
    manual_clock.advance(3600)
    update = office.update(alert, hours=1)
    assert update.expires_at == alert.expires_at
    doc = parse_payload(Kind.UPDATE, bytes(update.payload))
    other = doc.model_copy(
        update={"expires": alert.expires_at + timedelta(hours=1), "revision": 2, "nonce": "A" * 22}
    )
    with refused("other_expiry"):
        office.author.propose(drafting.Draft(Kind.UPDATE, other.to_bytes()))


def test_a_real_order_ends_a_drill_and_refuses_one_that_was_waiting(
    office: Office, manual_clock: ManualClock
) -> None:
    """Two signs on one screen, at three in the morning, are one too many."""
    running = office.alert(drill=True)
    waiting = office.author.propose(office.draft(drill=True, hours=1, title="Tập bão"))
    manual_clock.advance(60)
    real = office.alert()
    assert [order.pk for order in selectors.in_force()] == [real.pk]
    running.refresh_from_db()
    assert running.overtaken_by == real.pk
    with pytest.raises(OrderRefused) as caught:
        office.approver.approve(waiting)
    assert caught.value.code == "real_order"
    later = office.alert(drill=True, title="Tập cháy")
    assert later.pk in {order.pk for order in selectors.in_force()}
