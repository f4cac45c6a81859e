"""One press: who may stop what, where, and what it opens."""

from loa.alerts import selectors
from loa.alerts.models import Order
from tests.alerts.office import Office
from tests.console.test_urgent import desk, drafts_in, office, signed

__all__ = ["office"]


def issued(office: Office) -> Order:
    return office.alert()


def test_stop_is_one_press_with_two_signatures_in_it(office: Office) -> None:
    order = issued(office)
    author = desk(office.author)
    drafts = author.post(f"/khan-cap/lenh/{order.pk}/nhap/dung").json()["drafts"]
    assert [draft["kind"] for draft in drafts] == ["mute", "cancel"]
    answer = author.post(
        f"/khan-cap/lenh/{order.pk}/dung", {"signed": signed(office.author, drafts)}, follow=True
    )
    assert "Đang dừng tiếng" in answer.content.decode()
    assert {o.kind for o in selectors.in_force()} == {"alert", "mute"}
    (cancel,) = selectors.waiting_for(office.approver.actor)
    assert cancel.kind == "cancel"
    second = desk(office.approver)
    page = second.get(f"/khan-cap/lenh/{cancel.pk}/")
    second.post(
        f"/khan-cap/lenh/{cancel.pk}/duyet", {"signed": signed(office.approver, drafts_in(page))}
    )
    assert "Đã hủy lúc" in author.get(f"/khan-cap/lenh/{order.pk}/").content.decode()


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
    assert "dừng tiếng 10 phút ở Xã Tam Đảo" in answer.content.decode()
    mute = Order.objects.get(kind="mute")
    assert selectors.targets_of(mute) == ("vn/25/08911",)
    assert mute.pk in selectors.open_ids("vn/25/08911")
    assert mute.pk not in selectors.open_ids("vn/25/08914")
    shown = desk(office.author).get(f"/khan-cap/lenh/{order.pk}/").content.decode()
    assert "Chỉ dừng ở" not in shown
    assert "Đang phát, riêng Xã Tam Đảo dừng tiếng" in shown, "it sounds everywhere else"
    assert "Đang dừng tiếng" not in shown
    assert "Dừng tiếng (Xã Tam Đảo)" in shown
