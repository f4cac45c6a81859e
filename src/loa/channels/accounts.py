"""Writes: accounts and outlets of channels; opening an account for a call."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from pydantic import BaseModel, SecretStr, ValidationError

from loa.channels import events, sealing
from loa.channels.contract import AnyAccount, AnyChannel, Capability, OpenAccount, Target
from loa.channels.failures import AccountFailed, ChannelError, Failure, OutletFailed, Scope
from loa.channels.models import AccountState, ChannelAccount, ChannelOutlet, Dispatch
from loa.channels.registry import channel_of
from loa.channels.rules import Limits
from loa.journal import services as journal
from loa.lib import clock
from loa.lib.ids import new_id
from loa.lib.sentences import Refusal
from loa.lib.text import fold
from loa.outlets.models import Outlet
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure
from loa.places.models import Place

USABLE = (AccountState.ACTIVE, AccountState.PAUSED)


class ChannelRefused(Refusal):
    """Why an account or an outlet cannot be stored as typed."""


class NoSuchChannel(AccountFailed):
    """The account's channel is not installed, or could not be loaded."""

    def __init__(self) -> None:
        super().__init__(
            "no_channel", "Kênh này không còn được cài đặt. Báo quản trị viên của máy chủ."
        )


def _typed(model: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    """The values as the channel's own type. Raises ChannelRefused beside the first wrong field."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        shown = model.model_fields[field].title if field in model.model_fields else None
        raise ChannelRefused(
            "Mục “%(field)s” chưa đúng. Xem lại rồi nhập lại.", field=shown or field
        ).at(field) from error


def _channel(kind: str) -> AnyChannel:
    channel = channel_of(kind)
    if channel is None:
        raise ChannelRefused("Máy chủ này chưa cài kênh loại này.")
    return channel


def account_add(
    *,
    actor: Actor,
    place: Place,
    kind: str,
    name: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
) -> ChannelAccount:
    """A new account of a place. Raises NotAllowed, ChannelRefused, KeyMissing."""
    ensure(actor, Action.OUTLET_MANAGE, place.path)
    channel = _channel(kind)
    name = _name(name)
    typed = _typed(channel.Settings, settings)
    bounds = _typed(Limits, limits or {})
    kept = _typed(channel.Secrets, secrets or {})
    identity = new_id()
    with transaction.atomic():
        account = ChannelAccount.objects.create(
            id=identity,
            kind=kind,
            place=place,
            name=name,
            settings=typed.model_dump(mode="json"),
            secrets=_sealed(identity, kept),
            limits=bounds.model_dump(mode="json", exclude_none=True),
            made_by=str(actor),
            made_at=clock.now(),
        )
        _record(actor, events.ACCOUNT_ADDED, account, place.path)
    return account


def account_change(
    *,
    actor: Actor,
    account_id: UUID,
    revision: int,
    name: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
) -> ChannelAccount:
    """Change an account; `revision` is the one on the officer's screen. `secrets` None keeps those
    that are there. Raises NotAllowed, ChannelRefused, KeyMissing."""
    account = ChannelAccount.objects.select_related("place").get(pk=account_id)
    ensure(actor, Action.OUTLET_MANAGE, account.place.path)
    channel = _channel(account.kind)
    changes: dict[str, Any] = {
        "name": _name(name),
        "settings": _typed(channel.Settings, settings).model_dump(mode="json"),
        "limits": _typed(Limits, limits or {}).model_dump(mode="json", exclude_none=True),
        "revision": F("revision") + 1,
    }
    kept = _typed(channel.Secrets, secrets) if secrets is not None else None
    with transaction.atomic():
        if kept is not None:
            changes["secrets"] = _sealed(account.pk, kept)
        standing = ChannelAccount.objects.filter(pk=account_id, revision=revision)
        if not standing.exclude(state=AccountState.CLOSED).update(**changes):
            raise ChannelRefused("Có người vừa sửa tài khoản này. Tải lại trang rồi sửa lại.")
        _record(actor, events.ACCOUNT_CHANGED, account, account.place.path)
    account.refresh_from_db()
    return account


def account_close(*, actor: Actor, account_id: UUID) -> None:
    """Stop using an account for good. Its rows and what it sent stay."""
    account = ChannelAccount.objects.select_related("place").get(pk=account_id)
    ensure(actor, Action.OUTLET_MANAGE, account.place.path)
    with transaction.atomic():
        standing = ChannelAccount.objects.filter(pk=account_id).exclude(state=AccountState.CLOSED)
        if standing.update(state=AccountState.CLOSED, secrets="", revision=F("revision") + 1):
            _record(actor, events.ACCOUNT_CLOSED, account, account.place.path)


def _sealed(account_id: UUID, secrets: BaseModel) -> str:
    plain = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in secrets.model_dump(exclude_defaults=True).items()
    }
    return sealing.seal(account_id, plain) if plain else ""


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 120:
        raise ChannelRefused("Tên có từ 1 đến 120 chữ.").at("name")
    return name


def open_account(account: ChannelAccount, place_path: str) -> AnyAccount:
    """The account for one call: typed settings, unsealed secrets. Raises AccountFailed."""
    channel = channel_of(account.kind)
    if channel is None:
        raise NoSuchChannel
    try:
        return OpenAccount(
            id=account.pk,
            name=account.name,
            place=place_path,
            settings=channel.Settings.model_validate(account.settings),
            secrets=channel.Secrets.model_validate(sealing.unseal(account.pk, account.secrets)),
        )
    except ValidationError as error:
        raise AccountFailed(
            "bad_settings", "Thiết lập của tài khoản chưa đúng. Mở trang Kênh để sửa."
        ) from error


def target_of(outlet: ChannelOutlet, kind: str) -> Target[Any]:
    """The outlet as its channel sees it. Raises OutletFailed for a profile that is no good."""
    channel = channel_of(kind)
    if channel is None:
        raise NoSuchChannel
    try:
        profile = channel.Profile.model_validate(outlet.profile)
    except ValidationError as error:
        raise OutletFailed(
            "bad_profile", "Thông số của điểm nhận chưa đúng. Mở trang Kênh để sửa."
        ) from error
    return Target(
        id=outlet.pk,
        name=outlet.name,
        place=outlet.place.path,
        profile=profile,
        station_id=outlet.pole.station_id if outlet.pole else None,
    )


def account_test(*, actor: Actor, account_id: UUID) -> list[str]:
    """Ask the outside system now whether the account can send, and what it can do. Returns what is
    wrong, one sentence each. An account without problems is used again at once."""
    account = ChannelAccount.objects.select_related("place").get(pk=account_id)
    ensure(actor, Action.OUTLET_MANAGE, account.place.path)
    problems, found, failure = _probe(account)
    with transaction.atomic():
        changes: dict[str, Any] = {"checked_at": clock.now()}
        if found is not None:
            changes["capabilities"] = found
        if not problems:
            changes |= {"state": AccountState.ACTIVE, "paused_until": None}
            changes |= {"problem_code": "", "problem": ""}
        elif failure is not None:
            changes |= {"problem_code": failure.code[:40], "problem": failure.sentence[:300]}
        ChannelAccount.objects.filter(pk=account_id, state__in=AccountState.values).exclude(
            state=AccountState.CLOSED
        ).update(**changes)
        fact = {"problems": len(problems)}
        _record(actor, events.ACCOUNT_TESTED, account, account.place.path, **fact)
    return problems


def _probe(
    account: ChannelAccount,
) -> tuple[list[str], dict[str, dict[str, str]] | None, Failure | None]:
    try:
        opened = open_account(account, account.place.path)
        channel = _channel(account.kind)
        problems = channel.check(opened)
        found = {name: _plain(one) for name, one in channel.capabilities(opened).items()}
    except ChannelError as error:
        return [error.failure.sentence], None, error.failure
    failure = Failure(code="check", sentence=problems[0]) if problems else None
    return problems, found, failure


def _plain(capability: Capability) -> dict[str, str]:
    return {
        "state": capability.state,
        "code": capability.code,
        "at": capability.at.isoformat(timespec="seconds"),
    }


def account_fail(account_id: UUID, failure: Failure) -> None:
    """The account cannot send: pause it until the failure's date, or block it until a person has
    tested it. Its dispatches wait; none of them fails for it. One fact, however many wait."""
    state = AccountState.PAUSED if failure.retry_at else AccountState.BLOCKED
    with transaction.atomic():
        account = ChannelAccount.objects.select_related("place").get(pk=account_id)
        standing = ChannelAccount.objects.filter(pk=account_id, state__in=USABLE)
        moved = standing.update(
            state=state,
            paused_until=failure.retry_at,
            problem_code=failure.code[:40],
            problem=failure.sentence[:300],
        )
        if moved and state == AccountState.BLOCKED:
            fact = {"code": failure.code}
            journal.record(
                actor="node",
                kind=events.ACCOUNT_BLOCKED,
                place=account.place.path,
                subject=f"channel-account:{account.pk}",
                payload=fact,
            )


def usable(now: datetime) -> Q:
    """Filter for accounts that may send now."""
    resting = Q(state=AccountState.PAUSED, paused_until__gt=now)
    return Q(state__in=USABLE) & ~resting


def outlet_add(
    *,
    actor: Actor,
    account_id: UUID,
    place: Place,
    name: str,
    profile: Mapping[str, Any],
    pole: Outlet | None = None,
    takes_bulletins: bool = True,
    takes_orders: bool = True,
) -> ChannelOutlet:
    """A new outlet of an account, in a place inside the account's. Raises NotAllowed,
    ChannelRefused."""
    account = ChannelAccount.objects.select_related("place").get(pk=account_id)
    ensure(actor, Action.OUTLET_MANAGE, place.path)
    if not f"{place.path}/".startswith(f"{account.place.path}/"):
        raise ChannelRefused("Nơi của điểm nhận không nằm trong địa bàn của tài khoản.").at("place")
    typed = _typed(_channel(account.kind).Profile, profile)
    name = _name(name)
    with transaction.atomic():
        outlet = ChannelOutlet.objects.create(
            account=account,
            place=place,
            pole=pole,
            name=name,
            folded=fold(name)[:200],
            profile=typed.model_dump(mode="json"),
            takes_bulletins=takes_bulletins,
            takes_orders=takes_orders,
        )
        journal.record(
            actor=str(actor),
            kind=events.OUTLET_ADDED,
            place=place.path,
            subject=f"channel-outlet:{outlet.pk}",
            payload={"account": str(account.pk)},
        )
    return outlet


def outlet_change(
    *,
    actor: Actor,
    outlet_id: UUID,
    name: str,
    profile: Mapping[str, Any],
    takes_bulletins: bool,
    takes_orders: bool,
) -> None:
    """Change what an outlet is and takes. Raises NotAllowed, ChannelRefused."""
    outlet = ChannelOutlet.objects.select_related("place", "account").get(pk=outlet_id)
    ensure(actor, Action.OUTLET_MANAGE, outlet.place.path)
    typed = _typed(_channel(outlet.account.kind).Profile, profile)
    name = _name(name)
    with transaction.atomic():
        ChannelOutlet.objects.filter(pk=outlet_id).update(
            name=name,
            folded=fold(name)[:200],
            profile=typed.model_dump(mode="json"),
            takes_bulletins=takes_bulletins,
            takes_orders=takes_orders,
        )
        _record_outlet(actor, events.OUTLET_CHANGED, outlet)


def outlet_retire(*, actor: Actor, outlet_id: UUID) -> None:
    """Send nothing more to an outlet. What it had stays recorded; what waits is not sent."""
    outlet = ChannelOutlet.objects.select_related("place").get(pk=outlet_id)
    ensure(actor, Action.OUTLET_MANAGE, outlet.place.path)
    now = clock.now()
    with transaction.atomic():
        if ChannelOutlet.objects.filter(pk=outlet_id, retired_at=None).update(retired_at=now):
            Dispatch.objects.filter(outlet=outlet, state="waiting", withdrawn="").update(
                state="failed", code="retired", error="Điểm nhận đã ngừng dùng.", done_at=now
            )
            _record_outlet(actor, events.OUTLET_RETIRED, outlet)


def outlet_rest(outlet_id: UUID, failure: Failure) -> None:
    """Let an outlet rest until its failure's date; five minutes where none is given."""
    until = failure.retry_at or clock.now() + timedelta(minutes=5)
    ChannelOutlet.objects.filter(pk=outlet_id).update(paused_until=until)


def _record_outlet(actor: Actor, kind: str, outlet: ChannelOutlet) -> None:
    journal.record(
        actor=str(actor),
        kind=kind,
        place=outlet.place.path,
        subject=f"channel-outlet:{outlet.pk}",
    )


def _record(actor: Actor, kind: str, account: ChannelAccount, path: str, **payload: Any) -> None:
    journal.record(
        actor=str(actor),
        kind=kind,
        place=path,
        subject=f"channel-account:{account.pk}",
        payload={"kind": account.kind, **payload},
    )


def is_wide(failure: Failure) -> bool:
    """Whether a failure is about the account rather than about what is being sent."""
    return failure.scope is Scope.ACCOUNT
