"""No plan is signed with what is withdrawn, whoever asked for it and however it stands there."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from loa.lib import clock
from loa.newsroom import services as newsroom
from loa.newsroom.models import Bulletin
from loa.people.authority import NodeIdentity
from loa.schedule import builder, handlers, rearranging, selectors, services
from loa.schedule.correcting import replace_in_programmes
from loa.schedule.handlers import station_ref
from loa.schedule.models import Slot
from loa.schedule.relaying import relay_content
from loa.schedule.rules import ScheduleRefused
from loa_protocol.envelope import Envelope
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Plan as PlanPayload
from loa_protocol.payloads import parse_payload
from tests.country import Country
from tests.factories.bulletins import approved, content_of

PRESSES = 20


def add(country: Country, bulletin: Bulletin, content: dict[str, Any] | None = None) -> Slot:
    station = station_ref(country.one.station)
    session = selectors.next_session(station)
    assert session is not None
    return services.slot_add(
        actor=country.one.actor("officer"),
        station=station,
        content=content or content_of(bulletin),
        seconds=60,
        session=session,
    )


def withdraw(country: Country, bulletin: Bulletin) -> None:
    newsroom.bulletin_withdraw(
        actor=country.one.actor("officer"), bulletin_id=bulletin.pk, edition=1, reason="Sai giờ"
    )


def follow() -> None:
    while handlers.follow():
        pass


def planned(country: Country, node: NodeIdentity) -> list[str]:
    """The titles in the newest signed plan of the commune's station."""
    services.stations_touched([country.one.station.pk])
    while builder.build_due(node):
        pass
    plan = selectors.newest_plan(country.one.station.pk)
    assert plan is not None
    payload = parse_payload(Kind.PLAN, Envelope.parse(bytes(plan.envelope)).payload)
    assert isinstance(payload, PlanPayload)
    return [item.title for item in payload.items]


def test_a_service_refuses_what_is_not_approved(country: Country) -> None:
    bulletin = approved(country.one)
    content = content_of(bulletin)
    withdraw(country, bulletin)
    with pytest.raises(ScheduleRefused, match="thu hồi"):
        add(country, bulletin, content)
    draft = newsroom.bulletin_write(
        actor=country.one.actor("officer"),
        place_id=country.one.place.pk,
        place_path=country.one.place.path,
        draft=newsroom.rules.Draft(title="Nháp", body="Chưa duyệt."),
    )
    with pytest.raises(ScheduleRefused, match="chưa được duyệt"):
        add(country, draft, content | {"bulletin_id": draft.pk})
    with pytest.raises(ScheduleRefused, match="không gắn với tin"):
        add(country, draft, content | {"bulletin_id": None})
    assert not Slot.objects.exists()


def test_a_service_refuses_another_sound_and_another_commune_s_bulletin(country: Country) -> None:
    mine, other = approved(country.one, "Một"), approved(country.one, "Hai")
    with pytest.raises(ScheduleRefused, match="Âm thanh của tin đã đổi"):
        add(country, mine, content_of(mine) | {"opus_id": content_of(other)["opus_id"]})
    with pytest.raises(ScheduleRefused, match="không gửi tới địa bàn"):
        add(country, approved(country.two))


def test_what_was_taken_out_before_the_withdrawal_is_not_put_back(country: Country) -> None:
    bulletin = approved(country.one)
    slot = add(country, bulletin)
    officer, station = country.one.actor("officer"), station_ref(country.one.station)
    services.slot_remove(actor=officer, station=station, slot_id=slot.pk)
    withdraw(country, bulletin)
    follow()
    with pytest.raises(ScheduleRefused, match="thu hồi"):
        rearranging.slot_restore(actor=officer, station=station, slot_id=slot.pk)


def test_no_plan_is_signed_with_what_was_withdrawn_however_it_stands_there(
    country: Country, node: NodeIdentity
) -> None:
    stays, leaves = approved(country.one, "Còn"), approved(country.one, "Rút")
    add(country, stays)
    add(country, leaves)
    assert planned(country, node) == ["Còn", "Rút"]
    withdraw(country, leaves)  # nothing has followed the fact yet: the slot still stands
    assert Slot.objects.filter(bulletin=leaves, removed_at=None).exists()
    assert planned(country, node) == ["Còn"]


def relay(country: Country, fallback: Bulletin) -> Slot:
    session = selectors.next_session(station_ref(country.one.station))
    assert session is not None
    return services.slot_add(
        actor=country.one.actor("officer"),
        station=station_ref(country.one.station),
        content=relay_content(
            title="Thời sự", url="https://vov.example/a", fallback=content_of(fallback)
        ),
        seconds=120,
        session=session,
        at=session.start + timedelta(minutes=30),
    )


def test_a_relay_holds_only_while_its_fallback_does(country: Country, node: NodeIdentity) -> None:
    fallback = approved(country.one, "Dự phòng")
    slot = relay(country, fallback)
    assert planned(country, node) == ["Thời sự"]
    withdraw(country, fallback)
    assert planned(country, node) == []
    follow()
    slot.refresh_from_db()
    assert (slot.removed_why, slot.fallback_id) == (services.WITHDRAWN, fallback.pk)


def test_a_relay_is_refused_where_its_fallback_is_no_longer_in_force(country: Country) -> None:
    ends = clock.now() + timedelta(minutes=10)
    fallback = approved(country.one, "Dự phòng", valid_until=ends)
    with pytest.raises(ScheduleRefused, match="hiệu lực"):
        relay(country, fallback)


def test_a_correction_sounds_in_the_hamlets_that_it_is_for(country: Country) -> None:
    commune = country.one.place.path
    old = approved(country.one, "Cũ", targets=(f"{commune}/h01",))
    new = approved(country.one, "Mới", targets=(commune,))
    slot = add(country, old)
    assert slot.only == [f"{commune}/h01"]
    given: dict[str, Any] = {"content": content_of(new), "seconds": 60, "class_name": "normal"}
    assert replace_in_programmes(old=old.pk, **given) == 1
    slot.refresh_from_db()
    assert (slot.bulletin_id, slot.only) == (new.pk, [])


def test_a_withdrawn_correction_takes_no_place(country: Country) -> None:
    old, new = approved(country.one, "Cũ"), approved(country.one, "Mới")
    slot = add(country, old)
    given: dict[str, Any] = {"content": content_of(new), "seconds": 60, "class_name": "normal"}
    withdraw(country, new)
    assert replace_in_programmes(old=old.pk, **given) == 0
    slot.refresh_from_db()
    assert slot.bulletin_id == old.pk


@pytest.mark.django_db(transaction=True)
def test_withdrawals_and_presses_at_one_moment_leave_nothing_in_a_plan(
    country: Country, node: NodeIdentity
) -> None:
    """Twenty bulletins; each is withdrawn while its commune puts it on air."""
    bulletins = [approved(country.one, f"Tin {number}") for number in range(PRESSES)]
    contents = {bulletin.pk: content_of(bulletin) for bulletin in bulletins}

    def press(bulletin: Bulletin, together: threading.Barrier) -> None:
        together.wait()
        try:
            add(country, bulletin, contents[bulletin.pk])
        except ScheduleRefused:
            pass  # the withdrawal was first
        finally:
            connection.close()

    def take_back(bulletin: Bulletin, together: threading.Barrier) -> None:
        together.wait()
        withdraw(country, bulletin)
        connection.close()

    for bulletin in bulletins:
        together = threading.Barrier(2)
        threads = [
            threading.Thread(target=act, args=(bulletin, together)) for act in (press, take_back)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert planned(country, node) == []
    follow()
    assert not Slot.objects.filter(removed_at=None).exists()
    assert planned(country, node) == []
