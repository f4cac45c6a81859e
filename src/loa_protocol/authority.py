"""Who may what at one moment: the delegation rules (protocol page, section 3).

Built for one verification from what is known and the chain that came with the envelope.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .envelope import Envelope
from .keys import PublicKey
from .kinds import (
    DRILL_KINDS,
    NODE_KINDS,
    PERSON_KINDS,
    REAL_KINDS,
    REGISTRAR_KINDS,
    Kind,
)
from .paths import inside
from .refusals import Reason, Refused
from .signatures import SignatureCache
from .trust import REGISTRAR_GRACE, Grant, TrustState, check_version_not_ahead

PERSON_DELEGATION_MAX = timedelta(days=180)
CLOCK_TOLERANCE = timedelta(seconds=5)
REGISTRARS_NEEDED = 2

ALARM_REGISTRAR_GRACE = "registrar_grace"

_KINDS_OF = {"node": NODE_KINDS, "registrar": REGISTRAR_KINDS, "person": PERSON_KINDS}


@dataclass(frozen=True)
class Signer:
    """One who signed: a key that stands for one id, with the delegations that stand now."""

    kid: str
    id: str
    grants: tuple[Grant, ...]

    def entitled(self, kind: Kind, level: int, targets: Iterable[str]) -> tuple[Grant, ...]:
        """The delegations with which this signer signs `kind` of class `level` for `targets`.

        Raises Refused: not_delegated_kind, above_ceiling, outside_issuer.
        """
        grants = tuple(g for g in self.grants if kind in effective_kinds(g))
        if not grants:
            raise Refused(Reason.NOT_DELEGATED_KIND, f"{self.id}: {kind}")
        grants = tuple(g for g in grants if g.doc.ceiling >= level)
        if not grants:
            raise Refused(Reason.ABOVE_CEILING, f"{self.id}: class {level}")
        for target in targets:
            if not any(inside(target, grant.doc.path) for grant in grants):
                raise Refused(Reason.OUTSIDE_ISSUER, f"{self.id}: {target}")
        return grants


def effective_kinds(grant: Grant) -> frozenset[str]:
    """The kinds that count: a node's key never signs an order, whatever a delegation says."""
    return _KINDS_OF[grant.doc.subject.type] & frozenset(grant.doc.kinds)


class Authority:
    """The trust of one moment. Raises nothing by itself for what is not needed in a chain."""

    def __init__(
        self,
        trust: TrustState,
        chain: Iterable[Envelope],
        *,
        at: datetime,
        cache: SignatureCache,
        real_order: bool = False,
        time_known: bool = True,
    ) -> None:
        self.at = at
        self._cache = cache
        self._real_order = real_order
        # By the whole envelope: the same text may come signed by an old root and by a new one.
        self._standing: dict[Envelope, Refused | None] = {}
        self._by_root: set[Envelope] = set()
        self.alarms: set[str] = set()
        self.used: dict[str, Grant] = {}
        members = tuple(chain)
        self.trust = self._advance(trust, members, at if time_known else None)
        self._grants: dict[str, list[Grant]] = {}
        for grant in self.trust.grants.values():
            self._grants.setdefault(grant.kid, []).append(grant)
        for grant in self._delegations(members):
            known = self._grants.setdefault(grant.kid, [])
            # What is stored already comes again with every order: judged once.
            if all(other.envelope != grant.envelope for other in known):
                known.append(grant)

    def add(self, grant: Grant) -> None:
        """Judge `grant` too: a delegation that came by itself."""
        self._grants.setdefault(grant.kid, []).append(grant)

    def key(self, kid: str) -> PublicKey | None:
        """The key that `kid` names, or None. Raises Refused: weak_key, kid_conflict."""
        keys = {grant.key for grant in self._grants.get(kid, ())}
        if kid in self.trust.root_keys:
            keys.add(self.trust.root_keys[kid][1])
        if len(keys) > 1:
            raise Refused(Reason.KID_CONFLICT, kid)
        return next(iter(keys), None)

    def signer(self, kid: str, kind: Kind) -> Signer:
        """Whom `kid` stands for now.

        Raises Refused: kid_conflict, or why none of the key's delegations (those that name `kind`
        first) stands.
        """
        candidates = sorted(self._grants.get(kid, ()), key=lambda g: kind not in g.doc.kinds)
        standing = []
        first_fault: Refused | None = None
        for grant in candidates:
            fault = self.fault(grant)
            if fault is None:
                standing.append(grant)
            elif first_fault is None and (kind in grant.doc.kinds or not standing):
                first_fault = fault
        if first_fault is not None and not any(kind in g.doc.kinds for g in standing):
            raise first_fault
        if not standing:
            raise Refused(Reason.NOT_DELEGATED_KIND, kid)
        ids = {(g.doc.subject.type == "node", g.doc.subject.id) for g in standing}
        if kid in self.trust.root_keys:
            ids.add((False, self.trust.root_keys[kid][0]))
        if len(ids) > 1:
            raise Refused(Reason.KID_CONFLICT, f"{kid} bears two ids")
        return Signer(kid, standing[0].doc.subject.id, tuple(standing))

    def fault(self, grant: Grant) -> Refused | None:
        """Why `grant` does not stand now, or None if it does."""
        name = grant.envelope
        if name not in self._standing:
            try:
                self._check(grant)
                self._standing[name] = None
                self.used[name.id] = grant
            except Refused as refused:
                self._standing[name] = refused
        return self._standing[name]

    def root_holders(self, envelope: Envelope) -> set[str]:
        """The root's holders who signed. Raises Refused(bad_signature)."""
        holders = set()
        for signature in envelope.sigs:
            if signature.kid in self.trust.root_keys:
                holder, key = self.trust.root_keys[signature.kid]
                if not self._cache.check(envelope, signature, key):
                    raise Refused(Reason.BAD_SIGNATURE, signature.kid)
                holders.add(holder)
        return holders

    def check_root_signed(self, envelope: Envelope) -> None:
        """Raises Refused unless a threshold of the current root signed."""
        holders = self.root_holders(envelope)
        if len(holders) < self.trust.root.threshold:
            raise Refused(Reason.NOT_ENOUGH_SIGNERS, f"{len(holders)} root holders")

    def _advance(
        self, trust: TrustState, members: Iterable[Envelope], now: datetime | None
    ) -> TrustState:
        for member in members:
            if member.kind is Kind.ROOT and member.id != trust.root_envelope.id:
                try:
                    trust = trust.with_root(member, now)
                except Refused:
                    # Not needed, or of no use: then a signature further on lacks its root, and
                    # that refusal is the one to report.
                    continue
        return trust

    def _delegations(self, members: Iterable[Envelope]) -> Iterable[Grant]:
        for member in members:
            if member.kind is Kind.DELEGATION:
                try:
                    grant = self._cache.grant(member)
                    _ = grant.kid
                except (Refused, ValueError):
                    # Unreadable members are as good as absent: their key is then unknown.
                    continue
                yield grant

    def _check(self, grant: Grant) -> None:
        doc = grant.doc
        _ = grant.key
        self._check_superseded(grant)
        if not DRILL_KINDS.isdisjoint(doc.kinds) and not REAL_KINDS.isdisjoint(doc.kinds):
            raise Refused(Reason.MIXED_DELEGATION, doc.subject.id)
        if self.at < doc.from_ or doc.issued > self.at + CLOCK_TOLERANCE:
            raise Refused(Reason.DELEGATION_NOT_STARTED, doc.subject.id)
        check_version_not_ahead(doc.version, self.at)
        revoked = self.trust.revoked_since(grant)
        if revoked is not None and doc.subject.type != "registrar":
            raise Refused(Reason.REVOKED, doc.subject.id)
        if doc.subject.type == "person":
            self._check_person(grant)
        else:
            self._check_expiry(grant, grace=False)
            self._check_by_root(grant)
            if revoked is not None:
                raise Refused(Reason.REVOKED, doc.subject.id)

    def _check_superseded(self, grant: Grant) -> None:
        for other in self._grants.get(grant.kid, ()):
            if other.slot != grant.slot or other.envelope.id == grant.envelope.id:
                continue
            if other.doc.from_ > self.at:
                # A renewal that was handed out early takes over when it starts.
                continue
            held = self.trust.grants.get(grant.slot) is other
            if other.doc.version > grant.doc.version and (held or self.fault(other) is None):
                raise Refused(Reason.DELEGATION_SUPERSEDED, grant.doc.subject.id)
            if other.doc.version == grant.doc.version and held:
                raise Refused(Reason.DELEGATION_SUPERSEDED, "same version, other text")

    def _check_expiry(self, grant: Grant, *, grace: bool) -> None:
        if self.at < grant.doc.to:
            return
        if not grace or self.at >= grant.doc.to + REGISTRAR_GRACE:
            raise Refused(Reason.DELEGATION_EXPIRED, grant.doc.subject.id)
        self.alarms.add(ALARM_REGISTRAR_GRACE)

    def _check_by_root(self, grant: Grant) -> None:
        if grant.envelope in self._by_root:
            return  # one registrar stands behind several persons
        if grant.doc.issuer.root is None:
            raise Refused(Reason.ISSUER_MISMATCH, "nodes and registrars are the root's")
        self.check_root_signed(grant.envelope)
        self._by_root.add(grant.envelope)

    def _check_person(self, grant: Grant) -> None:
        doc = grant.doc
        if doc.to - doc.from_ > PERSON_DELEGATION_MAX:
            raise Refused(Reason.DELEGATION_TOO_LONG, doc.subject.id)
        self._check_expiry(grant, grace=False)
        registrars: dict[str, Grant] = {}
        fault: Refused | None = None
        for signature in grant.envelope.sigs:
            key = self.key(signature.kid)
            if key is None:
                continue
            if not self._cache.check(grant.envelope, signature, key):
                raise Refused(Reason.BAD_SIGNATURE, signature.kid)
            try:
                registrar = self._registrar(signature.kid, grant)
            except Refused as refused:
                fault = fault or refused
                continue
            registrars[registrar.doc.subject.id] = registrar
        if len(registrars) < REGISTRARS_NEEDED:
            raise fault or Refused(Reason.NOT_ENOUGH_SIGNERS, f"{len(registrars)} registrars")
        self._check_issuer(grant, registrars)

    def _check_issuer(self, grant: Grant, registrars: dict[str, Grant]) -> None:
        issuer = grant.doc.issuer
        known = registrars.get(issuer.person or "")
        if known is None or known.doc.path != issuer.path:
            raise Refused(Reason.ISSUER_MISMATCH, "the issuer is not one of the registrars")

    def _registrar(self, kid: str, person: Grant) -> Grant:
        """The delegation by which `kid` may be one of the two that stand for `person`."""
        fault: Refused | None = None
        for grant in self._grants.get(kid, ()):
            if grant.doc.subject.type != "registrar":
                continue
            try:
                self._check_registrar(grant, person)
            except Refused as refused:
                fault = fault or refused
                continue
            self.used[grant.envelope.id] = grant
            return grant
        raise fault or Refused(Reason.NOT_ENOUGH_SIGNERS, "not a registrar")

    def _check_registrar(self, grant: Grant, person: Grant) -> None:
        doc, given = grant.doc, person.doc
        self._check_superseded(grant)
        if self.at < doc.from_:
            raise Refused(Reason.DELEGATION_NOT_STARTED, doc.subject.id)
        revoked = self.trust.revoked_since(grant)
        grace = self._real_order and not person.drill and revoked is None
        self._check_expiry(grant, grace=grace)
        if revoked is not None and given.issued >= revoked:
            raise Refused(Reason.REVOKED, doc.subject.id)
        if doc.subject.id == given.subject.id or grant.kid == person.kid:
            raise Refused(Reason.NOT_ENOUGH_SIGNERS, "a registrar delegates to oneself")
        if Kind.DELEGATION not in effective_kinds(grant):
            raise Refused(Reason.NOT_DELEGATED_KIND, doc.subject.id)
        if doc.ceiling < given.ceiling:
            raise Refused(Reason.ABOVE_CEILING, doc.subject.id)
        if not inside(given.path, doc.path):
            raise Refused(Reason.OUTSIDE_ISSUER, doc.subject.id)
        self._check_by_root(grant)
