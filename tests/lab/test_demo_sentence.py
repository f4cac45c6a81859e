"""The stranger's sentence at the demo: what its page says before and after it sounded."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from loa.delivery.models import Receipt
from loa.lib import clock
from loa_lab.demo import sentence
from tests.console.desk import approved, played
from tests.console.test_writing import text_of
from tests.country import Country

WAITS = "Loa tự phát trong khoảng nửa phút"


@pytest.fixture(autouse=True)
def approver_of_the_demo(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence, "APPROVER", country.one.approver.username)


def test_the_page_says_at_how_many_loudspeakers_it_sounded(
    client: Client, country: Country
) -> None:
    bulletin = approved(country.one)
    ask = {"tin": sentence.ticket_of(bulletin.pk)}
    before = text_of(client.post(reverse("lab:step"), ask))
    assert WAITS in before
    assert "every 3s" in before
    for outlet in country.one.outlets:
        played(bulletin, outlet)
    after = text_of(client.post(reverse("lab:step"), ask))
    assert WAITS not in after
    assert "Đã phát ở 2 cụm loa." in after
    assert after.count('class="done"') == 4
    assert "every 3s" in after, "other receipts may still come"
    Receipt.objects.update(received_at=clock.now() - timedelta(minutes=1))
    assert "every " not in text_of(client.post(reverse("lab:step"), ask))


def test_a_sound_that_nobody_heard_is_none(client: Client, country: Country) -> None:
    bulletin = approved(country.one)
    played(bulletin, country.one.outlets[0], volume_pct=0)
    ask = {"tin": sentence.ticket_of(bulletin.pk)}
    assert "Đã phát ở" not in text_of(client.post(reverse("lab:step"), ask))
