"""Sessions and second factors, as the sign-in library keeps them.

That library is only there in the processes that have a console; others never end a session.
"""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import Exists, OuterRef, Value

if TYPE_CHECKING:
    from django.http import HttpRequest

    from loa.people.models import Account


def begin(request: "HttpRequest") -> None:
    """Note the session of somebody who came in by another door than the sign-in page."""
    from allauth.usersessions.models import UserSession

    UserSession.objects.create_from_request(request)


def end_all(account: "Account", *, but: str = "") -> int:
    """End every session of the account except the one with key `but`; how many."""
    if not apps.is_installed("allauth.usersessions"):
        return 0
    from allauth.usersessions.models import UserSession

    found = list(UserSession.objects.filter(user_id=account.pk).exclude(session_key=but))
    for session in found:
        session.end()
    return len(found)


def end_one(account: "Account", session_id: int) -> bool:
    """End one session of the account; whether there was one."""
    from allauth.usersessions.models import UserSession

    found = UserSession.objects.filter(user_id=account.pk, pk=session_id).first()
    if found is not None:
        found.end()
    return found is not None


def factor_of(field: str) -> Exists | Value:
    """For a query: whether the account in `field` has a second factor (recovery codes alone are
    none). False where there is no console to sign in to."""
    if not apps.is_installed("allauth.mfa"):
        return Value(False)
    from allauth.mfa.models import Authenticator

    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return Exists(Authenticator.objects.filter(user_id=OuterRef(field), type__in=kinds))


def factors_remove(account: "Account") -> None:
    """Take away every second factor and recovery code."""
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user_id=account.pk).delete()
