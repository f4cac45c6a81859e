"""The second person is called at once, and after a while the next tier is."""

from django.core import mail

from loa.alerts import selectors, services, summons
from loa_protocol.clock import ManualClock
from tests.alerts.office import Office


def ring() -> list[list[str]]:
    """Who is written to now."""
    mail.outbox.clear()
    while summons.ring(web_url="http://localhost", sender_address="loa@node", mail_on=True):
        pass
    return [letter.to for letter in mail.outbox]


def with_addresses(office: Office) -> None:
    for officer in (office.approver, office.village_approver, office.village_author):
        officer.account.email = f"{officer.account.username}@xa.vn"
        officer.account.save()


def test_the_nearest_approvers_first_then_the_next_tier(
    office: Office, manual_clock: ManualClock
) -> None:
    with_addresses(office)
    office.village_author.propose(office.draft(office.village_author))
    assert ring() == [[office.village_approver.account.email]]
    assert ring() == []
    manual_clock.advance(181)
    services.climb_due()
    assert ring() == [[office.approver.account.email]]


def test_nobody_is_called_for_what_is_done(office: Office) -> None:
    with_addresses(office)
    office.alert()
    assert ring() == []


def test_a_letter_says_drill_or_real_and_gives_nothing_away(office: Office) -> None:
    with_addresses(office)
    office.village_author.propose(office.draft(office.village_author, drill=True, hours=1))
    ring()
    (letter,) = mail.outbox
    assert letter.subject.startswith("[DIỄN TẬP]")
    assert "/khan-cap/lenh/" in letter.body


def test_what_is_missing_is_named_and_the_last_time_compared(
    office: Office, manual_clock: ManualClock
) -> None:
    first = office.alert(drill=True)
    manual_clock.advance(60)
    second = office.alert(drill=True)
    found = selectors.before(second)
    assert found is not None
    assert found.order.pk == first.pk
    assert selectors.before(first) is None
    assert selectors.missing(second, 10) == []
