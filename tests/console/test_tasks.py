"""Chỉ đạo và báo cáo on the desk: given, read, acted on; asked, filled in, returned, accepted."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loa.insight import services as insight
from loa.lib import clock
from loa.tasks.models import Directive, Mark, Report, ReportType
from tests.console.conftest import SignIn
from tests.console.test_writing import store, text_of
from tests.country import Country
from tests.tasks.desk import directive, report

__all__ = ["store"]

NEW = {
    "number": "7/CV-SVHTTDL",
    "title": "Kiểm tra loa trước bão",
    "signed_on": "2026-11-20",
    "due": "2026-11-30",
    "whom": "commune",
    "all": "1",
}
ASK = {
    "name": "Số liệu đài",
    "whom": "commune",
    "all": "1",
    "frequency": "month",
    "cut_off": "2026-11-15",
    "due": "2026-11-25",
    "label": ["Số cụm loa", "Khó khăn", ""],
    "kind": ["number", "text", "number"],
    "indicator": ["clusters", "", ""],
}


@pytest.fixture
def editor(country: Country, sign_in: SignIn) -> Client:
    return sign_in(country.editor)


@pytest.mark.usefixtures("store")
def test_a_directive_with_its_document_is_read_and_acted_on(
    editor: Client, officer: Client, country: Country
) -> None:
    pdf = SimpleUploadedFile("công/văn.pdf", b"%PDF-1.7 thu", "application/pdf")
    sent = editor.post("/chi-dao/van-ban/moi", NEW | {"file": pdf})
    given = Directive.objects.get()
    assert sent["Location"] == f"/chi-dao/van-ban/{given.pk}/"
    index = text_of(officer.get("/chi-dao/"))
    assert "Kiểm tra loa trước bão" in index
    assert "hạn 30/11/2026" in index
    here = f"/chi-dao/van-ban/{given.pk}/"
    assert Mark.objects.count() == 0
    assert "Đã thực hiện xong" in text_of(officer.get(here))
    assert Mark.objects.get().place == country.one.place.path
    file = officer.get(f"{here}tep")
    assert b"".join(file) == b"%PDF-1.7 thu"
    assert file["Content-Disposition"].startswith("attachment")
    officer.post(f"{here}lam", {"note": "Đã siết lại 12 cụm"})
    above = text_of(editor.get(here))
    assert "1 trên 2 nơi đã đọc, 1 đã thực hiện" in above
    assert "Đã siết lại 12 cụm" in above


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": ""}, "Ghi số, ký hiệu"),
        ({"due": "2026-11-01"}, "từ ngày ký"),
        ({"due": "31/02"}, "ngày có thật"),
        ({"signed_on": "x"}, "ngày có thật"),
        ({"all": ""}, "ít nhất một nơi nhận"),
        ({"all": "", "target": ["vn/24"]}, "trong địa bàn"),
        ({"whom": "province"}, "Chỉ trung ương"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    editor: Client, fields: dict[str, Any], words: str
) -> None:
    shown = editor.post("/chi-dao/van-ban/moi", NEW | fields)
    assert shown.status_code == 422
    text = text_of(shown)
    assert words in text.partition('class="wrong-text"')[2]
    assert NEW["title"] in text
    assert not Directive.objects.exists()


@pytest.mark.usefixtures("store")
def test_only_a_pdf_is_attached(editor: Client) -> None:
    odd = SimpleUploadedFile("a.pdf", b"<html>", "application/pdf")
    shown = editor.post("/chi-dao/van-ban/moi", NEW | {"file": odd})
    assert "phải là PDF" in text_of(shown)


def test_a_withdrawn_directive_asks_for_nothing(
    editor: Client, officer: Client, country: Country
) -> None:
    given = directive(country)
    editor.post(f"/chi-dao/van-ban/{given.pk}/lam", {"do": "withdraw"})
    assert given.title not in text_of(officer.get("/chi-dao/"))
    assert "đã được thu hồi" in text_of(officer.get(f"/chi-dao/van-ban/{given.pk}/"))
    assert Mark.objects.count() == 0


def test_a_report_is_asked_filled_returned_and_accepted(
    editor: Client, officer: Client, country: Country
) -> None:
    insight.count(inside="vn/25", now=clock.now())
    editor.post("/chi-dao/bao-cao/moi", ASK)
    asked = ReportType.objects.get()
    assert [one["label"] for one in asked.form] == ["Số cụm loa", "Khó khăn"]
    place = country.one.place.path.replace("/", "-")
    here = f"/chi-dao/bao-cao/{asked.pk}/2026-11-15/{place}/"
    assert here in text_of(officer.get("/chi-dao/"))
    missing = officer.post(here, {"f1": "2", "f2": "", "do": "submit"})
    assert missing.status_code == 422
    assert "Xin điền mục “Khó khăn”" in text_of(missing)
    officer.post(here, {"f1": "2", "f2": "Thiếu pin", "do": "submit"})
    listed = text_of(editor.get(f"/chi-dao/bao-cao/{asked.pk}/"))
    assert "1 trên 2 nơi đã nộp, 0 nơi quá hạn" in listed
    assert "Thiếu pin" in text_of(editor.get(here))
    bare = editor.post(f"{here}quyet-dinh", {"do": "return"}, follow=True)
    assert "Ghi lý do trả lại" in text_of(bare)
    editor.post(f"{here}quyet-dinh", {"do": "return", "reason": "Ghi rõ thôn"})
    assert "Ghi rõ thôn" in text_of(officer.get(here))
    officer.post(here, {"f1": "2", "f2": "Thôn Đông", "do": "submit"})
    editor.post(f"{here}quyet-dinh", {"do": "accept"})
    assert Report.objects.get().state == "accepted"
    assert "Không còn báo cáo nào" in text_of(officer.get("/chi-dao/"))


def test_what_the_node_counted_is_filled_in_and_said(officer: Client, country: Country) -> None:
    insight.count(inside="vn/25", now=clock.now())
    from datetime import date

    asked = report(country, cut_off=date(2026, 11, 23), due=date(2026, 11, 30))
    place = country.one.place.path.replace("/", "-")
    shown = text_of(officer.get(f"/chi-dao/bao-cao/{asked.pk}/2026-11-23/{place}/"))
    assert 'name="f1" type="text" value="2"' in shown
    assert "Loa đếm được 2, cộng từ 2 dòng." in shown


def test_another_commune_s_report_is_not_there(
    stranger: Client, officer: Client, country: Country
) -> None:
    asked = report(country, targets=(country.one.place.path,))
    place = country.one.place.path.replace("/", "-")
    here = f"/chi-dao/bao-cao/{asked.pk}/2026-11-15/{place}/"
    assert officer.get(here).status_code == 200
    for odd in (here, f"/chi-dao/bao-cao/{asked.pk}/"):
        assert stranger.get(odd).status_code == 404
    for odd in ("2026-99-99", "2026-12-15", "x"):
        assert officer.get(f"/chi-dao/bao-cao/{asked.pk}/{odd}/{place}/").status_code == 404
    two = country.two.place.path.replace("/", "-")
    assert officer.get(f"/chi-dao/bao-cao/{asked.pk}/2026-11-15/{two}/").status_code == 404
    assert officer.get("/chi-dao/van-ban/moi").status_code == 403
    assert officer.get("/chi-dao/bao-cao/moi").status_code == 403


def test_what_is_only_being_filled_in_is_read_by_nobody_above(
    editor: Client, officer: Client, country: Country
) -> None:
    asked = report(country)
    place = country.one.place.path.replace("/", "-")
    here = f"/chi-dao/bao-cao/{asked.pk}/2026-11-15/{place}/"
    officer.post(here, {"f1": "2", "f2": "Nháp riêng của xã", "do": "save"})
    assert "Nháp riêng của xã" in text_of(officer.get(here))
    assert "Nháp riêng của xã" not in text_of(editor.get(here))
