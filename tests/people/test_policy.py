"""Who may do what: roles at places, own offices, days, and strangers."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from loa.lib import clock
from loa.people import services
from loa.people.models import Role
from loa.people.rules import MATRIX, NODE, OWN_OFFICE, Action, Grant, RoleName, may
from loa.people.selectors import NotAllowed, actor_of
from loa_protocol.clock import ManualClock
from tests.country import PASSWORD, Country

COMMUNE, NEIGHBOUR, PROVINCE = "vn/25/08911", "vn/25/08914", "vn/25"


@pytest.mark.parametrize("role", list(RoleName))
@pytest.mark.parametrize("action", list(Action))
def test_no_role_reaches_outside_its_place(role: RoleName, action: Action) -> None:
    assert not may([Grant(role, COMMUNE)], action, NEIGHBOUR)
    assert not may([Grant(role, COMMUNE)], action, PROVINCE)
    assert not may([Grant(role, COMMUNE)], action, "vn/25/089")


@pytest.mark.parametrize("action", sorted(OWN_OFFICE))
def test_a_province_does_not_act_in_a_commune_s_name(action: Action) -> None:
    for role in (RoleName.PROVINCE_EDITOR, RoleName.PROVINCE_APPROVER, RoleName.ADMINISTRATOR):
        assert not may([Grant(role, PROVINCE)], action, COMMUNE)


def test_a_province_sees_its_communes() -> None:
    assert may([Grant(RoleName.PROVINCE_EDITOR, PROVINCE)], Action.OUTLET_VIEW, COMMUNE)


def test_nobody_may_anything() -> None:
    assert not any(may([], action, "vn") for action in Action)


def test_writing_and_approving_are_never_one_role() -> None:
    both = {Action.BULLETIN_WRITE, Action.BULLETIN_APPROVE}
    assert not any(both <= MATRIX[role] for role in RoleName)
    alerts = {Action.ALERT_AUTHOR, Action.ALERT_APPROVE}
    assert not any(alerts <= MATRIX[role] for role in RoleName)


def test_a_role_holds_from_its_first_day_to_before_its_last(
    country: Country, manual_clock: ManualClock
) -> None:
    account = country.two.officer
    today = clock.local(clock.now()).date()
    Role.objects.create(
        account=account,
        name=RoleName.COMMUNE_OFFICER.value,
        place=country.one.place,
        since=today + timedelta(days=1),
        until=today + timedelta(days=3),
    )

    def allowed() -> bool:
        return actor_of(account).may(Action.BULLETIN_WRITE, COMMUNE)

    assert not allowed()
    manual_clock.advance(86400)
    assert allowed()
    manual_clock.advance(86400)
    assert allowed()
    manual_clock.advance(86400)
    assert not allowed()


def test_a_closed_account_may_nothing(country: Country) -> None:
    country.one.officer.is_active = False
    country.one.officer.save(update_fields=["is_active"])
    assert not actor_of(country.one.officer).grants


def test_a_manager_grants_only_in_their_own_place(country: Country) -> None:
    administrator = country.actor("administrator")
    services.role_grant(
        actor=administrator,
        account=country.two.officer,
        role=RoleName.TECHNICIAN,
        place=country.one.place,
    )
    with pytest.raises(NotAllowed):
        services.role_grant(
            actor=country.one.actor("officer"),
            account=country.two.officer,
            role=RoleName.COMMUNE_APPROVER,
            place=country.one.place,
        )
    with pytest.raises(services.PeopleError, match="chính mình"):
        services.role_grant(
            actor=administrator,
            account=country.administrator,
            role=RoleName.PROVINCE_APPROVER,
            place=country.province,
        )


@pytest.mark.parametrize("password", ["ngắn", "123456789012", "password1234", "lan-moi-2026"])
def test_a_weak_password_is_refused(country: Country, password: str) -> None:
    with pytest.raises(ValidationError):
        services.account_create(
            actor=NODE,
            place=country.one.place,
            username="lan-moi-2026",
            full_name="Lan",
            password=password,
        )


def test_a_name_taken_is_told(country: Country) -> None:
    with pytest.raises(services.PeopleError, match="đã có người dùng"):
        services.account_create(
            actor=NODE,
            place=country.one.place,
            username=country.one.officer.username.upper(),
            full_name="Lan",
            password=PASSWORD,
        )
