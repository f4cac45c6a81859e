"""What a returned letter says (RFC 3464): who cannot be reached, and for how long. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.message import Message as AnyEmail
from uuid import UUID

from django.utils.translation import gettext_noop

from loa.channels.contract import Event, Outcome, PersonEvent, RecipientOutcome
from loa.channels.email import links
from loa.channels.failures import Failure, Scope

_OURS = re.compile(r"<([0-9a-f-]{36})\.([0-9a-f-]{36})@")
_VERP = re.compile(r"\+([0-9a-f]{32})([0-9a-f]{10})@")
_STATUS = re.compile(r"^([245])\.\d{1,3}\.\d{1,3}")
FULL_FOR = timedelta(days=3)
"""How long a full mailbox is left alone."""


def read(raw: bytes, received_at: datetime) -> list[Event]:
    """The events of one returned letter. Raises ValueError for what is no report about a letter of
    this node: the mark in its address must be ours."""
    letter = message_from_bytes(raw, policy=policy.default)
    ref = _person(letter)
    status = _status(letter)
    if ref is None or status is None:
        raise ValueError("not a report about a letter of ours")
    action, code = status
    if action != "failed":
        return []
    soft = code == "5.2.2" or code.startswith("4")
    failure = Failure(
        code=f"bounce_{code}",
        sentence=gettext_noop("Hộp thư của người nhận trả thư lại."),
        scope=Scope.PERSON,
        retry_at=received_at + FULL_FOR if soft else None,
    )
    final = Failure(code=failure.code, sentence=failure.sentence, scope=Scope.PERSON)
    key = _dispatch(letter, ref)
    events: list[Event] = [PersonEvent(kind="bounced", ref=ref, failure=failure)]
    if key is not None:
        told = RecipientOutcome(ref=ref, state="failed", failure=final)
        events.append(Outcome(key=key, state="carried", at=received_at, recipients=(told,)))
    return events


def _person(letter: EmailMessage) -> UUID | None:
    """Whom the returned letter was for, by the address that it came back to."""
    for name in ("X-Original-To", "Delivered-To", "To"):
        found = _VERP.search(str(letter.get(name, "")))
        if found is None:
            continue
        ref = UUID(hex=found[1])
        if links.token(links.BOUNCE, ref)[32:42] == found[2]:
            return ref
    return None


def _status(letter: EmailMessage) -> tuple[str, str] | None:
    for part in _parts(letter, "message/delivery-status"):
        for block in part.get_payload():
            if isinstance(block, AnyEmail) and block.get("Action"):
                code = _STATUS.match(str(block.get("Status", "")).strip())
                action = str(block["Action"]).strip().lower()
                return (action, code[0]) if code else None
    return None


def _dispatch(letter: EmailMessage, ref: UUID) -> UUID | None:
    """Which dispatch it was, where the report has the head of our letter."""
    for kind in ("message/rfc822", "text/rfc822-headers"):
        for part in _parts(letter, kind):
            found = _OURS.search(part.as_string()[:20_000])
            if found is not None and UUID(found[2]) == ref:
                return UUID(found[1])
    return None


def _parts(letter: EmailMessage, kind: str) -> Iterator[AnyEmail]:
    return (part for part in letter.walk() if part.get_content_type() == kind)
