"""Names for what the journal's facts hold as ids: people, bulletins, outlets, stations, hamlets."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from loa.channels import selectors as channels
from loa.newsroom import selectors as newsroom
from loa.outlets import selectors as outlets
from loa.people.selectors import names_of, role_labels
from loa.places import selectors as places

if TYPE_CHECKING:
    from loa.journal.models import Fact

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
QUOTED = frozenset({"bulletin"})
"""Titles are quoted; names of things and people are not."""


@dataclass(frozen=True, slots=True)
class Names:
    """Every name that a list of facts needs, by `kind:id` as the journal writes it."""

    known: dict[str, str]
    roles: dict[str, str]

    @classmethod
    def of(cls, rows: "Sequence[tuple[Fact, dict[str, Any]]]") -> "Names":
        """One query for each sort of thing that occurs in the facts."""
        subjects = [fact.subject for fact, _payload in rows]
        known: dict[str, str] = {}
        for kinds, look_up in _SORTS:
            ids = {UUID(word) for kind in kinds for word in _ids(kind, subjects)}
            if ids:
                names = look_up(ids).items()
                known |= {f"{kind}:{key}": name for kind in kinds for key, name in names}
        people = {fact.actor for fact, _payload in rows} | {
            f"person:{word}" for word in _ids("account", subjects)
        }
        known |= names_of(people)
        paths = {path for _fact, payload in rows for path in _texts(payload.get("hamlets"))}
        paths |= {fact.place for fact, _payload in rows}
        if paths:
            known |= {f"place:{at}": name for at, name in places.names_of(sorted(paths)).items()}
        return cls(known, dict(role_labels()))

    def actor(self, actor: str) -> str:
        """Whoever did it."""
        kind, _colon, name = actor.partition(":")
        if kind == "node":
            return _("máy chủ")
        if kind == "outlet":
            return _("thiết bị %(name)s") % {"name": name}
        if kind == "cli":
            return _("lệnh %(name)s trên máy chủ") % {"name": name}
        return self.known.get(actor) or _("người đã xóa tài khoản")

    def thing(self, fact: "Fact", payload: dict[str, Any]) -> str:
        """What it was done to; a dash where the fact names nothing that has a name."""
        hamlets = [self.place(path) for path in _texts(payload.get("hamlets"))]
        if hamlets:
            return ", ".join(hamlets[:5]) + (" …" if len(hamlets) > 5 else "")
        kind, _colon, subject = fact.subject.partition(":")
        key = f"person:{subject}" if kind == "account" else fact.subject
        name = self.known.get(key)
        if name is None:
            return _("một mục tiếp âm") if kind == "slot" else "–"
        return f"“{name}”" if kind in QUOTED else name

    def place(self, path: str) -> str:
        """What the place is called, or was when it last stood."""
        return self.known.get(f"place:{path}", path)

    def role(self, role: str) -> str:
        return str(self.roles.get(role, role or "–"))


_SORTS: tuple[tuple[tuple[str, ...], Callable[[set[UUID]], dict[UUID, str]]], ...] = (
    (("bulletin",), newsroom.titles),
    (("outlet", "station"), outlets.names_of),
    (("channel-account", "channel-outlet"), channels.names_of),
)


def _ids(kind: str, subjects: Iterable[str]) -> set[str]:
    pairs = (subject.partition(":") for subject in subjects)
    return {word for sort, _colon, word in pairs if sort == kind and _UUID.fullmatch(word)}


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
