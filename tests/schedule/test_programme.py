"""From slots to signed plans: what commune and province may do, and when a plan is issued."""

from datetime import timedelta

import pytest

from loa.lib import clock
from loa.newsroom import services as newsroom
from loa.people.authority import NodeIdentity
from loa.people.selectors import NotAllowed
from loa.schedule import builder, plans, selectors, services
from loa.schedule.handlers import station_ref
from loa.schedule.models import LibraryEntry, Plan, Slot
from loa.schedule.rules import ScheduleRefused
from loa_protocol.clock import ManualClock
from tests.country import Country
from tests.factories.bulletins import airable_content, approved, content_of
from tests.factories.programmes import add, follow, payload_of, province_bulletin


def test_an_overlapping_fixed_time_is_refused_with_the_other_named(country: Country) -> None:
    at = clock.now() + timedelta(minutes=10)
    add(country, at=at, title="Tin nước sạch")
    with pytest.raises(ScheduleRefused, match="Tin nước sạch"):
        add(country, at=at + timedelta(seconds=59))
    add(country, at=at + timedelta(seconds=60))
    assert Slot.objects.count() == 2


def test_what_does_not_fit_is_refused_in_words(country: Country) -> None:
    with pytest.raises(ScheduleRefused, match="cả buổi phát chỉ có"):
        add(country, seconds=3601)
    add(country, seconds=3000)
    with pytest.raises(ScheduleRefused, match="buổi phát còn 9 phút 40 giây"):
        add(country, seconds=900)
    with pytest.raises(ScheduleRefused, match="ngoài buổi phát"):
        add(country, at=clock.now() + timedelta(hours=2))
    assert Slot.objects.count() == 1


def test_a_stranger_s_programme_cannot_be_touched(country: Country) -> None:
    slot = add(country)
    station = station_ref(country.one.station)
    stranger = country.two.actor("officer")
    with pytest.raises(NotAllowed):
        add(country, actor=stranger)
    with pytest.raises(NotAllowed):
        add(country, actor=country.actor("editor"))
    with pytest.raises(NotAllowed):
        services.slot_remove(actor=stranger, station=station, slot_id=slot.pk)
    with pytest.raises(Slot.DoesNotExist):
        services.slot_remove(
            actor=stranger, station=station_ref(country.two.station), slot_id=slot.pk
        )


def test_a_plan_is_signed_for_fourteen_days_and_not_issued_again_unchanged(
    country: Country, node: NodeIdentity, manual_clock: ManualClock
) -> None:
    add(country)
    station = station_ref(country.one.station)
    plan = plans.plan_issue(station=station, node=node)
    assert plan is not None
    payload = payload_of(plan)
    assert len(payload.items) == 1
    assert len(payload.sessions) == 3 * 14
    assert payload.journal is not None
    assert plans.plan_issue(station=station, node=node) is None
    manual_clock.advance(3600)
    assert plans.plan_issue(station=station, node=node) is None
    manual_clock.advance(86400 * 4)
    renewed = plans.plan_issue(station=station, node=node)
    assert renewed is not None
    assert renewed.version > plan.version


def test_only_the_station_that_was_touched_is_built(country: Country, node: NodeIdentity) -> None:
    services.stations_touched([country.one.station.pk, country.two.station.pk])
    while builder.build_due(node):
        pass
    assert Plan.objects.count() == 2
    add(country)
    while builder.build_due(node):
        pass
    stations = list(Plan.objects.order_by("issued_at").values_list("station_id", flat=True))
    assert len(stations) == 3
    assert stations[-1] == country.one.station.pk


def test_a_normal_bulletin_waits_in_every_commune_s_library(country: Country) -> None:
    bulletin = province_bulletin(country, "normal")
    follow()
    found = selectors.library(country.one.actor("officer"), country.one.place.path)
    assert [entry.bulletin_id for entry in found] == [bulletin.pk]
    assert LibraryEntry.objects.count() == 2
    assert not Slot.objects.exists()
    strange = selectors.library(country.two.actor("officer"), country.one.place.path)
    assert not strange.exists()


def test_a_priority_bulletin_goes_to_the_front_and_the_commune_s_own_before_it(
    country: Country,
) -> None:
    add(country, title="tin thường")
    bulletin = province_bulletin(country, "priority")
    follow()
    follow()
    theirs = Slot.objects.filter(bulletin=bulletin)
    assert {slot.station_id for slot in theirs} == {
        country.one.station.pk,
        country.two.station.pk,
    }

    def line() -> list[str]:
        station = station_ref(country.one.station)
        today = selectors.programmes(station, selectors.today(), 1)
        return [item.wish.title for programme in today for item in programme.placed]

    assert line() == ["Tin của tỉnh", "tin thường"]
    add(country, title="ưu tiên của xã", class_name="priority")
    assert line() == ["ưu tiên của xã", "Tin của tỉnh", "tin thường"]


def test_a_withdrawn_bulletin_leaves_library_sessions_and_plan(
    country: Country, node: NodeIdentity
) -> None:
    bulletin = province_bulletin(country, "priority")
    follow()
    while builder.build_due(node):
        pass
    plan = selectors.newest_plan(country.one.station.pk)
    assert plan is not None
    assert [item.bulletin for item in payload_of(plan).items] == [str(bulletin.pk)]
    newsroom.bulletin_withdraw(
        actor=country.actor("editor"), bulletin_id=bulletin.pk, edition=1, reason="Sai giờ"
    )
    follow()
    while builder.build_due(node):
        pass
    plan = selectors.newest_plan(country.one.station.pk)
    assert plan is not None
    assert payload_of(plan).items == ()
    officer = country.one.actor("officer")
    assert not selectors.library(officer, country.one.place.path).exists()


def test_a_special_timetable_goes_before_the_ordinary_one(country: Country) -> None:
    station = station_ref(country.one.station)
    today = selectors.today()
    services.timetable_set(
        actor=country.one.actor("officer"),
        station=station,
        name="Quốc tang",
        days=[[("06:30", "07:00")]] * 7,
        special=True,
        since=today,
        until=today + timedelta(days=2),
    )
    sessions = selectors.sessions_between(station, today, 3)
    assert [clock.local(session.start).hour for session in sessions] == [6, 6, 5, 12, 17]


def test_a_province_s_template_holds_where_a_station_has_no_timetable(country: Country) -> None:
    station = country.one.station
    station.timetables.all().delete()
    services.timetable_set(
        actor=country.actor("editor"),
        place=country.province,
        name="Mẫu của tỉnh",
        days=[[("17:00", "17:45")]] * 7,
    )
    session = selectors.next_session(station_ref(station))
    assert session is not None
    assert clock.local(session.start).hour == 17


def test_a_bulletin_for_one_hamlet_is_planned_for_its_outlets_alone(
    country: Country, node: NodeIdentity
) -> None:
    commune = country.one.place.path
    slot = add(
        country, content=airable_content(country.one) | {"only": [f"{commune}/h01", "vn/25/08914"]}
    )
    assert slot.only == [f"{commune}/h01"]
    whole = add(
        country, content=airable_content(country.one) | {"only": [f"{commune}/h01", commune]}
    )
    from_above = add(country, content=airable_content(country.one) | {"only": ["vn/25"]})
    assert (whole.only, from_above.only) == ([], [])
    plan = plans.plan_issue(station=station_ref(country.one.station), node=node)
    assert plan is not None
    assert [item.only for item in payload_of(plan).items] == [(f"{commune}/h01",), None, None]


def test_only_the_outlets_it_is_for_are_expected_to_sound(country: Country) -> None:
    from loa.outlets.models import Device
    from loa.schedule.planned import planned

    bulletin = approved(country.one)
    for number, outlet in enumerate(country.one.outlets):
        Device.objects.create(
            outlet=outlet,
            serial=f"d{number}",
            alg="ed25519",
            key=b"k",
            kid=f"kid-{number}",
            broker_secret="-",
            enrolled_at=clock.now(),
        )
    away = country.one.outlets[1]
    away.hamlet = None
    away.save()
    hamlet = f"{country.one.place.path}/h01"
    given = content_of(bulletin)
    add(country, content=given | {"only": [hamlet]})
    assert planned(bulletin.pk, clock.now(), ["vn"]).outlets == 1
    add(country, content=given)
    assert planned(bulletin.pk, clock.now(), ["vn"]).outlets == 2


def test_a_bulletin_is_in_the_line_of_a_session_once(country: Country) -> None:
    given = airable_content(country.one)
    add(country, content=given)
    with pytest.raises(ScheduleRefused, match="đã có trong buổi"):
        add(country, content=given)
