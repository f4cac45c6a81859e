"""Soạn: when and where a bulletin is aired, and the day as it will be."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loa.lib import clock
from loa.lib.ids import new_id
from loa.media import services as media
from loa.media.models import Production
from loa.newsroom import selectors, services
from loa.newsroom.models import Bulletin
from loa.newsroom.rules import BulletinRefused
from loa.outlets.models import Station
from loa.schedule import handlers
from loa.schedule.coming import coming_at
from loa.schedule.handlers import station_ref
from loa.schedule.models import AiringWish, Slot, Timetable
from loa.web import formats
from tests.console.desk import FORM, approved
from tests.console.test_writing import NEW, text_of
from tests.country import SINCE, Country
from tests.newsroom.test_bulletins import approve

READ = "/soan/doc"


def test_the_author_s_wish_is_carried_out_on_approval(officer: Client, country: Country) -> None:
    officer.post(NEW, FORM | {"do": "submit", "when": "next"})
    bulletin = Bulletin.objects.get()
    assert AiringWish.objects.get().bulletin == bulletin
    give_sound(bulletin)
    approve(country.one.actor("approver"), bulletin)
    handlers.follow()
    slot = Slot.objects.get()
    assert (slot.bulletin, slot.station) == (bulletin, country.one.station)
    assert AiringWish.objects.get().problem == ""
    handlers.follow()
    assert Slot.objects.count() == 1


def test_the_hour_is_not_changed_behind_the_approver_s_back(
    officer: Client, country: Country
) -> None:
    officer.post(NEW, FORM | {"do": "submit", "when": "next"})
    bulletin = Bulletin.objects.get()
    page = reverse("console:edit", args=[bulletin.pk])
    again = FORM | {"do": "save", "when": "next", "edition": "1", "air_days": "31"}
    assert "đã gửi duyệt" in text_of(officer.post(page, again))
    assert AiringWish.objects.get().days == 1


def test_another_hour_of_a_returned_bulletin_is_another_edition(
    officer: Client, country: Country
) -> None:
    officer.post(NEW, FORM | {"do": "submit", "when": "next"})
    bulletin = Bulletin.objects.get()
    approver = country.one.actor("approver")
    services.bulletin_return(
        actor=approver, bulletin_id=bulletin.pk, edition=1, reason="Sửa giờ phát"
    )
    page = reverse("console:edit", args=[bulletin.pk])
    again = FORM | {"do": "submit", "when": "next", "edition": "1", "air_days": "31"}
    officer.post(page, again)
    bulletin.refresh_from_db()
    assert (bulletin.state, bulletin.edition) == ("submitted", 2)
    with pytest.raises(BulletinRefused):
        services.bulletin_approve(actor=approver, bulletin_id=bulletin.pk, edition=1)


def test_a_wish_whose_session_is_over_says_so_and_makes_nothing(
    officer: Client, country: Country, manual_clock: Any
) -> None:
    start = clock.local(clock.now()).replace(hour=17, minute=0, second=0, microsecond=0)
    when = {"when": "sessions", "air_session": start.isoformat()}
    officer.post(NEW, FORM | {"do": "submit", **when})
    bulletin = Bulletin.objects.get()
    give_sound(bulletin)
    manual_clock.advance(timedelta(days=2).total_seconds())
    approve(country.one.actor("approver"), bulletin)
    handlers.follow()
    assert Slot.objects.count() == 0
    assert "đều đã qua" in AiringWish.objects.get().problem
    page = text_of(officer.get(reverse("console:bulletin", args=[bulletin.pk])))
    assert "đều đã qua" in page


def give_sound(bulletin: Bulletin) -> None:
    """What the worker would have made."""
    version = selectors.newest_version(bulletin.pk)
    assert version.production is not None
    for sha256 in ("a" * 64, "b" * 64):
        media.file_note(sha256=sha256, mime="audio/ogg", size_bytes=9, ms=20_000)
    media.production_finish(
        version.production.pk,
        opus_sha256="a" * 64,
        mp3_sha256="b" * 64,
        ms=20_000,
        level_lufs=-16.0,
        peak_dbtp=-2.0,
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"when": "fixed", "air_day": "2026-02-31", "air_hour": "17:10"}, "ngày có thật"),
        ({"when": "fixed", "air_day": "2026-12-01", "air_hour": "25:00"}, "không phải là giờ"),
        ({"when": "fixed", "air_day": "", "air_hour": ""}, "ngày có thật"),
        ({"when": "sessions"}, "ít nhất một buổi"),
        ({"when": "sessions", "air_session": "hôm qua"}, "buổi phát trong danh sách"),
        ({"when": "next", "air_days": "0"}, "từ 1 đến 31"),
        ({"when": "next", "air_days": "-3"}, "từ 1 đến 31"),
        ({"when": "next", "air_days": "32"}, "từ 1 đến 31"),
        ({"when": "next", "air_until": "31/02"}, "ngày có thật"),
        ({"when": "next", "air_until": "2020-01-01"}, "đã qua"),
        ({"when": "bay"}, "Chọn phát khi nào"),
    ],
)
def test_a_time_that_cannot_be_is_refused_beside_its_field(
    officer: Client, fields: dict[str, str], sentence: str
) -> None:
    shown = officer.post(NEW, FORM | fields)
    assert shown.status_code == 422
    assert re.search(rf'class="wrong-text">[^<]*{sentence}', text_of(shown))
    assert FORM["body"] in text_of(shown)
    assert Bulletin.objects.count() == 0


def test_the_day_is_shown_as_it_will_be_and_what_is_too_long_is_told(
    officer: Client, country: Country
) -> None:
    shown = text_of(officer.post(READ, FORM | {"when": "next"}))
    assert "Phát lúc" in shown
    assert FORM["title"] in shown
    Timetable.objects.filter(station=country.one.station).update(session_limit_min=5)
    long = text_of(officer.post(READ, FORM | {"when": "next", "body": "Câu dài nữa. " * 1400}))
    assert "Rút ngắn tin hoặc chọn buổi khác" in long


def test_a_full_session_is_passed_for_the_next_with_room(
    officer: Client, approver: Client, country: Country, manual_clock: Any
) -> None:
    """What is written in the last seconds of a session sounds in the one after."""
    station = station_ref(country.one.station)
    first, second = coming_at(station).sessions[:2]
    to_end = first.end - clock.now() - timedelta(seconds=25)
    manual_clock.advance(to_end.total_seconds())
    shown = text_of(officer.post(READ, FORM | {"when": "next"}))
    assert "Buổi gần hơn không đủ chỗ." in shown
    assert f"Phát lúc {clock.local(second.start):%H giờ %M}" in shown
    officer.post(NEW, FORM | {"do": "submit", "when": "next"})
    bulletin = Bulletin.objects.get()
    give_sound(bulletin)
    page = text_of(approver.get(reverse("console:approve", args=[bulletin.pk])))
    assert f"duyệt bây giờ là buổi {clock.local(second.start):%H giờ %M}" in page
    approve(country.one.actor("approver"), bulletin)
    handlers.follow()
    assert Slot.objects.get().session_at == second.start
    assert AiringWish.objects.get().problem == ""


def test_what_is_in_force_later_is_shown_in_the_session_that_will_air_it(
    officer: Client, approver: Client, country: Country
) -> None:
    """The author, the approver and the programme name one session."""
    since = clock.local(clock.now()).replace(hour=0, minute=0, second=0) + timedelta(days=20)
    form = FORM | {"when": "next", "valid_from": f"{since:%Y-%m-%dT%H:%M}"}
    shown = text_of(officer.post(READ, form))
    officer.post(NEW, form | {"do": "submit"})
    bulletin = Bulletin.objects.get()
    give_sound(bulletin)
    page = text_of(approver.get(reverse("console:approve", args=[bulletin.pk])))
    approve(country.one.actor("approver"), bulletin)
    handlers.follow()
    start = clock.local(Slot.objects.get().session_at)
    assert start.date() == since.date()
    assert re.search(rf"Phát lúc {start:%-H giờ %M}, [^,]+, {start:%d/%m/%Y}", shown)
    assert f"duyệt bây giờ là buổi {formats.moment(start)}" in page


def test_the_approver_reads_that_no_session_has_room(
    officer: Client, approver: Client, country: Country
) -> None:
    officer.post(NEW, FORM | {"do": "submit", "when": "next"})
    bulletin = Bulletin.objects.get()
    give_sound(bulletin)
    Production.objects.update(ms=65_000)
    Timetable.objects.filter(station=country.one.station).update(session_limit_min=1)
    page = text_of(approver.get(reverse("console:approve", args=[bulletin.pk])))
    assert "(lúc này chưa buổi nào đủ chỗ)" in page


def test_the_item_stands_out_in_the_drawn_day(officer: Client) -> None:
    shown = text_of(officer.post(READ, FORM | {"when": "next"}))
    assert shown.count('class="item mine"') == 1
    assert 'class="band"' in shown


@pytest.fixture
def second(country: Country) -> Station:
    """The commune took in a neighbour and has its station too; that one airs at noon only."""
    station = Station.objects.create(place=country.one.place, name="Đài Xóm Mới")
    Timetable.objects.create(
        station=station,
        name="buổi trưa",
        days=[[["12:30", "13:00"]]] * 7,
        since=SINCE,
        changed_at=clock.now(),
    )
    return station


def test_without_a_choice_every_station_of_the_office_airs_it(
    officer: Client, country: Country, second: Station
) -> None:
    officer.post(NEW, FORM | {"when": "next"})
    told = {wish.station_id for wish in AiringWish.objects.all()}
    assert told == {country.one.station.pk, second.pk}
    shown = text_of(officer.post(READ, FORM | {"when": "next"}))
    assert shown.count('class="item mine"') == 2


def test_many_stations_cost_their_pages_no_more_queries(
    officer: Client,
    approver: Client,
    country: Country,
    second: Station,
    django_assert_max_num_queries: Any,
    django_assert_num_queries: Any,
) -> None:
    third = Station.objects.create(place=country.one.place, name="Đài Xóm Cũ")
    for table in Timetable.objects.filter(station=second):
        table.pk, table.station = new_id(), third
        table.save(force_insert=True)
    officer.post(NEW, FORM | {"do": "submit", "when": "next"})
    waiting = reverse("console:approve", args=[Bulletin.objects.get().pk])
    ready = reverse("console:put_on_air", args=[approved(country.one).pk])
    pages = ((approver, waiting), (officer, ready))
    counted = []
    for client, url in pages:
        client.get(url)
        with django_assert_max_num_queries(12) as many:
            page = text_of(client.get(url))
        assert "Đài Xóm Mới" in page
        assert "Đài Xóm Cũ" in page
        counted.append(len(many))
    others = Station.objects.exclude(pk=country.one.station.pk)
    others.update(place=country.two.place)
    AiringWish.objects.filter(station__in=others).delete()
    for (client, url), queries in zip(pages, counted, strict=True):
        with django_assert_num_queries(queries):
            assert "Đài Xóm" not in text_of(client.get(url))


def test_only_the_ticked_station_airs_it_and_an_unticked_one_loses_its_wish(
    officer: Client, country: Country, second: Station
) -> None:
    officer.post(NEW, FORM | {"when": "next"})
    bulletin = Bulletin.objects.get()
    here = reverse("console:edit", args=[bulletin.pk])
    form = FORM | {"edition": "1", "when": "next", "air_station": str(second.pk)}
    assert officer.post(here, form).status_code == 302
    assert [wish.station_id for wish in AiringWish.objects.all()] == [second.pk]
    assert officer.get(here).context["ticked"] == {str(second.pk)}


def test_a_chosen_session_is_wished_at_the_station_that_has_it(
    officer: Client, second: Station
) -> None:
    noon = clock.local(clock.now()).replace(hour=12, minute=30, second=0, microsecond=0)
    officer.post(NEW, FORM | {"when": "sessions", "air_session": noon.isoformat()})
    assert [wish.station_id for wish in AiringWish.objects.all()] == [second.pk]
