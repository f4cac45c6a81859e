"""Lists of communes that an office keeps: from a spreadsheet, and as receivers of a bulletin."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from loa.journal.models import Fact
from loa.newsroom.models import Bulletin, ReceiverList
from loa.newsroom.receivers import list_drop, list_put, lists_for
from loa.newsroom.rules import BulletinRefused
from loa.people.selectors import NotAllowed, actor_of
from loa.places.models import Place, Succession
from tests.console.conftest import SignIn
from tests.console.test_sheets import book, confirm, send
from tests.console.test_writing import FORM, NEW, text_of
from tests.country import Country, place
from tests.places.reforming import apply, commune, draft, snapshot, undo

HEADS = ["Tên danh sách", "Văn bản", "Ngày văn bản", "Mã xã", "Tên xã"]
DOCUMENT = "861/QĐ-TTg"
DAY = date(2026, 6, 4)
KIND = "danh-sach-xa"


def row(code: str, name: str, **more: str) -> list[str]:
    fields = {
        "Tên danh sách": "Xã miền núi",
        "Văn bản": DOCUMENT,
        "Ngày văn bản": "04/06/2026",
        "Mã xã": code,
        "Tên xã": name,
    }
    return list((fields | more).values())


@pytest.fixture
def editor(country: Country, sign_in: SignIn) -> Client:
    """The province's editor."""
    return sign_in(country.editor)


def put(country: Country, *paths: str, **more: Any) -> ReceiverList:
    fields = {"name": "Xã miền núi", "document": DOCUMENT, "day": DAY} | more
    return list_put(actor=actor_of(country.editor), office=country.province, paths=paths, **fields)


def names(country: Country) -> tuple[str, str]:
    return country.one.place.name, country.two.place.name


def bring(client: Client, *rows: list[str]) -> Any:
    return send(client, KIND, book(rows, HEADS))


def test_a_list_comes_from_a_spreadsheet_after_it_was_seen(
    editor: Client, country: Country
) -> None:
    one, two = names(country)
    seen = bring(editor, row("8911", one.upper()), row("08914", two.removeprefix("Xã ")))
    assert seen.context["totals"] == {"new": 2, "update": 0, "skip": 0, "bad": 0}
    assert not ReceiverList.objects.exists(), "a look stores nothing"
    assert "Đã nhập 2 dòng." in text_of(confirm(editor, KIND, seen))
    (made,) = lists_for("vn/25")
    assert (made.name, made.document, made.document_date) == ("Xã miền núi", DOCUMENT, DAY)
    assert made.paths == ("vn/25/08911", "vn/25/08914")
    assert Fact.objects.filter(kind="newsroom.receiver_list_changed").count() == 1


def test_each_row_that_cannot_be_says_why_in_its_cell(editor: Client, country: Country) -> None:
    former = place("commune", "01234", "Xã Cũ", "vn/25/01234", country.province)
    Place.objects.filter(pk=former.pk).update(
        valid_from=date(2000, 1, 1), valid_to=date(2025, 7, 1)
    )
    for part in (country.one.place, country.two.place):
        Succession.objects.create(predecessor=former, successor=part, share="part")
    one, two = names(country)
    seen = bring(
        editor,
        row("08911", one),
        row("08911", one),
        row("77777", "Xã Không Có"),
        row("08914", one),
        row("01234", "Xã Cũ"),
        row("08914", two, **{"Ngày văn bản": ""}),
        row("08914", two, **{"Văn bản": "999/QĐ-TTg"}),
    )
    faults = {(f["cell"] or f["row"]): f["words"] for f in seen.context["faults"]}
    assert faults["3"] == "Trùng với dòng 2 của tệp."
    assert "Không có xã mã “77777”" in faults["D4"]
    assert faults["E5"] == f"Mã 08914 là {two}. Sửa mã hoặc tên cho khớp văn bản."
    assert "nay chia về" in faults["D6"]
    assert one in faults["D6"]
    assert faults["C7"] == "Ghi ngày của văn bản."
    assert faults["B8"] == "Danh sách này ở dòng 2 ghi văn bản khác."
    assert not ReceiverList.objects.exists()


def test_a_former_code_that_went_wholly_into_one_is_that_one(
    editor: Client, country: Country
) -> None:
    former = place("commune", "01234", "Xã Cũ", "vn/25/01234", country.province)
    Place.objects.filter(pk=former.pk).update(
        valid_from=date(2000, 1, 1), valid_to=date(2025, 7, 1)
    )
    Succession.objects.create(predecessor=former, successor=country.two.place, share="whole")
    confirm(editor, KIND, bring(editor, row("01234", "Xã Cũ")))
    assert lists_for("vn/25")[0].paths == ("vn/25/08914",)


def test_the_same_document_adds_and_another_makes_the_list_anew(
    editor: Client, country: Country
) -> None:
    one, two = names(country)
    put(country, "vn/25/08911")
    seen = bring(editor, row("08911", one), row("08914", two))
    assert (seen.context["totals"]["skip"], seen.context["totals"]["new"]) == (1, 1)
    confirm(editor, KIND, seen)
    assert lists_for("vn/25")[0].paths == ("vn/25/08911", "vn/25/08914")
    newer = {"Tên danh sách": "XÃ MIỀN NÚI", "Văn bản": "12/QĐ-TTg", "Ngày văn bản": "2026-09-01"}
    seen = bring(editor, row("08914", two, **newer))
    assert seen.context["totals"]["update"] == 1
    confirm(editor, KIND, seen)
    (made,) = lists_for("vn/25")
    assert (made.name, made.document, made.paths) == ("Xã miền núi", "12/QĐ-TTg", ("vn/25/08914",))


def test_what_goes_out_comes_in_unchanged(editor: Client, country: Country) -> None:
    put(country, "vn/25/08911", "vn/25/08914", name="=Xã ven biển")
    out = editor.get(f"/them/bang-tinh/{KIND}/xuat.xlsx").content
    seen = send(editor, KIND, out)
    assert seen.context["faults"] == []
    assert seen.context["totals"]["skip"] == 2


def test_a_list_is_one_receiver_on_the_page_and_its_communes_in_the_bulletin(
    editor: Client, country: Country
) -> None:
    made = put(country, "vn/25/08911", "vn/25/08914")
    assert "Xã miền núi: 2 xã, theo 861/QĐ-TTg" in text_of(editor.get(NEW))
    page = text_of(editor.post(NEW, FORM | {"do": "add_list", "list": str(made.pk)}))
    assert 'name="target" value="vn/25/08911 vn/25/08914"' in page
    assert country.one.place.name not in page.partition('id="noi-nhan"')[2].partition("</ul>")[0]
    editor.post(NEW, FORM | {"do": "save", "target": "vn/25/08911 vn/25/08914"})
    version = Bulletin.objects.get().versions.get()
    assert version.targets == ["vn/25/08911", "vn/25/08914"]
    list_drop(actor=actor_of(country.editor), list_id=made.pk)
    version.refresh_from_db()
    assert version.targets == ["vn/25/08911", "vn/25/08914"], "it keeps what was chosen"


def test_a_list_is_taken_off_and_never_leaves_everybody_by_its_end(
    editor: Client, country: Country
) -> None:
    made = put(country, "vn/25/08911", "vn/25/08914")
    both = FORM | {"target": "vn/25/08911 vn/25/08914"}
    page = text_of(editor.post(NEW, both | {"do": f"drop_list:{made.pk}"}))
    assert "Cả địa bàn của đơn vị" in page
    made.delete()
    page = text_of(editor.post(NEW, both | {"do": f"drop_list:{made.pk}"}))
    assert 'value="vn/25/08911"' in page
    assert 'value="vn/25/08914"' in page


def test_very_many_places_stay_in_the_form(editor: Client, country: Country) -> None:
    for number in range(60):
        code = f"{10000 + number}"
        place("commune", code, f"Xã Số {number}", f"vn/25/{code}", country.province)
    many = " ".join(f"vn/25/{10000 + number}" for number in range(60))
    page = text_of(editor.post(NEW, FORM | {"target": many, "do": "respeak"}))
    assert "và 20 nơi nữa" in page
    kept = [part.partition('"')[0] for part in page.split('name="target" value="')[1:]]
    assert " ".join(kept) == many


def test_a_commune_has_no_lists_and_a_stranger_drops_none(
    officer: Client, editor: Client, country: Country
) -> None:
    made = put(country, "vn/25/08911", "vn/25/08914")
    assert officer.get("/soan/danh-sach-xa/").status_code == 404
    assert officer.get(f"/them/bang-tinh/{KIND}/xuat.csv").status_code == 404
    assert officer.post("/soan/danh-sach-xa/bo", {"list": made.pk}).status_code == 403
    assert "Danh sách xã" not in text_of(officer.get(NEW))
    with pytest.raises(NotAllowed):
        list_put(
            actor=country.one.actor("officer"),
            office=country.province,
            name="Của xã",
            document=DOCUMENT,
            day=DAY,
            paths=["vn/25/08911"],
        )
    page = text_of(editor.get("/soan/danh-sach-xa/"))
    assert "2 xã, theo 861/QĐ-TTg ngày 04/06/2026." in page
    editor.post("/soan/danh-sach-xa/bo", {"list": made.pk})
    assert not ReceiverList.objects.exists()


def test_a_list_names_only_communes_inside_the_office(country: Country) -> None:
    with pytest.raises(BulletinRefused):
        put(country, "vn/24/00001")
    with pytest.raises(BulletinRefused):
        put(country)


def test_a_reorganisation_puts_the_successor_in_the_place_of_its_communes(
    country: Country,
) -> None:
    put(country, "vn/25/08914")
    was = snapshot()
    reform = draft(commune("08911", "08911", name="Xã Tam Đảo Mới"), commune("08914", "08911"))
    apply(reform)
    assert lists_for("vn/25")[0].paths == ("vn/25/08911",)
    undo(reform)
    assert snapshot() == was
    assert lists_for("vn/25")[0].paths == ("vn/25/08914",)
