"""Duyệt: what waits, what changed, and that two never decide the same."""

from typing import Any

from django.test import Client
from django.urls import reverse

from loa.newsroom.models import Bulletin, Decision
from loa.people.rules import RoleName
from loa_protocol.clock import ManualClock
from tests.console.conftest import SignIn
from tests.console.test_writing import text_of
from tests.country import Country, account
from tests.newsroom.test_bulletins import submitted


def here(bulletin: Bulletin) -> str:
    return reverse("console:approve", args=[bulletin.pk])


def test_what_waits_is_listed_and_decided(approver: Client, country: Country) -> None:
    bulletin = submitted(country.one)
    assert "Lịch tiêm chủng" in text_of(approver.get("/duyet/"))
    page = text_of(approver.get(here(bulletin)))
    assert "<audio" in page
    assert "bảy giờ ba mươi" in page
    done = approver.post(here(bulletin), {"do": "approve", "edition": "1"}, follow=True)
    assert "Đã duyệt" in text_of(done)
    assert Bulletin.objects.get().state == "approved"


def test_it_goes_back_with_the_reasons_that_were_tapped(
    approver: Client, officer: Client, country: Country
) -> None:
    bulletin = submitted(country.one)
    empty = approver.post(here(bulletin), {"do": "return", "edition": "1"}, follow=True)
    assert "ghi lý do" in text_of(empty)
    reasons = {"often": ["Tin dài, xin rút ngắn."], "reason": "Bỏ câu cuối."}
    approver.post(here(bulletin), {"do": "return", "edition": "1", **reasons})
    assert Decision.objects.get(made="returned").reason == "Tin dài, xin rút ngắn. Bỏ câu cuối."
    again = text_of(officer.get(reverse("console:edit", args=[bulletin.pk])))
    assert "Bỏ câu cuối." in again


def test_who_gave_a_reason_does_not_approve_by_a_slip_of_the_thumb(
    approver: Client, country: Country
) -> None:
    bulletin = submitted(country.one)
    slip = {"do": "approve", "edition": "1", "often": ["Tin dài, xin rút ngắn."], "reason": "Sai."}
    told = approver.post(here(bulletin), slip, follow=True)
    assert Bulletin.objects.get().state == "submitted"
    assert "bỏ lý do rồi duyệt" in text_of(told)
    shown = told.content.decode()
    assert '<details class="card reasons" id="tra-lai" open>' in shown
    assert 'value="Tin dài, xin rút ngắn." checked>' in shown
    assert ">Sai.</textarea>" in shown
    approver.post(here(bulletin), {"do": "approve", "edition": "1", "reason": "  "})
    assert Bulletin.objects.get().state == "approved"


def test_the_second_approver_is_told_who_was_first(
    approver: Client, sign_in: SignIn, country: Country
) -> None:
    other = sign_in(account("Bùi Văn An", RoleName.COMMUNE_APPROVER, country.one.place))
    bulletin = submitted(country.one)
    other.get(here(bulletin))
    approver.post(here(bulletin), {"do": "approve", "edition": "1"})
    late = other.post(here(bulletin), {"do": "return", "edition": "1", "reason": "x"}, follow=True)
    assert "failed" in text_of(late)
    assert Bulletin.objects.get().state == "approved"
    assert Decision.objects.filter(made="returned").count() == 0


def test_an_older_edition_is_not_approved(approver: Client, country: Country) -> None:
    bulletin = submitted(country.one)
    approver.post(here(bulletin), {"do": "approve", "edition": "0"})
    approver.post(here(bulletin), {"do": "approve", "edition": "abc"})
    assert Bulletin.objects.get().state == "submitted"


def test_the_difference_to_the_last_version_is_marked(
    approver: Client, officer: Client, country: Country
) -> None:
    from tests.console.desk import FORM

    bulletin = submitted(country.one)
    approver.post(here(bulletin), {"do": "return", "edition": "1", "reason": "Sai giờ."})
    body = {"body": "Trạm Y tế xã tổ chức tiêm lúc 8h00.", "do": "submit"}
    officer.post(reverse("console:edit", args=[bulletin.pk]), FORM | body)
    page = text_of(approver.get(here(bulletin)))
    assert "<del>7h30.</del>" in page
    assert "<ins>8h00.</ins>" in page
    assert "Sai giờ." in page


def test_an_author_and_a_stranger_do_not_approve(
    officer: Client, stranger: Client, sign_in: SignIn, country: Country
) -> None:
    bulletin = submitted(country.one)
    assert officer.post(here(bulletin), {"do": "approve", "edition": "1"}).status_code == 403
    for who in (stranger, sign_in(country.two.approver)):
        assert who.get(here(bulletin)).status_code == 404
        assert who.post(here(bulletin), {"do": "approve", "edition": "1"}).status_code == 404
    assert Bulletin.objects.get().state == "submitted"
    assert "Lịch tiêm chủng" not in text_of(sign_in(country.two.approver).get("/duyet/"))


def test_who_comes_late_reads_who_decided_and_when(approver: Client, country: Country) -> None:
    bulletin = submitted(country.one)
    approver.post(here(bulletin), {"do": "approve", "edition": "1"})
    late = text_of(approver.get(here(bulletin), follow=True))
    assert "Trần Thị Hoa đã duyệt tin này" in late


def test_the_approver_sees_when_it_will_sound(
    approver: Client, officer: Client, country: Country, manual_clock: ManualClock
) -> None:
    from tests.console.desk import FORM

    officer.post("/soan/moi", FORM | {"do": "submit", "when": "next", "air_days": "3"})
    bulletin = approver.get("/duyet/").context["waiting"][0]
    page = text_of(approver.get(here(bulletin)))
    session = "duyệt bây giờ là buổi đang mở từ 12 giờ 00"
    assert f"buổi phát gần nhất còn chỗ sau khi duyệt ({session}), lặp lại 3 ngày" in page
    manual_clock.advance(2 * 3600)
    page = text_of(approver.get(here(bulletin)))
    assert "(duyệt bây giờ là buổi 17 giờ 00), lặp lại 3 ngày" in page


def test_a_browser_is_hung_and_taken_down(approver: Client, officer: Client) -> None:
    keys = {"p256dh": "B" * 87, "auth": "a" * 22}
    form = {"endpoint": "https://fcm.googleapis.com/fcm/send/x", **keys}
    assert "sẽ báo" in approver.post("/duyet/bao", form).json()["words"]
    assert "không còn" in approver.post("/duyet/bao", form | {"do": "off"}).json()["words"]
    assert approver.post("/duyet/bao", form | {"endpoint": "https://x.vn/"}).status_code == 422
    assert officer.post("/duyet/bao", form).status_code == 403
    worker = approver.get("/bell-worker.js")
    assert worker["Content-Type"].startswith("text/javascript")


def test_the_approval_pages_ask_little_of_the_database(
    approver: Client, country: Country, django_assert_max_num_queries: Any
) -> None:
    bulletin = submitted(country.one)
    for address in ("/duyet/", here(bulletin)):
        with django_assert_max_num_queries(12):
            assert approver.get(address).status_code == 200
