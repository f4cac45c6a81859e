"""Kênh khác and Lượt gửi: forms made by the channels, testing, members, what a person does."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from loa.channels import dispatching, following
from loa.channels.models import ChannelAccount, ChannelOutlet, Dispatch, ListMember
from tests.channels.things import account, outlet
from tests.country import Country
from tests.factories import bulletins


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    demo = "loa.channels.demo.channel.Demo"
    monkeypatch.setattr(settings, "LOA_CHANNELS", [*settings.LOA_CHANNELS, demo])


def text(answer: Any) -> str:
    return str(answer.content.decode())


def demo_fields(folder: Path, **more: str) -> dict[str, str]:
    return {
        "name": "Bảng điện tử",
        "place": "vn/25/08911",
        "thiet-lap-folder": str(folder),
        "thiet-lap-mode": "push",
        "mat-khau-password": "rất bí mật",
        **more,
    }


def test_an_account_is_made_tested_and_changed_in_the_browser(
    technician: Client, country: Country, tmp_path: Path
) -> None:
    assert "Thư mục" in text(technician.get("/kenh/khac/moi/demo/"))
    answer = technician.post("/kenh/khac/moi/demo/", demo_fields(tmp_path / "b"), follow=True)
    held = ChannelAccount.objects.get()
    assert "Bảng điện tử" in text(answer)
    assert "rất bí mật" not in text(answer)
    page = f"/kenh/khac/{held.pk}/"
    assert "Không thấy thư mục" in text(technician.post(f"{page}thu", follow=True))
    (tmp_path / "b").mkdir()
    good = text(technician.post(f"{page}thu", follow=True))
    assert "Tài khoản dùng được" in good
    assert "dùng được" in good
    sealed = held.secrets
    changed = demo_fields(tmp_path / "b", name="Bảng mới", revision="1") | {"mat-khau-password": ""}
    assert technician.post(page, changed).status_code == 302
    held.refresh_from_db()
    assert (held.name, held.secrets) == ("Bảng mới", sealed), "an empty password keeps the old one"
    late = technician.post(page, changed)
    assert late.status_code == 422
    assert "Có người vừa sửa" in text(late)


def test_what_a_channel_refuses_stands_beside_its_field(
    technician: Client, country: Country
) -> None:
    fields = {
        "name": "Thư xã",
        "place": "vn/25/08911",
        "thiet-lap-host": "mail.example",
        "thiet-lap-port": "587",
        "thiet-lap-security": "starttls",
        "thiet-lap-sender": "không phải địa chỉ",
    }
    answer = technician.post("/kenh/khac/moi/email/", fields)
    assert answer.status_code == 422
    assert "Địa chỉ gửi" in text(answer)
    assert "chưa đúng" in text(answer)
    assert not ChannelAccount.objects.exists()


def test_an_outlet_that_is_a_list_asks_its_people(technician: Client, country: Country) -> None:
    held = account(country, "email", settings={"host": "mail.example", "sender": "loa@xa.example"})
    new = f"/kenh/khac/{held.pk}/diem-moi"
    assert technician.get(new).status_code == 200
    given = {"name": "Bà con", "place": "vn/25/08911/h01", "takes_bulletins": "on"}
    assert technician.post(new, given).status_code == 302
    made = ChannelOutlet.objects.get()
    assert (made.place.path, made.takes_bulletins, made.takes_orders) == (
        "vn/25/08911/h01",
        True,
        False,
    )
    page = f"/kenh/diem/{made.pk}/"
    asked = {"addresses": "an@lang.example, binh@lang.example"}
    assert "2 địa chỉ" in text(technician.post(f"{page}hoi", asked, follow=True))
    assert ListMember.objects.count() == 2
    wrong = technician.post(f"{page}hoi", {"addresses": "an"}, follow=True)
    assert "không phải là địa chỉ" in text(wrong)
    technician.post(f"{page}ngung")
    made.refresh_from_db()
    assert made.retired_at is not None


def test_a_sheet_is_printed_hung_and_seen_on_the_bulletin(
    officer: Client, country: Country
) -> None:
    outlet(account(country, "print"), name="Nhà văn hóa")
    bulletin = bulletins.approved(country.one, "Cắt nước")
    following.follow()
    dispatching.dispatch()
    (row,) = Dispatch.objects.all()
    assert "In tờ tin" in text(officer.get("/kenh/luot-gui/?tinh-trang=carried&loai=print"))
    assert "Chưa có lượt gửi" in text(officer.get("/kenh/luot-gui/?tinh-trang=failed"))
    sheet = officer.get(f"/kenh/luot-gui/{row.pk}/to.pdf")
    assert sheet.content.startswith(b"%PDF")
    answer = officer.post(f"/kenh/luot-gui/{row.pk}/da-dang", follow=True)
    assert "đã được dán" in text(answer)
    part = text(officer.get(f"/tin/{bulletin.pk}/kenh"))
    assert "Nhà văn hóa" in part
    assert "bằng chứng loại D" in " ".join(part.split())
    assert officer.post(f"/kenh/luot-gui/{row.pk}/khac").status_code == 404


def test_a_stranger_sees_and_does_nothing(stranger: Client, country: Country) -> None:
    held = account(country, "print")
    point = outlet(held)
    bulletins.approved(country.one)
    following.follow()
    dispatching.dispatch()
    row = Dispatch.objects.get()
    assert held.name not in text(stranger.get("/kenh/khac/"))
    for address in (f"/kenh/khac/{held.pk}/", f"/kenh/diem/{point.pk}/"):
        assert stranger.get(address).status_code in {403, 404}
    for address in (
        f"/kenh/khac/{held.pk}/thu",
        f"/kenh/khac/{held.pk}/dong",
        f"/kenh/diem/{point.pk}/hoi",
        f"/kenh/diem/{point.pk}/ngung",
        f"/kenh/luot-gui/{row.pk}/lai",
    ):
        assert stranger.post(address, {"addresses": "a@b.example"}).status_code in {403, 404}
    held.refresh_from_db()
    assert held.state == "active"


def test_a_broken_channel_is_named_on_the_page(
    technician: Client, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LOA_CHANNELS", ["loa.channels.gone.channel.Gone"])
    assert "loa.channels.gone.channel.Gone" in text(technician.get("/kenh/khac/"))


def test_the_lists_ask_few_questions(
    technician: Client, country: Country, django_assert_max_num_queries: Any
) -> None:
    held = account(country, "print")
    for number in range(5):
        outlet(held, name=f"Bảng {number}")
    bulletins.approved(country.one)
    following.follow()
    dispatching.dispatch()
    for address in ("/kenh/khac/", f"/kenh/khac/{held.pk}/", "/kenh/luot-gui/"):
        with django_assert_max_num_queries(12):
            assert technician.get(address).status_code == 200
