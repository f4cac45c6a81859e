"""Calling the second person: a push to everybody who may sign, at once; a letter to those whose
turn it is, and at each climb to the next tier.

A reader of the journal with a cursor of its own; nothing waits for it. One person's broken address
is that person's: the others are called all the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.errors import MessageError
from smtplib import SMTPRecipientsRefused
from uuid import UUID

import structlog
from django.core.mail import send_mail

from loa.alerts import events, rules, selectors
from loa.alerts.models import Order, State
from loa.alerts.orders import calls
from loa.alerts.orders.approver_roster import roster, who_may_stop
from loa.journal import services as journal
from loa.journal.services import Recorded
from loa.lib import clock
from loa.lib.threads import each_at_once

log = structlog.get_logger()

READER = "summons"
BATCH = 50
OLDEST = timedelta(minutes=30)
KINDS = frozenset({events.ORDER_PROPOSED, events.ORDER_CLIMBED, events.ORDER_FILLED})
AT_ONCE = 8

NO_SERVER, NO_ADDRESS, BAD_ADDRESS, UNSENT = "no_server", "no_address", "bad_address", "unsent"
"""Why no letter went out: the node has no mail server, the account no address, the address cannot
be written to, the server did not take it."""

Push = Callable[[Sequence[UUID], Mapping[str, str]], Mapping[UUID, str]]
"""Tells accounts on the machines where they asked for it; by account, empty where it went out, else
one word for why not: `no_bell`, `unsent`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """How this node reaches people."""

    web_url: str
    sender_address: str
    mail_on: bool
    push: Push


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str


def ring(line: Line) -> bool:
    """Call for what was proposed or has climbed since the last call; whether there may be more."""
    batch = journal.next_batch(READER, KINDS, BATCH)
    if batch is None:
        return False
    for fact in batch.facts:
        try:
            _call(fact, line)
        except Exception:
            # What is wrong with one order must not keep anybody from being called for another.
            log.exception("nobody was called", order=fact.subject[:20])
    journal.batch_done(batch)
    return True


def _call(fact: Recorded, line: Line) -> None:
    order = selectors.order_get(fact.subject.partition(":")[2])
    if order is None:
        return
    if fact.kind == events.ORDER_FILLED:
        _warn(order, line)
    elif _waits(order):
        _summon(order, int(fact.payload.get("step", 0)), line)


def _warn(order: Order, line: Line) -> None:
    """A machine spoke: everybody who may stop it hears of it at once, however short the window."""
    if order.ended_at is not None or order.begins_at is None:
        return
    at = clock.local(order.begins_at)
    text = (
        f"{order.title}\n\n{order.text}\n\nMáy đã điền mẫu ký trước. Loa phát lúc"
        f" {at:%H:%M:%S} nếu không ai dừng.\nDừng tại (cần đăng nhập):"
        f" {line.web_url}{_page(order)}\n"
    )
    people = who_may_stop(selectors.targets_of(order))
    line.push(list(people), _words(order, f"Máy sẽ phát lúc {at:%H:%M:%S}"))
    _write(order, Letter(_line(f"[MÁY ĐIỀN] {order.title}"), text), people, line)


def _summon(order: Order, step: int, line: Line) -> None:
    """A push to all on the roster when the order is new, and again to a tier when its turn comes;
    a letter to everybody whose turn has come and who has had none."""
    people = roster(order, selectors.places_of(order))
    nature = "DIỄN TẬP" if order.drill else "KHẨN CẤP"
    told = [one.account_id for one in people if step in {0, one.tier}]
    words = _words(order, f"{nature}: cần chữ ký của anh chị")
    calls.pushed(order, line.push(told, words))
    text = (
        f"{order.title}\n\nMột lệnh đang chờ chữ ký của anh chị. Chưa có gì được phát.\n"
        f"Xem, nghe và ký tại (cần đăng nhập):\n{line.web_url}{_page(order)}\n"
    )
    turn = calls.uncalled(order, [one for one in people if one.tier <= step])
    letter = Letter(_line(f"[{nature}] Cần chữ ký thứ hai: {order.title}"), text)
    to = {one.account_id: one.email for one in turn}
    calls.mailed(order, _write(order, letter, to, line))


def _waits(order: Order) -> bool:
    fresh = clock.now() - order.made_at < min(OLDEST, rules.PROPOSAL_LIFE)
    return order.state == State.PROPOSED and fresh


def _page(order: Order) -> str:
    return f"/khan-cap/lenh/{order.pk}/"


def _line(text: str) -> str:
    return " ".join(text.split())


def _words(order: Order, title: str) -> dict[str, str]:
    return {"title": title, "body": order.title, "url": _page(order), "urgent": "1"}


def _write(order: Order, letter: Letter, to: Mapping[UUID, str], line: Line) -> dict[UUID, str]:
    """A letter each, several at a time; by account, empty or one word for why it did not go."""
    if not line.mail_on:
        return dict.fromkeys(to, NO_SERVER)

    def one(email: str) -> str:
        return _post(email, letter, line.sender_address, order.pk) if email else NO_ADDRESS

    answers = each_at_once(one, to.values(), most=AT_ONCE, name="letter")
    return dict(zip(to, answers, strict=True))


def _post(to: str, letter: Letter, sender_address: str, order_id: str) -> str:
    try:
        send_mail(letter.subject, letter.text, sender_address, [to])
    except (ValueError, MessageError, LookupError, SMTPRecipientsRefused) as error:
        # What the standard library raises for an address that cannot be written (UnicodeError is
        # a ValueError), or what the server says of it. The address itself is not logged.
        log.warning("no e-mail", order=order_id[:12], why=type(error).__name__)
        return BAD_ADDRESS
    except Exception as error:
        log.exception("no e-mail", order=order_id[:12], why=type(error).__name__)
        return UNSENT
    return ""
