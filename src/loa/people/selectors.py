"""Who somebody is, now."""

import re
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from loa.lib import clock
from loa.people.models import ROLE_LABELS, Account, Role
from loa.people.rules import NOBODY, Action, Actor, Grant, RoleName
from loa.people.sessions import factor_of
from loa.places.selectors import inside


class NotAllowed(Exception):
    """The asker may not do this here. Shown as a sentence, logged, and nothing is changed."""

    def __init__(self, actor: Actor, action: Action, path: str) -> None:
        super().__init__(f"{actor} may not {action} at {path}")
        self.action, self.path = action, path


def roles_on(day: date | None = None) -> QuerySet[Role]:
    """Roles that hold on `day` (today by default) for active accounts, at units that stand then: a
    role that stayed with a former unit gives no right at another unit with the same code."""
    day = day or clock.local(clock.now()).date()
    open_ended = Q(until__isnull=True) | Q(until__gt=day)
    source_holds = Q(lent_from__isnull=True) | (
        (Q(lent_from__until__isnull=True) | Q(lent_from__until__gt=day))
        & Q(lent_from__since__lte=day, lent_from__account__is_active=True)
    )
    stands = Q(place__valid_to__isnull=True) | Q(place__valid_to__gt=day)
    return Role.objects.filter(
        open_ended, source_holds, stands, since__lte=day, account__is_active=True
    )


def actor_of(account: Account | None) -> Actor:
    """The account as an actor with today's roles; NOBODY for None or a closed account."""
    if account is None or not account.is_active:
        return NOBODY
    columns = ("name", "place__path", "place__name", "second_factor")
    roles = roles_on().filter(account=account).annotate(second_factor=factor_of("account_id"))
    rows = list(roles.values_list(*columns))
    grants = tuple(Grant(RoleName(role), path) for role, path, _, _ in rows)
    return Actor(
        f"person:{account.pk}",
        account.pk,
        grants,
        place_names=tuple(dict.fromkeys((path, place) for _, path, place, _ in rows)),
        second_factor=any(factor for _, _, _, factor in rows),
        person=account.person_id,
    )


def ensure(actor: Actor, action: Action, path: str) -> None:
    """Raise NotAllowed unless the actor may. Every service calls it first."""
    if not actor.may(action, path):
        raise NotAllowed(actor, action, path)


PERSON = re.compile(r"person:[0-9a-f-]{36}")


def names_of(actors: set[str]) -> dict[str, str]:
    """The names to show for the journal's actors; what is unknown keeps its journal name."""
    ids = [actor.removeprefix("person:") for actor in actors if PERSON.fullmatch(actor)]
    found = Account.objects.filter(pk__in=ids).values_list("pk", "full_name")
    return {f"person:{pk}": name for pk, name in found}


def accounts_with_role_at(paths: Iterable[str], limit: int) -> list[Account]:
    """Accounts with a role at one of these very places today, by name."""
    held = roles_on().filter(place__path__in=list(paths))
    return list(Account.objects.filter(roles__in=held).distinct().order_by("full_name")[:limit])


def accounts_at(paths: tuple[str, ...]) -> QuerySet[Account]:
    """Accounts with a role at or below the paths."""
    held = roles_on().filter(inside(paths, "place__path"))
    return Account.objects.filter(roles__in=held).distinct().order_by("full_name")


def account_with_role(role: str) -> Account | None:
    """Some account that holds the role today."""
    row = roles_on().filter(name=role).select_related("account").order_by("pk").first()
    return row.account if row else None


def person_of(actor: Actor) -> str | None:
    """The actor's id in signed documents; None for the node and for nobody."""
    if actor.person:
        return actor.person
    account = Account.objects.filter(pk=actor.account_id).first() if actor.account_id else None
    return account.person_id if account else None


def account_named(username: str) -> Account | None:
    """An active account by its user name."""
    return Account.objects.filter(username=username.lower(), is_active=True).first()


def names_of_persons(persons: Iterable[str]) -> dict[str, str]:
    """The names behind ids of signed documents; unknown ids are left out."""
    wanted = set(persons)
    plain = [one.removeprefix("p-") for one in wanted if re.fullmatch(r"p-[0-9a-f]{32}", one)]
    rows = Account.objects.filter(Q(person__in=wanted) | Q(pk__in=[UUID(hex=h) for h in plain]))
    found: dict[str, str] = {}
    for row in rows:
        found.setdefault(row.person_id, row.full_name)
    return found


def has_role_at(path: str, role: RoleName) -> bool:
    """Whether anybody holds the role at this very place today."""
    return roles_on().filter(name=role.value, place__path=path).exists()


def account_get(account_id: str | UUID) -> Account | None:
    """An active account; None for an unknown or closed one."""
    return Account.objects.filter(pk=account_id, is_active=True).first()


def demo_accounts(usernames: list[str]) -> list[tuple[Account, str, str]]:
    """The demo's accounts with role and place in words, in the order of `usernames`."""
    rows = roles_on().filter(account__username__in=usernames).select_related("account", "place")
    found = {
        row.account.username: (row.account, row.get_name_display(), row.place.name) for row in rows
    }
    return [found[name] for name in usernames if name in found]


def account_by_email(emails: Iterable[str]) -> Account | None:
    """The one active account with one of the addresses; None for nobody, or for several."""
    wanted = [email.lower() for email in emails if email]
    found = list(Account.objects.filter(email__in=wanted, is_active=True)[:2]) if wanted else []
    return found[0] if len(found) == 1 else None


def account_of(account_id: UUID, paths: tuple[str, ...]) -> Account | None:
    """An account that holds, held or will hold a role at or below the paths; closed ones too."""
    rows = Account.objects.filter(roles__in=Role.objects.filter(inside(paths, "place__path")))
    return rows.filter(pk=account_id).distinct().first()


def roles_of(account_id: UUID) -> list[Role]:
    """Every role an account has or had, newest first."""
    rows = Role.objects.filter(account_id=account_id)
    return list(rows.select_related("place", "lent_from__account").order_by("-since", "name"))


def roles_at(paths: tuple[str, ...], text: str = "") -> QuerySet[Role]:
    """Today's roles at or below the paths, with their people and places, by name; `text` narrows to
    names and user names that hold it."""
    rows = roles_on()
    for word in text[:80].split():
        rows = rows.filter(
            Q(account__full_name__icontains=word) | Q(account__username__icontains=word)
        )
    return (
        rows.filter(inside(paths, "place__path"))
        .select_related("account", "place")
        .order_by("account__full_name", "place__path", "name")
    )


def roles_managed(paths: tuple[str, ...]) -> QuerySet[Role]:
    """Roles of today and later at or below the paths, of active accounts, by user name."""
    today = clock.local(clock.now()).date()
    return (
        Role.objects.filter(inside(paths, "place__path"), account__is_active=True)
        .exclude(until__lte=today)
        .select_related("account", "place")
        .order_by("account__username", "place__path", "name", "since")
    )


def role_get(role_id: UUID) -> Role | None:
    """One role with its place; None for an unknown one."""
    return Role.objects.select_related("place", "account", "lent_from").filter(pk=role_id).first()


def role_labels() -> list[tuple[str, str]]:
    """Every role with its words."""
    return [(name.value, str(label)) for name, label in ROLE_LABELS.items()]
