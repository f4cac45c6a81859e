"""Lists that are cut into pages: nothing is out of reach, and no number of a page breaks one."""

import re

import pytest
from django.test import Client

from loa.console.outlets import listing
from loa.newsroom.models import Bulletin
from loa.outlets import services
from loa.schedule.selectors import presets
from tests.console.test_writing import text_of
from tests.country import Country
from tests.newsroom.test_bulletins import written

pytestmark = pytest.mark.django_db

HUGE = "9" * 5_000
"""More digits than Python turns into a number."""


def all_pages(client: Client, address: str, row: str) -> list[str]:
    """What the rows say, page after page, by the links that the pages themselves show."""
    found: list[str] = []
    for _ in range(9):
        page = text_of(client.get(address))
        found += re.findall(row, page)
        after = re.search(r'href="(\?[^"]+)">Trang sau', page)
        if after is None:
            return found
        address = address.partition("?")[0] + after[1].replace("&amp;", "&")
    raise AssertionError("the pages do not end")


def test_every_station_of_a_province_is_reached_from_the_schedule(
    administrator: Client, country: Country
) -> None:
    expected = [f"Đài {'Bắc' if number > 34 else 'Am'} {number}" for number in range(10, 55)]
    for name in expected:
        services.station_add(
            actor=country.actor("administrator"), place=country.one.place, name=name
        )
    row = r"<b>(Đài (?:Am|Bắc) \d\d)</b>"
    assert all_pages(administrator, "/lich/", row) == expected
    assert all_pages(administrator, "/lich/?tim=dai+bac", row) == expected[25:]
    assert sorted(all_pages(administrator, "/kenh/", row)) == expected
    assert "Không có đài nào như vậy" in text_of(administrator.get("/lich/?tim=khong+co"))


def test_hours_for_many_say_what_they_do_not_show_and_find_it(
    administrator: Client, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "STATIONS_MAX", 2)
    first = text_of(administrator.get("/kenh/gio-phat"))
    assert "Chỉ hiện" not in first
    far = services.station_add(
        actor=country.actor("administrator"), place=country.two.place, name="Đài chợ"
    )
    assert "Chỉ hiện 2 đài đầu" in text_of(administrator.get("/kenh/gio-phat"))
    found = text_of(administrator.get("/kenh/gio-phat?tim=cho"))
    assert found.count('name="station"') == 1
    form = {"station": str(far.pk), "preset": next(iter(presets()))}
    done = administrator.post("/kenh/gio-phat?tim=cho", form, follow=True)
    assert "Đã đặt giờ phát cho 1 đài" in text_of(done)


def test_every_bulletin_that_was_sent_is_reached(officer: Client, country: Country) -> None:
    ids = [written(country.one).pk for _ in range(65)]
    Bulletin.objects.update(state="submitted")
    found = all_pages(officer, "/soan/", r'href="/tin/([0-9a-f-]{36})/"')
    assert sorted(found) == sorted(map(str, ids))


@pytest.mark.parametrize("number", [HUGE, "-1", "0", "x", "2.5", "１"])
def test_a_number_that_is_none_shows_the_first_page(
    administrator: Client, officer: Client, number: str
) -> None:
    for address in ("/lich/", "/kenh/", "/kenh/cum/", "/them/tai-khoan", "/soan/"):
        client = officer if address == "/soan/" else administrator
        answer = client.get(address, {"trang": number})
        assert answer.status_code == 200, address
        assert "Trang trước" not in text_of(answer)


def test_an_edition_of_too_many_digits_is_no_fault_of_the_node(
    officer: Client, country: Country
) -> None:
    bulletin = written(country.one)
    form = {"do": "save", "edition": HUGE, "title": "Họp thôn", "body": "Mời bà con đến họp."}
    answer = officer.post(f"/soan/{bulletin.pk}/", form)
    assert answer.status_code in {409, 422}
    assert "Mời bà con đến họp." in text_of(answer)
