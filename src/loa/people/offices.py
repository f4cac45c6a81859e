"""People coming to an office, standing in for one another, and leaving it.

Nobody is given a password: an invitation is a link that works once, within three days, and the
person sets their own. Leaving closes everything in one step.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from loa.journal import services as journal
from loa.lib import clock
from loa.people import events, rules, sessions
from loa.people.models import Account, Invitation, PersonKey, Role
from loa.people.rules import Action, Actor, Grant, RoleName
from loa.people.selectors import NotAllowed, ensure, roles_on
from loa.people.services import (
    PeopleError,
    account_prepare,
    check_email_free,
    check_free,
    role_grant,
)
from loa_protocol.paths import inside_any

if TYPE_CHECKING:
    from loa.places.models import Place


def token_hash(token: str) -> str:
    """What is kept of an invitation: the token is 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(b"loa/invitation\x00" + token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Invited:
    """A person with an account of their own and the link's token, shown once."""

    account: Account
    token: str


def account_invite(
    *,
    actor: Actor,
    place: "Place",
    username: str,
    full_name: str,
    email: str,
    role: RoleName,
    since: date | None = None,
    until: date | None = None,
) -> Invited:
    """An account without a password, its first role, and a link to set the password by.

    All or none. Raises NotAllowed, PeopleError.
    """
    ensure(actor, Action.ACCOUNT_MANAGE, place.path)
    account = account_prepare(username=username, full_name=full_name, email=email)
    account.set_unusable_password()
    with transaction.atomic():
        check_free(account)
        account.save(force_insert=True)
        journal.record(
            actor=str(actor),
            kind=events.ACCOUNT_CREATED,
            place=place.path,
            subject=f"account:{account.pk}",
        )
        role_grant(actor=actor, account=account, role=role, place=place, since=since, until=until)
        token = _invitation(actor, account, place.path)
    return Invited(account, token)


def invitation_make(*, actor: Actor, account: Account) -> str:
    """A fresh link for somebody who lost theirs or their password; earlier ones stop working.

    Only for people all of whose roles are at places the asker manages: whoever sets a password
    takes over the account. Raises NotAllowed.
    """
    path = ensure_whole(actor, account)
    with transaction.atomic():
        return _invitation(actor, account, path)


def _invitation(actor: Actor, account: Account, path: str) -> str:
    token, now = secrets.token_urlsafe(32), clock.now()
    account.invitations.filter(used_at=None, cancelled_at=None).update(cancelled_at=now)
    Invitation.objects.create(
        account=account,
        token_hash=token_hash(token),
        made_by=str(actor),
        made_at=now,
        expires_at=now + rules.INVITATION_LIFE,
    )
    _record(actor, events.INVITED, path, account)
    return token


def ensure_whole(actor: Actor, account: Account) -> str:
    """Raise NotAllowed unless the asker manages every place where the account holds or will hold a
    role, and it is not their own; returns one of those places."""
    today = clock.local(clock.now()).date()
    rows = Role.objects.filter(account=account).exclude(until__lte=today)
    paths = list(rows.values_list("place__path", flat=True))
    managed = actor.places(Action.ACCOUNT_MANAGE)
    whole = bool(paths) and all(inside_any(path, managed) for path in paths)
    if not whole or actor.account_id == account.pk:
        raise NotAllowed(actor, Action.ACCOUNT_MANAGE, paths[0] if paths else "")
    return paths[0]


def invitation_get(token: str) -> Invitation | None:
    """The invitation behind a link while it can be used."""
    if not 20 <= len(token) <= 100:
        return None
    rows = Invitation.objects.filter(
        token_hash=token_hash(token), used_at=None, cancelled_at=None, expires_at__gt=clock.now()
    )
    return rows.select_related("account").filter(account__is_active=True).first()


def invitation_use(*, token: str, password: str) -> Account:
    """Set the password of the invited person; every other session of theirs ends.

    Raises PeopleError for a link that works no more, ValidationError for a weak password; then the
    link still works.
    """
    found = invitation_get(token)
    if found is None:
        raise PeopleError("Đường dẫn này đã dùng rồi hoặc đã hết hạn. Xin người quản trị gửi lại.")
    account = found.account
    validate_password(password, account)
    now = clock.now()
    with transaction.atomic():
        waiting = Invitation.objects.filter(pk=found.pk, used_at=None, cancelled_at=None)
        if not waiting.update(used_at=now):
            raise PeopleError(
                "Đường dẫn này đã dùng rồi hoặc đã hết hạn. Xin người quản trị gửi lại."
            )
        account.set_password(password)
        account.save(update_fields=["password"])
        sessions.end_all(account)
        place = roles_on().filter(account=account).values_list("place__path", flat=True).first()
        journal.record(
            actor=f"person:{account.pk}",
            kind=events.INVITATION_USED,
            place=place or "vn",
            subject=f"account:{account.pk}",
        )
    return account


def account_change(*, actor: Actor, account: Account, full_name: str, email: str) -> bool:
    """Change a person's name or e-mail address; whether anything differed.

    Raises NotAllowed, PeopleError.
    """
    fresh = account_prepare(username=account.username, full_name=full_name, email=email)
    if (account.full_name, account.email) == (fresh.full_name, fresh.email):
        return False
    path = ensure_whole(actor, account)
    with transaction.atomic():
        check_email_free(fresh)
        Account.objects.filter(pk=account.pk).update(full_name=fresh.full_name, email=fresh.email)
        _record(actor, events.ACCOUNT_CHANGED, path, account)
    return True


def role_extend(*, actor: Actor, role: Role, until: date | None) -> bool:
    """Set the first day without the role; whether anything differed.

    Raises NotAllowed, PeopleError.
    """
    ensure(actor, Action.ACCOUNT_MANAGE, role.place.path)
    if role.until == until:
        return False
    if actor.account_id == role.account_id:
        raise PeopleError("Không ai tự giao vai trò cho chính mình.")
    if until is not None and until <= role.since:
        raise PeopleError("Ngày thôi vai trò phải sau ngày bắt đầu.")
    with transaction.atomic():
        Role.objects.filter(pk=role.pk).update(until=until)
        journal.record(
            actor=str(actor),
            kind=events.ROLE_EXTENDED,
            place=role.place.path,
            subject=f"account:{role.account_id}",
            payload={"role": role.name, "until": str(until or "")},
        )
    return True


def role_lend(*, actor: Actor, role: Role, to: Account, since: date, until: date) -> Role:
    """Lend one's own role to a colleague while away, from a day until before another.

    The role stays its holder's; what was lent ends with it and cannot be lent on. Raises NotAllowed
    for somebody else's role, PeopleError, also for who is no colleague (`colleagues`).
    """
    holds = Grant(RoleName(role.name), role.place.path) in actor.grants
    if actor.account_id != role.account_id or not holds:
        raise NotAllowed(actor, Action.ACCOUNT_MANAGE, role.place.path)
    _check_loan(role, to, since, until)
    with transaction.atomic():
        overlapping = Role.objects.filter(lent_from=role, since__lt=until, until__gt=since)
        if overlapping.exists():
            raise PeopleError("Vai trò này đã giao cho người thay trong những ngày ấy.").at("since")
        if Role.objects.filter(account=to, name=role.name, place=role.place, since=since).exists():
            raise PeopleError("Người ấy đã có vai trò này từ ngày ấy.").at("since")
        lent = Role.objects.create(
            account=to,
            name=role.name,
            place=role.place,
            since=since,
            until=until,
            granted_by_id=actor.account_id,
            lent_from=role,
        )
        journal.record(
            actor=str(actor),
            kind=events.ROLE_LENT,
            place=role.place.path,
            subject=f"account:{to.pk}",
            payload={"role": role.name, "since": str(since), "until": str(until)},
        )
    return lent


def _check_loan(role: Role, to: Account, since: date, until: date) -> None:
    today = clock.local(clock.now()).date()
    if role.lent_from_id is not None:
        raise PeopleError("Vai trò nhận thay thì không giao tiếp cho người khác được.")
    if RoleName(role.name) not in rules.LENDABLE:
        raise PeopleError(
            "Vai trò này gắn với khóa ký riêng của từng người nên không giao thay được."
        )
    if not to.is_active or to not in colleagues(role):
        raise PeopleError("Xin chọn một đồng nghiệp đang làm việc.").at("to")
    if since < today:
        raise PeopleError("Ngày bắt đầu phải từ hôm nay trở đi.").at("since")
    if until <= since or until - since > timedelta(days=rules.LEND_MAX_DAYS):
        raise PeopleError(
            "Ngày trở lại phải sau ngày bắt đầu, nhiều nhất %(days)s ngày.",
            days=rules.LEND_MAX_DAYS,
        ).at("until")


def role_take_back(*, actor: Actor, role: Role) -> None:
    """End a loan early: its lender may, and who manages the place. Raises NotAllowed."""
    source = role.lent_from
    own = source is not None and source.account_id == actor.account_id
    if source is None or not (own or actor.may(Action.ACCOUNT_MANAGE, role.place.path)):
        raise NotAllowed(actor, Action.ACCOUNT_MANAGE, role.place.path)
    with transaction.atomic():
        _end(role, clock.local(clock.now()).date())
        journal.record(
            actor=str(actor),
            kind=events.ROLE_ENDED,
            place=role.place.path,
            subject=f"account:{role.account_id}",
            payload={"role": role.name},
        )


def _end(role: Role, today: date) -> None:
    """It stays in the history unless it had not begun."""
    if role.since >= today:
        role.delete()
    else:
        Role.objects.filter(pk=role.pk).update(until=today)


@dataclass(frozen=True, slots=True)
class Left:
    """What was closed when somebody left."""

    roles: int
    loans: int
    keys: int
    closed: bool
    """Whether the account itself was closed: it holds no role anywhere any more."""


def office_leave(*, actor: Actor, account: Account) -> Left:
    """Close everything somebody has at the places the asker manages, in one step.

    Roles and loans end today, links stop working, sessions end; with no role left anywhere the
    account is closed and its keys for urgent orders are noted as lost, which tells the registrars.
    Raises NotAllowed, PeopleError.
    """
    managed = actor.places(Action.ACCOUNT_MANAGE)
    if actor.account_id == account.pk:
        raise PeopleError("Không ai tự đóng tài khoản của chính mình; xin người quản trị khác.")
    today, now = clock.local(clock.now()).date(), clock.now()
    with transaction.atomic():
        held = Role.objects.filter(account=account).exclude(until__lte=today)
        mine = [
            role for role in held.select_related("place") if inside_any(role.place.path, managed)
        ]
        if not mine:
            raise NotAllowed(actor, Action.ACCOUNT_MANAGE, "")
        loans = Role.objects.filter(lent_from__in=mine).exclude(until__lte=today)
        lent = list(loans.select_related("place"))
        for role in [*lent, *mine]:
            _end(role, today)
        account.invitations.filter(used_at=None, cancelled_at=None).update(cancelled_at=now)
        closed = not Role.objects.filter(account=account).exclude(until__lte=today).exists()
        keys = _close(actor, account) if closed else 0
        sessions.end_all(account)
        _record(
            actor, events.OFFICE_LEFT, mine[0].place.path, account, roles=len(mine), closed=closed
        )
    return Left(len(mine), len(lent), keys, closed)


def _close(actor: Actor, account: Account) -> int:
    """No sign-in any more; every session ends, because it is bound to the password."""
    account.is_active = False
    account.set_unusable_password()
    account.save(update_fields=["is_active", "password"])
    keys = list(PersonKey.objects.filter(account=account, lost_at=None))
    for key in keys:
        PersonKey.objects.filter(pk=key.pk).update(lost_at=clock.now())
        _record(actor, events.KEY_LOST, "vn", account, kid=key.kid)
    return len(keys)


def factors_reset(*, actor: Actor, account: Account) -> None:
    """Take away somebody's second factors after they lost their telephone; their sessions end and
    the next sign-in asks for new ones. Raises NotAllowed."""
    path = ensure_whole(actor, account)
    with transaction.atomic():
        sessions.factors_remove(account)
        sessions.end_all(account)
        _record(actor, events.FACTORS_RESET, path, account)


def _record(
    actor: Actor, kind: str, path: str, account: Account, **payload: str | int | bool
) -> None:
    journal.record(
        actor=str(actor),
        kind=kind,
        place=path,
        subject=f"account:{account.pk}",
        payload=dict(payload),
    )


def colleagues(role: Role) -> list[Account]:
    """Whom one may ask to stand in: people with a role at the same place, by name."""
    rows = Account.objects.filter(roles__in=roles_on().filter(place=role.place))
    return list(rows.exclude(pk=role.account_id).distinct().order_by("full_name"))


def own_roles(account_id: UUID) -> list[Role]:
    """One's roles of today and later, with what was lent of them."""
    today = clock.local(clock.now()).date()
    rows = Role.objects.filter(account_id=account_id).exclude(until__lte=today)
    return list(
        rows.select_related("place", "lent_from__account")
        .prefetch_related("lent__account")
        .order_by("place__path", "name")
    )
