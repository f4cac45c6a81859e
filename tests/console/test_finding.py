"""Kênh: found by state, technology, hamlet and words; many at once; the tree and the map."""

import json
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from loa.lib import clock
from loa.outlets import finding, upkeep, wall
from loa.outlets.enrolment import Caller, device_bind, enrol_waiting
from loa.outlets.finding import Wanted
from loa.outlets.models import Command, Health, Knock, Outlet, Station
from loa.outlets.rules import search_text
from loa.people.authority import NodeIdentity
from loa.people.rules import RoleName
from loa.places.boundaries import boundaries_load
from loa.places.models import Place
from loa.places.services import PlaceError
from loa.schedule import plans
from loa.schedule.handlers import station_ref
from loa.schedule.models import Timetable
from loa_protocol.keys import SigningKey
from loa_protocol.payloads import item_id
from tests.console.conftest import SignIn
from tests.console.desk import approved, played
from tests.console.test_writing import text_of
from tests.country import Country, account
from tests.factories.programmes import add, payload_of

LIST = "/kenh/cum/"


def names(answer: Any) -> list[str]:
    return [row["outlet"].name for row in answer.context["rows"]]


@pytest.fixture
def poles(country: Country) -> Country:
    """Four poles with names, states and places."""
    states = ["playing", "fault", "idle"]
    rows = [*country.one.outlets, *country.two.outlets]
    for number, (row, name) in enumerate(
        zip(rows, ["Nhà văn hóa", "Đầu dốc", "Chợ Đình", "Hòa Bình"], strict=True)
    ):
        row.name, row.folded = name, search_text(name, row.code)
        row.latitude, row.longitude = 21.4 + number / 10, 105.6
        row.save()
        if number < 3:
            ago = timedelta(hours=2) if number == 2 else timedelta(0)
            Health.objects.create(outlet=row, seen_at=clock.now() - ago, state=states[number])
    return country


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Nhà văn hóa", "Đầu dốc", "Chợ Đình", "Hòa Bình"}),
        ({"tim": "nha van hoa"}, {"Nhà văn hóa"}),
        ({"tim": unicodedata.normalize("NFD", "CHỢ")}, {"Chợ Đình"}),
        ({"tim": "dong"}, {"Nhà văn hóa", "Đầu dốc", "Chợ Đình", "Hòa Bình"}),
        ({"tinh-trang": "trouble"}, {"Đầu dốc", "Chợ Đình"}),
        ({"tinh-trang": "silent"}, {"Chợ Đình"}),
        ({"tinh-trang": "never"}, {"Hòa Bình"}),
        ({"tinh-trang": "playing"}, {"Nhà văn hóa"}),
        ({"tinh-trang": "x' OR 1=1"}, {"Nhà văn hóa", "Đầu dốc", "Chợ Đình", "Hòa Bình"}),
        ({"cong-nghe": "fm"}, set()),
        ({"noi": "vn/25/08911"}, {"Nhà văn hóa", "Đầu dốc"}),
        ({"noi": "vn/25/08914/h01"}, {"Chợ Đình", "Hòa Bình"}),
        ({"noi": "vn/24"}, {"Nhà văn hóa", "Đầu dốc", "Chợ Đình", "Hòa Bình"}),
        (
            {"dai": "khong phai id", "trang": "-5"},
            {"Nhà văn hóa", "Đầu dốc", "Chợ Đình", "Hòa Bình"},
        ),
        ({"tim": "<script>alert(1)</script>" + "x" * 5000}, set()),
    ],
)
def test_outlets_are_found(
    administrator: Client, poles: Country, query: dict[str, str], found: set[str]
) -> None:
    Place.objects.filter(level="hamlet").update(folded="thon dong 08911h01")
    answer = administrator.get(LIST, query)
    assert set(names(answer)) == found
    assert "<script>alert" not in text_of(answer)


def test_a_commune_s_people_find_their_own_only(technician: Client, poles: Country) -> None:
    for query in ({}, {"noi": "vn/25/08914"}, {"noi": "vn"}, {"dai": str(poles.two.station.pk)}):
        assert set(names(technician.get(LIST, query))) <= {"Nhà văn hóa", "Đầu dốc"}
    cells = technician.get("/kenh/ban-do/diem", {"box": "5,100,25,120", "z": "12"}).json()["cells"]
    assert {cell["name"] for cell in cells} == {"Nhà văn hóa", "Đầu dốc"}


def test_pages_hold_a_country(administrator: Client, country: Country) -> None:
    Outlet.objects.bulk_create(
        [
            Outlet(station=country.one.station, code=f"N{n:04}", name=f"Cụm {n}", folded=f"cum {n}")
            for n in range(130)
        ]
    )
    seen: list[object] = []
    for number in range(1, 134 // finding.PAGE + 2):
        page = administrator.get(LIST, {"trang": number})
        seen += [row["outlet"].pk for row in page.context["rows"]]
        assert len(names(page)) <= finding.PAGE
    assert len(seen) == len(set(seen)) == 134
    assert "Trang sau" not in text_of(page)
    assert names(administrator.get(LIST, {"trang": "9" * 8})) == []


def test_a_tile_of_the_wall_leads_to_what_is_wrong_in_its_place(
    administrator: Client, poles: Country
) -> None:
    wall.count(clock.now())
    tiles = administrator.get("/hom-nay/").context["tiles"]
    tile = next(one for one in tiles if one.name == poles.one.place.name)
    shown = administrator.get(tile.url)
    assert names(shown) == ["Đầu dốc"]
    text = text_of(shown)
    assert f"<b>{poles.one.place.name}</b>" in text
    assert 'href="?noi=vn/25/08911&amp;tinh-trang=fault"' in text, "the tally stays in the place"
    assert '<option value="vn/25/08911">mọi thôn' in text


def test_the_worst_of_a_province_are_kept_and_each_is_as_it_is_now(
    administrator: Client, officer: Client, poles: Country
) -> None:
    asked = {"tinh-trang": "trouble"}
    assert set(names(administrator.get(LIST, asked))) == {"Đầu dốc", "Chợ Đình"}
    Health.objects.filter(outlet__name="Đầu dốc").update(state="playing", seen_at=clock.now())
    later = administrator.get(LIST, asked)
    states = {row["outlet"].name: row["state"] for row in later.context["rows"]}
    assert states == {"Đầu dốc": "playing", "Chợ Đình": "silent"}
    assert names(officer.get(LIST, asked)) == []
    cache.clear()
    assert names(administrator.get(LIST, asked)) == ["Chợ Đình"]


def test_the_map_puts_neighbours_together_and_shows_the_worst(
    administrator: Client, poles: Country
) -> None:
    far = administrator.get("/kenh/ban-do/diem", {"box": "5,100,25,120", "z": "4"}).json()["cells"]
    assert [(cell["outlets"], cell["state"]) for cell in far] == [(4, "silent")]
    near = administrator.get("/kenh/ban-do/diem", {"box": "5,100,25,120", "z": "14"}).json()
    assert {cell["outlets"] for cell in near["cells"]} == {1}
    assert {cell["state"] for cell in near["cells"]} == {"playing", "fault", "silent", "never"}
    for box in ("", "1,2,3", "a,b,c,d", "nan,1,2,3", "inf,0,0,0", "1" * 500):
        assert administrator.get("/kenh/ban-do/diem", {"box": box}).status_code == 404
    page = administrator.get("/kenh/ban-do/")
    assert page.context["config"]["tiles"] == ""
    assert "tile" not in page["Content-Security-Policy"]


def test_the_tree_leads_down_to_hamlets(administrator: Client, poles: Country) -> None:
    top = text_of(administrator.get("/kenh/theo-thon/"))
    assert top.index("<b>Xã Bên Cạnh</b>") < top.index("<b>Xã Tam Đảo</b>")
    down = text_of(administrator.get("/kenh/theo-thon/", {"noi": "vn/25/08911"}))
    assert down.count("<li>") == 1
    for words in ("Thôn Đông", "2 cụm loa", "1 hỏng", "1 đang phát"):
        assert words in down


def test_a_wide_tree_that_is_kept_is_nobody_else_s(
    administrator: Client, officer: Client, poles: Country
) -> None:
    assert "Xã Bên Cạnh" in text_of(administrator.get("/kenh/theo-thon/"))
    assert "Xã Bên Cạnh" not in text_of(officer.get("/kenh/theo-thon/", {"noi": "vn/25"}))
    administrator.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "2 clusters" in text_of(administrator.get("/kenh/theo-thon/"))


def device_at(country: Country, outlet: Outlet) -> None:
    key = SigningKey.generate()
    caller = Caller(serial=outlet.code, model="x", key=key.public, address="")
    assert enrol_waiting(caller=caller) is None
    device_bind(
        actor=country.one.actor("technician"),
        outlet=outlet,
        knock=Knock.objects.get(pk=key.public.kid),
    )


def test_many_get_one_volume_and_strangers_none(technician: Client, country: Country) -> None:
    mine, other = country.one.outlets, country.two.outlets[0]
    for outlet in mine:
        device_at(country, outlet)
    ids = [str(outlet.pk) for outlet in (*mine, other)] + ["x", "../..", "9" * 400]
    form = {"outlet": ids, "do": "volume", "volume_pct": "35"}
    answer = technician.post("/kenh/cum/nhieu", form, follow=True)
    assert "Đã gửi cho 2 cụm loa" in text_of(answer)
    assert set(Outlet.objects.filter(volume_pct=35)) == set(mine)
    assert Command.objects.filter(do="volume", volume_pct=35).count() == 2
    for volume in ("-1", "101", "to", "", "9" * 50):
        bad = technician.post("/kenh/cum/nhieu", form | {"volume_pct": volume}, follow=True)
        assert "từ 0 đến 100" in text_of(bad)
    none = technician.post("/kenh/cum/nhieu", {"do": "volume", "volume_pct": "5"}, follow=True)
    assert "Chưa chọn cụm loa nào" in text_of(none)
    assert Outlet.objects.get(pk=other.pk).volume_pct == 100


def test_an_auditor_looks_and_commands_nothing(country: Country, sign_in: SignIn) -> None:
    auditor = sign_in(account("Phan Thị Mai", RoleName.AUDITOR, country.province))
    assert auditor.get(LIST).status_code == 200
    form = {"outlet": [str(country.one.outlets[0].pk)], "do": "volume", "volume_pct": "0"}
    assert auditor.post("/kenh/cum/nhieu", form).status_code == 403
    assert "many-volume" not in text_of(auditor.get(LIST))


def test_several_stations_get_one_week(administrator: Client, country: Country) -> None:
    url = reverse("console:hours_many")
    ids = [str(country.one.station.pk), str(country.two.station.pk)]
    administrator.post(url, {"station": ids, "preset": "mountain"})
    assert Timetable.objects.filter(name="Xã miền núi").count() == 2
    for form, words in (
        ({"preset": "mountain"}, "Chưa chọn đài nào"),
        ({"station": ids, "preset": "x"}, "Xin chọn một mẫu"),
    ):
        answer = administrator.post(url, form)
        assert answer.status_code == 422
        assert f'class="wrong-text" role="alert">{words}' in text_of(answer)
    assert Timetable.objects.filter(name="Xã miền núi").count() == 2


def test_another_province_s_station_gets_no_hours(technician: Client, country: Country) -> None:
    assert technician.post(reverse("console:hours_many"), {}).status_code == 403


@pytest.mark.parametrize("role", ["technician", "administrator", "officer"])
def test_no_page_of_the_bench_asks_more_than_twelve_questions(
    poles: Country, sign_in: SignIn, django_assert_max_num_queries: Any, role: str
) -> None:
    outlet, station = poles.one.outlets[0], poles.one.station
    device_at(poles, outlet)
    who = poles.administrator if role == "administrator" else getattr(poles.one, role)
    client = sign_in(who)
    urls = [
        *("/kenh/", LIST, f"{LIST}?tinh-trang=trouble", f"{LIST}?tim=cum", "/kenh/theo-thon/"),
        *("/kenh/theo-thon/?noi=vn/25/08911", "/kenh/ban-do/", "/kenh/cho-ghep/"),
        "/kenh/ban-do/diem?box=5,100,25,120&z=9",
        *(f"/cot/{outlet.wire_id}/", f"/cot/{outlet.wire_id}/?thay=1"),
        reverse("console:outlet", args=[outlet.pk]),
        reverse("console:station", args=[station.pk]),
        reverse("console:labels", args=[station.pk]),
        *("/kenh/gio-phat", "/them/bang-tinh/", "/them/quyen", "/them/nguoi-thay", "/them/phien"),
        *("/them/tai-khoan", f"/them/tai-khoan/{poles.one.officer.pk}/"),
    ]
    for url in urls:
        cache.clear()
        with django_assert_max_num_queries(12):
            assert client.get(url).status_code in {200, 302, 403, 404}, url


def geojson(tmp_path: Path, **change: Any) -> Path:
    ring = [[105.6, 21.4], [105.7, 21.4], [105.7, 21.5], [105.65, 21.500001], [105.6, 21.5]]
    feature = {
        "type": "Feature",
        "properties": {"ma_xa": "08911"},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        **change,
    }
    file = tmp_path / "ranh-gioi.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return file


def load(file: Path) -> Any:
    return boundaries_load(
        actor="cli:places", path=file, level="commune", code_property="ma_xa", document="QĐ 1"
    )


def test_official_boundaries_are_loaded_and_drawn(
    administrator: Client, country: Country, tmp_path: Path
) -> None:
    assert load(geojson(tmp_path)).kept == 1
    near = administrator.get("/kenh/ban-do/ranh-gioi", {"box": "21,105,22,106", "z": "12"}).json()
    assert near["features"][0]["properties"]["name"] == "Xã Tam Đảo"
    far = administrator.get("/kenh/ban-do/ranh-gioi", {"box": "10,105,11,106", "z": "12"}).json()
    assert far["features"] == []
    assert load(geojson(tmp_path, properties={"ma_xa": "99999"})).unknown == ("99999",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"geometry": {"type": "Point", "coordinates": [105, 21]}}, "Polygon"),
        ({"geometry": None}, "Polygon"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[580000, 2300000]]]}}, "ngoài Việt Nam"),
        ({"geometry": {"type": "Polygon", "coordinates": [[["x", 21]]]}}, "kinh độ"),
    ],
)
def test_a_boundary_that_cannot_be_leaves_nothing(
    country: Country, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(PlaceError, match=words):
        load(geojson(tmp_path, **change))
    (tmp_path / "ranh-gioi.geojson").write_text("{")
    with pytest.raises(PlaceError, match="GeoJSON"):
        load(tmp_path / "ranh-gioi.geojson")


def test_a_state_is_one_word_of_the_list(country: Country) -> None:
    now = clock.now()
    actor = country.actor("administrator")
    total = finding.counts(actor, Wanted(path="vn/25"), now)
    assert total["outlets"] == total["never"] == 4
    assert Station.objects.count() == 2


def test_an_outlet_that_plays_says_what_and_asks_no_more_than_twelve_questions(
    country: Country, node: NodeIdentity, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    add(country)
    plan = plans.plan_issue(station=station_ref(country.one.station), node=node)
    assert plan is not None
    payload = payload_of(plan)
    outlet = country.one.outlets[0]
    device_at(country, outlet)
    item = item_id(payload.station, payload.items[0])
    Health.objects.create(outlet=outlet, seen_at=clock.now(), state="playing", item=item)
    played(approved(country.one), outlet)
    upkeep.note_add(actor=country.one.actor("technician"), outlet=outlet, text="Chìa khóa ở bác Ba")
    client = sign_in(country.one.technician)
    with django_assert_max_num_queries(12):
        shown = text_of(client.get(reverse("console:outlet", args=[outlet.pk])))
    assert f'class="on-air"><b>{payload.items[0].title}' in shown
    assert "bác Ba" in shown
