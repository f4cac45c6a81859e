"""Telling an approver that something waits: by e-mail, and in the browsers that asked for it.

A reader of the journal with a cursor of its own, because its work stands on a network: a fact may
be told twice after a crash, never lost. What is sent names the bulletin and leads to a page that
asks for a sign-in; nothing can be decided from it.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.mail import send_mail
from webpush import WebPush, WebPushSubscription
from webpush.types import WebPushKeys

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.files import write_private
from loa.newsroom import events, selectors
from loa.newsroom.models import Bell, Bulletin, State
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
PUSH_LIFE_S = 6 * 3600
PUSH_TIMEOUT_S = 10
GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Post:
    """One push on its way: where to, the sealed words, the headers."""

    address: str
    body: bytes
    headers: dict[str, str]


Sender = Callable[[Post], int]
"""Sends a push and gives the answer's status; raises OSError where nobody answers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """How this node reaches people: `keys` is its folder of keys, `web_url` its own address."""

    keys: Path
    web_url: str
    mail_on: bool
    sender_address: str
    push_hosts: tuple[str, ...]


def public_key(keys: Path) -> str:
    """The node's own VAPID key as browsers take it; the pair is made at its first use."""
    from webpush.vapid import VAPID

    key = serialization.load_pem_public_key(_pair(keys)[1].read_bytes())
    return str(VAPID.get_application_server_key(key))


def _pair(keys: Path) -> tuple[Path, Path]:
    private, public = keys / "vapid.pem", keys / "vapid.pub"
    if not private.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(private, pem, replace=False)
    if not public.exists():
        loaded = serialization.load_pem_private_key(private.read_bytes(), None)
        told = loaded.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        write_private(public, told, replace=True)
    return private, public


def bell_hang(*, actor: Actor, endpoint: str, p256dh: str, auth: str, hosts: Iterable[str]) -> None:
    """A browser asks to be told. Only for approvers, only at a known push service.

    Raises NotAllowed, BulletinRefused. No fact: it is the asker's own browser, not the office's.
    """
    if not actor.places(Action.BULLETIN_APPROVE) or actor.account_id is None:
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


def is_push_address(endpoint: str, hosts: Iterable[str]) -> bool:
    """Whether an address is one of the push services': the node posts to no other (no SSRF)."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    known = any(host == one or host.endswith(f".{one}") for one in hosts)
    plain = not parts.username and port in {None, 443} and len(endpoint) <= 500
    return parts.scheme == "https" and known and plain


def ring(line: Line, send: Sender) -> bool:
    """Tell of what was submitted since the last call; returns whether there may be more."""
    batch = journal.next_batch(READER, {events.BULLETIN_SUBMITTED}, BATCH)
    if batch is None:
        return False
    for fact in batch.facts:
        bulletin = _waiting(UUID(fact.subject.partition(":")[2]))
        if bulletin is not None:
            _tell(line, send, bulletin)
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
    for bell in Bell.objects.filter(account__in=accounts):
        _push(line, send, bell, words)


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
        except OSError as error:  # smtplib's errors are OSErrors
            log.warning("no e-mail", bulletin=str(bulletin.pk), why=repr(error))


def _push(line: Line, send: Sender, bell: Bell, words: dict[str, str]) -> None:
    if not is_push_address(bell.endpoint, line.push_hosts):
        return
    private, public = _pair(line.keys)
    try:
        sealed = WebPush(private, public, line.sender_address, ttl=PUSH_LIFE_S).get(
            words,
            WebPushSubscription(
                endpoint=bell.endpoint,
                keys=WebPushKeys(p256dh=bell.p256dh, auth=bell.auth),
            ),
        )
        status = send(Post(bell.endpoint, sealed.encrypted, dict(sealed.headers)))
    except (OSError, ValueError) as error:
        log.warning("no push", bell=str(bell.pk), why=repr(error))
        return
    if status in GONE:
        bell.delete()
    elif status >= 400:
        log.warning("no push", bell=str(bell.pk), status=status)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def post(push: Post) -> int:
    """Send a push over HTTPS, following nothing; the answer's status."""
    request = urllib.request.Request(  # noqa: S310  is_push_address saw to https
        push.address, data=push.body, headers=push.headers, method="POST"
    )
    try:
        with _opener.open(request, timeout=PUSH_TIMEOUT_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
