"""People come by invitation, lend their roles while away, sign in with two factors, and leave."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from loa.journal.models import Fact
from loa.people import events, offices
from loa.people.models import Account, Invitation, PersonKey, Role
from loa.people.rules import INVITATION_LIFE, RoleName
from loa.people.selectors import NotAllowed, actor_of
from loa.people.services import PeopleError, totp_enrol
from loa_protocol.clock import ManualClock
from tests.console.conftest import SignIn
from tests.console.test_writing import text_of
from tests.country import PASSWORD, SINCE, Country, account

LOGIN = "/tai-khoan/login/"
TODAY = date(2026, 11, 23)
PERSON = {
    "full_name": "Lý Thị Mây",
    "username": "may",
    "email": "may@example.org",
    "role": "commune_officer",
    "place": "vn/25/08914",
}


def invited(administrator: Client) -> str:
    """The path of the link for a new person."""
    shown = text_of(administrator.post("/them/tai-khoan", PERSON))
    found = re.search(r'value="[^"]*(/loi-moi/[^"]+)"', shown)
    assert found is not None
    return found[1]


def test_an_invited_person_sets_their_own_password_once(administrator: Client) -> None:
    link = invited(administrator)
    may = Account.objects.get(username="may")
    assert not may.has_usable_password()
    page = Client().get(link)
    assert "Lý Thị Mây" in text_of(page)
    assert page["Referrer-Policy"] == "same-origin"
    for form, words in (
        ({"password": "12345", "again": "12345"}, "quá ngắn"),
        ({"password": PASSWORD, "again": PASSWORD + "x"}, "không giống nhau"),
    ):
        answer = Client().post(link, form)
        assert answer.status_code == 422
        assert words in text_of(answer)
    client = Client()
    client.post(link, {"password": PASSWORD, "again": PASSWORD})
    assert client.post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 410
    signed = client.post(LOGIN, {"login": "may", "password": PASSWORD}, follow=True)
    assert "Xã Bên Cạnh" in text_of(signed)
    assert Fact.objects.filter(kind=events.INVITATION_USED).count() == 1


def test_a_link_expires_is_replaced_and_is_not_kept(
    administrator: Client, manual_clock: ManualClock
) -> None:
    first = invited(administrator)
    assert first.rpartition("/")[2] not in {row.token_hash for row in Invitation.objects.all()}
    may = Account.objects.get(username="may")
    again = administrator.post(reverse("console:person_link", args=[may.pk]))
    second = re.search(r'value="[^"]*(/loi-moi/[^"]+)"', text_of(again))
    assert second is not None
    assert Client().get(first).status_code == 410
    assert Client().get(second[1]).status_code == 200
    manual_clock.advance(INVITATION_LIFE.total_seconds() + 1)
    assert Client().get(second[1]).status_code == 410
    for odd in ("/loi-moi/x", "/loi-moi/" + "a" * 5000):
        assert Client().get(odd).status_code in {404, 410}


def test_nobody_takes_over_an_account_that_also_works_elsewhere(
    country: Country, sign_in: SignIn
) -> None:
    own = account("Cao Văn Bách", RoleName.ADMINISTRATOR, country.one.place)
    client = sign_in(own)
    officer = country.one.officer
    Role.objects.create(account=officer, name="auditor", place=country.two.place, since=SINCE)
    link = reverse("console:person_link", args=[officer.pk])
    assert client.post(link).status_code == 403
    assert client.post(reverse("console:person_factors", args=[officer.pk])).status_code == 403
    for name in ("person_link", "person_factors", "person_leave"):
        stranger = reverse(f"console:{name}", args=[country.two.officer.pk])
        assert client.post(stranger).status_code == 404
    assert client.post(reverse("console:person_link", args=[own.pk])).status_code == 403
    assert Invitation.objects.count() == 0


def test_leaving_closes_everything_in_one_step(
    administrator: Client, country: Country, sign_in: SignIn
) -> None:
    leaving = country.one.approver
    role = leaving.roles.get()
    PersonKey.objects.create(
        account=leaving,
        person="hoa",
        kid="k" * 22,
        alg="ed25519",
        key=b"k" * 32,
        made_at="2026-11-01T00:00:00Z",
    )
    desk = sign_in(leaving)
    assert desk.get("/hom-nay/").status_code == 200
    offices.role_lend(
        actor=actor_of(leaving),
        role=role,
        to=country.one.officer,
        since=TODAY,
        until=TODAY + timedelta(days=5),
    )
    assert RoleName.COMMUNE_APPROVER in {g.role for g in actor_of(country.one.officer).grants}
    answer = administrator.post(reverse("console:person_leave", args=[leaving.pk]), follow=True)
    assert "Tài khoản đã đóng" in text_of(answer)
    leaving.refresh_from_db()
    assert not leaving.is_active
    assert desk.get("/hom-nay/").status_code == 302
    assert actor_of(country.one.officer).grants[0].role == RoleName.COMMUNE_OFFICER
    assert len(actor_of(country.one.officer).grants) == 1
    assert PersonKey.objects.get().lost_at is not None
    assert {events.OFFICE_LEFT, events.KEY_LOST} <= set(Fact.objects.values_list("kind", flat=True))
    again = administrator.post(reverse("console:person_leave", args=[leaving.pk]))
    assert again.status_code == 403


def test_who_keeps_a_role_elsewhere_keeps_the_account(country: Country, sign_in: SignIn) -> None:
    own = sign_in(account("Cao Văn Bách", RoleName.ADMINISTRATOR, country.one.place))
    officer = country.one.officer
    Role.objects.create(account=officer, name="auditor", place=country.two.place, since=SINCE)
    own.post(reverse("console:person_leave", args=[officer.pk]))
    officer.refresh_from_db()
    assert officer.is_active
    assert [grant.path for grant in actor_of(officer).grants] == [country.two.place.path]


def test_a_role_is_lent_for_days_and_comes_back(
    officer: Client, country: Country, manual_clock: ManualClock
) -> None:
    lan, hoa = country.one.officer, country.one.approver
    role = lan.roles.get()
    form = {
        "role": str(role.pk),
        "to": str(hoa.pk),
        "since": "2026-11-24",
        "until": "2026-11-27",
    }
    officer.post(reverse("console:stand_in"), form)
    lent = Role.objects.get(lent_from=role)
    held = {g.role for g in actor_of(hoa).grants}
    assert held == {RoleName.COMMUNE_APPROVER}
    manual_clock.advance(86400)
    assert RoleName.COMMUNE_OFFICER in {g.role for g in actor_of(hoa).grants}
    with pytest.raises(PeopleError, match="nhận thay"):
        offices.role_lend(
            actor=actor_of(hoa),
            role=lent,
            to=country.one.technician,
            since=date(2026, 11, 25),
            until=date(2026, 11, 26),
        )
    officer.post(reverse("console:take_back"), {"role": str(lent.pk)})
    assert {g.role for g in actor_of(hoa).grants} == {RoleName.COMMUNE_APPROVER}


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"until": "2026-11-20"}, "Ngày trở lại phải sau"),
        ({"until": "2027-11-20"}, "nhiều nhất 60 ngày"),
        ({"since": "2026-11-01"}, "từ hôm nay trở đi"),
        ({"since": ""}, "ngày bắt đầu vắng"),
        ({"since": "31/02/2026"}, "không phải là một ngày"),
        ({"to": "x" * 5000}, "chọn một đồng nghiệp"),
    ],
)
def test_a_loan_that_cannot_be_is_refused_in_words(
    officer: Client, country: Country, form: dict[str, str], sentence: str
) -> None:
    good = {
        "role": str(country.one.officer.roles.get().pk),
        "to": str(country.one.approver.pk),
        "since": "2026-11-24",
        "until": "2026-11-27",
    }
    answer = officer.post(reverse("console:stand_in"), good | form)
    assert answer.status_code == 422
    assert re.search(rf'class="wrong-text" role="alert">[^<]*{sentence}', text_of(answer))
    assert not Role.objects.exclude(lent_from=None).exists()


def test_nobody_lends_another_s_role_nor_a_key_s(officer: Client, country: Country) -> None:
    form = {
        "role": str(country.two.officer.roles.get().pk),
        "to": str(country.one.approver.pk),
        "since": "2026-11-24",
        "until": "2026-11-27",
    }
    assert officer.post(reverse("console:stand_in"), form).status_code == 404
    author = account("Bùi Thanh Bình", RoleName.ALERT_AUTHOR, country.one.place)
    with pytest.raises(PeopleError, match="khóa ký riêng"):
        offices.role_lend(
            actor=actor_of(author),
            role=author.roles.get(),
            to=country.one.officer,
            since=TODAY,
            until=TODAY + timedelta(days=1),
        )
    with pytest.raises(NotAllowed):
        offices.role_lend(
            actor=actor_of(country.one.officer),
            role=author.roles.get(),
            to=country.one.officer,
            since=TODAY,
            until=TODAY + timedelta(days=1),
        )


@pytest.mark.parametrize("closed", [False, True])
def test_a_role_is_lent_to_a_colleague_who_works(country: Country, closed: bool) -> None:
    to = country.one.officer if closed else country.two.officer
    if closed:
        Account.objects.filter(pk=to.pk).update(is_active=False)
        to.refresh_from_db()
    with pytest.raises(PeopleError, match="đồng nghiệp đang làm việc"):
        offices.role_lend(
            actor=actor_of(country.one.approver),
            role=country.one.approver.roles.get(),
            to=to,
            since=TODAY,
            until=TODAY + timedelta(days=1),
        )


def bare(country: Country, role: RoleName) -> Account:
    """Somebody with a role and a password alone."""
    made = Account.objects.create_user("mot-minh", password=PASSWORD, full_name="Người Mới")
    Role.objects.create(account=made, name=role.value, place=country.one.place, since=SINCE)
    return made


@pytest.mark.parametrize("role", [RoleName.COMMUNE_APPROVER, RoleName.ALERT_AUTHOR])
def test_an_approver_without_a_second_factor_does_nothing_before_it(
    country: Country, sign_in: SignIn, role: RoleName
) -> None:
    person = bare(country, role)
    client = sign_in(person)
    for url in ("/hom-nay/", "/duyet/", "/them/", "/kenh/"):
        assert client.get(url)["Location"] == reverse("mfa_index")
    assert client.post("/them/tu-dien", {"written": "a", "spoken": "b"}).status_code == 302
    shown = client.get("/tai-khoan/2fa/", follow=True)
    assert "cần xác nhận hai bước" in text_of(shown)
    totp_enrol(account=person)
    assert client.get("/hom-nay/").status_code == 200


def test_a_writer_may_work_with_a_password(country: Country, sign_in: SignIn) -> None:
    client = sign_in(bare(country, RoleName.COMMUNE_OFFICER))
    assert client.get("/hom-nay/").status_code == 200


def test_the_last_second_factor_of_an_approver_stays(country: Country) -> None:
    from allauth.mfa.models import Authenticator

    from loa.web.adapters import Factors

    hers = Authenticator.objects.get(user=country.one.approver)
    assert not Factors().can_delete_authenticator(hers)
    totp_enrol(account=country.one.officer)
    his = Authenticator.objects.get(user=country.one.officer)
    assert Factors().can_delete_authenticator(his)


def test_an_administrator_frees_who_lost_their_telephone(
    administrator: Client, country: Country, sign_in: SignIn
) -> None:
    hoa = sign_in(country.one.approver)
    administrator.post(reverse("console:person_factors", args=[country.one.approver.pk]))
    assert hoa.get("/hom-nay/").status_code == 302
    assert Fact.objects.filter(kind=events.FACTORS_RESET).count() == 1


def test_one_sees_one_s_sessions_and_ends_them(country: Country, administrator: Client) -> None:
    lan = country.one.officer
    laptop = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36")
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile")
    for client in (laptop, phone):
        client.post(LOGIN, {"login": lan.username, "password": PASSWORD})
    shown = text_of(laptop.get(reverse("console:sessions")))
    assert "Chrome, Windows" in shown
    assert "Chrome, Android" in shown
    assert "máy này" in shown
    which = re.search(r'name="session" value="(\d+)"', shown)
    assert which is not None
    end = reverse("console:session_end")
    assert administrator.post(end, {"session": which[1]}).status_code == 404
    assert phone.get("/hom-nay/").status_code == 200
    laptop.post(end, {"session": which[1]})
    assert phone.get("/hom-nay/").status_code == 302
    assert laptop.get("/hom-nay/").status_code == 200
    for odd in ("", "x", "9" * 500, "-1"):
        assert laptop.post(end, {"session": odd}).status_code == 404


def test_the_matrix_says_who_may_do_what(officer: Client) -> None:
    shown = text_of(officer.get(reverse("console:matrix")))
    assert "Duyệt bản tin" in shown
    assert 'class="own">Cán bộ truyền thanh xã' in shown


def test_what_people_type_is_text(administrator: Client, country: Country) -> None:
    attack = "<script>alert(1)</script> 🙂"
    answer = administrator.post("/them/tai-khoan", PERSON | {"full_name": attack, "role": "king"})
    assert answer.status_code == 422
    assert "<script>alert" not in text_of(answer)
    assert "&lt;script&gt;" in text_of(answer)
    for field, value in (("username", "x" * 100_000), ("full_name", "Mây\u202e"), ("email", "@")):
        refused = administrator.post("/them/tai-khoan", PERSON | {field: value})
        assert refused.status_code == 422, field
    taken = PERSON | {"username": country.one.officer.username}
    assert "đã có người dùng" in text_of(administrator.post("/them/tai-khoan", taken))
    assert Account.objects.filter(username="may").count() == 0
