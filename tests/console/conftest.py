"""People at their desks: signed-in browsers for each of the small country's accounts."""

from collections.abc import Callable

import pytest
from django.test import Client

from loa.people.models import Account
from tests.country import Country

SignIn = Callable[[Account], Client]


@pytest.fixture
def sign_in(country: Country) -> SignIn:
    """A browser in which the account is signed in."""

    def signed(account: Account) -> Client:
        client = Client()
        client.force_login(account)
        return client

    return signed


@pytest.fixture
def officer(country: Country, sign_in: SignIn) -> Client:
    return sign_in(country.one.officer)


@pytest.fixture
def approver(country: Country, sign_in: SignIn) -> Client:
    return sign_in(country.one.approver)


@pytest.fixture
def technician(country: Country, sign_in: SignIn) -> Client:
    return sign_in(country.one.technician)


@pytest.fixture
def stranger(country: Country, sign_in: SignIn) -> Client:
    """The officer of the other commune."""
    return sign_in(country.two.officer)


@pytest.fixture
def administrator(country: Country, sign_in: SignIn) -> Client:
    return sign_in(country.administrator)
