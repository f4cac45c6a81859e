"""A commune's own words beside a bulletin from above, which itself stays as it was signed."""

import pytest

from loa.newsroom import companions, services
from loa.newsroom.models import Bulletin
from loa.newsroom.rules import BulletinRefused, Draft
from loa.people.selectors import NotAllowed
from loa.schedule import handlers, selectors
from loa.schedule.handlers import seconds_of, slot_content, station_ref
from loa.schedule.models import Slot
from loa.schedule.services import slot_add
from tests.country import Country
from tests.factories.programmes import province_bulletin
from tests.newsroom.test_bulletins import sounded


def follow() -> None:
    while handlers.follow():
        pass


def introduced(country: Country, source: Bulletin) -> Bulletin:
    """The first commune's approved introduction."""
    commune = country.one
    made = companions.companion_begin(
        actor=commune.actor("officer"), source_id=source.pk, place=commune.place
    )
    draft = Draft(title="Lời dẫn", body="Sau đây là tin của tỉnh.")
    services.bulletin_edit(
        actor=commune.actor("officer"), bulletin_id=made.pk, edition=1, draft=draft
    )
    services.bulletin_submit(actor=commune.actor("officer"), bulletin_id=made.pk, edition=2)
    sounded(made)
    return services.bulletin_approve(
        actor=commune.actor("approver"), bulletin_id=made.pk, edition=2
    )


def line(country: Country) -> list[str]:
    station = station_ref(country.one.station)
    programmes = selectors.programmes(station, selectors.today(), 1)
    return [item.wish.title for one in programmes for item in one.placed]


def test_an_introduction_stands_before_the_bulletin_it_goes_with(country: Country) -> None:
    source = province_bulletin(country, "priority")
    follow()
    introduced(country, source)
    follow()
    assert line(country) == ["Lời dẫn", "Tin của tỉnh"]
    assert Slot.objects.filter(station=country.two.station).count() == 1


def test_it_comes_along_when_the_bulletin_is_put_on_air_later(country: Country) -> None:
    source = province_bulletin(country, "normal")
    follow()
    introduced(country, source)
    follow()
    assert line(country) == []
    version = Bulletin.objects.get(pk=source.pk).approved_version
    station = station_ref(country.one.station)
    session = selectors.next_session(station)
    assert version is not None
    assert session is not None
    slot_add(
        actor=country.one.actor("officer"),
        station=station,
        content=slot_content(version),
        seconds=seconds_of(version),
        session=session,
        own=False,
    )
    follow()
    assert line(country) == ["Lời dẫn", "Tin của tỉnh"]
    follow()
    assert Slot.objects.count() == 2


def test_words_in_another_language_follow(country: Country) -> None:
    source = province_bulletin(country, "priority")
    follow()
    made = introduced(country, source)
    made.versions.update(language="hmn")
    follow()
    assert line(country) == ["Tin của tỉnh", "Lời dẫn"]


def test_a_stranger_s_or_own_bulletin_takes_no_companion(country: Country) -> None:
    source = province_bulletin(country, "normal")
    with pytest.raises(NotAllowed):
        companions.companion_begin(
            actor=country.two.actor("officer"), source_id=source.pk, place=country.one.place
        )
    Bulletin.objects.filter(pk=source.pk).update(state="withdrawn")
    with pytest.raises(BulletinRefused):
        companions.companion_begin(
            actor=country.one.actor("officer"), source_id=source.pk, place=country.one.place
        )
