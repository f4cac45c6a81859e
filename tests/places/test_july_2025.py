"""The real reform: 63 provinces and 10,035 communes became 34 and 3,321.

Every former commune has a station with a cluster, an officer and a bulletin, as an older system's
data taken in under the codes of then.
"""

from collections import Counter

import pytest

from loa.lib import clock
from loa.newsroom.models import Bulletin
from loa.outlets.models import Outlet, Station
from loa.people.models import Account, Role
from loa.places import gazetteer
from loa.places.models import Place, Rehomed
from loa.places.reform import planning, selectors, services
from loa.places.services import gazetteer_load
from loa_protocol.clock import ManualClock

# A minute of a core: the whole country, taken in under the codes of then and re-homed.
pytestmark = [pytest.mark.django_db, pytest.mark.long]

NEW_OF_DISTRICTS = {
    "Đặc khu Bạch Long Vĩ",
    "Đặc khu Cồn Cỏ",
    "Đặc khu Hoàng Sa",
    "Đặc khu Lý Sơn",
    "Đặc khu Côn Đảo",
}
"""Special zones that were districts without communes: no former commune went into them."""


@pytest.fixture
def former(manual_clock: ManualClock) -> list[Place]:
    gazetteer_load(actor="cli:test")
    rows = list(Place.objects.filter(level="commune", valid_to=gazetteer.REFORM_DAY))
    now = clock.now()
    officer = Account.objects.create(username="can-bo", full_name="Nguyễn Văn An")
    stations = [Station(place=place, name="Đài truyền thanh") for place in rows]
    Station.objects.bulk_create(stations, batch_size=500)
    Outlet.objects.bulk_create(
        [
            # Every other pole was located: at the centre of its former commune.
            Outlet(
                station=station,
                code="CL01",
                name="Cụm loa 1",
                latitude=place.latitude if number % 2 else None,
                longitude=place.longitude if number % 2 else None,
            )
            for number, (station, place) in enumerate(zip(stations, rows, strict=True))
        ],
        batch_size=500,
    )
    Bulletin.objects.bulk_create(
        [Bulletin(place=place, created_at=now, changed_at=now) for place in rows], batch_size=500
    )
    Role.objects.bulk_create(
        [
            Role(account=officer, name="commune_officer", place=place, since=place.valid_from)
            for place in rows
        ],
        batch_size=500,
    )
    return rows


def test_every_former_commune_is_re_homed_and_what_is_doubtful_is_listed(
    former: list[Place],
) -> None:
    assert len(former) == 10_035
    reform = services.reform_draft(
        actor="cli:test",
        day=gazetteer.REFORM_DAY,
        document="QĐ 19/2025/QĐ-TTg",
        rows=selectors.july_2025_rows(held_only=False),
    )
    plan = planning.plan(reform)
    assert len(plan.change.successors) == 34 + 3_321 - len(NEW_OF_DISTRICTS)
    assert len(plan.change.split) == 471
    assert len([pk for pk in plan.change.whole if plan.change.formers[pk].level == "commune"]) == (
        9_564
    )
    by_sort = Counter(item.what for item in plan.items)
    assert by_sort == {
        "office": 471,
        "outlets.station": 471,
        "outlets.outlet": 471,
        "people.role": 471,
    }
    told = Counter(item.what for item in plan.items if item.by == "coordinates")
    assert 0 < told["outlets.outlet"] < 471
    assert told["outlets.station"] == told["outlets.outlet"]
    assert told["office"] == told["people.role"] == 0

    services.reform_decide(
        actor="cli:test", reorganisation=reform, decisions=services.rest_to_main(plan)
    )
    seen = planning.plan(reform).digest
    services.reform_apply(actor="cli:test", reorganisation=reform, digest=seen)

    assert not Station.objects.filter(place__valid_to__isnull=False).exists()
    assert Station.objects.count() == 10_035
    assert not Bulletin.objects.filter(place__valid_to__isnull=False).exists()
    served = set(Station.objects.values_list("place_id", flat=True))
    bare = Place.objects.filter(level="commune", valid_to=None).exclude(pk__in=served)
    # Phường Yên Sở is made of lesser parts alone, and no pole told that it stands there.
    assert {place.name for place in bare} == NEW_OF_DISTRICTS | {"Phường Yên Sở"}
    moved = Rehomed.objects.get(what="people.role", before__name="Thị trấn Hợp Châu")
    assert moved.after is not None
    assert moved.after.name == "Xã Tam Đảo"
