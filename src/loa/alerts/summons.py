"""Calling the second person: a letter to the approvers whose turn it is, and at each climb to the
next tier. A reader of the journal with a cursor of its own; nothing waits for the post.
"""

from datetime import timedelta

import structlog
from django.core.mail import send_mail

from loa.alerts import events, rules, selectors
from loa.alerts.models import Order, State
from loa.alerts.roster import Approver, roster, who_may_stop
from loa.journal import services as journal
from loa.lib import clock

log = structlog.get_logger()

READER = "summons"
BATCH = 50
OLDEST = timedelta(minutes=30)
KINDS = frozenset({events.ORDER_PROPOSED, events.ORDER_CLIMBED, events.ORDER_FILLED})


def ring(*, web_url: str, sender_address: str, mail_on: bool) -> bool:
    """Call for what was proposed or has climbed since the last call; whether there may be more."""
    batch = journal.next_batch(READER, KINDS, BATCH)
    if batch is None:
        return False
    for fact in batch.facts:
        order = selectors.order_get(fact.subject.partition(":")[2])
        if order is None or not mail_on:
            continue
        if fact.kind == events.ORDER_FILLED:
            _warn(order, web_url, sender_address)
            continue
        if not _waits(order):
            continue
        step = int(fact.payload.get("step", 0))
        for one in called(order, step):
            _write(one, order, web_url, sender_address)
    journal.batch_done(batch)
    return True


def _warn(order: Order, web_url: str, sender_address: str) -> None:
    """A machine spoke: everybody who may stop it hears of it at once, however short the window."""
    if order.ended_at is not None or order.begins_at is None:
        return
    at = clock.local(order.begins_at)
    subject = " ".join(f"[MÁY ĐIỀN] {order.title}".split())
    text = (
        f"{order.title}\n\n{order.text}\n\nMáy đã điền mẫu ký trước. Loa phát lúc"
        f" {at:%H:%M:%S} nếu không ai dừng.\nDừng tại (cần đăng nhập):"
        f" {web_url}/khan-cap/lenh/{order.pk}/\n"
    )
    for email in sorted(who_may_stop(selectors.targets_of(order))):
        _post(email, subject, text, sender_address, order)


def called(order: Order, step: int) -> list[Approver]:
    """Those whose turn comes at this step of the climb and who have an address."""
    found = roster(order, selectors.places_of(order))
    return [one for one in found if one.tier == step and one.email]


def _waits(order: Order) -> bool:
    fresh = clock.now() - order.made_at < min(OLDEST, rules.PROPOSAL_LIFE)
    return order.state == State.PROPOSED and fresh


def _write(one: Approver, order: Order, web_url: str, sender_address: str) -> None:
    nature = "DIỄN TẬP" if order.drill else "KHẨN CẤP"
    subject = " ".join(f"[{nature}] Cần chữ ký thứ hai: {order.title}".split())
    text = (
        f"{order.title}\n\nMột lệnh đang chờ chữ ký của anh chị. Chưa có gì được phát.\n"
        f"Xem, nghe và ký tại (cần đăng nhập):\n{web_url}/khan-cap/lenh/{order.pk}/\n"
    )
    _post(one.email, subject, text, sender_address, order)


def _post(to: str, subject: str, text: str, sender_address: str, order: Order) -> None:
    try:
        send_mail(subject, text, sender_address, [to])
    except OSError as error:  # smtplib's errors are OSErrors
        log.warning("no e-mail", order=order.pk[:12], why=repr(error))
