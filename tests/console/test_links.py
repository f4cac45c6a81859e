"""Liên thông: what the page shows of each link, and who may act on it."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from loa.federation.models import Incoming, Link
from loa.lib import clock
from loa.people.models import Account
from loa.people.rules import RoleName
from tests.console.conftest import SignIn
from tests.country import Country, account
from tests.federation.conftest import become
from tests.federation.peers import identity, linked

URL = "/lien-thong/"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "demo"


@pytest.fixture
def link(country: Country, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Link:
    """This node is the province's, linked to the centre."""
    become("vn/25", keys, tmp_path, monkeypatch)
    return linked(identity(keys, "vn"), below=False, url="http://127.0.0.1:1", seen_at=clock.now())


def refused(link: Link, seq: int) -> None:
    Incoming.objects.create(
        link=link,
        epoch=1,
        seq=seq,
        fact=uuid4(),
        at=clock.now(),
        kind="bulletin.sent",
        schema=1,
        place="vn",
        body="{}",
        hash="0" * 64,
        state="refused",
        reason="dead_place",
        detail="vn/25/99999",
        taken_at=clock.now(),
    )


def text(client: Client) -> str:
    return client.get(URL).content.decode()


def test_the_administrator_sees_the_link_and_what_hangs(administrator: Client, link: Link) -> None:
    Link.objects.update(in_size=12, in_seq=4, software="0.9.1")
    refused(link, 4)
    page = text(administrator)
    assert "Trung tâm" in page
    assert "đang bắt kịp" in page
    assert "0.9.1" in page
    assert "Tin ghi một mã đơn vị không còn. Mã: 99999." in page


def test_a_silent_line_says_so_with_its_reason(administrator: Client, link: Link) -> None:
    Link.objects.update(seen_at=None, error="unreachable", error_at=clock.now())
    page = text(administrator)
    assert "không liên lạc được" in page
    assert "Không gọi được bên kia" in page


def test_a_long_list_is_shortened_and_says_how_much_more_there_is(
    administrator: Client, link: Link
) -> None:
    for seq in range(1, 24):
        refused(link, seq)
    Link.objects.update(in_size=23, in_seq=23, dropped=1204)
    page = text(administrator)
    assert page.count("Tin ghi một mã đơn vị không còn.") == 20
    assert "Còn 3 mục nữa, cũ hơn." in page
    assert "Đã bỏ bớt 1.204 mục cũ" in page


def test_a_link_that_takes_nothing_more_says_why(administrator: Client, link: Link) -> None:
    Link.objects.update(full=True, error="mailbox_full", error_at=clock.now())
    page = text(administrator)
    assert "tạm thôi nhận, quá nhiều mục chờ" in page
    assert "Không mất gì: phần chưa nhận còn ở bên gửi" in page


def test_ending_a_link_is_the_administrator_s(
    administrator: Client, officer: Client, link: Link
) -> None:
    assert officer.get(URL).status_code == 404
    assert officer.post(URL + "ngat", {"peer": link.peer}).status_code == 403
    link.refresh_from_db()
    assert link.state == "linked"
    administrator.post(URL + "ngat", {"peer": link.peer})
    link.refresh_from_db()
    assert link.state == "unlinked"
    assert "Liên thông với trung tâm" in text(administrator)


def test_joining_what_nobody_answers_at_is_said_and_changes_nothing(
    administrator: Client, link: Link
) -> None:
    link.delete()
    answer = administrator.post(
        URL + "vao", {"url": "http://127.0.0.1:1", "code": "aaaa"}, follow=True
    )
    assert "Không gọi được bên kia" in answer.content.decode()
    assert not Link.objects.exists()


def test_the_centre_gives_out_a_code_that_is_shown_once(
    country: Country,
    sign_in: SignIn,
    keys: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    become("vn", keys, tmp_path, monkeypatch)
    chief: Account = account("Ngô Bá Khang", RoleName.ADMINISTRATOR, country.nation)
    client = sign_in(chief)
    page = client.post(URL + "cap-ma", {"province": "vn/25"}, follow=True).content.decode()
    assert 'id="link-code"' in page
    assert 'id="link-code"' not in text(client)
    client.post(URL + "cap-ma", {"province": "vn/99"}, follow=True)
