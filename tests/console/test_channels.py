"""Kênh: outlets and their devices: added, claimed, revoked, made louder, and whose they are."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from loa.console.outlets import availability_strip
from loa.delivery.models import Play
from loa.lib import clock
from loa.outlets import rules
from loa.outlets.models import Claim, Device, Health, HealthHour, Outlet, Station
from loa.people.authority import NodeIdentity
from tests.console.desk import approved, played
from tests.console.test_in_force import order as ordered
from tests.console.test_writing import text_of
from tests.country import Country


def of_outlet(name: str, country: Country) -> str:
    return reverse(f"console:{name}", args=[country.one.outlets[0].pk])


def device(outlet: Outlet, serial: str = "pi-1") -> Device:
    return Device.objects.create(
        outlet=outlet,
        serial=serial,
        alg="ed25519",
        key=b"k" * 32,
        kid=f"kid-{serial}"[:22],
        broker_secret="x",
        enrolled_at=clock.now() - timedelta(days=3),
    )


def test_outlets_are_listed_with_what_needs_somebody_first(
    officer: Client, country: Country
) -> None:
    well, ill = country.one.outlets
    Health.objects.create(outlet=well, seen_at=clock.now(), state="idle")
    Health.objects.create(outlet=ill, seen_at=clock.now() - timedelta(hours=1), state="idle")
    answer = officer.get(reverse("console:station", args=[country.one.station.pk]))
    assert [str(row["outlet"]) for row in answer.context["rows"]] == ["Cụm loa 2", "Cụm loa 1"]
    assert "mất liên lạc" in text_of(answer)


def test_an_outlet_s_page_says_what_its_device_said(officer: Client, country: Country) -> None:
    outlet = country.one.outlets[0]
    report = {"power": "battery", "clock_error_ms": 12, "software": "loa-player 0.1.0"}
    Health.objects.create(outlet=outlet, seen_at=clock.now(), state="playing", report=report)
    shown = text_of(officer.get(of_outlet("outlet", country)))
    assert "đang phát" in shown
    assert "ắc quy" in shown
    assert "12 ms" in shown


def test_an_outlet_s_page_says_that_its_device_rebuilt_its_memory(
    officer: Client, country: Country
) -> None:
    outlet = country.one.outlets[0]
    health = Health.objects.create(outlet=outlet, seen_at=clock.now(), state="idle", report={})
    assert "đã tự dựng lại" not in text_of(officer.get(of_outlet("outlet", country)))
    health.report = {"refusals": {"store_rebuilt": 2}}
    health.save()
    assert "đã hỏng 2 lần" in text_of(officer.get(of_outlet("outlet", country)))


def test_what_sounded_without_a_bulletin_is_called_by_its_name(
    officer: Client, country: Country
) -> None:
    outlet = country.one.outlets[0]
    order = ordered(77, country.one.place.path)
    relay = played(approved(country.one), outlet)
    Play.objects.filter(pk=relay.pk).update(bulletin=None)
    alert = played(approved(country.one), outlet, "refused")
    Play.objects.filter(pk=alert.pk).update(bulletin=None, item=order.pk)
    shown = text_of(officer.get(of_outlet("outlet", country)))
    assert f"Lệnh khẩn cấp: {order.title}" in shown
    assert "mục của một lịch cũ" in shown
    assert relay.item[:12] not in shown


def test_the_technician_adds_an_outlet(technician: Client, country: Country) -> None:
    form = {
        "code": "CL09",
        "name": "Cụm loa chợ",
        "hamlet": f"{country.one.place.path}/h01",
        "speakers": "4",
        "latitude": "21,4118",
        "longitude": "105.6471",
    }
    url = reverse("console:outlet_new", args=[country.one.station.pk])
    technician.post(url, form)
    assert 'value="CL10"' in text_of(technician.get(url)), "the next code stands there already"
    made = Outlet.objects.get(code="CL09")
    assert (made.latitude, made.speakers) == (21.4118, 4)
    assert made.hamlet is not None


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"code": "CL01"}, "đã có cụm loa mã"),
        ({"hamlet": "vn/25/08914/h01"}, "không thuộc xã"),
        ({"speakers": "nhiều"}, "số nguyên"),
        ({"latitude": "bắc"}, "độ thập phân"),
        ({"latitude": "91"}, "ngoài bản đồ"),
        ({"latitude": "nan"}, "ngoài bản đồ"),
    ],
)
def test_an_outlet_that_cannot_be_is_refused_in_words(
    technician: Client, country: Country, form: dict[str, str], sentence: str
) -> None:
    data = {"code": "CL09", "name": "Cụm loa chợ"} | form
    url = reverse("console:outlet_new", args=[country.one.station.pk])
    answer = technician.post(url, data)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "Cụm loa chợ" in text_of(answer)
    assert Outlet.objects.count() == 4


def test_a_claim_code_is_shown_once(technician: Client, country: Country) -> None:
    answer = technician.post(of_outlet("outlet_claim", country))
    code = answer.context["claim_code"]
    assert code in text_of(answer)
    assert code not in text_of(technician.get(of_outlet("outlet", country)))
    assert Claim.objects.count() == 1


@pytest.mark.usefixtures("node")
def test_a_claim_file_is_what_a_player_needs(technician: Client, country: Country) -> None:
    answer = technician.post(of_outlet("outlet_claim", country), {"form": "file"})
    content = json.loads(answer.content)
    assert set(content) == {"urls", "root_sha256", "claim", "outlet"}
    assert content["outlet"] == country.one.outlets[0].wire_id


def test_revoking_needs_a_reason_and_keeps_the_outlet(
    technician: Client, country: Country, node: NodeIdentity
) -> None:
    live = device(country.one.outlets[0])
    refused = technician.post(of_outlet("revoke", country), {"reason": "  "}, follow=True)
    assert "ghi lý do" in text_of(refused)
    technician.post(of_outlet("revoke", country), {"reason": "Mất trộm"})
    live.refresh_from_db()
    assert live.revoked_reason == "Mất trộm"
    assert technician.get(of_outlet("outlet", country)).status_code == 200


@pytest.mark.parametrize("volume", ["101", "-1", "to lên", ""])
def test_a_volume_is_a_percentage(technician: Client, country: Country, volume: str) -> None:
    answer = technician.post(of_outlet("volume", country), {"volume_pct": volume}, follow=True)
    assert "từ 0 đến 100" in text_of(answer)
    assert Outlet.objects.get(pk=country.one.outlets[0].pk).volume_pct == 100


def test_the_volume_is_set(officer: Client, country: Country) -> None:
    officer.post(of_outlet("volume", country), {"volume_pct": "60"})
    assert Outlet.objects.get(pk=country.one.outlets[0].pk).volume_pct == 60


def test_a_station_is_added_only_where_the_asker_works(
    technician: Client, administrator: Client, country: Country
) -> None:
    form = {"name": "Đài mới", "commune": country.two.place.path, "technology": "fm"}
    refused = technician.post("/kenh/dai-moi", form)
    assert "trong địa bàn của anh chị" in text_of(refused)
    administrator.post("/kenh/dai-moi", form)
    assert Station.objects.get(name="Đài mới").place == country.two.place
    odd = administrator.post("/kenh/dai-moi", form | {"name": "x", "technology": "5g"})
    assert "chọn công nghệ" in text_of(odd)


def test_a_stranger_finds_no_outlet(stranger: Client, country: Country) -> None:
    device(country.one.outlets[0])
    for url in (
        of_outlet("outlet", country),
        reverse("console:station", args=[country.one.station.pk]),
        reverse("console:outlet_new", args=[country.one.station.pk]),
    ):
        answer = stranger.get(url)
        assert answer.status_code == 404
        assert "Cụm loa 1" not in text_of(answer)
    for name in ("outlet_claim", "revoke", "volume"):
        form = {"reason": "x", "volume_pct": "1"}
        assert stranger.post(of_outlet(name, country), form).status_code == 404
    assert Claim.objects.count() == 0
    assert Device.objects.get().revoked_at is None


def test_an_officer_does_not_claim_or_revoke(officer: Client, country: Country) -> None:
    for name in ("outlet_claim", "revoke"):
        assert officer.post(of_outlet(name, country), {"reason": "x"}).status_code == 403


def test_the_heart_strip_blames_no_hour_before_the_first_device(country: Country) -> None:
    now = clock.now().replace(minute=30)
    hour = now.replace(minute=0)
    worst = {hour: "playing", hour - timedelta(hours=1): "fault"}
    strip = availability_strip.strip(worst, hour - timedelta(hours=2), now)
    states = [cell.state for cell in strip.cells if cell.state != "none"]
    assert states == ["silent", "fault", "idle"]
    assert (strip.good_hours, strip.hours) == (1, 3)
    assert availability_strip.strip({}, None, now).hours == 0


def test_the_heart_strip_blames_no_hour_that_has_just_begun(country: Country) -> None:
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    worst = {hour - timedelta(hours=1): "idle"}
    begun = availability_strip.strip(worst, hour - timedelta(hours=1), hour + timedelta(seconds=5))
    assert (begun.good_hours, begun.hours) == (1, 1)
    over = availability_strip.strip(
        worst, hour - timedelta(hours=1), hour + timedelta(hours=1, seconds=5)
    )
    assert (over.good_hours, over.hours) == (1, 2)


@pytest.mark.parametrize(
    ("codes", "following"),
    [
        ([], "CL01"),
        (["CL01", "CL09", "CL02"], "CL10"),
        (["C-99"], "C-100"),
        (["L007", "chợ"], "L008"),
        (["chợ"], ""),
    ],
)
def test_the_next_code_follows_the_station_s_own(codes: list[str], following: str) -> None:
    assert rules.next_code(codes) == following


def test_an_outlet_without_a_device_says_what_is_to_be_done(
    officer: Client, country: Country
) -> None:
    shown = text_of(officer.get(of_outlet("outlet", country)))
    assert "Chưa có ngày nào" in shown
    assert "0/0 giờ" not in shown


def test_the_strip_is_drawn_from_the_hours(officer: Client, country: Country) -> None:
    device(country.one.outlets[0])
    hour = clock.now().replace(minute=0)
    HealthHour.objects.create(outlet=country.one.outlets[0], hour=hour, worst="idle", reports=3)
    page = officer.get(of_outlet("outlet", country))
    assert page.context["strip"].good_hours == 1
    assert 'class="silent"' in text_of(page)
