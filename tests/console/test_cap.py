"""CAP at the desk: from an officer's file or a sender's token to a draft, and out to the world."""

import re
from pathlib import Path

from django.test import Client

from loa.alerts.cap import publishing
from loa.alerts.models import CapMessage, CapSource, Order
from loa.lib import clock
from loa_protocol.clock import ManualClock
from tests.alerts.cap.desk import PEM, SENDER, cap
from tests.alerts.office import Office
from tests.console.test_urgent import desk, drafts_in, office, signed
from tests.factories.cap_messages import order_form, upload

__all__ = ["office"]


def test_from_a_file_to_a_signed_order(office: Office) -> None:
    author = desk(office.author)
    page = upload(author, cap(sign=False))
    row = CapMessage.objects.get()
    assert "Xã Tam Đảo" in page
    assert "Chưa xác thực được nơi gửi" in page
    form = author.get(f"/khan-cap/soan/that/?cap={row.pk}").content.decode()
    assert "Nước lên." in form
    assert re.search(r'value="vn/25/08911"[^>]*checked', form)
    review = author.post("/khan-cap/soan/that/", order_form(row))
    assert f'name="cap" value="{row.pk}"' in review.content.decode()
    author.post(
        "/khan-cap/gui",
        {"signed": signed(office.author, drafts_in(review)), "cap": str(row.pk)},
    )
    row.refresh_from_db()
    assert row.order == Order.objects.get()
    assert row.order.state == "proposed", "a file airs nothing"
    assert author.get(f"/khan-cap/soan/dien-tap/?cap={row.pk}").status_code == 404
    assert author.get(f"/khan-cap/cap/{row.pk}/tep").content == bytes(row.file.data)  # type: ignore[union-attr]


def test_a_refused_file_says_why(office: Office) -> None:
    page = upload(desk(office.author), b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    assert "DTD" in page
    assert (
        "Chưa chọn tệp"
        in desk(office.author).post("/khan-cap/cap/tep", follow=True).content.decode()
    )


def test_a_sender_posts_under_its_token(office: Office) -> None:
    approver = desk(office.approver)
    fields = {
        "path": "vn/25",
        "name": "Đài khí tượng",
        "way": "post",
        "senders": SENDER,
        "certificates": PEM,
        "must_sign": "1",
    }
    page = approver.post("/khan-cap/cap/nguon", fields).content.decode()
    source = CapSource.objects.get()
    found = re.search(r'<p class="code">([\w-]{40,})</p>', page)
    assert found is not None
    assert found[1] not in approver.get("/khan-cap/cap/").content.decode(), "shown once"
    machine = Client(enforce_csrf_checks=True)

    def post(data: bytes, token: str = found[1], to: str = str(source.pk)) -> tuple[int, str]:
        answer = machine.post(
            f"/cap/nhan/{to}",
            data,
            content_type="application/cap+xml",
            headers={"Authorization": f"Bearer {token}"},
        )
        value = answer.json()
        return answer.status_code, value.get("error") or value["became"]

    assert post(cap()) == (200, "draft")
    assert post(cap()) == (200, "draft")
    assert CapMessage.objects.count() == 1
    assert post(cap("KT-2", status="Test")) == (200, "kept")
    assert post(cap("KT-3", sign=False)) == (422, "unsigned")
    assert post(cap("KT-4"), token="x" * 43) == (401, "unknown_token")
    assert post(b"x" * ((1 << 20) + 1)) == (413, "too_large")
    assert "Bị từ chối" in approver.get("/khan-cap/cap/").content.decode()
    approver.post(f"/khan-cap/cap/nguon/{source.pk}")
    assert post(cap("KT-5"))[0] == 401


def test_a_stranger_of_another_commune_sees_no_message_of_ours(office: Office) -> None:
    upload(desk(office.village_author), cap(sign=False))
    row = CapMessage.objects.get()
    assert row.path == "vn/25/08911"
    page = desk(office.author).get("/khan-cap/cap/").content.decode()
    assert row.title in page, "the province sees what came below"


def test_our_orders_are_public_and_signed(
    office: Office, manual_clock: ManualClock, tmp_path: Path
) -> None:
    order = office.alert()
    assert publishing.make_next(clock.now())
    public = Client()
    feed = public.get("/cap/phat.atom")
    assert order.pk in feed.content.decode()
    assert public.get("/cap/phat.atom", headers={"If-None-Match": feed["ETag"]}).status_code == 304
    assert not feed.cookies
    document = public.get(f"/cap/{order.pk}.xml")
    assert document["Content-Type"] == "application/cap+xml"
    assert b"Signature" in document.content
    assert public.get(f"/cap/{'0' * 64}.xml").status_code == 404
    assert b"BEGIN CERTIFICATE" in public.get("/cap/chung-thu.pem").content
    assert b"PRIVATE" not in public.get("/cap/chung-thu.pem").content
