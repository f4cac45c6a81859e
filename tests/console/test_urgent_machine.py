"""A machine that cannot sign says so first, with who can; a key is lost once, named by digits."""

import json
import re
from html import unescape
from typing import Any

from django.test import Client

from loa.people.models import PersonKey
from loa.web.templatetags.loa import compare
from tests.alerts.office import Office
from tests.console.test_urgent import desk, office

__all__ = ["office"]


def kids_in(page: Any) -> list[str]:
    """The keys for which the page has the browser look."""
    found = re.search(r'data-my-kids="([^"]*)" hidden', page.content.decode())
    assert found is not None, page.content.decode()[:2000]
    return list(json.loads(unescape(found[1])))


def test_every_page_that_ends_in_a_signature_says_first_which_machine_signs(office: Office) -> None:
    order = office.alert()
    PersonKey.objects.filter(kid=office.author.key.kid).update(label="Máy trực phòng PCTT")
    author = desk(office.author)
    for page in ("may", "soan/that/", "soan/that/?mau=flood", f"lenh/{order.pk}/"):
        shown = author.get(f"/khan-cap/{page}")
        assert kids_in(shown) == [office.author.key.kid]
        text = shown.content.decode()
        assert "Máy này chưa ký được lệnh" in text
        assert "“Máy trực phòng PCTT”" in text
        assert "Ngô Thu Hà (Tỉnh Phú Thọ" in text, "who else stops it"
        assert "Máy chủ không dừng thay được" in text


def test_a_lost_key_is_asked_about_once(office: Office) -> None:
    client: Client = desk(office.author)
    page = client.get("/khan-cap/khoa").content.decode()
    assert "Đúng, tôi đã mất khóa này" in page
    fields = {"kid": office.author.key.kid}
    client.post("/khan-cap/khoa/mat", fields)
    key = PersonKey.objects.get(kid=office.author.key.kid)
    assert key.lost_at is None, "one press by mistake loses nothing"
    client.post("/khan-cap/khoa/mat", {**fields, "sure": "1"})
    key.refresh_from_db()
    assert key.lost_at is not None


def test_both_sides_read_the_same_digits(office: Office) -> None:
    said = compare(office.author.key.kid)
    assert re.fullmatch(r"\d{5}( \d{5}){3}", said)
    assert said != compare(office.approver.key.kid)
    assert said in desk(office.author).get("/khan-cap/khoa").content.decode()
