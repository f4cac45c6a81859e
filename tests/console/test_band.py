"""An order in force stands on top of every page of every place concerned, within two seconds."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loa.alerts.models import Answer, Area, Order
from loa.alerts.orders import in_force
from loa.alerts.rules import MUTE_S
from loa.lib import clock
from loa.outlets import wall
from loa.outlets.models import Health
from loa.people.rules import RoleName
from loa_protocol.clock import ManualClock
from tests.alerts.office import Office
from tests.console.conftest import SignIn
from tests.console.test_in_force import order
from tests.console.test_urgent import desk, office
from tests.country import Country, account

__all__ = ["office"]
CALM = "Mọi thôn có loa đều"
ALERT = f"{1:064x}"


def shown(client: Client, address: str = "/hom-nay/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def band(client: Client, **query: str) -> str:
    return client.get("/dang-phat/bang", query).content.decode()


@pytest.fixture
def ministry(country: Country, sign_in: SignIn) -> Client:
    return sign_in(account("Lý Thị Bộ", RoleName.MINISTRY_EDITOR, country.nation))


@pytest.fixture
def province(country: Country, sign_in: SignIn) -> Client:
    return sign_in(country.editor)


def answered(made: Order, country: Country, *, plays: int = 0, sounding: bool = True) -> None:
    """Two outlets were meant, one has it (and sounds it)."""
    now = clock.now()
    Area.objects.create(order=made, path="vn/25/08911", targeted=2)
    outlet = country.one.outlets[0]
    Answer.objects.create(
        order=made, outlet=outlet, area="vn/25/08911", first_at=now, accepted_at=now, plays=plays
    )
    Health.objects.create(
        outlet=outlet, seen_at=now, state="alert" if sounding else "idle", item=made.pk
    )


def test_every_tier_above_sees_where_it_sounds_and_with_which_counts(
    country: Country, officer: Client, stranger: Client, province: Client, ministry: Client
) -> None:
    answered(order(1, "vn/25/08911"), country)
    for client in (officer, province, ministry):
        for address in ("/hom-nay/", "/kenh/cum/", "/them/"):
            page = shown(client, address)
            assert 'class="band-row for-real"' in page, address
            assert "Lũ lên nhanh" in page
            assert "Xã Tam Đảo" in page
            assert "1/2 cụm loa đã nhận, 1 chưa trả lời" in page
            assert "Đang đọc ở 1 cụm loa" in page
    assert "band-row" not in shown(stranger)


def test_a_drill_is_violet_and_says_so_and_one_that_was_read_is_over(
    country: Country, province: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_force, "_plays", lambda _order: 1)
    made = order(1, "vn/25/08911", kind="drill", drill=True)
    answered(made, country)
    page = band(province)
    assert 'class="band-row rehearsal"' in page
    assert "DIỄN TẬP" in page
    assert "for-real" not in page
    Health.objects.update(state="idle")
    Answer.objects.update(plays=1)
    Order.objects.update(issued_at=clock.now() + timedelta(seconds=1))
    assert "band-row" not in band(province)


def test_the_wall_is_red_and_never_calm_while_an_order_is_in_force(
    country: Country, province: Client, ministry: Client
) -> None:
    for commune in (country.one, country.two):
        for outlet in commune.outlets:
            Health.objects.create(outlet=outlet, seen_at=clock.now(), state="idle")
    wall.count(clock.now())
    assert CALM in shown(province)
    order(1, "vn/25/08911")
    for client in (province, ministry):
        page = shown(client)
        assert CALM not in page
        assert "ĐANG PHÁT LỆNH" in page
        assert 'class="tile order"' in page
    page = shown(province)
    assert page.index("ĐANG PHÁT LỆNH") < page.index("Xã Bên Cạnh")
    assert page.count("ĐANG PHÁT LỆNH") == 1


def test_a_commune_without_any_loudspeaker_has_its_red_tile_too(
    country: Country, province: Client
) -> None:
    order(1, "vn/25/08914")
    assert "ĐANG PHÁT LỆNH" in shown(province)
    assert "Chưa có cụm loa nào trong địa bàn" not in shown(province)


def test_an_order_for_all_of_the_province_reddens_every_tile(
    country: Country, province: Client
) -> None:
    wall.count(clock.now())
    order(1, "vn/25")
    assert shown(province).count("ĐANG PHÁT LỆNH") == 2


def test_what_is_silenced_everywhere_says_until_when(
    country: Country, province: Client, manual_clock: ManualClock
) -> None:
    order(1, "vn/25/08911")
    order(2, "vn/25/08911", kind="mute", alert=ALERT)
    assert "Đang dừng tiếng đến" in band(province)
    manual_clock.advance(MUTE_S)
    assert "Đang dừng tiếng đến" not in band(province)


def test_who_may_follow_it_is_led_to_its_own_page_and_others_to_its_words(
    office: Office, country: Country, province: Client
) -> None:
    made = office.alert()
    assert f"/khan-cap/lenh/{made.pk}/" in band(desk(office.village_approver))
    assert f"/dang-phat/#lenh-{made.pk[:12]}" in band(province)
    page = shown(province, "/dang-phat/")
    assert "Bà con ở chỗ thấp di chuyển ngay." in page
    assert "Bùi Thanh Bình, Ngô Thu Hà" in page
    assert "Bùi Thanh Bình, Ngô Thu Hà" in band(province)


def test_the_order_s_own_page_does_not_say_it_twice(office: Office) -> None:
    made = office.alert()
    page = shown(desk(office.author), f"/khan-cap/lenh/{made.pk}/")
    assert "band-row" not in page
    assert "band-row" in shown(desk(office.author), "/khan-cap/")


def test_an_unchanged_band_is_not_sent_again(country: Country, province: Client) -> None:
    order(1, "vn/25/08911")
    page = province.get("/dang-phat/bang").context["band"]
    assert province.get("/dang-phat/bang", {"seen": page.digest}).status_code == 204


def test_the_stamp_changes_with_what_stands_and_is_given_for_a_ticket_alone(
    office: Office, manual_clock: ManualClock
) -> None:
    ask = desk(office.author).get("/hom-nay/").context["band"].ask
    anybody = Client()
    seen = [anybody.get(ask).content]
    for step in ("propose", "approve", "cancel"):
        manual_clock.advance(1)
        if step == "propose":
            waiting = office.author.propose(office.draft())
        elif step == "approve":
            made = office.approver.approve(waiting)
        else:
            office.cancel(made)
        seen.append(anybody.get(ask).content)
    assert len(set(seen)) == 4
    assert anybody.get("/dang-phat/dau").status_code == 403
    assert anybody.get("/dang-phat/dau", {"phieu": "band:1:x"}).status_code == 403


def test_asking_costs_one_query_and_the_band_no_more_for_many_orders(
    country: Country, province: Client, django_assert_num_queries: Any
) -> None:
    ask = province.get("/hom-nay/").context["band"].ask
    with django_assert_num_queries(1):
        Client().get(ask)
    with django_assert_num_queries(0):
        Client().get(ask)
    order(1, "vn/25/08911")
    for number in range(2, 12):
        order(number, "vn/25/08911")
    shown(province, "/them/")
    with django_assert_num_queries(4):  # session, account, roles, stamp: the rest is held
        band(province)
    assert "Còn 8 lệnh nữa" in band(province)


def test_who_is_signed_out_gets_nothing(country: Country) -> None:
    order(1, "vn/25/08911")
    assert Client().get("/dang-phat/bang").status_code == 302
    assert b"band-row" not in Client().get("/tai-khoan/login/").content


def test_an_order_of_another_node_says_who_issued_it_and_that_no_answers_come_here(
    country: Country, ministry: Client
) -> None:
    order(1, "vn/25/08911", author="p-unknown", approver="p-unknown-too")
    Order.objects.update(path="vn/25")
    page = band(ministry)
    assert "Tỉnh Phú Thọ ban hành lúc" in page
    assert "không quản lý cụm loa nào ở đó" in page
    assert "0/0" not in page
