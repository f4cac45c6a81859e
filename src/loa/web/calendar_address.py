"""The address of a station's programme for calendar programs: the address itself is the key."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac

from loa.people.selectors import account_get
from loa.web.middleware import actor

if TYPE_CHECKING:
    from loa.people.models import Account


SALT = "loa.calendar"


def address(request: HttpRequest, station_id: UUID) -> str:
    """The feed's whole address for whoever asks."""
    account = account_get(str(actor(request).account_id))
    if account is None:
        return ""
    key = signing.dumps([str(account.pk), str(station_id), _seal(account)], salt=SALT)
    url = reverse("hooks:calendar", args=[station_id])
    return request.build_absolute_uri(f"{url}?khoa={key}")


def _seal(account: "Account") -> str:
    """Changes with the password: the way to make an address that got about worthless. A hash of its
    own, because the address is signed, not secret, and sessions are known by the other one."""
    return salted_hmac(SALT, account.get_session_auth_hash()).hexdigest()[:16]


def account_of(key: str, station_id: UUID) -> "Account":
    try:
        account_id, station, seal = signing.loads(key[:400], salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    account = account_get(account_id)
    if account is None or station != str(station_id) or seal != _seal(account):
        raise Http404
    return account
