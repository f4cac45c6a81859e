"""Calling the second person: who is reached how is said truly, and open pages ring."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from loa.alerts import services
from loa.alerts.models import Order
from loa.alerts.orders import approver_notifications
from loa.config import worker
from loa.journal.models import Fact
from loa.newsroom import bells
from loa.newsroom.models import Bell
from loa.people.models import Account
from loa_protocol.clock import ManualClock
from tests.alerts.office import Office
from tests.alerts.test_approver_notifications import Bells, ring
from tests.console.test_urgent import desk, office
from tests.country import Country
from tests.newsroom.test_bells import ENDPOINT, HOSTS, Browser

__all__ = ["office"]


def proposed(office: Office, **wish: Any) -> Order:
    return office.village_author.propose(office.draft(office.village_author, **wish))


def shown(client: Client, order: Order, *, part: bool = False) -> str:
    answer = client.get(f"/khan-cap/lenh/{order.pk}/{'goi' if part else ''}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_author_reads_what_became_of_each_call_and_has_a_number_to_press(
    office: Office, manual_clock: ManualClock
) -> None:
    for officer, phone in ((office.village_approver, "0912345678"), (office.approver, "")):
        Account.objects.filter(pk=officer.account.pk).update(email="a@xa.vn", phone=phone)
    order = proposed(office)
    author = desk(office.village_author)
    assert "Đang gửi thông báo" in shown(author, order, part=True)
    ring(Bells(without=[office.approver.account.pk]))
    page = shown(author, order)
    assert "Đã gửi thông báo tới máy lúc" in page
    assert "đã gửi thư lúc" in page
    assert "chưa mở" in page
    assert 'href="tel:0912345678"' in page
    assert "Gọi 0912 345 678" in page
    assert "Chưa bật thông báo trên máy nào" in page
    assert "đang được gọi" not in page
    shown(desk(office.village_approver), order)
    assert "Đang xem lệnh này" in shown(author, order, part=True)
    manual_clock.advance(9)
    assert "Đã mở xem lúc" in shown(author, order, part=True)


def test_the_next_tier_is_shown_when_it_is_called_without_loading_the_page_anew(
    office: Office, manual_clock: ManualClock
) -> None:
    Account.objects.filter(pk=office.approver.account.pk).update(email="b@tinh.vn")
    order = proposed(office)
    ring(Bells(without=[office.approver.account.pk]))
    author = desk(office.village_author)
    before = author.get(f"/khan-cap/lenh/{order.pk}/goi")
    seen = before.context["calls"].digest
    assert author.get(f"/khan-cap/lenh/{order.pk}/goi", {"seen": seen}).status_code == 204
    manual_clock.advance(181)
    services.climb_due()
    ring(Bells(without=[office.approver.account.pk]))
    after = author.get(f"/khan-cap/lenh/{order.pk}/goi", {"seen": seen}).content.decode()
    assert "Đã gửi thư lúc" in after


def test_without_a_mail_server_that_is_said_at_once(office: Office, settings: Any) -> None:
    order = proposed(office)
    words = "chưa có máy chủ thư"
    assert words not in shown(desk(office.village_author), order)
    settings.ENV = replace(settings.ENV, demo=False, email_url="")
    assert words in shown(desk(office.village_author), order)
    ring(Bells(), mail_on=False)
    assert "không gửi được thư: máy chủ này" in shown(desk(office.village_author), order)


def test_nobody_was_called_is_said_where_nothing_went_out(
    office: Office, manual_clock: ManualClock
) -> None:
    order = proposed(office)
    manual_clock.advance(11)
    assert "Chưa gọi được: máy chủ chưa gửi gì" in shown(desk(office.village_author), order)


def test_once_it_is_signed_or_taken_back_the_waiting_page_goes_on_by_itself(
    office: Office,
) -> None:
    order = office.author.propose(office.draft())
    author = desk(office.author)
    assert "HX-Refresh" not in author.get(f"/khan-cap/lenh/{order.pk}/goi").headers
    office.approver.approve(order)
    assert author.get(f"/khan-cap/lenh/{order.pk}/goi").headers["HX-Refresh"] == "true"


def test_telephone_numbers_are_for_those_who_write_or_sign_there(
    office: Office, country: Country
) -> None:
    Account.objects.filter(pk=office.approver.account.pk).update(phone="0912345678")
    order = office.author.propose(office.draft())
    stranger = Client()
    stranger.force_login(country.editor)
    for address in (f"/khan-cap/lenh/{order.pk}/", f"/khan-cap/lenh/{order.pk}/goi"):
        assert stranger.get(address).status_code == 403
    assert "0912345678" not in stranger.get("/hom-nay/").content.decode()
    assert "0912345678" in shown(desk(office.author), order)


def test_every_open_page_of_who_may_sign_rings_and_no_other(
    office: Office, country: Country
) -> None:
    order = office.author.propose(office.draft())
    for address in ("/hom-nay/", "/khan-cap/", "/them/"):
        page = desk(office.approver).get(address).content.decode()
        assert f'data-call="{order.pk}"' in page, address
        assert "CHỜ ANH CHỊ KÝ" in page
    assert "data-call" not in desk(office.author).get("/hom-nay/").content.decode()
    assert f'data-call="{order.pk}"' not in shown(desk(office.approver), order)
    office.approver.approve(order)
    assert "data-call" not in desk(office.approver).get("/hom-nay/").content.decode()


def test_who_signs_orders_may_be_told_on_their_own_machines(office: Office) -> None:
    page = desk(office.approver).get("/khan-cap/").content.decode()
    assert "data-bell" in page
    assert "data-bell" not in desk(office.author).get("/khan-cap/").content.decode()
    browser = Browser()
    bells.bell_hang(
        actor=office.approver.actor,
        endpoint=ENDPOINT,
        p256dh=browser.p256dh,
        auth=browser.auth,
        hosts=HOSTS,
    )
    assert Bell.objects.get().account_id == office.approver.account.pk


def test_a_number_is_one_s_own_to_write_and_not_in_the_journal(office: Office) -> None:
    client = desk(office.approver)
    assert "chưa ghi số điện thoại" in client.get("/khan-cap/").content.decode()
    assert client.post("/them/dien-thoai", {"phone": "không có"}).status_code == 422
    assert client.post("/them/dien-thoai", {"phone": "+84 912.345-678"}).status_code == 302
    office.approver.account.refresh_from_db()
    assert office.approver.account.phone == "+84912345678"
    fact = Fact.objects.order_by("-pk").first()
    assert fact is not None
    assert fact.kind == "people.phone_changed"
    assert "912" not in str(fact.payload)
    assert "chưa ghi số điện thoại" not in client.get("/khan-cap/").content.decode()
    client.post("/them/dien-thoai", {"phone": ""})
    office.approver.account.refresh_from_db()
    assert office.approver.account.phone == ""


def test_the_publication_of_cap_stands_behind_no_letter(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list[str]()

    def fails(_line: object) -> bool:
        raise RuntimeError("no line")

    monkeypatch.setattr(approver_notifications, "ring", fails)
    monkeypatch.setattr(worker.publishing, "make_next", lambda _now: bool(made.append("cap")))
    worker._publish()
    assert made == ["cap"]
    with pytest.raises(RuntimeError):
        worker._summon()
