"""A priority bulletin from above on its way into every station, one transaction each."""

import pytest

from loa.newsroom.models import Bulletin, Version
from loa.outlets.models import Station
from loa.schedule import handlers, spreading
from loa.schedule.models import Slot, Spread
from loa.schedule.rules import ScheduleRefused
from tests.country import Country
from tests.factories.programmes import province_bulletin


def placed(bulletin: Bulletin) -> set[str]:
    rows = Slot.objects.filter(bulletin=bulletin, class_name="priority")
    return set(rows.values_list("station__place__path", flat=True))


def test_it_goes_on_behind_the_last_station_after_a_stop(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulletin = province_bulletin(country, "priority")
    monkeypatch.setattr(handlers, "SPREAD_BATCH", 1)
    assert handlers.follow()
    assert len(placed(bulletin)) == 1
    assert Spread.objects.get().done_at is None
    while handlers.follow():
        pass
    assert placed(bulletin) == {"vn/25/08911", "vn/25/08914"}
    assert Spread.objects.get().done_at is not None


def test_a_station_that_cannot_take_it_does_not_stop_the_others(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulletin = province_bulletin(country, "priority")
    first = min(Station.objects.all(), key=lambda station: station.pk)
    insert = spreading.slot_add

    def full(**wanted: object) -> Slot:
        if getattr(wanted["station"], "id", None) == first.pk:
            raise ScheduleRefused("Buổi phát đã đầy.")
        return insert(**wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(spreading, "slot_add", full)
    while handlers.follow():
        pass
    assert len(placed(bulletin)) == 1


def test_one_that_is_withdrawn_on_its_way_goes_no_further(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulletin = province_bulletin(country, "priority")
    monkeypatch.setattr(handlers, "SPREAD_BATCH", 1)
    handlers.follow()
    Bulletin.objects.filter(pk=bulletin.pk).update(state="withdrawn")
    while handlers.follow():
        pass
    assert len(placed(bulletin)) == 1


def test_one_whose_sound_is_lost_does_not_keep_the_next_from_the_air(country: Country) -> None:
    lost, next_one = (province_bulletin(country, "priority") for _ in range(2))
    Version.objects.filter(bulletin=lost).update(production=None)
    while handlers.follow():
        pass
    assert placed(lost) == set()
    assert placed(next_one) == {"vn/25/08911", "vn/25/08914"}
