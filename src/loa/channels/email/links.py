"""Links in letters: each names one member of a list and can be made by this node alone.

A link carries no session and no address. It stays good for as long as the node keeps its secret,
because a right to leave does not run out.
"""

from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

CONFIRM, STOP, BOUNCE = "confirm", "stop", "bounce"
MARK_LENGTH = 20
"""Hex letters: 80 bits."""


def token(purpose: str, ref: UUID) -> str:
    """Names the member for this purpose only: 52 hex letters."""
    return ref.hex + _mark(purpose, ref)


def member_of(purpose: str, text: str) -> UUID | None:
    """The member that a token names; None for one that this node did not make for the purpose."""
    if len(text) != 32 + MARK_LENGTH:
        return None
    try:
        ref = UUID(hex=text[:32])
    except ValueError:
        return None
    return ref if constant_time_compare(text[32:], _mark(purpose, ref)) else None


def _mark(purpose: str, ref: UUID) -> str:
    made = salted_hmac(f"loa.channels.email.{purpose}", ref.hex, algorithm="sha256")
    return made.hexdigest()[:MARK_LENGTH]


def confirm_url(ref: UUID) -> str:
    return f"{settings.ENV.web_url}/thu/xac-nhan/{token(CONFIRM, ref)}"


def stop_url(ref: UUID) -> str:
    return f"{settings.ENV.web_url}/thu/ngung/{token(STOP, ref)}"
