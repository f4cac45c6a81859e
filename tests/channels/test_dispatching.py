"""Orders and bulletins by other channels: a row first, tried again, limited, taken back."""

from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import settings

from loa.alerts.models import Order
from loa.channels import accounts, dispatching, following
from loa.channels.contract import (
    Channel,
    Message,
    Mode,
    OpenAccount,
    Outcome,
    Profile,
    Secrets,
    Settings,
    Withdrawal,
)
from loa.channels.demo.channel import Demo
from loa.channels.failures import AccountFailed, ChannelError, MessageFailed, OutletFailed
from loa.channels.models import ChannelAccount, ChannelOutlet, Dispatch
from loa.channels.selectors import confirmed, reach_of_bulletin, reach_of_orders
from loa.lib import clock
from loa.media.services import file_note
from loa.newsroom import correcting, services
from loa.newsroom.models import Bulletin, Decision, Rendition
from loa.newsroom.renditions import Form
from loa.people.rules import NODE
from loa.quarantine.models import SetAside
from loa_protocol.clock import ManualClock
from tests.alerts import office as offices
from tests.alerts.conftest import office
from tests.channels.things import account, board, outlet, shown, shown_by_state, states, withdrawals
from tests.country import Country
from tests.factories import bulletins

__all__ = ["office"]


class Moody(Channel[Settings, Secrets, Profile]):
    """Text only, and it does what the test says. It may not be repeated."""

    kind: ClassVar[str] = "moody"
    label: ClassVar[str] = "Kênh thử"
    modes: ClassVar[frozenset[Mode]] = frozenset({Mode.PUSH})
    forms: ClassVar[tuple[Form, ...]] = (Form.MESSAGE,)
    batch_max: ClassVar[int] = 5
    mood: ClassVar[list[Exception]] = []
    seen: ClassVar[list[tuple[Message[Any], str, int]]] = []

    def send(self, account: OpenAccount[Any, Any], batch: Any) -> list[Outcome]:
        for message in batch:
            row = Dispatch.objects.get(pk=message.key)
            self.seen.append((message, row.state, row.tries))
        if self.mood:
            raise self.mood.pop()
        return [Outcome(key=one.key, state="carried", at=clock.now()) for one in batch]


class Siren(Moody):
    """A vendor's sound station that can interrupt its programme: it takes sound alone."""

    kind: ClassVar[str] = "siren"
    forms: ClassVar[tuple[Form, ...]] = (Form.SPEECH,)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    Moody.mood, Moody.seen = [], []
    paths = ["loa.channels.speaker.channel.Speaker", "loa.channels.demo.channel.Demo"]
    paths += [f"{__name__}.Moody", f"{__name__}.Siren"]
    monkeypatch.setattr(settings, "LOA_CHANNELS", paths)


def run() -> bool:
    following.follow()
    return dispatching.dispatch()


def test_an_order_is_shown_and_goes_with_the_order(
    office: offices.Office, country: Country, tmp_path: Path
) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    board(country, inside)
    board(country, outside, "two")
    assert not run()
    order = office.alert()
    assert run()
    (text,) = shown(inside)
    assert text["title"] == order.title
    assert shown(outside) == [], "only where the order reaches"
    (row,) = Dispatch.objects.all()
    assert (row.state, row.grade, row.tries) == ("shown", "C", 1)
    assert not run(), "once"
    office.cancel(order)
    assert run()
    assert shown(inside) == []
    assert (states(), withdrawals()) == (["shown"], ["confirmed"])


def test_a_drill_says_so_and_ends_with_its_time(
    office: offices.Office, country: Country, tmp_path: Path, manual_clock: ManualClock
) -> None:
    board(country, tmp_path / "in")
    office.alert(drill=True)
    run()
    (text,) = shown(tmp_path / "in")
    assert text["title"].startswith("DIỄN TẬP")
    assert text["text"].startswith("DIỄN TẬP")
    manual_clock.advance(3601)
    run()
    assert shown(tmp_path / "in") == []


def test_a_correction_replaces_the_words(
    office: offices.Office, country: Country, tmp_path: Path, manual_clock: ManualClock
) -> None:
    board(country, tmp_path / "in")
    order = office.alert()
    run()
    manual_clock.advance(5)
    office.update(order)
    run()
    run()
    (text,) = shown(tmp_path / "in")
    assert "báo động ba" in text["text"]
    assert withdrawals() == ["confirmed", ""]


def test_the_row_is_there_before_the_send_and_is_tried_again(
    office: offices.Office, country: Country, manual_clock: ManualClock
) -> None:
    outlet(account(country, "moody"))
    order = office.alert()
    Moody.mood = [OutletFailed("busy", "Bận.", retry_at=clock.now() + timedelta(seconds=30))]
    run()
    ((message, state, tries),) = Moody.seen
    assert (state, tries) == ("sending", 1)
    assert message.rendition.urgent
    assert states() == ["waiting"]
    assert Dispatch.objects.get().error == "Bận."
    assert not run(), "not before its time"
    manual_clock.advance(31)
    run()
    assert {one.key for one, _state, _tries in Moody.seen} == {message.key}, "the same key"
    assert states() == ["carried"]
    office.cancel(order)
    run()
    assert withdrawals() == ["cannot"], "a channel that cannot take back says so"


def test_what_no_retry_can_mend_waits_for_a_person(
    office: offices.Office, country: Country
) -> None:
    outlet(account(country, "moody"))
    Moody.mood = [MessageFailed("refused", "Kênh từ chối tin này.")]
    office.alert()
    run()
    (row,) = Dispatch.objects.all()
    assert (row.state, row.code) == ("failed", "refused")


def test_an_expired_account_fails_none_of_its_messages(
    office: offices.Office, country: Country, manual_clock: ManualClock
) -> None:
    held = account(country, "moody")
    for number in range(12):
        outlet(held, name=f"Nhóm {number}")
    Moody.mood = [AccountFailed("expired", "Gói cước đã hết. Gia hạn rồi bấm Thử.")] * 20
    office.alert()
    run()
    run()
    assert set(states()) == {"waiting"}
    assert len({message.key for message, _state, _tries in Moody.seen}) == 5, "one batch only"
    held.refresh_from_db()
    assert (held.state, held.problem_code) == ("blocked", "expired")
    Moody.mood = []
    manual_clock.advance(3600)
    run()
    assert set(states()) == {"waiting"}, "until a person has tested it"
    assert accounts.account_test(actor=NODE, account_id=held.pk) == []
    while run():
        pass
    assert set(states()) == {"carried"}


def test_a_paused_account_goes_on_by_itself(
    office: offices.Office, country: Country, manual_clock: ManualClock
) -> None:
    held = account(country, "moody")
    outlet(held)
    Moody.mood = [AccountFailed("rate", "Chờ.", retry_at=clock.now() + timedelta(minutes=1))]
    office.alert()
    run()
    assert not run()
    manual_clock.advance(61)
    run()
    assert states() == ["carried"]


def test_a_channel_that_breaks_breaks_nobody_else(
    office: offices.Office, country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Demo, _account: Any, _batch: Any) -> list[Outcome]:
        raise RuntimeError("?")

    monkeypatch.setattr(Demo, "send", broken)
    board(country, tmp_path / "in")
    outlet(account(country, "moody"))
    office.alert()
    run()
    assert sorted(states()) == ["carried", "waiting"]
    assert SetAside.objects.get().error == "RuntimeError"


def test_a_broken_batch_is_taken_apart(
    office: offices.Office, country: Country, manual_clock: ManualClock
) -> None:
    held = account(country, "moody")
    bad = outlet(held, name="Hỏng")
    for number in range(3):
        outlet(held, name=f"Tốt {number}")

    class Picky(Moody):
        repeatable = True

        def send(self, account: Any, batch: Any) -> list[Outcome]:
            if any(one.target.id == bad.pk for one in batch):
                raise ZeroDivisionError
            return super().send(account, batch)

    channel = Picky()
    office.alert()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatching, "channel_of", lambda _kind: channel)
        for _ in range(4):
            run()
            manual_clock.advance(10)
    assert sorted(states()) == ["carried"] * 3 + ["waiting"]
    assert SetAside.objects.get().row == str(Dispatch.objects.get(outlet=bad).pk)


def test_a_try_that_a_dying_worker_left_open(
    office: offices.Office, country: Country, tmp_path: Path, manual_clock: ManualClock
) -> None:
    board(country, tmp_path / "in")
    outlet(account(country, "moody"))
    office.alert()
    dispatching.dispatch(lambda _work: None)
    for row in Dispatch.objects.all():
        held = row.outlet.account
        channel = dispatching.channel_of(held.kind)
        assert channel is not None
        assert dispatching.claim(held, channel, [row.pk], clock.now())
    assert states() == ["sending", "sending"]
    assert not run(), "it may still be at it"
    manual_clock.advance(3600)
    run()
    by_kind = dict(Dispatch.objects.values_list("outlet__account__kind", "state"))
    assert by_kind == {"demo": "shown", "moody": "unknown"}
    assert Moody.seen == [], "what may not be repeated is not"


def test_an_order_cancelled_before_its_first_try_is_nowhere(
    office: offices.Office, country: Country
) -> None:
    outlet(account(country, "moody"))
    order = office.alert()
    dispatching.dispatch(lambda _work: None)
    assert states() == ["waiting"]
    office.cancel(order)
    run()
    assert Moody.seen == []
    assert withdrawals() == ["confirmed"]


def test_a_sound_channel_gets_urgent_orders_too(office: offices.Office, country: Country) -> None:
    outlet(account(country, "siren"))
    order = office.alert()
    file_note(sha256="b" * 64, mime="audio/ogg", size_bytes=8_000, ms=1_500)
    Order.objects.filter(pk=order.pk).update(speech="b" * 64)
    run()
    ((message, _state, _tries),) = Moody.seen
    assert message.rendition.form is Form.SPEECH
    assert message.rendition.audio_sha256 == "b" * 64


def test_urgent_before_bulletins_and_never_more_than_the_day_allows(
    office: offices.Office, country: Country, manual_clock: ManualClock
) -> None:
    held = account(country, "moody", limits={"per_day": 3, "urgent_reserve": 1})
    lists = [outlet(held, name=f"Nhóm {number}") for number in range(3)]
    bulletins.approved(country.one)
    office.alert(targets=("vn/25/08911",))
    run()
    run()
    first = [message.rendition.urgent for message, _state, _tries in Moody.seen]
    assert first == [True, True, True], "the reserve and the rest are for the order"
    assert states().count("carried") == len(lists) == 3
    assert not run()
    manual_clock.advance(24 * 3600)
    run()
    assert len(Moody.seen) == 5, "two bulletins, and one unit kept for an order"


def test_bulletins_rest_in_quiet_hours_and_orders_do_not(
    office: offices.Office, country: Country, manual_clock: ManualClock
) -> None:
    held = account(country, "moody", limits={"quiet_from": "11:00", "quiet_until": "13:30"})
    outlet(held)
    bulletins.approved(country.one)
    office.alert()
    run()
    assert [message.rendition.urgent for message, _state, _tries in Moody.seen] == [True]
    manual_clock.advance(90 * 60 + 1)
    run()
    assert [message.rendition.urgent for message, _state, _tries in Moody.seen] == [True, False]


def test_a_bulletin_goes_to_the_outlets_of_its_office(country: Country, tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    board(country, inside)
    board(country, outside, "two")
    bulletin = bulletins.approved(country.one, "Cắt nước")
    run()
    assert [text["title"] for text in shown(inside)] == ["Cắt nước"]
    assert shown(outside) == []
    (reached,) = reach_of_bulletin(bulletin.pk)
    assert (reached.kind, reached.state, reached.grade) == ("demo", "shown", "C")


def test_what_was_approved_is_sent_and_nothing_else(country: Country, tmp_path: Path) -> None:
    board(country, tmp_path / "in")
    bulletin = bulletins.approved(country.one, "Cắt nước")
    following.follow()
    named = Decision.objects.get(bulletin=bulletin, made="approved").renditions
    assert set(named) == {"article", "message", "speech"}
    row = Rendition.objects.get(version=bulletin.approved_version, form="message")
    Rendition.objects.filter(pk=row.pk).update(content=row.content | {"text": "Khác."})
    run()
    assert shown(tmp_path / "in") == []
    (dispatch,) = Dispatch.objects.all()
    assert (dispatch.state, dispatch.code) == ("failed", "approval_void")


def test_a_recording_without_text_says_why_it_is_not_sent(country: Country, tmp_path: Path) -> None:
    board(country, tmp_path / "in")
    bulletin = bulletins.approved(country.one, "Cắt nước")
    Decision.objects.filter(bulletin=bulletin).update(renditions={"speech": "a" * 64})
    run()
    assert Dispatch.objects.get().code == "no_rendition"


def test_a_withdrawal_reaches_every_outlet_that_had_it(
    country: Country, tmp_path: Path, manual_clock: ManualClock
) -> None:
    board(country, tmp_path / "in")
    lasting = board(country, tmp_path / "state", mode="state")
    outlet(account(country, "moody"))
    bulletin = bulletins.approved(country.one, "Cắt nước")
    run()
    assert len(shown(tmp_path / "in")) == len(shown_by_state(tmp_path / "state")) == 1
    ChannelOutlet.objects.filter(pk=lasting.pk).update(retired_at=clock.now())
    services.bulletin_withdraw(
        actor=country.one.actor("officer"), bulletin_id=bulletin.pk, edition=1, reason="Nhầm."
    )
    run()
    run()
    assert shown(tmp_path / "in") == shown_by_state(tmp_path / "state") == []
    gone, left = confirmed(reach_of_bulletin(bulletin.pk))
    assert [one.kind for one in gone] == ["demo", "demo"]
    assert [(one.kind, one.withdrawn) for one in left] == [("moody", "cannot")]


def test_a_correction_goes_wherever_the_old_one_had_come(
    country: Country, tmp_path: Path, manual_clock: ManualClock
) -> None:
    held = board(country, tmp_path / "in")
    bulletin = bulletins.approved(country.one, "Cắt nước")
    run()
    ChannelOutlet.objects.filter(pk=held.pk).update(takes_bulletins=False)
    manual_clock.advance(60)
    draft = correcting.correction_begin(actor=country.one.actor("officer"), bulletin_id=bulletin.pk)
    services.bulletin_submit(
        actor=country.one.actor("officer"), bulletin_id=draft.pk, edition=draft.edition
    )
    bulletins.give_sound(draft)
    services.bulletin_approve(
        actor=country.one.actor("approver"), bulletin_id=draft.pk, edition=draft.edition
    )
    correcting.take_back(bulletin_id=bulletin.pk)
    run()
    run()
    assert len(shown(tmp_path / "in")) == 1
    by_bulletin = {row.bulletin_id: row for row in Dispatch.objects.all()}
    assert by_bulletin[bulletin.pk].withdrawn == "confirmed"
    assert by_bulletin[draft.pk].state == "shown"
    assert Bulletin.objects.get(pk=bulletin.pk).state == "withdrawn"


def test_an_outlet_in_state_mode_is_told_everything_it_should_show(
    office: offices.Office, country: Country, tmp_path: Path, manual_clock: ManualClock
) -> None:
    board(country, tmp_path / "state", mode="state")
    bulletins.approved(country.one, "Cắt nước")
    manual_clock.advance(5)
    order = office.alert(hours=1)
    run()
    titles = [row["title"] for row in shown_by_state(tmp_path / "state")]
    assert titles == [order.title, "Cắt nước"], "the urgent one first"
    assert not run()
    manual_clock.advance(3601)
    run()
    assert [row["title"] for row in shown_by_state(tmp_path / "state")] == ["Cắt nước"]
    (reached,) = reach_of_orders([order.pk])
    assert reached.withdrawn == "confirmed"


def test_no_channel_is_called_inside_a_transaction(
    office: offices.Office, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths: list[int] = []
    from django.db import connection

    before = len(connection.savepoint_ids)

    def send(_self: Moody, _account: Any, batch: Any) -> list[Outcome]:
        depths.append(len(connection.savepoint_ids))
        return [Outcome(key=one.key, state="carried", at=clock.now()) for one in batch]

    def withdraw(_self: Moody, _account: Any, batch: Any) -> list[Withdrawal]:
        depths.append(len(connection.savepoint_ids))
        return [Withdrawal(key=one.key, state="confirmed") for one in batch]

    monkeypatch.setattr(Moody, "send", send)
    monkeypatch.setattr(Moody, "withdraw", withdraw)
    outlet(account(country, "moody"))
    order = office.alert()
    run()
    office.cancel(order)
    run()
    assert depths == [before, before]


def test_a_channel_taken_out_says_so(office: offices.Office, country: Country) -> None:
    held = outlet(account(country, "moody"))
    office.alert()
    dispatching.dispatch(lambda _work: None)
    ChannelAccount.objects.filter(pk=held.account_id).update(kind="nothing")
    run()
    assert Dispatch.objects.get().code == "no_channel"


def test_an_error_names_its_scope() -> None:
    assert issubclass(AccountFailed, ChannelError)
    assert AccountFailed("a", "b.").failure.scope == "account"
    assert MessageFailed("a", "b.").failure.permanent
