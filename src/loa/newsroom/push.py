"""Web push: short sealed words to the browsers that asked for them, over the push services alone.

Every subscription is its own: one that cannot be reached, whatever its service answers, keeps no
other from being told.
"""

import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from webpush import WebPush, WebPushSubscription
from webpush.types import WebPushKeys

from loa.lib.files import write_private
from loa.lib.threads import each_at_once
from loa.newsroom.models import Bell

log = structlog.get_logger()

PUSH_LIFE_S, URGENT_LIFE_S = 6 * 3600, 1800
PUSH_TIMEOUT_S = 10
GONE = frozenset({404, 410})
AT_ONCE = 8
NO_BELL, UNSENT = "no_bell", "unsent"


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


def deliver(
    line: Line, send: Sender, accounts: Sequence[UUID], words: Mapping[str, str]
) -> dict[UUID, str]:
    """Tell the accounts on every machine where they asked for it, several at a time. By account:
    empty where at least one took it, else `no_bell` or `unsent`. `urgent` among the words: the
    push wakes the device, and is of no use after half an hour."""
    bells = defaultdict[UUID, list[Bell]](list)
    for bell in Bell.objects.filter(account__in=accounts):
        bells[bell.account_id].append(bell)
    sealed = [(bell, _sealed(line, bell, words)) for held in bells.values() for bell in held]
    statuses = each_at_once(lambda pair: _sent(send, *pair), sealed, most=AT_ONCE, name="push")
    reached = set()
    for (bell, _post), status in zip(sealed, statuses, strict=True):
        if status in GONE:
            bell.delete()
        elif 0 < status < 400:
            reached.add(bell.account_id)
        else:
            log.warning("no push", bell=str(bell.pk), status=status)
    return {one: "" if one in reached else UNSENT if bells[one] else NO_BELL for one in accounts}


def _sealed(line: Line, bell: Bell, words: Mapping[str, str]) -> Post | None:
    """The words for one browser; None for an address or keys that nothing can be sent with."""
    if not is_push_address(bell.endpoint, line.push_hosts):
        return None
    private, public = _pair(line.keys)
    urgent = "urgent" in words
    try:
        made = WebPush(
            private, public, line.sender_address, ttl=URGENT_LIFE_S if urgent else PUSH_LIFE_S
        ).get(
            dict(words),
            WebPushSubscription(
                endpoint=bell.endpoint,
                keys=WebPushKeys(p256dh=bell.p256dh, auth=bell.auth),
            ),
        )
    except Exception as error:
        log.exception("no push", bell=str(bell.pk), why=type(error).__name__)
        return None
    headers = dict(made.headers) | ({"urgency": "high"} if urgent else {})
    return Post(bell.endpoint, made.encrypted, headers)


def _sent(send: Sender, bell: Bell, push: Post | None) -> int:
    """The service's status; 0 where nothing could be sent or nothing sensible came back."""
    if push is None:
        return 0
    try:
        return send(push)
    except (OSError, ValueError, HTTPException) as error:
        log.warning("no push", bell=str(bell.pk), why=type(error).__name__)
    except Exception as error:
        log.exception("no push", bell=str(bell.pk), why=type(error).__name__)
    return 0


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
