"""The second person is called at once, and after a while the next tier is."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from django.core import mail

from loa.alerts import selectors, services
from loa.alerts.models import Call, Order
from loa.alerts.orders import approver_notifications, calls
from loa.alerts.orders.approver_roster import roster
from loa_protocol.clock import ManualClock
from tests.alerts.office import Office


class Bells:
    """The push line: keeps who was told what; who has no bell is not reached."""

    def __init__(self, without: Sequence[UUID] = ()) -> None:
        self.without, self.told = without, list[tuple[UUID, str]]()

    def __call__(self, accounts: Sequence[UUID], words: Mapping[str, str]) -> dict[UUID, str]:
        assert words["urgent"]
        self.told += [(one, words["title"]) for one in accounts]
        return {one: "no_bell" if one in self.without else "" for one in accounts}


def line(push: Any = None, *, mail_on: bool = True) -> approver_notifications.Line:
    return approver_notifications.Line(
        web_url="http://localhost",
        sender_address="loa@node",
        mail_on=mail_on,
        push=push or Bells(),
    )


def ring(push: Any = None, *, mail_on: bool = True) -> list[list[str]]:
    """Who is written to now."""
    mail.outbox.clear()
    while approver_notifications.ring(line(push, mail_on=mail_on)):
        pass
    return [letter.to for letter in mail.outbox]


def with_addresses(office: Office) -> None:
    for officer in (office.approver, office.village_approver, office.village_author):
        officer.account.email = f"{officer.account.username}@xa.vn"
        officer.account.save()


def proposed(office: Office, **wish: Any) -> Order:
    return office.village_author.propose(office.draft(office.village_author, **wish))


def called(order: Order) -> dict[str, calls.Called]:
    fresh = selectors.order_get(order.pk)
    assert fresh is not None
    people = roster(fresh, selectors.places_of(fresh))
    return {one.approver.name: one for one in calls.called(fresh, people)}


def test_the_nearest_approvers_first_then_the_next_tier(
    office: Office, manual_clock: ManualClock
) -> None:
    with_addresses(office)
    proposed(office)
    assert ring() == [[office.village_approver.account.email]]
    assert ring() == []
    manual_clock.advance(181)
    services.climb_due()
    assert ring() == [[office.approver.account.email]]


def test_a_tier_that_the_climb_leapt_over_is_written_to_as_well(
    office: Office, manual_clock: ManualClock
) -> None:
    with_addresses(office)
    proposed(office)
    manual_clock.advance(900)
    services.climb_due()
    assert sorted(to for (to,) in ring()) == sorted(
        [office.village_approver.account.email, office.approver.account.email]
    )


def test_everybody_who_may_sign_gets_a_push_at_once_whatever_their_tier(
    office: Office, manual_clock: ManualClock
) -> None:
    bells = Bells()
    proposed(office)
    ring(bells, mail_on=False)
    near, far = office.village_approver.account.pk, office.approver.account.pk
    assert {one for one, _title in bells.told} == {near, far}
    assert all(title.startswith("KHẨN CẤP") for _one, title in bells.told)
    manual_clock.advance(181)
    services.climb_due()
    bells.told.clear()
    ring(bells, mail_on=False)
    assert [one for one, _title in bells.told] == [far], "again when their turn comes"


def test_what_became_of_each_call_is_known_and_true(office: Office) -> None:
    with_addresses(office)
    office.village_approver.account.email = ""
    office.village_approver.account.save()
    order = proposed(office)
    ring(Bells(without=[office.approver.account.pk]))
    found = called(order)
    near, far = found["Mai Thị Vân"].call, found["Ngô Thu Hà"].call
    assert near is not None
    assert far is not None
    assert (near.mail_failure, near.mail_at) == (approver_notifications.NO_ADDRESS, None)
    assert near.push_at is not None
    assert (far.push_failure, far.push_at) == ("no_bell", None)
    assert (far.mail_failure, far.mail_at) == ("", None), "their turn has not come"


def test_without_a_mail_server_that_is_what_stands_there(office: Office) -> None:
    with_addresses(office)
    order = proposed(office)
    assert ring(mail_on=False) == []
    near = called(order)["Mai Thị Vân"].call
    assert near is not None
    assert (near.mail_failure, near.mail_at) == (approver_notifications.NO_SERVER, None)


@pytest.mark.parametrize("address", ["canbo@\u00ad.vn", f"canbo@{'ă' * 70}.vn", "a@b\nc"])
def test_a_broken_address_is_one_person_s_and_stops_nobody_s_call(
    office: Office, country: Any, address: str
) -> None:
    from loa.people.rules import RoleName
    from tests.alerts.office import officer

    with_addresses(office)
    broken = officer("An Văn A", RoleName.ALERT_APPROVER, country.one.place, office.folder)
    broken.account.email = address
    broken.account.save()
    order = proposed(office)
    after = proposed(office, title="Lũ lên lần hai")
    assert [to for (to,) in ring()].count(office.village_approver.account.email) == 2
    for one in (order, after):
        call = called(one)["An Văn A"].call
        assert call is not None
        assert call.mail_failure == approver_notifications.BAD_ADDRESS


def test_what_is_wrong_with_one_order_stops_no_other_s_call(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_addresses(office)
    first = proposed(office)
    proposed(office, title="Lũ lên lần hai")
    real = selectors.places_of

    def fails(order: Order) -> list[str]:
        if order.pk == first.pk:
            raise RuntimeError("not foreseen")
        return real(order)

    monkeypatch.setattr(selectors, "places_of", fails)
    assert ring() == [[office.village_approver.account.email]]


def test_whoever_has_the_page_open_is_seen_watching_and_later_as_having_opened_it(
    office: Office, manual_clock: ManualClock
) -> None:
    order = proposed(office)
    account = office.village_approver.account.pk
    calls.looked(order, account)
    assert called(order)["Mai Thị Vân"].watching
    manual_clock.advance(4)
    calls.looked(order, account)
    manual_clock.advance(7)
    assert called(order)["Mai Thị Vân"].watching
    manual_clock.advance(2)
    found = called(order)["Mai Thị Vân"]
    assert not found.watching
    assert found.call is not None
    assert found.call.opened_at is not None
    assert Call.objects.count() == 1


def test_nobody_is_called_for_what_is_done(office: Office) -> None:
    with_addresses(office)
    office.alert()
    bells = Bells()
    assert ring(bells) == []
    assert bells.told == []


def test_a_letter_says_drill_or_real_and_gives_nothing_away(office: Office) -> None:
    with_addresses(office)
    proposed(office, drill=True, hours=1)
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
