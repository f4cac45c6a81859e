"""What a verifier knows about trust: the root, delegations, revocations (protocol page, section 3).

`TrustState` is a value: everything that learns returns a new one, and the caller makes it durable.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Self, cast

from .encoding import b64decode, dump_object, parse_object
from .envelope import Envelope
from .keys import PublicKey, kid_of
from .kinds import DRILL_KINDS, Kind
from .paths import inside
from .payloads import Delegation, Root, Trust, parse_payload
from .refusals import Reason, Refused

REGISTRAR_GRACE = timedelta(days=30)
VERSION_AHEAD_MAX = timedelta(minutes=10)

# A delegation's subject: a newer version for the same slot takes the older one's place.
Slot = tuple[str, str, str, str, bool]


@dataclass(frozen=True)
class Grant:
    """A delegation as it came: what it says, and the envelope that says it."""

    envelope: Envelope
    doc: Delegation

    @cached_property
    def kid(self) -> str:
        """The subject's key, fit for use or not."""
        return kid_of(self.doc.subject.alg, b64decode(self.doc.subject.key))

    @cached_property
    def key(self) -> PublicKey:
        """The subject's key. Raises Refused(weak_key)."""
        return PublicKey.from_text(self.doc.subject.alg, self.doc.subject.key)

    @cached_property
    def drill(self) -> bool:
        """Whether it is for drills."""
        return not DRILL_KINDS.isdisjoint(self.doc.kinds)

    @cached_property
    def slot(self) -> Slot:
        """What the version counts for."""
        subject = self.doc.subject
        return (subject.type, subject.id, self.kid, self.doc.path, self.drill)


@dataclass(frozen=True)
class Revocation:
    """A revoked key: `path` says for which delegations (at or below it); None is the root's."""

    path: str | None
    since: datetime

    def reaches(self, path: str) -> bool:
        """Whether it ends a delegation at `path`."""
        return self.path is None or inside(path, self.path)


@dataclass(frozen=True)
class TrustState:
    """All that is known and was verified when it was learned.

    `revoked` is by kid; `lists` has the version of each place's list ("" for the root's).
    """

    root_envelope: Envelope
    root: Root
    grants: Mapping[Slot, Grant] = field(default_factory=lambda: MappingProxyType({}))
    revoked: Mapping[str, tuple[Revocation, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    lists: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def begin(cls, root: Envelope, anchor: str) -> Self:
        """Trust from the root whose hash (hex SHA-256 of the payload) came with the device.

        Raises Refused: root_mismatch, not_enough_signers, bad_signature, weak_key, bad_json, ...
        """
        if root.kind is not Kind.ROOT or root.id != anchor:
            raise Refused(Reason.ROOT_MISMATCH, root.id)
        doc = cast(Root, parse_payload(Kind.ROOT, root.payload))
        state = cls(replace(root, chain=()), doc)
        state.check_root_signed(root)
        return state

    @cached_property
    def root_keys(self) -> Mapping[str, tuple[str, PublicKey]]:
        """The root's keys: kid to holder and key."""
        keys = [(k.holder, PublicKey.from_text(k.alg, k.key)) for k in self.root.keys]
        return {key.kid: (holder, key) for holder, key in keys}

    @property
    def demo(self) -> bool:
        """Whether all of this is a demonstration, whose keys open nothing real."""
        return self.root.demo

    def check_root_signed(self, envelope: Envelope) -> None:
        """Raises Refused unless a threshold of this root's holders signed `envelope`."""
        holders = set()
        for signature in envelope.sigs:
            if signature.kid not in self.root_keys:
                continue
            holder, key = self.root_keys[signature.kid]
            if not key.verify(envelope.signing_input, signature.sig):
                raise Refused(Reason.BAD_SIGNATURE, signature.kid)
            holders.add(holder)
        if len(holders) < self.root.threshold:
            raise Refused(Reason.NOT_ENOUGH_SIGNERS, f"{len(holders)} root holders")

    def with_root(self, envelope: Envelope, now: datetime | None) -> "TrustState":
        """Trust after a change of the root, signed by the old root and by the new.

        The same root again changes nothing. Without `now`, as long as time is unsure, a version is
        not compared with it: the new root may be what the first time answer needs. Raises Refused:
        old_version, root_mismatch (another document with the same version, or demo and real
        mixed), version_ahead, and as `begin`.
        """
        if envelope.id == self.root_envelope.id:
            return self
        doc = cast(Root, parse_payload(Kind.ROOT, envelope.payload))
        if doc.version < self.root.version:
            raise Refused(Reason.OLD_VERSION, f"root {doc.version}")
        if doc.version == self.root.version or doc.demo != self.root.demo:
            raise Refused(Reason.ROOT_MISMATCH, f"root {doc.version}")
        if now is not None:
            check_version_not_ahead(doc.version, now)
        self.check_root_signed(envelope)
        new = replace(self, root_envelope=replace(envelope, chain=()), root=doc)
        new.check_root_signed(envelope)
        return new

    def with_grants(self, grants: Iterable[Grant], now: datetime | None) -> "TrustState":
        """Trust that also knows `grants`, which the caller has verified.

        What expired long before `now` is dropped; with None, as long as time is unsure, nothing.
        """
        known = {
            slot: grant
            for slot, grant in self.grants.items()
            if now is None or grant.doc.to + REGISTRAR_GRACE > now
        }
        changed = len(known) != len(self.grants)
        for grant in grants:
            held = known.get(grant.slot)
            if held is not None and held.envelope == grant.envelope:
                continue
            if held is None or held.doc.version <= grant.doc.version:
                changed = True
                known[grant.slot] = replace(grant, envelope=replace(grant.envelope, chain=()))
        return replace(self, grants=MappingProxyType(known)) if changed else self

    def with_revocations(self, doc: Trust) -> "TrustState":
        """Trust after a verified `trust` document; an older one than known changes nothing here.

        Raises Refused(bad_field) if it leaves out a key that an earlier one of the same place had.
        """
        path = None if doc.issuer.root is not None else doc.target[0]
        if doc.version < self.lists.get(path or "", 0):
            return self
        named = {entry.kid: entry.since for entry in doc.revoked}
        known = dict(self.revoked)
        for kid, revocations in self.revoked.items():
            if kid not in named and any(r.path == path for r in revocations):
                raise Refused(Reason.BAD_FIELD, "the list of revoked keys has shrunk")
        for kid, since in named.items():
            entry = Revocation(path, since)
            if entry not in known.get(kid, ()):
                known[kid] = (*known.get(kid, ()), entry)
        lists = MappingProxyType({**self.lists, path or "": doc.version})
        return replace(self, revoked=MappingProxyType(known), lists=lists)

    def revoked_since(self, grant: Grant) -> datetime | None:
        """Since when the key of `grant` is revoked for it, if it is."""
        found = [
            revocation.since
            for revocation in self.revoked.get(grant.kid, ())
            if revocation.reaches(grant.doc.path)
        ]
        return min(found, default=None)

    def to_bytes(self) -> bytes:
        """For the device's own durable store."""
        return dump_object(
            {
                "root": self.root_envelope.to_value(),
                "grants": [grant.envelope.to_value() for grant in self.grants.values()],
                "revoked": [
                    [kid, entry.path, int(entry.since.timestamp() * 1000)]
                    for kid, entries in self.revoked.items()
                    for entry in entries
                ],
                "lists": dict(self.lists),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` wrote, from a store that only this verifier writes.

        Raises ValueError or Refused if it is something else.
        """
        value = parse_object(data)
        root = Envelope.from_value(value["root"])
        grants: dict[Slot, Grant] = {}
        for item in value["grants"]:
            envelope = Envelope.from_value(item)
            doc = cast(Delegation, parse_payload(Kind.DELEGATION, envelope.payload))
            grant = Grant(envelope, doc)
            grants[grant.slot] = grant
        revoked: dict[str, tuple[Revocation, ...]] = {}
        for kid, path, since_ms in value["revoked"]:
            entry = Revocation(path, _EPOCH + timedelta(milliseconds=since_ms))
            revoked[kid] = (*revoked.get(kid, ()), entry)
        return cls(
            root,
            cast(Root, parse_payload(Kind.ROOT, root.payload)),
            MappingProxyType(grants),
            MappingProxyType(revoked),
            MappingProxyType(value["lists"]),
        )


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def version_for(now: datetime, previous: int = 0) -> int:
    """The version of a new state document: so a restored node overtakes what it has forgotten."""
    return max(previous + 1, unix_ms(now))


def unix_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def check_version_not_ahead(version: int, now: datetime) -> None:
    """Raises Refused(version_ahead) for a version more than 10 minutes beyond `now`."""
    if version > unix_ms(now + VERSION_AHEAD_MAX):
        raise Refused(Reason.VERSION_AHEAD, str(version))
