"""Mục đang gác lại: what the node could not process, for who governs it."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from loa.journal.models import Fact
from loa.lib import clock
from loa.people.authority import NodeIdentity
from loa.quarantine import selectors, services
from loa.quarantine.models import SetAside
from loa.quarantine.rules import Queue
from loa.web.facts.queues import WORDS
from tests.console.desk import approved
from tests.console.test_writing import text_of
from tests.country import Country

PAGE = "/them/gac-lai/"


@pytest.fixture
def row(country: Country, node: NodeIdentity) -> SetAside:
    services.set_aside(Queue.PLANS, "x", ValueError("secret"), name="Đài Xã Tam Đảo")
    return SetAside.objects.get()


def test_every_queue_has_its_words() -> None:
    assert set(WORDS) == set(Queue)


def test_the_administrator_sees_what_it_is_and_what_to_do(
    row: SetAside, administrator: Client, officer: Client
) -> None:
    shown = text_of(administrator.get(PAGE))
    assert "Lịch phát của đài" in shown
    assert "Đài Xã Tam Đảo" in shown
    assert "loa phát theo lịch đã nhận lần trước" in shown
    assert "secret" not in shown
    for page in ("/hom-nay/", "/them/"):
        assert reverse("console:set_aside") in administrator.get(page).content.decode()
        assert reverse("console:set_aside") not in officer.get(page).content.decode()
    assert officer.get(PAGE).status_code == 404


def test_a_change_is_named_by_the_journal_s_sentence_and_leads_to_its_bulletin(
    country: Country, node: NodeIdentity, administrator: Client
) -> None:
    bulletin = approved(country.one)
    fact = Fact.objects.get(kind="newsroom.bulletin_approved")
    services.set_aside(Queue.PROGRAMME_FACTS, str(fact.seq), ValueError("x"), name=fact.kind)
    services.set_aside(Queue.LINK_EXPORT, f"{uuid4()}:{fact.id}", ValueError("x"), name=fact.kind)
    services.set_aside(Queue.HINTS, "999999", ValueError("x"), name="a.kind")
    answer = administrator.get(PAGE)
    assert text_of(answer).count("Trần Thị Hoa duyệt tin") == 2
    assert reverse("console:bulletin", args=[bulletin.pk]) in answer.content.decode()


def test_it_is_tried_again_at_once_or_taken_off(
    row: SetAside, administrator: Client, officer: Client
) -> None:
    address = reverse("console:set_aside_act", args=[row.pk])
    assert officer.post(address, {"act": "again"}).status_code == 404
    assert selectors.due(Queue.PLANS) == []
    assert administrator.post(address, {"act": "again"}).status_code == 302
    assert selectors.due(Queue.PLANS) == ["x"]
    administrator.post(address, {"act": "give-up"})
    assert selectors.count() == 0
    told = Fact.objects.filter(kind__startswith="quarantine.").order_by("seq")
    assert [one.kind.partition(".")[2] for one in told] == [
        "row_set_aside",
        "row_tried_again",
        "row_given_up",
    ]
    assert all(one.at <= clock.now() for one in told)
    assert "gác lại một mục không xử lý được: Lịch phát của đài" in text_of(
        administrator.get("/nhat-ky/")
    )
