"""Letters to people who asked for them, by SMTP to a server of the tests' own."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from loa.channels import dispatches, dispatching, following, inbound, members
from loa.channels.accounts import ChannelRefused
from loa.channels.contract import Recipient
from loa.channels.email import links
from loa.channels.email.channel import Email
from loa.channels.email.settings import EmailProfile, EmailSecrets, EmailSettings
from loa.channels.failures import AccountFailed
from loa.channels.models import ChannelOutlet, Dispatch, DispatchRecipient, ListMember
from loa.channels.selectors import reach_of_bulletin
from loa.lib import clock
from loa.lib.ids import new_id
from loa.newsroom import services
from loa.people.rules import NODE
from loa_protocol.clock import ManualClock
from tests.channels import mail
from tests.channels.contract import Case, ChannelContract
from tests.channels.test_contract import a_message, an_account
from tests.channels.things import account, outlet, states
from tests.country import Country
from tests.factories import bulletins


@pytest.fixture
def box() -> Iterator[mail.Mailbox]:
    with mail.server() as running:
        yield running


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LOA_CHANNELS", ["loa.channels.email.channel.Email"])


def plain(box: mail.Mailbox, **more: Any) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": box.port,
        "security": "none",
        "sender": "loa@xa.example",
        **more,
    }


class TestEmail(ChannelContract):
    @pytest.fixture
    def case(self, db: None, box: mail.Mailbox) -> Case:
        held = an_account(EmailSettings(**plain(box)), EmailSecrets())
        person = Recipient(ref=new_id(), address="dan@lang.example")
        message = a_message(EmailProfile(), recipients=(person,))
        return Case(Email(), held, message, {"box": box})

    def times_seen(self, case: Case) -> int:
        return len(case.more["box"].taken)

    def broken(self, case: Case) -> Case:
        case.more["box"].refuse["dan@lang.example"] = "550 No such person"
        return case


def test_encryption_and_sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = mail.certificate(tmp_path)
    with mail.server(encrypted=files, password="right") as box:
        given = plain(box, security="starttls", user="loa")
        good = an_account(EmailSettings(**given), EmailSecrets(password="right"))
        with pytest.raises(AccountFailed) as caught:
            Email().check(good)
        assert caught.value.failure.code == "certificate", "nobody vouches for it"
        monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
        assert Email().check(good) == []
        assert Email().capabilities(good)["encryption"].state == "works"
        person = Recipient(ref=new_id(), address="dan@lang.example")
        (told,) = Email().send(good, [a_message(EmailProfile(), recipients=(person,))])
        assert told.state == "carried"
        for password, code in (("wrong", "sign_in"), ("mật khẩu", "sign_in_letters")):
            with pytest.raises(AccountFailed) as caught:
                Email().check(replace(good, secrets=EmailSecrets(password=password)))
            assert (caught.value.failure.code, caught.value.failure.permanent) == (code, True)


def test_a_server_without_encryption_gets_nothing(box: mail.Mailbox) -> None:
    held = an_account(EmailSettings(**plain(box, security="starttls")), EmailSecrets())
    with pytest.raises(AccountFailed) as caught:
        Email().check(held)
    assert caught.value.failure.code == "no_starttls"
    assert caught.value.failure.permanent


def test_a_server_that_is_away_is_waited_for(box: mail.Mailbox) -> None:
    held = an_account(EmailSettings(**plain(box) | {"port": 1}), EmailSecrets())
    with pytest.raises(AccountFailed) as caught:
        Email().check(held)
    assert caught.value.failure.retry_at is not None


@pytest.mark.parametrize(
    "given",
    [
        {"host": "mail.example", "security": "none"},
        {"sender": "loa@xa.example\r\nBcc: all@xa.example"},
        {"sender_name": "Xã\nBcc: all@xa.example"},
        {"bounce_address": f"{'a' * 30}@xa.example"},
        {"host": "mail example"},
    ],
)
def test_settings_that_are_refused(box: mail.Mailbox, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="EmailSettings"):
        EmailSettings(**plain(box) | given)


def a_list(country: Country, box: mail.Mailbox, **more: Any) -> ChannelOutlet:
    return outlet(account(country, "email", settings=plain(box, **more)), name="Bà con Tam Đảo")


def asked(held: ChannelOutlet, *addresses: str) -> list[ListMember]:
    members.ask(actor=NODE, outlet=held, addresses=addresses)
    return list(held.members.order_by("pk"))


def confirmed_list(
    country: Country, box: mail.Mailbox, *addresses: str, **more: Any
) -> ChannelOutlet:
    held = a_list(country, box, **more)
    for member in asked(held, *addresses):
        assert members.confirm(member.pk)
        members.letter_sent(member.pk)
    return held


def poll() -> None:
    inbound.poll_due(dispatching.one_by_one)


def run() -> bool:
    following.follow()
    return dispatching.dispatch()


def link_in(text: str, what: str) -> str:
    found = re.search(rf"(/thu/{what}/[0-9a-f]+)", text)
    assert found is not None
    return found[1]


def test_nobody_gets_anything_before_their_own_press(
    country: Country, box: mail.Mailbox, client: Client, manual_clock: ManualClock
) -> None:
    held = a_list(country, box)
    asked(held, "An@lang.example", "an@lang.example ", "binh@lang.example")
    bulletins.approved(country.one, "Cắt nước")
    run()
    assert Dispatch.objects.get().code == "no_recipients"
    poll()
    poll()
    assert box.addresses() == ["An@lang.example", "binh@lang.example"], "one question each"
    letter = box.taken[0][2]
    page = link_in(letter.get_content(), "xac-nhan")
    assert "List-Unsubscribe" not in letter
    for _ in range(2):
        opened = client.get(page)
        assert "Đồng ý" in opened.content.decode()
        assert not opened.cookies
    assert members.reachable(held.pk) == [], "a mail system that opens links agrees to nothing"
    assert "Đã ghi nhận" in client.post(page).content.decode()
    assert [one.address for one in members.reachable(held.pk)] == ["An@lang.example"]
    bulletins.approved(country.one, "Tiêm phòng")
    box.taken.clear()
    run()
    assert box.addresses() == ["An@lang.example"]


def test_a_list_that_was_empty_is_sent_again_once_somebody_is_on_it(
    country: Country, box: mail.Mailbox
) -> None:
    held = a_list(country, box)
    bulletins.approved(country.one)
    run()
    (row,) = Dispatch.objects.all()
    officer = country.one.actor("officer")
    with pytest.raises(ChannelRefused):
        dispatches.retry(actor=officer, key=row.pk)
    assert states() == ["failed"]
    for member in asked(held, "an@lang.example"):
        members.confirm(member.pk)
    dispatches.retry(actor=officer, key=row.pk)
    run()
    assert box.addresses() == ["an@lang.example"]
    assert states() == ["carried"]


def test_a_letter_has_what_mail_programs_need(country: Country, box: mail.Mailbox) -> None:
    held = confirmed_list(country, box, "an@lang.example", bounce_address="tra@xa.example")
    bulletin = bulletins.approved(country.one, "Cắt nước", issuer="UBND xã Tam Đảo")
    run()
    ((sender, _address, letter),) = box.taken
    assert letter["Subject"] == "Cắt nước"
    assert "Nội dung của Cắt nước." in letter.get_content()
    assert "UBND xã Tam Đảo" in letter.get_content()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["List-Unsubscribe"].startswith("<http")
    assert link_in(letter["List-Unsubscribe"], "ngung") == link_in(letter.get_content(), "ngung")
    (row,) = Dispatch.objects.filter(bulletin=bulletin)
    assert str(row.key) in letter["Message-ID"]
    assert re.fullmatch(r"tra\+[0-9a-f]{42}@xa\.example", sender)
    (reached,) = reach_of_bulletin(bulletin.pk)
    assert (reached.state, reached.grade, reached.people) == ("carried", "", {"carried": 1})
    assert reached.outlet == held.name


def test_one_click_and_the_address_is_gone(
    country: Country, box: mail.Mailbox, client: Client
) -> None:
    held = confirmed_list(country, box, "an@lang.example", "binh@lang.example")
    member = held.members.get(address="an@lang.example")
    page = f"/thu/ngung/{links.token(links.STOP, member.pk)}"
    assert client.get(page).status_code == 200
    assert len(members.reachable(held.pk)) == 2, "opening the page changes nothing"
    answer = client.post(page, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not answer.cookies
    assert client.post(page).status_code == 200, "twice is once"
    member.refresh_from_db()
    assert (member.address, member.stopped_why) == ("", "asked")
    assert members.ask(actor=NODE, outlet=held, addresses=["an@lang.example"]) == 0
    bulletins.approved(country.one)
    run()
    assert box.addresses() == ["binh@lang.example"]


@pytest.mark.parametrize("path", ["ngung", "xac-nhan"])
def test_links_that_this_node_did_not_make(country: Country, client: Client, path: str) -> None:
    other = links.token(links.BOUNCE, new_id())
    for token in (other, "0" * 52, "x", new_id().hex):
        assert client.post(f"/thu/{path}/{token}").status_code == 404


def test_a_question_runs_out_and_the_address_with_it(
    country: Country, box: mail.Mailbox, client: Client, manual_clock: ManualClock
) -> None:
    (member,) = asked(a_list(country, box), "an@lang.example")
    manual_clock.advance(15 * 86_400)
    page = f"/thu/xac-nhan/{links.token(links.CONFIRM, member.pk)}"
    assert client.post(page).status_code == 410
    members.forget(clock.now())
    member.refresh_from_db()
    assert member.address == ""


@pytest.mark.parametrize("typed", ["an", "an@lang\r\nBcc: x@y.example", "ân@lang.example"])
def test_what_is_no_address_is_named(country: Country, box: mail.Mailbox, typed: str) -> None:
    with pytest.raises(members.MemberRefused):
        asked(a_list(country, box), "binh@lang.example", typed)
    assert not ListMember.objects.exists(), "all or none"


def test_one_refused_person_does_not_repeat_the_letter_to_the_others(
    country: Country, box: mail.Mailbox, manual_clock: ManualClock
) -> None:
    people = ("an@lang.example", "binh@lang.example", "chi@lang.example")
    confirmed_list(country, box, *people)
    box.refuse = {people[0]: "450 Greylisted", people[1]: "550 Unknown"}
    bulletins.approved(country.one)
    run()
    assert box.addresses() == [people[2]]
    assert states() == ["waiting"]
    assert not run(), "not before its date"
    box.refuse = {}
    manual_clock.advance(16 * 60)
    run()
    assert box.addresses() == [people[0], people[2]], "nobody twice, and nobody who was refused"
    assert states() == ["carried"]
    counted = DispatchRecipient.objects.values_list("state", flat=True)
    assert sorted(counted) == ["carried", "carried", "failed"]


def test_a_line_that_breaks_leaves_one_letter_unknown_and_the_rest_waiting(
    country: Country, box: mail.Mailbox, manual_clock: ManualClock
) -> None:
    people = [f"p{number}@lang.example" for number in range(3)]
    held = confirmed_list(country, box, *people)
    box.refuse = {"DATA": "hang up"}
    bulletins.approved(country.one)
    run()
    counted = DispatchRecipient.objects.values_list("state", flat=True)
    assert sorted(counted) == ["unknown", "waiting", "waiting"]
    box.refuse = {}
    assert not run(), "the account rests"
    manual_clock.advance(121)
    run()
    assert len(box.taken) == 2
    assert states() == ["carried"]
    assert held.members.filter(stopped_at=None).count() == 3


def test_a_list_longer_than_one_try(country: Country, box: mail.Mailbox) -> None:
    people = [f"p{number}@lang.example" for number in range(45)]
    confirmed_list(country, box, *people)
    bulletins.approved(country.one)
    while run():
        pass
    assert box.addresses() == sorted(people)
    assert states() == ["carried"]


def bounce(sender: str, message_id: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: <{sender}>\r\nSubject: Undelivered\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; an@lang.example\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {message_id}\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


def sent_letter(country: Country, box: mail.Mailbox) -> tuple[str, str]:
    confirmed_list(country, box, "an@lang.example", bounce_address="tra@xa.example")
    bulletins.approved(country.one)
    run()
    ((sender, _address, letter),) = box.taken
    return sender, letter["Message-ID"]


def test_a_letter_that_came_back(country: Country, box: mail.Mailbox) -> None:
    sender, message_id = sent_letter(country, box)
    assert states() == ["carried"]
    raw = bounce(sender, message_id)
    assert inbound.store(kind="email", body=raw)
    assert not inbound.store(kind="email", body=raw), "the same letter twice is one"
    assert inbound.understand()
    assert not inbound.understand()
    assert states() == ["failed"]
    assert DispatchRecipient.objects.get().code == "bounce_5.1.1"
    assert ListMember.objects.get().bounces == 1


def test_three_letters_back_end_the_membership(country: Country, box: mail.Mailbox) -> None:
    sender, message_id = sent_letter(country, box)
    for number in range(3):
        inbound.store(kind="email", body=bounce(sender, message_id, f"5.1.{number}"))
    inbound.understand()
    assert ListMember.objects.get().stopped_why == "bounced"


def test_a_full_mailbox_rests(
    country: Country, box: mail.Mailbox, manual_clock: ManualClock
) -> None:
    sender, message_id = sent_letter(country, box)
    inbound.store(kind="email", body=bounce(sender, message_id, "5.2.2"))
    inbound.understand()
    member = ListMember.objects.get()
    assert (member.bounces, members.reachable(member.outlet_id)) == (0, [])
    manual_clock.advance(timedelta(days=3, seconds=1).total_seconds())
    assert len(members.reachable(member.outlet_id)) == 1


@pytest.mark.parametrize("change", ["0" * 10, "deadbeef00"])
def test_a_made_up_return_harms_nobody(country: Country, box: mail.Mailbox, change: str) -> None:
    sender, message_id = sent_letter(country, box)
    local, _at, domain = sender.partition("@")
    inbound.store(kind="email", body=bounce(f"{local[:-10]}{change}@{domain}", message_id))
    inbound.store(kind="email", body=b"\x00\xff not a letter")
    inbound.understand()
    assert states() == ["carried"]
    assert ListMember.objects.get().bounces == 0


def test_a_delay_is_no_failure(country: Country, box: mail.Mailbox) -> None:
    sender, message_id = sent_letter(country, box)
    inbound.store(kind="email", body=bounce(sender, message_id, "4.4.1", "delayed"))
    inbound.understand()
    assert states() == ["carried"]


def test_a_withdrawn_bulletin_says_that_letters_stay(country: Country, box: mail.Mailbox) -> None:
    confirmed_list(country, box, "an@lang.example")
    bulletin = bulletins.approved(country.one)
    run()
    services.bulletin_withdraw(
        actor=country.one.actor("officer"), bulletin_id=bulletin.pk, edition=1, reason="Nhầm."
    )
    run()
    (reached,) = reach_of_bulletin(bulletin.pk)
    assert reached.withdrawn == "cannot"
    assert "không rút lại được" in reached.error


def test_a_limit_holds_for_questions_and_letters(
    country: Country, box: mail.Mailbox, manual_clock: ManualClock
) -> None:
    held = outlet(
        account(country, "email", settings=plain(box), limits={"per_day": 3}), name="Bà con"
    )
    rows = asked(held, *(f"p{number}@lang.example" for number in range(2)))
    poll()
    for row in rows:
        members.confirm(row.pk)
    bulletins.approved(country.one)
    while run():
        pass
    assert len(box.taken) == 3
    manual_clock.advance(24 * 3600)
    while run():
        pass
    assert len(box.taken) == 4
