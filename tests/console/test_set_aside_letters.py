"""Who governs the node is written to about what was set aside: once per queue and day."""

from dataclasses import replace
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from loa.config import worker
from loa.people.authority import NodeIdentity
from loa.people.models import Account
from loa.quarantine import letters, services
from loa.quarantine.rules import Queue
from loa_protocol.clock import ManualClock
from tests.console.test_writing import text_of
from tests.country import Country

PAGE = "/them/gac-lai/"
ADDRESS = "quantri@example.vn"


@pytest.fixture(autouse=True)
def _mail(country: Country, node: NodeIdentity, monkeypatch: pytest.MonkeyPatch) -> None:
    Account.objects.filter(pk=country.administrator.pk).update(email=ADDRESS)
    Account.objects.filter(pk=country.one.officer.pk).update(email="lan@example.vn")
    url = "smtp://mail.example.vn"
    monkeypatch.setattr(settings, "ENV", replace(settings.ENV, email_url=url, demo=False))


def tell() -> None:
    """What the worker does every minute."""
    (piece,) = (
        piece for loop in worker.LOOPS for piece in loop.pieces if piece.name == "administrators"
    )
    assert piece.work() is False


def broken(queue: Queue, row: str) -> None:
    services.set_aside(queue, row, ValueError("Bà Nguyễn Thị Mận"), name="Bà Nguyễn Thị Mận")


def test_nothing_set_aside_nobody_written_to() -> None:
    tell()
    assert mail.outbox == []


def test_a_queue_is_told_once_a_day_to_who_governs_without_personal_data(
    manual_clock: ManualClock,
) -> None:
    broken(Queue.PLANS, "a")
    broken(Queue.PLANS, "b")
    tell()
    tell()
    (letter,) = mail.outbox
    assert letter.to == [ADDRESS]
    assert "Lịch phát của đài: 2 mục" in letter.body
    assert f"{PAGE}" in letter.body
    assert "Mận" not in letter.body + letter.subject
    broken(Queue.DISPATCHES, "c")
    broken(Queue.PLANS, "d")
    tell()
    assert len(mail.outbox) == 2
    assert "Lịch phát của đài" not in mail.outbox[1].body, "it was told today"
    manual_clock.advance(timedelta(days=1).total_seconds())
    tell()
    assert "Lịch phát của đài: 3 mục" in mail.outbox[2].body
    assert len(mail.outbox) == 3


def test_what_no_letter_could_be_sent_about_is_told_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = letters.send_mail

    def away(*_given: Any) -> int:
        raise SMTPException("away")

    broken(Queue.PLANS, "a")
    monkeypatch.setattr(letters, "send_mail", away)
    tell()
    monkeypatch.setattr(letters, "send_mail", real)
    tell()
    tell()
    assert len(mail.outbox) == 1


def test_one_address_that_breaks_keeps_no_other_from_hearing(country: Country) -> None:
    Account.objects.filter(pk=country.administrator.pk).update(email="canbo@\u00ad.vn")
    extra = Account.objects.create_user("phu", password="x", full_name="Phụ", email="phu@a.vn")
    role = country.administrator.roles.get()
    extra.roles.create(name=role.name, place=role.place, since=role.since)
    broken(Queue.PLANS, "a")
    tell()
    tell()
    assert [letter.to for letter in mail.outbox] == [["phu@a.vn"]]


def test_the_page_says_who_is_written_to_or_that_nobody_can_be(
    administrator: Client, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "1 quản trị viên được báo bằng thư" in text_of(administrator.get(PAGE))
    Account.objects.update(email="")
    assert "Chưa quản trị viên nào của máy chủ ghi địa chỉ thư" in text_of(administrator.get(PAGE))
    monkeypatch.setattr(settings, "ENV", replace(settings.ENV, email_url=""))
    assert "chưa có máy chủ thư" in text_of(administrator.get(PAGE))
    broken(Queue.PLANS, "a")
    tell()
    assert mail.outbox == []
