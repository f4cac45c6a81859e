"""Where an order goes: nothing by omission, no advice to a wider area, and who will not hear."""

from datetime import timedelta

import pytest
from django.test import Client

from loa.alerts.models import Order
from loa.console.urgent.compose_form import Form
from loa.lib import clock
from loa.outlets.models import Health
from loa.people.models import Account
from loa.places.models import Place
from loa.web.hearing_words import phrase
from tests.alerts.office import Office
from tests.console.test_urgent import FORM, desk, drafts_in, office, signed
from tests.country import Country

__all__ = ["office"]
COMPOSE = "/khan-cap/soan/that/"


def review(office: Office, **other: object) -> str:
    answer = desk(office.author).post(COMPOSE, {**FORM, **other})
    return answer.content.decode()


def test_nothing_is_ticked_at_the_start_and_nothing_is_sent_like_that(office: Office) -> None:
    page = desk(office.author).get(f"{COMPOSE}?mau=flood").content.decode()
    assert "checked" not in page
    assert "Chưa chọn nơi nào." in page
    assert "Chưa chọn nơi nào" in review(office, target=[])
    assert not Order.objects.exists()


def test_the_advice_for_a_place_inside_another_never_leads_to_the_wider_one(
    office: Office,
) -> None:
    page = review(office, target=["vn/25", "vn/25/08911"])
    assert (
        "Đang chọn cả tỉnh Phú Thọ lẫn xã Tam Đảo. Chỉ phát ở xã Tam Đảo thì bỏ dấu ở tỉnh Phú Thọ."
        in page
    )


def test_chosen_places_stand_on_top_with_their_numbers(office: Office, country: Country) -> None:
    Place.objects.filter(path="vn/25/08911/h01").update(people=1575)
    Health.objects.create(outlet=country.one.outlets[0], seen_at=clock.now(), state="idle")
    asked = {"target": ["vn/25/08911", "vn/25/08914", "vn/01"]}
    page = desk(office.author).get("/khan-cap/noi-da-chon", asked).content.decode()
    assert "1/2 cụm loa phát được" in page
    assert "nghe được 1.575 người" in page
    assert 'data-phrase="xã Tam Đảo và xã Bên Cạnh"' in page
    assert "vn/01" not in page, "another province's"
    village = desk(office.village_author).get("/khan-cap/noi-da-chon", asked).content.decode()
    assert "vn/25/08914" not in village


def test_the_blank_for_the_place_follows_the_chosen_places(office: Office) -> None:
    page = review(office, **{"blank-nơi": "", "target": ["vn/25/08911", "vn/25/08914"]})
    assert "Lũ lên nhanh ở xã Tam Đảo và xã Bên Cạnh" in page
    assert "Lũ lên nhanh ở bến Gót" in review(office, **{"blank-nơi": "bến Gót"})


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Tỉnh Phú Thọ"], "tỉnh Phú Thọ"),
        (["Xã Tam Đảo", "Thôn Đông", "Phường Cửa Nam"], "xã Tam Đảo, thôn Đông và phường Cửa Nam"),
        (["Việt Nam"], "Việt Nam"),
        ([], ""),
    ],
)
def test_places_are_named_as_a_sentence_names_them(names: list[str], said: str) -> None:
    assert phrase(names) == said


def test_blanks_stand_inside_the_sentence_each_once(office: Office) -> None:
    page = desk(office.author).get(f"{COMPOSE}?mau=flood").content.decode()
    assert "Bà con ở chỗ thấp di chuyển ngay đến <input" in page
    for name in ("nơi", "nơi tránh", "số điện thoại"):
        assert page.count(f'name="blank-{name}"') == 1
    assert 'data-gap="nơi"' in page, "the title says it after the text"
    form = Form("x", "Ở {nơi}", "Lũ.", {"nơi": "bến"}, (), 4, 1.0, 0, "")
    assert form.title_parts == [("Ở ", "", False), ("bến", "nơi", True)]


def test_levels_say_what_they_ask_of_people(office: Office) -> None:
    page = desk(office.author).get(f"{COMPOSE}?mau=flood").content.decode()
    assert "không phải cấp độ rủi ro thiên tai" in page
    assert "4: sơ tán ngay" in page
    assert "mức cảnh báo 4: sơ tán ngay" in review(office)


def test_author_and_second_person_read_who_hears_and_who_does_not(
    office: Office, country: Country
) -> None:
    Place.objects.filter(path="vn/25/08911/h01").update(people=1575)
    Place.objects.filter(path="vn/25/08914/h01").update(people=986_504)
    Health.objects.create(outlet=country.one.outlets[0], seen_at=clock.now(), state="idle")
    Health.objects.create(
        outlet=country.two.outlets[0], seen_at=clock.now() - timedelta(hours=1), state="idle"
    )
    author, approver = desk(office.author), desk(office.approver)
    page = author.post(COMPOSE, {**FORM, "target": ["vn/25"]})
    sent = author.post("/khan-cap/gui", {"signed": signed(office.author, drafts_in(page))})
    second = approver.get(sent.headers["Location"])
    for shown in (page.content.decode(), second.content.decode()):
        assert "1.575 người" in shown
        assert "ở 1 thôn, qua 1 trên 4 cụm loa phát được lúc này" in shown
        assert "KHÔNG nghe được" in shown
        assert "986.504 người" in shown
        assert "1 xã không có cụm loa nào phát được" in shown
        assert "988.079" not in shown, "nobody is told that all of them hear"
    assert "Xã Bên Cạnh" in page.content.decode()


def test_where_nothing_sounds_that_is_said_loudly(office: Office, country: Country) -> None:
    assert "không ai nghe được lệnh bằng loa" in review(office)


def test_before_signing_the_author_sees_who_can_sign_and_their_numbers(
    office: Office, country: Country
) -> None:
    Account.objects.filter(pk=office.approver.account.pk).update(phone="0912345678")
    page = review(office)
    assert "Ngô Thu Hà" in page
    assert 'href="tel:0912345678"' in page
    assert "Mai Thị Vân" in page
    assert Client().get("/khan-cap/noi-da-chon").status_code == 302
