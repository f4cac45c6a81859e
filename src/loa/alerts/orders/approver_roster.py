"""Who may sign an order as its second person, from the nearest place up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from loa.alerts.models import Order
from loa.alerts.orders import rights
from loa.people.rules import RoleName
from loa.people.selectors import roles_on
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside

if TYPE_CHECKING:
    from loa.people.models import Role


@dataclass(frozen=True, slots=True)
class Approver:
    """One person on the roster, once, at their nearest place. `called` says whether the wait has
    reached their tier."""

    account_id: UUID
    name: str
    email: str
    phone: str
    place: str
    has_key: bool
    called: bool
    tier: int


def roster(order: Order, targets: Sequence[str]) -> list[Approver]:
    """Approvers whose place covers every area of the order, nearest first; the author is not one.

    Letters go to the first tier at once; each step of the climb calls the next.
    """
    return approvers(targets, order.author, Kind(order.kind), climbed=order.climbed)


def approvers(
    targets: Sequence[str], author: str, kind: Kind, *, climbed: int = 0
) -> list[Approver]:
    """The same for an order that is not written yet."""
    rows = roles_on().filter(name=RoleName.ALERT_APPROVER.value)
    found = [
        role
        for role in rows.select_related("account", "place").order_by("account__full_name")
        if all(inside(target, role.place.path) for target in targets)
        and role.account.person_id != author
    ]
    tiers = sorted({role.place.path.count("/") for role in found}, reverse=True)
    each: dict[UUID, Approver] = {}
    for role in sorted(found, key=lambda role: -role.place.path.count("/")):
        tier = tiers.index(role.place.path.count("/"))
        approver = Approver(
            account_id=role.account.pk,
            name=role.account.full_name,
            email=role.account.email,
            phone=role.account.phone,
            place=role.place.name,
            has_key=bool(rights.kids_of(role.account.person_id, kind)),
            called=tier <= climbed,
            tier=tier,
        )
        each.setdefault(role.account.pk, approver)
    return list(each.values())


def stoppers(targets: Sequence[str], but: str) -> "list[Role]":
    """The roles of people who can silence what sounds in all of these places, with a key that
    devices believe, nearest first; each person once, without the person `but`."""
    found: dict[str, Role] = {}
    for role in sorted(_stopping(targets), key=lambda role: -role.place.path.count("/")):
        person = role.account.person_id
        if person != but and rights.kids_of(person, Kind.MUTE):
            found.setdefault(person, role)
    return list(found.values())


def _stopping(targets: Sequence[str]) -> "list[Role]":
    names = (RoleName.ALERT_AUTHOR.value, RoleName.ALERT_APPROVER.value)
    rows = roles_on().filter(name__in=names).select_related("account", "place")
    return [role for role in rows if all(inside(one, role.place.path) for one in targets)]


def who_may_stop(targets: Sequence[str]) -> dict[UUID, str]:
    """The accounts, with their addresses (maybe empty), of all whose role lets them stop what
    sounds in every one of these places."""
    return {role.account.pk: role.account.email for role in _stopping(targets)}
