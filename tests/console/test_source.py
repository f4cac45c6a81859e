"""What a commune sees of a bulletin that came from above: what was sent, and nothing else."""

from django.test import Client
from django.urls import reverse

from tests.console.test_writing import text_of
from tests.country import Country
from tests.factories.programmes import follow, province_bulletin


def test_a_receiver_sees_the_bulletin_and_not_how_it_came_to_be(
    officer: Client, country: Country
) -> None:
    bulletin = province_bulletin(country, "normal")
    follow()
    page = officer.get(reverse("console:bulletin", args=[bulletin.pk]))
    assert page.status_code == 200
    assert "Tin của tỉnh" in text_of(page)
    history = reverse("console:history", args=[bulletin.pk])
    assert history not in text_of(page)
    assert officer.get(history).status_code == 404
