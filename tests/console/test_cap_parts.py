"""A CAP message of several parts and doubts, as officers and signers see it."""

from django.test import Client

from loa.alerts.models import CapMessage, Order
from tests.alerts.cap.desk import cap
from tests.alerts.office import Office
from tests.console.test_urgent import desk, drafts_in, office, signed
from tests.factories.cap_messages import order_form, upload

__all__ = ["office"]

DRILL = "trong lời có nói diễn tập"


def of_two_parts() -> bytes:
    """A mild part first, about another commune, then the severe one, which speaks of a drill."""
    text = cap(sign=False).decode().replace("Nước lên.", "Nước lên. Đây là diễn tập.")
    info = text[text.index("<info>") : text.index("</alert>")]
    mild = info.replace("Severe", "Minor").replace("Lũ lên nhanh", "Lũ đang rút")
    mild = mild.replace("08911", "08914")
    return text.replace("<info>", mild + "<info>", 1).encode()


def form(client: Client, row: CapMessage, **more: str) -> str:
    asked = {"cap": str(row.pk), **more}
    return client.get("/khan-cap/soan/that/", asked).content.decode()


def test_every_part_is_shown_and_may_become_an_order(office: Office) -> None:
    author = desk(office.author)
    page = upload(author, of_two_parts())
    row = CapMessage.objects.get()
    assert row.title == "Lũ lên nhanh"
    assert "Các phần khác của bản tin" in page
    assert "Lũ đang rút" in page
    assert "Lũ lên nhanh" in form(author, row)
    assert "Lũ đang rút" in form(author, row, phan="1")
    assert author.get("/khan-cap/soan/that/", {"cap": row.pk, "phan": "2"}).status_code == 404
    assert author.get("/khan-cap/soan/that/", {"cap": row.pk, "phan": "x"}).status_code == 404


def test_doubts_are_told_to_both_signers(office: Office) -> None:
    author = desk(office.author)
    assert DRILL in upload(author, of_two_parts())
    row = CapMessage.objects.get()
    assert DRILL in form(author, row)
    review = author.post("/khan-cap/soan/that/", order_form(row))
    assert DRILL in review.content.decode()
    sent = {"signed": signed(office.author, drafts_in(review)), "cap": str(row.pk)}
    author.post("/khan-cap/gui", sent)
    second = desk(office.approver).get(f"/khan-cap/lenh/{Order.objects.get().pk}/")
    assert DRILL in second.content.decode()


def test_an_order_that_began_otherwise_has_no_such_remarks(office: Office) -> None:
    author = desk(office.author)
    upload(author, cap(sign=False))
    assert DRILL not in form(author, CapMessage.objects.get())
