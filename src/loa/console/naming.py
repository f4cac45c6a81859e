"""Names for what the journal's facts hold as ids: people, bulletins, outlets, stations, hamlets."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from loa.newsroom import selectors as newsroom
from loa.outlets import selectors as outlets
from loa.people.selectors import names_of, role_labels
from loa.places.selectors import places_named

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
        for kind, look_up in _SORTS.items():
            ids = {UUID(word) for word in _ids(kind, subjects)}
            if ids:
                known |= {f"{kind}:{key}": name for key, name in look_up(ids).items()}
        people = {fact.actor for fact, _payload in rows} | {
            f"person:{word}" for word in _ids("account", subjects)
        }
        known |= names_of(people)
        hamlets = {path for _fact, payload in rows for path in _texts(payload.get("hamlets"))}
        if hamlets:
            known |= {f"place:{place.path}": place.name for place in places_named(sorted(hamlets))}
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
        hamlets = [self.known.get(f"place:{path}", path) for path in _texts(payload.get("hamlets"))]
        if hamlets:
            return ", ".join(hamlets[:5]) + (" …" if len(hamlets) > 5 else "")
        kind, _colon, subject = fact.subject.partition(":")
        key = f"person:{subject}" if kind == "account" else fact.subject
        name = self.known.get(key)
        if name is None:
            return _("một mục tiếp âm") if kind == "slot" else "–"
        return f"“{name}”" if kind in QUOTED else name

    def role(self, role: str) -> str:
        return str(self.roles.get(role, role or "–"))


_SORTS = {
    "bulletin": newsroom.titles,
    "outlet": outlets.outlet_names,
    "station": outlets.station_names,
}


def _ids(kind: str, subjects: Iterable[str]) -> set[str]:
    pairs = (subject.partition(":") for subject in subjects)
    return {word for sort, _colon, word in pairs if sort == kind and _UUID.fullmatch(word)}


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
