"""Sheets for notice boards: what is on them, and persons' words about them."""

import io
from dataclasses import replace

import pytest
from django.conf import settings
from pypdf import PdfReader

from loa.channels import dispatches, dispatching, following
from loa.channels.accounts import ChannelRefused
from loa.channels.contract import Content, Problem
from loa.channels.models import Dispatch
from loa.channels.print.channel import Print, PrintProfile, PrintSecrets, PrintSettings
from loa.channels.selectors import reach_of_bulletin
from loa.newsroom import services
from loa.people.selectors import NotAllowed
from tests.channels.contract import Case, ChannelContract
from tests.channels.test_contract import a_message, an_account
from tests.channels.things import account, outlet
from tests.country import Country
from tests.factories import bulletins

LONG = "\n".join(f"Đoạn {number}: " + "nước sạch về làng " * 12 for number in range(30))


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LOA_CHANNELS", ["loa.channels.print.channel.Print"])


class TestPrint(ChannelContract):
    @pytest.fixture
    def case(self) -> Case:
        held = an_account(PrintSettings(), PrintSecrets())
        return Case(Print(), held, a_message(PrintProfile()))

    def times_seen(self, case: Case) -> int:
        return 1  # the sheet is there as often as somebody prints it

    def broken(self, case: Case) -> None:
        """Nothing outside is asked."""


def made(size: str, **rendition: object) -> PdfReader:
    held = a_message(PrintProfile()).rendition
    found = Print().prepare(
        replace(held, **rendition),  # type: ignore[arg-type]  # values of any kind
        PrintProfile(size=size),  # type: ignore[arg-type]  # values of any kind
    )
    assert isinstance(found, Content)
    assert found.mime == "application/pdf"
    return PdfReader(io.BytesIO(found.data))


@pytest.mark.parametrize(("size", "width_mm"), [("A4", 210), ("A5", 148)])
def test_a_sheet_can_be_read_as_vietnamese(size: str, width_mm: int) -> None:
    (page,) = made(size, title="Tạm ngừng cấp nước <sáng mai> & chiều").pages
    text = page.extract_text()
    assert "Tạm ngừng cấp nước <sáng mai> & chiều" in " ".join(text.split())
    assert "UBND xã Tam Đảo" in text
    assert "Quét mã" in text
    assert round(float(page.mediabox.width) / 72 * 25.4) == width_mm


def test_its_fonts_are_in_the_file() -> None:
    (page,) = made("A4").pages
    resources = page["/Resources"].get_object()
    fonts = [one.get_object() for one in resources["/Font"].values()]  # type: ignore[index]  # values of any kind
    used = [one for one in fonts if "Vietnam" in str(one.get("/BaseFont"))]
    assert used
    assert all("/FontFile2" in one["/FontDescriptor"].get_object() for one in used)


def test_a_long_text_goes_on_over_pages() -> None:
    pages = made("A5", text=LONG).pages
    assert len(pages) > 1
    assert "Đoạn 29" in " ".join(page.extract_text() for page in pages)


def test_what_is_too_long_for_a_board_is_said() -> None:
    held = a_message(PrintProfile()).rendition
    found = Print().prepare(replace(held, text="chữ " * 4_000), PrintProfile())
    assert isinstance(found, Problem)


def test_a_person_says_that_it_hangs_and_that_it_is_gone(country: Country) -> None:
    outlet(account(country, "print"), name="Bảng tin nhà văn hóa", profile={"size": "A5"})
    bulletin = bulletins.approved(country.one, "Cắt nước")
    following.follow()
    dispatching.dispatch()
    (row,) = Dispatch.objects.all()
    assert (row.state, row.reference) == ("carried", "A5")
    officer = country.one.actor("officer")
    message = dispatches.content_of(actor=officer, key=row.pk)
    assert message.content.data.startswith(b"%PDF")
    with pytest.raises(NotAllowed):
        dispatches.confirm_shown(actor=country.two.actor("officer"), key=row.pk)
    with pytest.raises(ChannelRefused):
        dispatches.confirm_removed(actor=officer, key=row.pk)
    dispatches.confirm_shown(actor=officer, key=row.pk)
    (reached,) = reach_of_bulletin(bulletin.pk)
    assert (reached.state, reached.grade) == ("shown", "D")
    services.bulletin_withdraw(actor=officer, bulletin_id=bulletin.pk, edition=1, reason="Nhầm.")
    following.follow()
    dispatching.dispatch()
    (reached,) = reach_of_bulletin(bulletin.pk)
    assert reached.withdrawn == "asked", "nobody knows before a person has looked"
    dispatches.confirm_removed(actor=officer, key=row.pk)
    (reached,) = reach_of_bulletin(bulletin.pk)
    assert reached.withdrawn == "confirmed"


def test_a_failed_sheet_is_sent_again_by_a_person(country: Country) -> None:
    outlet(account(country, "print"))
    bulletins.approved(country.one)
    following.follow()
    dispatching.dispatch()
    (row,) = Dispatch.objects.all()
    officer = country.one.actor("officer")
    with pytest.raises(ChannelRefused):
        dispatches.retry(actor=officer, key=row.pk)
    Dispatch.objects.update(state="unknown")
    dispatches.retry(actor=officer, key=row.pk)
    dispatching.dispatch()
    assert Dispatch.objects.get().state == "carried"
