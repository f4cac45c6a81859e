"""One press: who may stop what, where, and what it opens."""

import re
from typing import Any

from loa.alerts import selectors
from loa.alerts.models import Order
from loa.lib import clock
from loa_protocol.clock import ManualClock
from tests.alerts.office import Office, Officer
from tests.console.test_urgent import desk, drafts_in, office, seen_in, signed

__all__ = ["office"]


def issued(office: Office) -> Order:
    return office.alert()


def press(who: Officer, order: Order, work: str) -> Any:
    """A press of a button on a page that was just loaded; what the next page says."""
    client = desk(who)
    page = client.get(f"/khan-cap/lenh/{order.pk}/{work}")
    fields = {"signed": signed(who, drafts_in(page)), "seen": seen_in(page)}
    return client.post(f"/khan-cap/lenh/{order.pk}/{work}", fields, follow=True)


def test_stop_only_stops(office: Office) -> None:
    order = issued(office)
    author = desk(office.author)
    drafts = author.post(f"/khan-cap/lenh/{order.pk}/nhap/dung").json()["drafts"]
    assert [draft["kind"] for draft in drafts] == ["mute"]
    answer = author.post(
        f"/khan-cap/lenh/{order.pk}/dung", {"signed": signed(office.author, drafts)}, follow=True
    )
    shown = answer.content.decode()
    assert "Đang dừng tiếng đến" in shown
    assert "sau đó loa tự phát tiếp" in shown
    assert {o.kind for o in selectors.in_force()} == {"alert", "mute"}
    assert selectors.waiting_for(office.approver.actor) == []


def test_who_signs_a_cancel_sees_what_it_ends(office: Office) -> None:
    order = issued(office)
    press(office.author, order, "huy")
    (cancel,) = selectors.waiting_for(office.approver.actor)
    assert cancel.kind == "cancel"
    assert cancel.title == f"Hủy lệnh “{order.title}”"
    second = desk(office.approver)
    assert cancel.title in second.get("/khan-cap/").content.decode()
    page = second.get(f"/khan-cap/lenh/{cancel.pk}/")
    shown = page.content.decode()
    assert "Chữ ký của anh chị hủy hẳn lệnh này" in shown
    assert order.text in shown
    assert "Xã Tam Đảo" in shown
    assert "Lời này có từ" in shown
    fields = {"signed": signed(office.approver, drafts_in(page)), "seen": seen_in(page)}
    second.post(f"/khan-cap/lenh/{cancel.pk}/duyet", fields)
    assert "Đã hủy lúc" in second.get(f"/khan-cap/lenh/{order.pk}/").content.decode()


def test_a_page_that_showed_something_else_ends_nothing(office: Office) -> None:
    """Two tabs: the cancel's page was open when the order was stopped, and sounds again now."""
    order = issued(office)
    press(office.author, order, "huy")
    (cancel,) = selectors.waiting_for(office.approver.actor)
    second = desk(office.approver)
    page = second.get(f"/khan-cap/lenh/{cancel.pk}/")
    fields = {"signed": signed(office.approver, drafts_in(page)), "seen": seen_in(page)}
    press(office.author, order, "dung")
    to = f"/khan-cap/lenh/{cancel.pk}/duyet"
    refused = second.post(to, fields, follow=True).content.decode()
    assert "Lệnh đã đổi từ lúc anh chị mở trang" in refused
    assert "Đang dừng tiếng đến" in refused, "the page shows how it is now"
    assert "Lệnh đã đổi" in second.post(to, {**fields, "seen": ""}, follow=True).content.decode()
    press(office.author, order, "phat-tiep")
    withdrawn = second.get(f"/khan-cap/lenh/{cancel.pk}/").content.decode()
    assert "Bản này không còn hiệu lực" in withdrawn
    assert "Ký và hủy lệnh" not in withdrawn
    assert selectors.known(order.pk).live(clock.now())


def test_a_correction_shows_the_words_that_it_replaces(office: Office) -> None:
    order = issued(office)
    review = desk(office.author).post(
        f"/khan-cap/lenh/{order.pk}/dinh-chinh", {"title": "Lũ dừng lên", "text": "Ở yên tại chỗ."}
    )
    shown = review.content.decode()
    assert "Lời đang có hiệu lực, sẽ được thay" in shown
    assert order.text in shown
    fields = {"signed": signed(office.author, drafts_in(review)), "seen": seen_in(review)}
    desk(office.author).post("/khan-cap/gui", fields)
    (update,) = selectors.waiting_for(office.approver.actor)
    page = desk(office.approver).get(f"/khan-cap/lenh/{update.pk}/").content.decode()
    assert "Chữ ký của anh chị thay lời này" in page
    assert order.text in page


def test_a_commune_stops_for_a_while_what_it_cannot_cancel(office: Office) -> None:
    order = issued(office)
    village = desk(office.village_author)
    drafts = village.post(f"/khan-cap/lenh/{order.pk}/nhap/dung").json()["drafts"]
    assert [draft["kind"] for draft in drafts] == ["mute"]


def test_a_commune_silences_in_its_own_villages_what_the_province_orders_for_all(
    office: Office,
) -> None:
    order = office.alert(targets=("vn/25",))
    village = desk(office.village_author)
    assert "Chỉ dừng ở Xã Tam Đảo" in village.get(f"/khan-cap/lenh/{order.pk}/").content.decode()
    with_a_key_file = village.get(f"/khan-cap/lenh/{order.pk}/dung").content.decode()
    assert "Dừng tiếng 10 phút ở Xã Tam Đảo." in with_a_key_file
    assert "ở mọi cụm loa" not in with_a_key_file
    drafts = village.post(f"/khan-cap/lenh/{order.pk}/nhap/dung").json()["drafts"]
    assert [draft["kind"] for draft in drafts] == ["mute"]
    answer = village.post(
        f"/khan-cap/lenh/{order.pk}/dung",
        {"signed": signed(office.village_author, drafts)},
        follow=True,
    )
    assert "Đã im ở Xã Tam Đảo đến" in answer.content.decode()
    mute = Order.objects.get(kind="mute")
    assert selectors.targets_of(mute) == ("vn/25/08911",)
    assert mute.pk in selectors.open_ids("vn/25/08911")
    assert mute.pk not in selectors.open_ids("vn/25/08914")
    shown = desk(office.author).get(f"/khan-cap/lenh/{order.pk}/").content.decode()
    assert "Chỉ dừng ở" not in shown
    assert "Đang phát, riêng Xã Tam Đảo dừng tiếng" in shown, "it sounds everywhere else"
    assert "Đang dừng tiếng" not in shown
    assert "Dừng tiếng (Xã Tam Đảo)" in shown


SAID = re.compile(r'data-stop="([a-z-]+)"')
SHOWN = re.compile(r"<(button|a)(?![^>]* hidden)[^>]*>(?:<[^>]*>)*\s*([^<]+?)\s*<")


def buttons(who: Officer, order: Order) -> tuple[str, set[str]]:
    """What the part that renews itself says of the stop button, and the buttons that are shown."""
    page = desk(who).get(f"/khan-cap/lenh/{order.pk}/").content.decode()
    (said,) = SAID.findall(page)
    visible = re.sub(r"<(\w+)[^>]* data-when=[^>]* hidden[^>]*>.*?</\1>", "", page, flags=re.DOTALL)
    shown = {text for _tag, text in SHOWN.findall(visible)}
    return said, shown & {"DỪNG", "Phát tiếp ngay", "Hủy hẳn…", "Đính chính"}


def test_while_it_is_silent_nothing_offers_to_stop_it(
    office: Office, manual_clock: ManualClock
) -> None:
    order = issued(office)
    assert buttons(office.author, order) == ("sounds", {"DỪNG", "Hủy hẳn…", "Đính chính"})
    office.mute(order)
    silent = ("silent", {"Phát tiếp ngay", "Hủy hẳn…", "Đính chính"})
    assert buttons(office.author, order) == silent
    page = desk(office.author).get(f"/khan-cap/lenh/{order.pk}/").content.decode()
    assert "Đang dừng tiếng đến" in page
    assert re.search(r'role="timer" data-until="2026-11-23T\d\d:10:00', page), "ten minutes on"
    manual_clock.advance(1)
    press(office.author, order, "phat-tiep")
    assert buttons(office.author, order)[0] == "sounds"


def test_a_silence_that_cannot_be_had_any_more_is_not_offered(
    office: Office, manual_clock: ManualClock
) -> None:
    order = issued(office)
    office.mute(order)
    manual_clock.advance(601)
    assert buttons(office.author, order) == ("spent", {"Hủy hẳn…", "Đính chính"})
    page = desk(office.author).get(f"/khan-cap/lenh/{order.pk}/").content.decode()
    assert "lệnh này đã im đủ 10 phút" in page
    office.cancel(order)
    assert buttons(office.author, order) == ("over", set())


def test_a_part_of_an_order_is_stopped_and_resumed_beside_the_rest(
    office: Office, manual_clock: ManualClock
) -> None:
    order = office.alert(targets=("vn/25/08911", "vn/25/08914"))
    village = office.village_author
    assert buttons(village, order) == ("sounds", {"DỪNG"})
    press(village, order, "dung")
    assert buttons(village, order) == ("silent", {"Phát tiếp ngay"})
    assert buttons(office.author, order) == (
        "partly",
        {"DỪNG", "Phát tiếp ngay", "Hủy hẳn…", "Đính chính"},
    )
    page = desk(village).get(f"/khan-cap/lenh/{order.pk}/").content.decode()
    assert "Ở Xã Tam Đảo: đang dừng tiếng đến" in page
