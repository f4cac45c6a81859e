"""Telling an approver that something waits: by e-mail, and in the browsers that asked for it.

A reader of the journal with a cursor of its own, because its work stands on a network: a fact may
be told twice after a crash, never lost. What is sent names the bulletin and leads to a page that
asks for a sign-in; nothing can be decided from it.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.core.mail import send_mail

from loa.journal import services as journal
from loa.lib import clock
from loa.newsroom import events, push, selectors
from loa.newsroom.models import Bell, Bulletin, State
from loa.newsroom.push import Line, Sender, is_push_address
from loa.newsroom.rules import BulletinRefused
from loa.people import selectors as people
from loa.people.rules import MATRIX, Action, Actor
from loa.people.selectors import NotAllowed

log = structlog.get_logger()

READER = "bells"
BATCH = 100
OLDEST = timedelta(hours=6)
"""What was submitted before is no news: a node that was off does not ring for last week."""
BELLS_MAX = 10


def bell_hang(*, actor: Actor, endpoint: str, p256dh: str, auth: str, hosts: Iterable[str]) -> None:
    """A browser asks to be told. Only for who approves bulletins or urgent orders, only at a known
    push service.

    Raises NotAllowed, BulletinRefused. No fact: it is the asker's own browser, not the office's.
    """
    approves = actor.places(Action.BULLETIN_APPROVE) or actor.places(Action.ALERT_APPROVE)
    if not approves or actor.account_id is None:
        raise NotAllowed(actor, Action.BULLETIN_APPROVE, "")
    if not is_push_address(endpoint, hosts) or not (40 < len(p256dh) <= 120 and len(auth) <= 40):
        raise BulletinRefused("Trình duyệt này chưa nhận được lời báo. Xin dùng thư điện tử.")
    own = Bell.objects.filter(account_id=actor.account_id).order_by("made_at", "pk")
    for old in list(own)[: max(0, own.count() - BELLS_MAX + 1)]:
        old.delete()
    Bell.objects.update_or_create(
        endpoint=endpoint,
        defaults={
            "account_id": actor.account_id,
            "p256dh": p256dh,
            "auth": auth,
            "made_at": clock.now(),
        },
    )


def bell_take_down(*, actor: Actor, endpoint: str) -> None:
    """The browser no longer wants it."""
    if actor.account_id is not None:
        Bell.objects.filter(account_id=actor.account_id, endpoint=endpoint).delete()


def ring(line: Line, send: Sender) -> bool:
    """Tell of what was submitted since the last call; returns whether there may be more."""
    batch = journal.next_batch(READER, {events.BULLETIN_SUBMITTED}, BATCH)
    if batch is None:
        return False
    for fact in batch.facts:
        bulletin = _waiting(UUID(fact.subject.partition(":")[2]))
        if bulletin is None:
            continue
        try:
            _tell(line, send, bulletin)
        except Exception:
            # What is wrong with one bulletin must not keep anybody from hearing of another.
            log.exception("nobody was told", bulletin=str(bulletin.pk))
    journal.batch_done(batch)
    return True


def _waiting(bulletin_id: UUID) -> Bulletin | None:
    rows = Bulletin.objects.filter(
        pk=bulletin_id, state=State.SUBMITTED, changed_at__gt=clock.now() - OLDEST
    )
    return rows.select_related("place", "author").first()


def approvers_of(bulletin: Bulletin) -> list[Any]:
    """Who may approve it today, its author left out; each once."""
    names = [role.value for role, actions in MATRIX.items() if Action.BULLETIN_APPROVE in actions]
    path = bulletin.place.path
    rows = people.roles_at((path,)).filter(name__in=names, place__path=path)
    found = {row.account_id: row.account for row in rows if row.account_id != bulletin.author_id}
    return list(found.values())


def _tell(line: Line, send: Sender, bulletin: Bulletin) -> None:
    title = selectors.newest_version(bulletin.pk).title
    address = f"{line.web_url}/duyet/{bulletin.pk}/"
    accounts = approvers_of(bulletin)
    if line.mail_on:
        _mail(line, [one.email for one in accounts if one.email], bulletin, title, address)
    words = {"title": "Tin chờ duyệt", "body": title, "url": f"/duyet/{bulletin.pk}/"}
    push.deliver(line, send, [one.pk for one in accounts], words)


def _mail(line: Line, to: list[str], bulletin: Bulletin, title: str, address: str) -> None:
    text = (
        f"{bulletin.author or 'Cán bộ'} vừa gửi tin “{title}” của {bulletin.place.name}"
        " chờ duyệt.\n\n"
        f"Nghe, xem và quyết định tại (cần đăng nhập):\n{address}\n"
    )
    subject = " ".join(f"Chờ duyệt: {title}".split())
    for one in to:  # one letter each: nobody sees who else was asked
        try:
            send_mail(subject, text, line.sender_address, [one])
        except Exception as error:
            # Whatever an address makes the mail library raise: the next person is written to.
            log.exception("no e-mail", bulletin=str(bulletin.pk), why=type(error).__name__)
