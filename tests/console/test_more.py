"""Nhật ký and Thêm: facts in words, hamlets, words, people, language, the place one works at."""

import csv
from importlib import import_module
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from loa.console.home import ledger
from loa.journal import selectors as journal_selectors
from loa.journal import services as journal
from loa.journal.models import Fact
from loa.newsroom import services as newsroom_services
from loa.newsroom.models import DictionaryEntry, OfficeRule
from loa.people.models import Account, Role
from loa.people.rules import RoleName
from loa.places.models import Place
from loa.web.facts.sentences import WORDS
from tests.console.conftest import SignIn
from tests.console.test_writing import text_of
from tests.country import Country, account
from tests.newsroom.test_bulletins import submitted, written


def test_facts_are_sentences_with_names(officer: Client, country: Country) -> None:
    submitted(country.one)
    shown = text_of(officer.get("/nhat-ky/"))
    assert "Nguyễn Thị Lan viết tin “Lịch tiêm chủng”" in shown
    assert "Nguyễn Thị Lan gửi duyệt tin “Lịch tiêm chủng”" in shown
    assert "Xã Tam Đảo" in shown


def test_the_journal_is_filtered_and_paged(officer: Client, country: Country) -> None:
    written(country.one)
    with_many = country.one.place.path
    from django.db import transaction

    for _ in range(60):
        with transaction.atomic():
            journal.record(actor="node", kind="schedule.slot_moved", place=with_many)
    first = officer.get("/nhat-ky/")
    assert len(first.context["facts"]) == ledger.PER_PAGE
    second = officer.get("/nhat-ky/", {"truoc": str(first.context["next"])})
    seen = {fact.seq for fact in first.context["facts"]}
    assert not seen & {fact.seq for fact in second.context["facts"]}
    only = officer.get("/nhat-ky/", {"loai": "newsroom"})
    assert [fact.words for fact in only.context["facts"]] == [
        "Nguyễn Thị Lan viết tin “Lịch tiêm chủng”"
    ]
    for odd in ({"loai": "'; DROP"}, {"truoc": "x"}, {"truoc": "9" * 40}, {"noi": "vn/25/08914"}):
        assert officer.get("/nhat-ky/", odd).status_code == 200


def test_an_old_fact_is_found_though_much_has_happened_since(
    officer: Client, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import transaction

    monkeypatch.setattr(journal_selectors, "NEAR", 5)
    written(country.one)
    with transaction.atomic():
        for _ in range(20):
            journal.record(actor="node", kind="schedule.slot_moved", place=country.two.place.path)
    shown = [fact.words for fact in officer.get("/nhat-ky/").context["facts"]]
    assert "Nguyễn Thị Lan viết tin “Lịch tiêm chủng”" in shown


def test_facts_are_found_by_who_did_them_and_when(officer: Client, country: Country) -> None:
    submitted(country.one)
    lan = f"person:{country.one.officer.pk}"
    hoa = f"person:{country.one.approver.pk}"
    today, tomorrow = {"tu": "2026-11-23", "den": "2026-11-23"}, {"tu": "2026-11-24"}
    assert len(officer.get("/nhat-ky/", {"ai": lan, **today}).context["facts"]) == 2
    assert not officer.get("/nhat-ky/", {"ai": hoa}).context["facts"]
    assert not officer.get("/nhat-ky/", {"ai": lan, **tomorrow}).context["facts"]
    assert "khớp" in text_of(officer.get("/nhat-ky/", {"ai": hoa}))


def test_the_same_facts_leave_as_a_file_whose_formulas_are_text(
    officer: Client, stranger: Client, country: Country
) -> None:
    country.one.officer.full_name = "=HYPERLINK(1)"
    country.one.officer.save()
    written(country.one)
    journal_rows = list(
        csv.reader(officer.post("/nhat-ky/xuat").getvalue().decode("utf-8-sig").splitlines())
    )
    head, row = journal_rows[0], journal_rows[1]
    fact = Fact.objects.get(seq=1)
    assert (row[0], row[head.index("mã băm")]) == ("1", fact.hash)
    assert row[head.index("việc")] == "'=HYPERLINK(1) viết tin “Lịch tiêm chủng”"
    assert not any(cell[:1] in {"=", "+", "-", "@"} for cell in row)
    assert Fact.objects.get(kind="journal.exported").actor == f"person:{country.one.officer.pk}"
    theirs = stranger.post("/nhat-ky/xuat?noi=vn/25/08911").getvalue().decode()
    assert "HYPERLINK" not in theirs
    facts = Fact.objects.count()
    assert officer.get("/nhat-ky/xuat").status_code == 405
    assert Fact.objects.count() == facts, "an address alone writes nothing"


@pytest.mark.parametrize(
    ("signers", "words"),
    [
        (["p-1", "p-2"], "Máy chủ ký thứ hai: lệnh dừng tạm tới 3 cụm loa"),
        (["p-1"], "Máy chủ ký và ban hành lệnh dừng tạm tới 3 cụm loa"),
    ],
)
def test_who_signed_alone_is_no_second_signer(
    officer: Client, country: Country, signers: list[str], words: str
) -> None:
    from django.db import transaction

    with transaction.atomic():
        journal.record(
            actor="node",
            kind="alerts.order_issued",
            place=country.one.place.path,
            payload={"kind": "mute", "signers": signers, "outlets": 3},
        )
    assert words in text_of(officer.get("/nhat-ky/"))


def test_every_fact_has_its_sentence() -> None:
    import loa

    kinds: set[str] = set()
    for file in Path(loa.__file__).parent.glob("*/events.py"):
        module = import_module(f"loa.{file.parent.name}.events")
        kinds |= {value for name, value in vars(module).items() if name.isupper()}
    assert kinds - WORDS.keys() == set()


def test_a_stranger_s_journal_is_not_shown(
    stranger: Client, technician: Client, country: Country
) -> None:
    written(country.one)
    for answer in (stranger.get("/nhat-ky/"), stranger.get("/nhat-ky/", {"noi": "vn/25/08911"})):
        assert "Nguyễn Thị Lan viết tin" not in text_of(answer)
    assert technician.get("/nhat-ky/").status_code == 403
    assert technician.post("/nhat-ky/kiem").status_code == 403


def test_the_chain_is_walked_when_asked_and_the_broken_row_is_named(
    officer: Client, country: Country
) -> None:
    submitted(country.one)
    assert "chuỗi liền" not in text_of(officer.get("/nhat-ky/"))
    assert "chuỗi liền" in text_of(officer.post("/nhat-ky/kiem", follow=True))
    Fact.objects.filter(seq=1).update(actor="person:nobody")
    assert "dòng 1" in text_of(officer.post("/nhat-ky/kiem", follow=True))


def test_a_full_dictionary_still_lets_its_words_be_corrected(
    officer: Client, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newsroom_services, "DICTIONARY_MAX", 1)
    for spoken in ("khu bảo tồn", "khu bảo tồn xã"):
        officer.post("/them/tu-dien", {"written": "KBTX", "spoken": spoken})
    full = officer.post("/them/tu-dien", {"written": "UBX", "spoken": "ủy ban xã"}, follow=True)
    assert "đã đủ 1 từ" in text_of(full)
    assert dict(DictionaryEntry.objects.values_list("written", "spoken")) == {
        "KBTX": "khu bảo tồn xã"
    }


def test_hamlets_are_added_by_hand_and_from_a_file(officer: Client, country: Country) -> None:
    officer.post("/them/thon", {"name": "Thôn Mới", "people": "1.234"})
    rows = "Tên thôn;SỐ HỘ;so dan;Nguồn số liệu\nThôn Tây;50;;UBND xã 2026\nThôn Nam;;;\n"
    file = SimpleUploadedFile("thon.csv", ("\ufeff" + rows).encode(), "text/csv")
    officer.post("/them/thon", {"file": file})
    made = {p.name: (p.households, p.people) for p in Place.objects.filter(level="hamlet")}
    assert made["Thôn Mới"] == (None, 1234)
    assert made["Thôn Tây"] == (50, None)
    assert made["Thôn Nam"] == (None, None)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"name,people\nTh\xf4n,5", "không phải CSV dạng UTF-8"),
        ("tên,dân\nThôn,5".encode(), "Dòng đầu của tệp"),
        ("name,people\nThôn A,nhiều".encode(), "Dòng 1: “nhiều”"),
        ("name,people\nThôn A,5\nThôn Đông,6".encode(), "Dòng 2: Xã Tam Đảo đã có"),
        (b"name\n" + b"x\n" * 501, "hơn 500 dòng"),
        (b"", "Dòng đầu của tệp"),
        (b"name\n\x00", "ký tự lạ"),
    ],
)
def test_a_file_with_one_wrong_row_adds_nothing(
    officer: Client, country: Country, content: bytes, sentence: str
) -> None:
    file = SimpleUploadedFile("thon.csv", content, "text/csv")
    answer = officer.post("/them/thon", {"file": file})
    assert sentence in text_of(answer)
    assert Place.objects.filter(level="hamlet").count() == 2


def test_an_approver_does_not_add_hamlets(approver: Client, country: Country) -> None:
    assert approver.post("/them/thon", {"name": "Thôn Lén"}).status_code == 403


def test_words_are_taught_and_taken_out_again(
    officer: Client, stranger: Client, country: Country
) -> None:
    officer.post("/them/tu-dien", {"written": "KBTX", "spoken": "khu bảo tồn"})
    assert "khu bảo tồn" in text_of(officer.get("/them/tu-dien"))
    assert "khu bảo tồn" not in text_of(stranger.get("/them/tu-dien"))
    long = officer.post("/them/tu-dien", {"written": "a" * 81, "spoken": "b"}, follow=True)
    assert "từ 1 đến 80" in text_of(long)
    officer.post("/them/tu-dien", {"written": "KBTX", "spoken": ""})
    assert DictionaryEntry.objects.count() == 0


PERSON = {
    "full_name": "Lý Thị Mây",
    "username": "may",
    "role": "commune_officer",
    "place": "vn/25/08914",
}


def test_an_administrator_opens_accounts_and_ends_roles(
    administrator: Client, country: Country
) -> None:
    administrator.post("/them/tai-khoan", PERSON)
    role = Role.objects.get(account__username="may")
    assert (role.name, role.place) == ("commune_officer", country.two.place)
    administrator.post(
        "/them/tai-khoan/giao",
        {"account": str(role.account_id), "role": "technician", "place": "vn/25/08914"},
    )
    assert Role.objects.filter(account__username="may").count() == 2
    administrator.post(reverse("console:role_end", args=[role.pk]))
    assert not Role.objects.filter(pk=role.pk, until=None).exists()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"full_name": "A" * 100_000}, "từ 1 đến 80 chữ"),
        ({"since": "31/02/2026"}, "không phải là một ngày"),
        ({"username": "m<b>ây"}, "Tên đăng nhập chỉ gồm"),
        ({"email": "thư"}, "thư điện tử chưa đúng"),
        ({"full_name": " "}, "họ và tên"),
        ({"place": "vn/99"}, "chọn nơi làm việc"),
        ({"role": "king"}, "chọn một vai trò"),
        ({"until": "2026-02-31"}, "không phải là một ngày"),
        ({"until": "2020-01-01"}, "phải sau ngày bắt đầu"),
    ],
)
def test_an_account_that_cannot_be_is_refused_whole(
    administrator: Client, country: Country, form: dict[str, str], sentence: str
) -> None:
    answer = administrator.post("/them/tai-khoan", PERSON | form)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert Account.objects.filter(username="may").count() == 0


def test_nobody_manages_people_elsewhere(
    officer: Client, sign_in: SignIn, country: Country
) -> None:
    own = sign_in(account("Cao Văn Bách", RoleName.ADMINISTRATOR, country.one.place))
    assert officer.get("/them/tai-khoan").status_code == 403
    assert officer.post("/them/tai-khoan", PERSON).status_code == 403
    assert "Xã Bên Cạnh" not in text_of(own.get("/them/tai-khoan", {"tim": "08914"}))
    assert own.post("/them/tai-khoan", PERSON).status_code == 403
    other = Role.objects.get(account=country.two.officer)
    assert own.post(reverse("console:role_end", args=[other.pk])).status_code == 404
    given = {"account": str(country.two.officer.pk), "role": "auditor", "place": "vn/25/08911"}
    assert own.post("/them/tai-khoan/giao", given).status_code == 404
    rule = {"place": "vn/25/08914", "author_may_approve": "1"}
    assert own.post("/them/tai-khoan/quy-dinh", rule).status_code == 404
    assert OfficeRule.objects.count() == 0
    assert Role.objects.filter(account=country.two.officer, until=None).count() == 1


def test_the_language_is_chosen_and_the_browser_s_wish_is_not_asked(officer: Client) -> None:
    english = {"HTTP_ACCEPT_LANGUAGE": "en-US,en;q=0.9"}
    assert '<html lang="vi">' in text_of(officer.get("/them/", **english))
    officer.post("/ngon-ngu", {"language": "en", "next": "/them/"})
    assert '<html lang="en">' in text_of(officer.get("/them/"))
    away = officer.post("/ngon-ngu", {"language": "vi", "next": "https://evil.example/"})
    assert "evil" not in away["Location"]


def test_one_works_at_the_place_one_chose(
    officer: Client, stranger: Client, country: Country
) -> None:
    role = {"name": "commune_officer", "place": country.two.place, "since": "2025-07-01"}
    Role.objects.create(account=country.one.officer, **role)
    assert officer.post("/them/noi-lam-viec", {"place": "vn/25/08914"}).status_code == 302
    assert "Xã Bên Cạnh" in text_of(officer.get("/hom-nay/"))
    assert stranger.post("/them/noi-lam-viec", {"place": "vn/25/08911"}).status_code == 404
