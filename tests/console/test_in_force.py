"""An order in force is told to everybody who works in its communes, and to nobody elsewhere."""

from datetime import timedelta

from django.test import Client

from loa.alerts.models import Order, Target
from loa.alerts.rules import MUTE_S
from loa.lib import clock
from loa.web import formats
from loa_protocol.clock import ManualClock
from tests.country import Country


def order(number: int, path: str, **fields: object) -> Order:
    now = clock.now()
    made = Order.objects.create(
        **{
            "id": f"{number:064x}",
            "kind": "alert",
            "drill": False,
            "alert": f"{number:064x}",
            "title": "Lũ lên nhanh",
            "text": "Bà con lên chỗ cao.",
            "path": "vn",
            "payload": b"{}",
            "author": "p-1",
            "author_kid": "k",
            "author_sig": b"",
            "state": "issued",
            "made_at": now,
            "proposed_at": now,
            "issued_at": now,
            "expires_at": now + timedelta(hours=1),
        }
        | fields
    )
    Target.objects.create(order=made, path=path)
    return made


def today(client: Client) -> str:
    return client.get("/hom-nay/").content.decode()


def test_the_commune_is_told_of_an_order_from_above(
    country: Country, officer: Client, stranger: Client
) -> None:
    order(1, "vn/25/08911")
    page = today(officer)
    assert "KHẨN CẤP" in page
    assert "Lũ lên nhanh" in page
    assert "Việt Nam ban hành" in page
    assert "Lũ lên nhanh" not in today(stranger)


def test_a_correction_stands_for_its_alert_and_a_drill_says_so(
    country: Country, officer: Client
) -> None:
    first = order(1, "vn/25")
    later = clock.now() + timedelta(minutes=1)
    order(2, "vn/25", kind="update", alert=first.pk, revision=1, title="Lũ đã rút")
    order(3, "vn/25", kind="drill", drill=True, title="Tập sơ tán", made_at=later)
    page = today(officer)
    assert "Lũ đã rút" in page
    assert "Lũ lên nhanh" not in page
    assert page.index("Lũ đã rút") < page.index("Tập sơ tán")
    assert "DIỄN TẬP" in page


def test_an_order_for_a_hamlet_that_is_silenced_there_reads_so(
    country: Country, officer: Client
) -> None:
    hamlet = "vn/25/08911/h01"
    alert = order(1, hamlet)
    assert "Loa tự phát" in today(officer)
    order(2, hamlet, kind="mute", alert=alert.pk)
    assert "đang dừng tiếng" in today(officer)


def test_a_later_silence_of_a_hamlet_prolongs_nothing_for_the_commune(
    country: Country, officer: Client, manual_clock: ManualClock
) -> None:
    alert = order(1, "vn/25/08911")
    order(2, "vn/25/08911", kind="mute", alert=alert.pk)
    again = formats.moment(clock.now() + timedelta(seconds=MUTE_S))
    manual_clock.advance(120)
    order(3, "vn/25/08911/h01", kind="mute", alert=alert.pk)
    assert f"đang dừng tiếng đến {again}" in today(officer)


def test_a_commune_that_is_silenced_reads_that_and_until_when(
    country: Country, officer: Client, manual_clock: ManualClock
) -> None:
    alert = order(1, "vn/25")
    order(2, "vn/25/08914", kind="mute", alert=alert.pk)
    assert "Loa tự phát" in today(officer), "another commune's silence"
    order(3, "vn/25/08911", kind="mute", alert=alert.pk)
    again = formats.moment(clock.now() + timedelta(seconds=MUTE_S))
    page = today(officer)
    assert f"đang dừng tiếng đến {again}" in page
    assert "Loa tự phát" not in page
    manual_clock.advance(60)
    order(4, "vn/25/08911", kind="resume", alert=alert.pk)
    assert "Loa tự phát" in today(officer)
    manual_clock.advance(60)
    order(5, "vn/25/08911", kind="mute", alert=alert.pk)
    assert "đang dừng tiếng" in today(officer)
    manual_clock.advance(MUTE_S)
    assert "Loa tự phát" in today(officer)


def test_a_real_order_ends_a_drill_and_what_was_read_is_over(
    country: Country, officer: Client, manual_clock: ManualClock
) -> None:
    said = b'{"plays":1,"gap_s":20,"speech":{"ms":9000}}'
    order(1, "vn/25/08911", kind="drill", drill=True, title="Tập sơ tán", payload=said)
    assert "Tập sơ tán" in today(officer)
    manual_clock.advance(60)
    assert "Tập sơ tán" not in today(officer), "it has been read"
    order(2, "vn/25/08911", kind="drill", drill=True, title="Tập bão")
    assert "Tập bão" in today(officer)
    manual_clock.advance(1)
    order(3, "vn/25/08911")
    page = today(officer)
    assert "Lũ lên nhanh" in page
    assert "Tập bão" not in page
