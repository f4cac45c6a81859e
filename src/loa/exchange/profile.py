"""How one edition of the official exchange calls our records, fields and codes. Pure data.

A new edition is a new file in `profiles/` with one `Profile`, and its name in `PROFILES`. What it
does not name keeps our own name; what it cannot say is left out with `omit`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loa.exchange.records import BY_NAME, Media, Message, Part, Record


@dataclass(frozen=True, kw_only=True)
class Names:
    """One record: its element, its fields and its code words, ours to theirs."""

    element: str
    fields: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    omit: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One edition. `official` says whether it was made from a published annex. `names` is by our
    records' names, besides `message` and `media`."""

    name: str
    namespace: str
    title: str
    official: bool
    names: Mapping[str, Names]

    def of(self, part: type[Part]) -> Names:
        """What a part of a message is called."""
        key = part.NAME if issubclass(part, Record) else _KEYS[part]
        return self.names[key]

    def record(self, element: str) -> type[Record] | None:
        """Which of our records an element or key is."""
        for key, names in self.names.items():
            if names.element == element and key in BY_NAME:
                return BY_NAME[key]
        return None

    def faults(self) -> list[str]:
        """What is wrong with the profile itself: names of ours that do not exist, and names of
        theirs that would mean two things. A test holds that there is nothing."""
        found = []
        parts: dict[str, type[Part]] = {**BY_NAME, "media": Media, "message": Message}
        for key, part in parts.items():
            names = self.names.get(key)
            if names is None:
                found.append(f"{key}: not named")
                continue
            known = set(part.model_fields)
            found += [
                f"{key}.{one}: no such field"
                for one in {*names.fields, *names.codes, *names.omit} - known
            ]
            theirs = [names.fields.get(one, one) for one in known - names.omit]
            found += [f"{key}: {one} twice" for one in theirs if theirs.count(one) > 1]
            for name, codes in names.codes.items():
                if len(set(codes.values())) != len(codes):
                    found.append(f"{key}.{name}: one code for two words")
        elements = [names.element for names in self.names.values()]
        return found + [f"{one}: an element twice" for one in elements if elements.count(one) > 1]


_KEYS: dict[Any, str] = {Media: "media", Message: "message"}
