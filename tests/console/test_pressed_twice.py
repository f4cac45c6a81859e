"""A button pressed several times at one moment does its work once, and breaks nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from loa.newsroom.models import Bulletin
from tests.console.conftest import SignIn
from tests.console.desk import FORM
from tests.country import Country
from tests.factories.bulletins import approved

PRESSES = 6
Press = Callable[[Client], int]

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(sign_in: SignIn, country: Country, press: Press) -> list[int]:
    """The answers' statuses of so many presses by the officer, as from so many tabs."""
    clients = [sign_in(country.one.officer) for _ in range(PRESSES)]
    together = Barrier(PRESSES)

    def one(client: Client) -> int:
        together.wait(timeout=30)
        try:
            return press(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(PRESSES) as pool:
        return list(pool.map(one, clients))


def test_one_blank_page_saved_many_times_is_one_bulletin(sign_in: SignIn, country: Country) -> None:
    page = sign_in(country.one.officer).get("/soan/moi").context["page"]
    form = FORM | {"edition": "0", "bulletin": page.bulletin}
    statuses = at_once(sign_in, country, lambda client: client.post("/soan/moi", form).status_code)
    assert statuses == [302] * PRESSES
    assert [str(one.pk) for one in Bulletin.objects.all()] == [page.bulletin]


def test_one_correction_is_begun_however_often_it_is_asked_for(
    sign_in: SignIn, country: Country
) -> None:
    old = approved(country.one, "Cắt điện")
    to = reverse("console:correct", args=[old.pk])
    assert at_once(sign_in, country, lambda client: client.post(to).status_code) == [302] * PRESSES
    assert Bulletin.objects.filter(corrects=old).count() == 1
