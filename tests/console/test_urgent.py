"""The urgent room: from a template to two signatures, live, stop; and who is kept out."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loa.alerts import selectors
from loa.alerts.models import Order
from loa.alerts.orders import sound
from loa.lib import clock
from loa.media.services import file_note
from loa.people import acceptance
from loa.people.authority import NodeIdentity
from loa.people.models import PersonKey
from loa.people.rules import RoleName
from loa_protocol.encoding import b64decode, b64encode
from loa_protocol.envelope import signing_input
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Speech
from tests.alerts.office import Office, Officer, build
from tests.country import Country, account
from tests.places import reforming

FORM = {
    "hazard": "flood",
    "title": "Lũ lên nhanh ở {nơi}",
    "text": "Lũ đang lên nhanh ở {nơi}. Bà con đến {nơi tránh}.",
    "blank-nơi": "xã Tam Đảo",
    "blank-nơi tránh": "nhà văn hóa",
    "target": ["vn/25/08911"],
    "level": "4",
    "hours": "6",
    "repeat": "0",
    "speech": "",
}


@pytest.fixture
def office(
    country: Country, node: NodeIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Office:
    monkeypatch.setattr(acceptance, "_trust", None)
    speech = Speech(sha256="c" * 64, bytes=20_000, ms=9000)
    file_note(sha256=speech.sha256, mime="audio/ogg", size_bytes=speech.bytes, ms=speech.ms)
    monkeypatch.setattr(sound, "speech_of_text", lambda _text: speech)
    return build(country, tmp_path / "demo")


def desk(officer: Officer) -> Client:
    client = Client()
    client.force_login(officer.account)
    return client


def drafts_in(page: Any) -> list[dict[str, Any]]:
    """The bytes that a page asks its reader to sign."""
    found = re.search(r'name="drafts" value="([^"]*)"', page.content.decode())
    assert found is not None, page.content.decode()[:2000]
    import html

    value: list[dict[str, Any]] = json.loads(html.unescape(found[1]))
    return value


def seen_in(page: Any) -> str:
    """The edition of the order that a page shows and its form carries."""
    found = re.search(r'name="seen" value="([^"]*)"', page.content.decode())
    assert found is not None, page.content.decode()[:2000]
    return found[1]


def signed(officer: Officer, drafts: list[dict[str, Any]]) -> str:
    """What the script would put into the form."""
    out = []
    for draft in drafts:
        assert officer.key.kid in draft["kids"]
        message = signing_input(Kind(draft["kind"]), b64decode(draft["payload"]))
        out.append(
            {
                "kind": draft["kind"],
                "payload": draft["payload"],
                "kid": officer.key.kid,
                "sig": b64encode(officer.key.sign(message)),
            }
        )
    return json.dumps(out)


def proposed(office: Office, client: Client, **other: Any) -> Order:
    """Composed, reviewed, signed by the author."""
    review = client.post("/khan-cap/soan/that/", {**FORM, **other})
    assert review.status_code == 200, review.content.decode()
    answer = client.post(
        "/khan-cap/gui", {"signed": signed(office.author, drafts_in(review))}, follow=True
    )
    assert answer.status_code == 200
    return Order.objects.get()


def test_from_a_template_to_two_signatures(office: Office) -> None:
    author, approver = desk(office.author), desk(office.approver)
    assert "Lũ, ngập lụt" in author.get("/khan-cap/soan/that/").content.decode()
    page = author.get("/khan-cap/soan/that/?mau=flood").content.decode()
    assert 'name="blank-nơi tránh"' in page
    order = proposed(office, author)
    assert order.text == "Lũ đang lên nhanh ở xã Tam Đảo. Bà con đến nhà văn hóa."
    assert order.speech_id == "c" * 64
    assert "1" in approver.get("/hom-nay/").content.decode()
    second = approver.get(f"/khan-cap/lenh/{order.pk}/")
    shown = second.content.decode()
    assert order.text in shown
    assert "Xã Tam Đảo" in shown
    assert "LỆNH THẬT" in shown
    answer = approver.post(
        f"/khan-cap/lenh/{order.pk}/duyet",
        {"signed": signed(office.approver, drafts_in(second))},
        follow=True,
    )
    assert "Đang phát" in answer.content.decode()
    assert Order.objects.get().state == "issued"


def test_the_review_shows_numbers_and_what_is_unknown(office: Office) -> None:
    review = desk(office.author).post("/khan-cap/soan/that/", FORM).content.decode()
    assert "chưa rõ số dân" in review
    assert "thôn chưa có số dân" in review
    assert "audio" in review


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"target": []}, "Chưa chọn nơi nào"),
        ({"blank-nơi tránh": ""}, "Còn chỗ trống"),
        ({"hours": ""}, "Chưa chọn lúc hết hiệu lực"),
        ({"target": ["vn/25/99999"]}, "Không có đơn vị nào"),
        ({"text": "a" * 901}, "Rút ngắn"),
    ],
)
def test_what_is_not_right_is_said_and_nothing_is_lost(
    office: Office, other: dict[str, Any], words: str
) -> None:
    answer = desk(office.author).post("/khan-cap/soan/that/", {**FORM, **other})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert 'value="xã Tam Đảo"' in page
    assert not Order.objects.exists()


def test_a_drill_is_another_screen_and_another_kind(office: Office) -> None:
    page = desk(office.author).get("/khan-cap/soan/dien-tap/?mau=flood").content.decode()
    assert page.count('class="edge ') == 4, "DIỄN TẬP on every edge"
    assert "LỆNH THẬT" not in page
    review = desk(office.author).post("/khan-cap/soan/dien-tap/", {**FORM, "hours": "1"})
    (draft,) = drafts_in(review)
    assert draft["kind"] == "drill"
    real = desk(office.author).post("/khan-cap/soan/that/", FORM).content.decode()
    assert "DIỄN TẬP" not in real


def test_the_author_sees_who_is_asked_and_cannot_sign_twice(office: Office) -> None:
    author = desk(office.author)
    order = proposed(office, author)
    page = author.get(f"/khan-cap/lenh/{order.pk}/").content.decode()
    assert "Ngô Thu Hà" in page
    assert "data-since" in page
    assert "Ký và phát ngay" not in page
    answer = author.post(f"/khan-cap/lenh/{order.pk}/duyet", {"signed": "[]"}, follow=True)
    assert Order.objects.get().state == "proposed"
    assert "Chưa có chữ ký" in answer.content.decode()


def issued(office: Office) -> Order:
    return office.alert()


def test_a_correction_goes_to_the_same_places_by_two(office: Office) -> None:
    order = issued(office)
    author = desk(office.author)
    review = author.post(
        f"/khan-cap/lenh/{order.pk}/dinh-chinh", {"title": "Đính chính", "text": "Lũ đã rút."}
    )
    (draft,) = drafts_in(review)
    assert draft["kind"] == "update"
    fields = {"signed": signed(office.author, [draft]), "seen": seen_in(review)}
    author.post("/khan-cap/gui", fields)
    update = Order.objects.get(kind="update")
    assert selectors.targets_of(update) == ("vn/25/08911",)
    page = desk(office.approver).get(f"/khan-cap/lenh/{update.pk}/")
    desk(office.approver).post(
        f"/khan-cap/lenh/{update.pk}/duyet",
        {"signed": signed(office.approver, drafts_in(page)), "seen": seen_in(page)},
    )
    assert "Lũ đã rút." in author.get(f"/khan-cap/lenh/{order.pk}/").content.decode()


def test_the_report_names_signers_places_and_facts(office: Office) -> None:
    order = issued(office)
    page = desk(office.author).get(f"/khan-cap/lenh/{order.pk}/bao-cao").content.decode()
    for words in ("Bùi Thanh Bình", "Ngô Thu Hà", order.pk):
        assert words in page
    day = f"{clock.local(clock.now()):%d/%m/%Y}"
    assert re.search(rf"<td>\d\d:\d\d:\d\d, {day}</td>", page), "an order may last over midnight"


def test_the_drafts_file_is_what_is_signed(office: Office) -> None:
    order = proposed(office, desk(office.author))
    value = desk(office.approver).get(f"/khan-cap/lenh/{order.pk}/tep").json()
    assert b64decode(value["payload"]) == bytes(order.payload)
    line = json.dumps(
        {
            "kid": office.approver.key.kid,
            "sig": b64encode(
                office.approver.key.sign(signing_input(Kind.ALERT, bytes(order.payload)))
            ),
        }
    )
    drafts = json.dumps([{**value, "kids": []}])
    answer = desk(office.approver).post(
        f"/khan-cap/lenh/{order.pk}/duyet", {"line": line, "drafts": drafts}, follow=True
    )
    assert "Đang phát" in answer.content.decode(), "signed by `loa sign`, without a script"


# Who is kept out


def test_whoever_has_no_part_sees_no_door(office: Office, country: Country) -> None:
    client = Client()
    client.force_login(country.one.officer)
    assert "urgent-door" not in client.get("/hom-nay/").content.decode()
    assert client.get("/khan-cap/").status_code == 403
    order = issued(office)
    assert client.get(f"/khan-cap/lenh/{order.pk}/").status_code == 403
    assert Client().get("/khan-cap/").status_code == 302


def test_a_stranger_of_another_commune_sees_no_order(office: Office, country: Country) -> None:
    order = issued(office)
    stranger = Client()
    stranger.force_login(account("Người Lạ", RoleName.ALERT_AUTHOR, country.two.place))
    assert stranger.get(f"/khan-cap/lenh/{order.pk}/").status_code == 404
    assert stranger.post(f"/khan-cap/lenh/{order.pk}/nhap/dung").status_code == 404
    assert stranger.get(f"/khan-cap/lenh/{order.pk}/bao-cao").status_code == 404
    assert order.title not in stranger.get("/khan-cap/").content.decode()


def test_without_a_paper_nothing_is_drafted(office: Office, country: Country) -> None:
    newcomer = Client()
    newcomer.force_login(account("Người Mới", RoleName.ALERT_AUTHOR, country.one.place))
    answer = newcomer.post("/khan-cap/soan/that/", FORM)
    assert answer.status_code == 422
    assert "chưa có khóa" in answer.content.decode()


# Keys


def test_a_browsers_key_is_registered_with_its_proof(office: Office, country: Country) -> None:
    person = account("Người Mới", RoleName.ALERT_AUTHOR, country.one.place)
    client = Client()
    client.force_login(person)
    key = SigningKey.generate("p256")
    fields = {"alg": "p256", "key": key.public.text, "label": "Điện thoại"}
    asked = client.post("/khan-cap/khoa/thach-thuc", fields).json()
    message = signing_input(Kind.REQUEST, b64decode(asked["payload"]))
    made = [{**asked, "kid": key.kid, "sig": b64encode(key.sign(message))}]
    page = client.post("/khan-cap/khoa", {**fields, "signed": json.dumps(made)}, follow=True)
    assert "Đã tạo khóa" in page.content.decode()
    kept = PersonKey.objects.get(kid=key.kid)
    assert (kept.alg, kept.person, kept.label) == ("p256", person.person_id, "Điện thoại")
    client.post("/khan-cap/khoa/mat", {"kid": key.kid, "sure": "1"})
    kept.refresh_from_db()
    assert kept.lost_at is not None


def test_only_registrars_enter_their_office(office: Office) -> None:
    assert desk(office.author).get("/khan-cap/dang-ky").status_code == 404


def test_a_live_screen_asks_few_questions(
    office: Office, django_assert_max_num_queries: Any
) -> None:
    """It is asked for every second, in a storm, by everybody who watches."""
    order = issued(office)
    author = desk(office.author)
    author.get("/khan-cap/")
    with django_assert_max_num_queries(12):
        author.get(f"/khan-cap/lenh/{order.pk}/", headers={"HX-Request": "true"})


def test_the_scoreboard_of_drills_is_a_page(office: Office) -> None:
    client = desk(office.author)
    assert "Chưa có buổi diễn tập nào" in client.get("/khan-cap/ket-qua").content.decode()
    office.alert(drill=True)
    assert client.get("/khan-cap/ket-qua").status_code == 200


def test_a_registrar_sees_what_stops_and_revokes_in_the_browser(
    office: Office, country: Country, tmp_path: Path
) -> None:
    from loa.people import revoking
    from loa.people.authority import document_store
    from loa.people.ceremony import delegate_by_root, subject_of
    from loa_lab.demo import papers

    registrar = Officer(
        account("Lý Văn Tám", RoleName.REGISTRAR, country.province), SigningKey.generate()
    )
    papers.register(registrar.account, registrar.key.public, "tệp", clock.now())
    holders = [SigningKey.load(tmp_path / f"demo/nguoi-giu-{n}.pem") for n in (1, 2)]
    subject = subject_of("registrar", registrar.person, registrar.key)
    paper = delegate_by_root(
        signers=holders, holder="nguoi-giu-1", subject=subject, path="vn/25", now=clock.now()
    )
    document_store(actor="cli:test", envelope=paper)
    order = office.alert()
    client = desk(registrar)
    page = client.get("/khan-cap/dang-ky/thu-hoi").content.decode()
    assert office.author.key.kid in page
    url = f"/khan-cap/dang-ky/thu-hoi?path=vn/25&kid={office.author.key.kid}"
    preview = client.get(url)
    shown = preview.content.decode()
    assert "không ký lệnh thật được nữa" in shown
    assert order.title in shown, "what was signed before stands until it is cancelled"
    done = client.post(
        "/khan-cap/dang-ky/thu-hoi/ky",
        {"signed": signed(registrar, drafts_in(preview))},
        follow=True,
    )
    assert "Đã thu hồi" in done.content.decode()
    assert office.author.key.kid not in {one.kid for one in revoking.rights_in(("vn/25",))}
    assert desk(office.author).get("/khan-cap/dang-ky/thu-hoi").status_code == 404


def test_while_a_reorganisation_goes_round_the_author_sees_what_is_signed_for_it(
    country: Country, office: Office
) -> None:
    """One cluster does not know its new commune: the order names the former path, and says so;
    where it cannot, the page says how many it does not reach."""
    from loa.outlets.models import Device

    Device.objects.create(
        outlet=country.two.outlets[0], serial="1", alg="ed25519", key=b"k" * 32, kid="k" * 22,
        broker_secret="s", enrolled_at=clock.now(),
    )  # fmt: skip
    reforming.apply(
        reforming.draft(
            reforming.commune("08911", "08911", name="Xã Mới"), reforming.commune("08914", "08911")
        )
    )
    page = desk(office.author).post("/khan-cap/soan/that/", FORM)
    text = page.content.decode()
    assert "lệnh ghi thêm mã cũ" in text
    assert "vn/25/08914" in text
    Device.objects.update(former_area="vn/25/99999")
    text = desk(office.author).post("/khan-cap/soan/that/", FORM).content.decode()
    assert "chưa nhận địa bàn mới nên lệnh này chưa tới được" in text
