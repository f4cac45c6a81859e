"""The commune's own words beside a bulletin from above, begun on that bulletin's page."""

from django.test import Client

from loa.newsroom.models import Bulletin
from loa.schedule import handlers
from tests.country import Country
from tests.factories.programmes import province_bulletin


def test_a_commune_begins_an_introduction_and_the_source_stays(
    country: Country, officer: Client, stranger: Client
) -> None:
    source = province_bulletin(country, "normal")
    while handlers.follow():
        pass
    assert "Lời dẫn hoặc bản dịch của xã" in officer.get(f"/tin/{source.pk}/").content.decode()
    answer = officer.post(f"/tin/{source.pk}/loi-xa")
    made = Bulletin.objects.get(goes_with=source)
    assert answer["Location"] == f"/soan/{made.pk}/"
    assert made.place_id == country.one.place.pk
    assert Bulletin.objects.get(pk=source.pk).edition == source.edition


def test_what_is_not_in_the_library_takes_none(
    country: Country, officer: Client, administrator: Client
) -> None:
    source = province_bulletin(country, "normal")
    assert officer.post(f"/tin/{source.pk}/loi-xa").status_code == 404
    assert administrator.post(f"/tin/{source.pk}/loi-xa").status_code == 404
    assert not Bulletin.objects.filter(goes_with=source).exists()
