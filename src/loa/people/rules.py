"""The matrix of who may do what. Pure: roles and places in, a decision out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from loa_protocol.paths import inside


class RoleName(StrEnum):
    ADMINISTRATOR = "administrator"
    REGISTRAR = "registrar"
    MINISTRY_EDITOR = "ministry_editor"
    PROVINCE_EDITOR = "province_editor"
    PROVINCE_APPROVER = "province_approver"
    COMMUNE_OFFICER = "commune_officer"
    COMMUNE_APPROVER = "commune_approver"
    ALERT_AUTHOR = "alert_author"
    ALERT_APPROVER = "alert_approver"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"


class Action(StrEnum):
    PLACE_VIEW = "place.view"
    PLACE_EDIT = "place.edit"
    PLACE_REFORM = "place.reform"
    ACCOUNT_MANAGE = "account.manage"
    BULLETIN_VIEW = "bulletin.view"
    BULLETIN_WRITE = "bulletin.write"
    BULLETIN_APPROVE = "bulletin.approve"
    BULLETIN_WITHDRAW = "bulletin.withdraw"
    DICTIONARY_EDIT = "dictionary.edit"
    SCHEDULE_VIEW = "schedule.view"
    SCHEDULE_EDIT = "schedule.edit"
    TIMETABLE_EDIT = "timetable.edit"
    OUTLET_VIEW = "outlet.view"
    OUTLET_MANAGE = "outlet.manage"
    OUTLET_ENROL = "outlet.enrol"
    OUTLET_COMMAND = "outlet.command"
    JOURNAL_VIEW = "journal.view"
    ALERT_AUTHOR = "alert.author"
    ALERT_APPROVE = "alert.approve"
    TRUST_SIGN = "trust.sign"
    FIGURE_VIEW = "figure.view"
    FIGURE_LOAD = "figure.load"
    TASK_VIEW = "task.view"
    TASK_GIVE = "task.give"
    TASK_ANSWER = "task.answer"


A = Action
_SEE = frozenset({A.PLACE_VIEW, A.BULLETIN_VIEW, A.SCHEDULE_VIEW, A.OUTLET_VIEW})
_SEE |= {A.FIGURE_VIEW, A.TASK_VIEW}
_EDIT = _SEE | {A.BULLETIN_WRITE, A.BULLETIN_WITHDRAW, A.DICTIONARY_EDIT, A.JOURNAL_VIEW}
_APPROVE = _SEE | {A.BULLETIN_APPROVE, A.BULLETIN_WITHDRAW, A.JOURNAL_VIEW}

MATRIX: dict[RoleName, frozenset[Action]] = {
    RoleName.ADMINISTRATOR: _SEE
    | {A.PLACE_EDIT, A.PLACE_REFORM, A.ACCOUNT_MANAGE, A.TIMETABLE_EDIT, A.OUTLET_MANAGE}
    | {A.OUTLET_ENROL, A.OUTLET_COMMAND, A.JOURNAL_VIEW, A.FIGURE_LOAD},
    RoleName.REGISTRAR: _SEE | {A.TRUST_SIGN, A.JOURNAL_VIEW},
    RoleName.MINISTRY_EDITOR: _EDIT | {A.FIGURE_LOAD, A.TASK_GIVE},
    RoleName.PROVINCE_EDITOR: _EDIT | {A.TIMETABLE_EDIT, A.TASK_GIVE, A.TASK_ANSWER},
    RoleName.PROVINCE_APPROVER: _APPROVE,
    RoleName.COMMUNE_OFFICER: _EDIT
    | {A.SCHEDULE_EDIT, A.TIMETABLE_EDIT, A.PLACE_EDIT, A.OUTLET_COMMAND, A.TASK_ANSWER},
    RoleName.COMMUNE_APPROVER: _APPROVE | {A.TASK_ANSWER},
    RoleName.ALERT_AUTHOR: _SEE | {A.ALERT_AUTHOR},
    RoleName.ALERT_APPROVER: _SEE | {A.ALERT_APPROVE},
    RoleName.TECHNICIAN: frozenset(
        {A.PLACE_VIEW, A.OUTLET_VIEW, A.OUTLET_MANAGE, A.OUTLET_ENROL, A.OUTLET_COMMAND}
    ),
    RoleName.AUDITOR: _SEE | {A.JOURNAL_VIEW},
}
"""A role permits these actions at its own place; see `OWN_OFFICE` for which reach below it."""

OWN_OFFICE = frozenset(
    {A.BULLETIN_WRITE, A.BULLETIN_APPROVE, A.BULLETIN_WITHDRAW, A.SCHEDULE_EDIT, A.DICTIONARY_EDIT}
    | {A.TASK_GIVE, A.TASK_ANSWER}
)
"""Done only for the office's own bulletins and programme: a province sends source information
down, it does not write, approve or schedule in a commune's name (TT 39/2020, three classes)."""


FACTOR_ROLES = frozenset(
    {
        RoleName.ADMINISTRATOR,
        RoleName.REGISTRAR,
        RoleName.PROVINCE_APPROVER,
        RoleName.COMMUNE_APPROVER,
        RoleName.ALERT_AUTHOR,
        RoleName.ALERT_APPROVER,
    }
)
"""Who approves, commands or governs signs in with a second factor: a password alone can be seen
over a shoulder, and theirs opens every loudspeaker of a place."""

LENDABLE = frozenset(RoleName) - {
    RoleName.REGISTRAR,
    RoleName.ALERT_AUTHOR,
    RoleName.ALERT_APPROVER,
    RoleName.AUDITOR,
}
"""Roles that somebody may lend while away. An urgent order is signed with a key of one's own, which
two registrars vouched for: nobody lends that."""

LEND_MAX_DAYS = 60
INVITATION_LIFE = timedelta(hours=72)


def phone_plain(text: str) -> str | None:
    """A telephone number as it is kept: digits, `+` first where the country is given. None for
    what is no number; an empty text stays empty."""
    plain = re.sub(r"[ .()\-]", "", text.strip())
    return plain if re.fullmatch(r"(\+?[0-9]{8,15})?", plain, re.ASCII) else None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that holds now, at the place with this wire path."""

    role: RoleName
    path: str


def may(grants: Iterable[Grant], action: Action, path: str) -> bool:
    """Whether any of the grants permits `action` on what belongs to `path`. No grant, no right."""
    return any(
        action in MATRIX[grant.role]
        and (grant.path == path if action in OWN_OFFICE else inside(path, grant.path))
        for grant in grants
    )


def places_for(grants: Iterable[Grant], action: Action) -> tuple[str, ...]:
    """The paths at (or, unless `OWN_OFFICE`, below) which the grants permit `action`."""
    return tuple(sorted({grant.path for grant in grants if action in MATRIX[grant.role]}))


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks: an account with the roles it holds at this moment, or the node itself."""

    name: str
    account_id: UUID | None = None
    grants: tuple[Grant, ...] = ()
    is_node: bool = False
    place_names: tuple[tuple[str, str], ...] = ()
    """(path, name) of the places of the grants, for the screen's frame."""
    second_factor: bool = False
    """Whether the account signs in with a second factor."""
    person: str = ""
    """The account's id in signed documents; empty for the node, for nobody, and where not asked."""

    def __str__(self) -> str:
        """As the journal names it."""
        return self.name

    @property
    def owner(self) -> str:
        """The account's id for what belongs to one account; empty for the node and for nobody."""
        return str(self.account_id or "")

    def may(self, action: Action, path: str) -> bool:
        return self.is_node or may(self.grants, action, path)

    def places(self, action: Action) -> tuple[str, ...]:
        return ("vn",) if self.is_node else places_for(self.grants, action)


URGENT = (Action.ALERT_AUTHOR, Action.ALERT_APPROVE, Action.TRUST_SIGN)


def has_urgent_part(who: Actor) -> bool:
    """Whether somebody writes, approves or authorises urgent orders anywhere."""
    return any(who.places(action) for action in URGENT)


NODE = Actor("node", is_node=True)
"""The node acting on a rule somebody set before. Never handed to a request."""

NOBODY = Actor("nobody")
"""Who is not signed in."""
