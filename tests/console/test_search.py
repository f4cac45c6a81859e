"""Tìm, Hướng dẫn and the first day: what is found, for whom; help about every page."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from loa.newsroom import rules
from loa.web.guide_text import page_for
from tests.console.conftest import SignIn
from tests.console.desk import approved, played
from tests.country import Country

ROOT = Path(__file__).parents[2]


def found(client: Client, question: str) -> dict[str, list[str]]:
    page = client.get("/tim", {"q": question})
    return {sort.label: [one.name for one in sort.found] for sort in page.context["sorts"]}


def test_a_bulletin_is_found_without_diacritics_by_who_may_see_it(
    officer: Client, stranger: Client, country: Country
) -> None:
    approved(country.one)
    for question in ("lich tiem", "TIÊM chủng", "tram y te"):
        assert found(officer, question)["Tin"] == ["Lịch tiêm chủng"]
        assert "Tin" not in found(stranger, question)
    assert found(officer, "khong co dau") == {}


def test_the_newest_wording_is_what_is_found(officer: Client, country: Country) -> None:
    from loa.newsroom import services
    from tests.newsroom.test_bulletins import DRAFT, written

    bulletin = written(country.one)
    services.bulletin_edit(
        actor=country.one.actor("officer"),
        bulletin_id=bulletin.pk,
        edition=1,
        draft=rules.Draft(**{**_fields(DRAFT), "title": "Cắt điện", "spoken": ""}),
    )
    assert found(officer, "cat dien")["Tin"] == ["Cắt điện"]
    assert "Tin" not in found(officer, "lich tiem")


def _fields(draft: rules.Draft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in draft.__slots__}


def test_places_pages_and_people_are_found(
    officer: Client, administrator: Client, country: Country
) -> None:
    assert found(officer, "thon dong")["Nơi"] == ["Thôn Đông"]
    assert found(officer, "nhat ky")["Trang"] == ["Nhật ký"]
    assert "Người" not in found(officer, "lan")
    assert found(administrator, "nguyen lan")["Người"] == ["Nguyễn Thị Lan"] * 2


def test_an_outlet_is_found_by_its_hamlet_and_not_by_a_stranger(
    officer: Client, stranger: Client, country: Country
) -> None:
    for outlet in country.one.outlets:
        outlet.folded = "cum loa nha van hoa cl01"
        outlet.save()
    assert found(officer, "nha van hoa")["Cụm loa"] == ["Cụm loa 1", "Cụm loa 2"]
    assert "Cụm loa" not in found(stranger, "nha van hoa")


@pytest.mark.parametrize(
    "question", ["", "   ", "%", "'; DROP TABLE", "a" * 5000, "\u202e", "🎉", "<script>"]
)
def test_odd_questions_find_nothing_and_break_nothing(officer: Client, question: str) -> None:
    answer = officer.get("/tim", {"q": question})
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content


def test_every_part_of_the_console_has_its_page_of_the_guide(officer: Client) -> None:
    for name in ("today", "write", "schedule", "channels", "more"):
        address = reverse(f"console:{name}")
        page = officer.get(address, follow=True)
        assert reverse("console:help", args=[page_for(address)]) in page.content.decode()


def test_the_guide_s_own_links_lead_somewhere(officer: Client) -> None:
    pages = sorted((ROOT / "docs" / "guide" / "vi").glob("*.md"))
    listed = set(re.findall(r"\]\(([a-z0-9-]+)\.md\)", (pages[0].parent / "index.md").read_text()))
    assert listed == {page.stem for page in pages} - {"index"}
    for page in pages:
        shown = officer.get(reverse("console:help", args=[page.stem]))
        assert shown.status_code == 200
        for link in re.findall(r'(?:href|src)="\.\./([^"]+)"', shown.content.decode()):
            assert officer.get(f"/huong-dan/{link}").status_code == 200, (page.stem, link)
    for odd in ("khong-co", "..%2f..%2fREADME", "a" * 80):
        assert officer.get(f"/huong-dan/{odd}/").status_code == 404
        assert officer.get(f"/huong-dan/anh/{odd}").status_code == 404


def test_the_first_day_says_what_is_done_and_leaves_once_a_bulletin_sounded(
    officer: Client, country: Country, sign_in: SignIn
) -> None:
    assert "/hom-nay/ngay-dau" in officer.get("/hom-nay/").content.decode()
    steps = {one.label: one for one in officer.get("/hom-nay/ngay-dau").context["steps"]}
    assert steps["Ghi các thôn, tổ dân phố"].done
    assert not steps["Thêm cụm loa và ghép thiết bị"].done
    write = steps["Viết tin đầu tiên và gửi duyệt"]
    assert (write.done, write.url) == (False, "/soan/moi")
    assert steps["Có người duyệt tin"].done
    assert not steps["Cơ quan quản lý đã ký giờ được phát"].done
    brief = officer.get("/hom-nay/ngay-dau", headers={"HX-Request": "true"}).content.decode()
    assert "Thêm cụm loa và ghép thiết bị" in brief
    assert "Ghi các thôn, tổ dân phố" not in brief, "the day's page shows what is left to do"
    played(approved(country.one), country.one.outlets[0])
    after = {one.label: one for one in officer.get("/hom-nay/ngay-dau").context["steps"]}
    assert after["Viết tin đầu tiên và gửi duyệt"].done
    assert after["Nghe loa phát, xem bằng chứng trên trang của tin"].done
    assert "/hom-nay/ngay-dau" not in officer.get("/hom-nay/").content.decode()
    assert sign_in(country.editor).get("/hom-nay/ngay-dau").status_code == 404


@pytest.mark.usefixtures("node")
def test_hours_signed_for_the_province_hold_in_its_communes(officer: Client) -> None:
    steps = {one.label: one for one in officer.get("/hom-nay/ngay-dau").context["steps"]}
    assert steps["Cơ quan quản lý đã ký giờ được phát"].done
