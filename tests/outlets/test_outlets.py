"""Stations and outlets: who may add them, what does not fit, and what devices say of themselves."""

from datetime import timedelta
from typing import Any

import pytest

from loa.journal import selectors as journal
from loa.lib import clock
from loa.outlets import rules, selectors, services, telemetry
from loa.outlets.models import Health, HealthHour, Outlet
from loa.outlets.services import OutletError
from loa.people.selectors import NotAllowed
from loa_protocol.clock import ManualClock
from loa_protocol.device_api import Health as Report
from tests.country import Country


def report(**more: Any) -> Report:
    return Report.model_validate({"at": "2026-11-23T05:00:00Z", "state": "idle", **more})


def test_a_technician_adds_outlets_in_their_own_commune_only(country: Country) -> None:
    actor = country.one.actor("technician")
    outlet = services.outlet_add(
        actor=actor, station=country.one.station, code="CL09", name="  Cụm  loa chợ "
    )
    assert outlet.name == "Cụm loa chợ"
    with pytest.raises(NotAllowed):
        services.outlet_add(actor=actor, station=country.two.station, code="CL09", name="Chợ")
    with pytest.raises(NotAllowed):
        services.station_add(actor=actor, place=country.two.place, name="Đài mới")


@pytest.mark.parametrize(
    "details",
    [
        {"code": "CL01"},
        {"code": ""},
        {"name": ""},
        {"latitude": 91.0},
        {"longitude": -181.0},
        {"volume_pct": 101},
        {"volume_pct": -1},
    ],
)
def test_what_does_not_fit_is_a_sentence_and_leaves_nothing(
    country: Country, details: dict[str, Any]
) -> None:
    count, head = Outlet.objects.count(), journal.head()
    given = {"code": "CL08", "name": "Cụm loa", **details}
    with pytest.raises(OutletError, match=r"\w+"):
        services.outlet_add(
            actor=country.one.actor("technician"), station=country.one.station, **given
        )
    assert (Outlet.objects.count(), journal.head()) == (count, head)


def test_a_hamlet_of_another_commune_does_not_fit(country: Country) -> None:
    strange = country.two.outlets[0].hamlet
    with pytest.raises(OutletError, match="không thuộc xã"):
        services.outlet_add(
            actor=country.one.actor("technician"),
            station=country.one.station,
            code="CL08",
            name="Cụm loa",
            hamlet=strange,
        )


def test_lists_hold_only_what_the_asker_may_see(country: Country) -> None:
    def seen(actor: Any) -> set[Any]:
        return {outlet.station.place.path for outlet in selectors.outlets(actor)}

    assert seen(country.one.actor("officer")) == {"vn/25/08911"}
    assert seen(country.two.actor("technician")) == {"vn/25/08914"}
    assert seen(country.actor("editor")) == {"vn/25/08911", "vn/25/08914"}
    assert [s.pk for s in selectors.stations(country.one.actor("officer"))] == [
        country.one.station.pk
    ]


def test_the_newest_health_overwrites_and_the_hour_keeps_the_worst(
    country: Country, manual_clock: ManualClock
) -> None:
    wire_id = country.one.outlets[0].wire_id
    for state in ("idle", "fault", "playing"):
        telemetry.health_store(wire_id, report(state=state, volume_pct=80), clock.now())
        manual_clock.advance(60)
    health = Health.objects.get()
    assert (health.state, health.volume_pct, health.online) == ("playing", 80, True)
    hour = HealthHour.objects.get()
    assert (hour.worst, hour.reports) == ("fault", 3)
    telemetry.presences_store({wire_id: False}, clock.now())
    assert not Health.objects.get().online


def test_a_stranger_s_health_is_nobody_s(country: Country) -> None:
    telemetry.health_store("o-unknown", report(), clock.now())
    assert not Health.objects.exists()


def test_old_hours_are_forgotten(country: Country, manual_clock: ManualClock) -> None:
    telemetry.health_store(country.one.outlets[0].wire_id, report(), clock.now())
    manual_clock.advance(telemetry.HOURS_KEPT.total_seconds() + 7200)
    assert telemetry.prune(clock.now()) == 1


def test_an_outlet_that_stopped_reporting_is_silent() -> None:
    now = clock.now()

    def state(ago: timedelta | None, *, online: bool = True) -> str:
        seen = None if ago is None else now - ago
        return rules.state_of(seen_at=seen, online=online, reported="playing", now=now)

    assert state(None) == "never"
    assert state(timedelta(minutes=1)) == "playing"
    assert state(timedelta(minutes=1), online=False) == "silent"
    assert state(rules.SILENT_AFTER + timedelta(seconds=1)) == "silent"


def test_volume_has_bounds_and_an_owner(country: Country) -> None:
    outlet = country.one.outlets[0]
    services.outlet_volume(actor=country.one.actor("officer"), outlet=outlet, volume_pct=40)
    assert Outlet.objects.get(pk=outlet.pk).volume_pct == 40
    with pytest.raises(OutletError):
        services.outlet_volume(actor=country.one.actor("officer"), outlet=outlet, volume_pct=101)
    with pytest.raises(NotAllowed):
        services.outlet_volume(actor=country.two.actor("officer"), outlet=outlet, volume_pct=10)


def test_claim_codes_forgive_case_and_dashes_and_differ() -> None:
    from loa.lib.ids import claim_code

    code = claim_code()
    assert rules.claim_hash(code) == rules.claim_hash(code.upper().replace("-", " "))
    assert len({claim_code() for _ in range(1000)}) == 1000
