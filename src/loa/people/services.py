"""Writes: accounts and roles."""

from datetime import date
from typing import TYPE_CHECKING

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from loa.journal import services as journal
from loa.lib import clock
from loa.lib.sentences import Refusal
from loa.lib.text import nfc
from loa.people import events
from loa.people.models import Account, Role
from loa.people.rules import MATRIX, Action, Actor, RoleName, phone_plain
from loa.people.selectors import NotAllowed, ensure, roles_on

if TYPE_CHECKING:
    from loa.places.models import Place


class PeopleError(Refusal):
    """What the asker did wrong, as a sentence for them."""


def account_prepare(*, username: str, full_name: str, email: str) -> Account:
    """An account as it would be, not stored. Raises PeopleError for what cannot be."""
    name = " ".join(nfc(full_name).split())
    if not name:
        raise PeopleError("Xin ghi họ và tên.").at("full_name")
    if len(name) > 80 or not name.isprintable():
        raise PeopleError("Họ và tên có từ 1 đến 80 chữ, không có ký tự lạ.").at("full_name")
    account = Account(
        username=nfc(username).strip().lower(), full_name=name, email=email.strip().lower()
    )
    _check_names(account)
    return account


def account_create(
    *, actor: Actor, place: "Place", username: str, full_name: str, email: str = "", password: str
) -> Account:
    """Make an account; it can do nothing until a role is granted.

    Raises NotAllowed, PeopleError, or ValidationError for a password below the policy.
    """
    ensure(actor, Action.ACCOUNT_MANAGE, place.path)
    account = account_prepare(username=username, full_name=full_name, email=email)
    validate_password(password, account)
    account.set_password(password)
    with transaction.atomic():
        check_free(account)
        account.save(force_insert=True)
        journal.record(
            actor=str(actor),
            kind=events.ACCOUNT_CREATED,
            place=place.path,
            subject=f"account:{account.pk}",
        )
    return account


def check_free(account: Account) -> None:
    """Raise PeopleError where somebody else has the name or the e-mail address: with either one
    signs in, and single sign-on finds a person by their address."""
    if Account.objects.filter(username=account.username).exists():
        raise PeopleError("Tên đăng nhập “%(name)s” đã có người dùng.", name=account.username).at(
            "username"
        )
    check_email_free(account)


def check_email_free(account: Account) -> None:
    """Raise PeopleError where another account has the e-mail address."""
    if not account.email:
        return
    if Account.objects.filter(email=account.email).exclude(username=account.username).exists():
        raise PeopleError("Địa chỉ “%(email)s” đã có người dùng.", email=account.email).at("email")


def _check_names(account: Account) -> None:
    if len(account.username) > 80:
        raise PeopleError("Tên đăng nhập nhiều nhất 80 chữ.").at("username")
    if len(account.email) > 200:
        raise PeopleError("Địa chỉ thư nhiều nhất 200 chữ.").at("email")
    try:
        Account.username_validator(account.username)
    except ValidationError as error:
        raise PeopleError("Tên đăng nhập chỉ gồm chữ, số và các dấu @ . + - _.").at(
            "username"
        ) from error
    if not account.email:
        return
    try:
        validate_email(account.email)
    except ValidationError as error:
        raise PeopleError("Địa chỉ thư điện tử chưa đúng.").at("email") from error


def role_grant(
    *,
    actor: Actor,
    account: Account,
    role: RoleName,
    place: "Place",
    since: date | None = None,
    until: date | None = None,
) -> Role:
    """Give a role at a place. Nobody grants beyond the place they manage, nor to themselves."""
    ensure(actor, Action.ACCOUNT_MANAGE, place.path)
    if actor.account_id == account.pk:
        raise PeopleError("Không ai tự giao vai trò cho chính mình.")
    since = since or clock.local(clock.now()).date()
    if until is not None and until <= since:
        raise PeopleError("Ngày thôi vai trò phải sau ngày bắt đầu.").at("until")
    with transaction.atomic():
        granted, fresh = Role.objects.get_or_create(
            account=account,
            name=role.value,
            place=place,
            since=since,
            defaults={"until": until, "granted_by_id": actor.account_id},
        )
        if fresh:
            journal.record(
                actor=str(actor),
                kind=events.ROLE_GRANTED,
                place=place.path,
                subject=f"account:{account.pk}",
                payload={"role": role.value, "since": str(since), "until": str(until or "")},
            )
    return granted


def role_end(*, actor: Actor, role: Role) -> None:
    """End a role today. It stays in the history."""
    ensure(actor, Action.ACCOUNT_MANAGE, role.place.path)
    today = clock.local(clock.now()).date()
    with transaction.atomic():
        if role.since >= today:
            role.delete()
        else:
            role.until = today
            role.save(update_fields=["until"])
        journal.record(
            actor=str(actor),
            kind=events.ROLE_ENDED,
            place=role.place.path,
            subject=f"account:{role.account_id}",
            payload={"role": role.name},
        )


def permits(role: RoleName) -> list[Action]:
    """The actions of a role, for the screen that shows who may do what."""
    return sorted(MATRIX[role])


def phone_set(*, actor: Actor, account: Account, phone: str) -> None:
    """A person's own telephone number, for colleagues in an emergency; empty takes it away. The
    journal says that it changed, not what it is. Raises NotAllowed, PeopleError."""
    if actor.account_id is None or actor.account_id != account.pk:
        raise NotAllowed(actor, Action.ACCOUNT_MANAGE, "")
    plain = phone_plain(phone[:40])
    if plain is None:
        raise PeopleError("Số điện thoại có 8 đến 15 chữ số, ví dụ 0912 345 678.").at("phone")
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(phone=plain)
        journal.record(
            actor=str(actor),
            kind=events.PHONE_CHANGED,
            place=actor.grants[0].path if actor.grants else "vn",
            subject=f"account:{account.pk}",
        )


def totp_enrol(*, account: Account) -> str:
    """Give the account a time-based second factor and return its secret, to be shown once."""
    secret = str(generate_totp_secret())
    TOTP.activate(account, secret)
    return secret


def signed_in(*, account: Account) -> None:
    """Note that a person came in. Their own act: no right is needed for it."""
    _note_sign_in(account, events.SIGNED_IN)


def sign_in_locked(*, login: str) -> None:
    """Note that too many wrong passwords locked a person's sign-in. Unknown names: nothing."""
    account = Account.objects.filter(Q(username=login.lower()) | Q(email=login.lower())).first()
    if account is not None:
        _note_sign_in(account, events.SIGN_IN_LOCKED)


def _note_sign_in(account: Account, kind: str) -> None:
    place = roles_on().filter(account=account).order_by("pk").values_list("place__path", flat=True)
    with transaction.atomic():
        journal.record(
            actor=f"person:{account.pk}",
            kind=kind,
            place=place.first() or "vn",
            subject=f"account:{account.pk}",
        )
