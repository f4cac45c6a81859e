"""Judging an order on the node exactly as a device will judge it, before anybody sees it."""

from collections.abc import Callable, Iterable

from loa.lib import clock
from loa.people.acceptance import Trust, trust_now
from loa_protocol.authority import effective_kinds
from loa_protocol.context import Channel, Context, Verified
from loa_protocol.envelope import Envelope, Signature
from loa_protocol.kinds import Kind
from loa_protocol.ladder import verify
from loa_protocol.paths import inside, inside_any
from loa_protocol.refusals import Reason, Refused
from loa_protocol.trust import Grant


def judged(envelope: Envelope) -> Verified:
    """The order, if those who signed may say it now. Raises Refused, by the device's names."""
    trust = trust_now()
    return verify(
        envelope, Channel.LINK, Context(trust=trust.state, now=clock.now(), cache=trust.cache)
    )


def first_signature_stands(envelope: Envelope) -> None:
    """Whether the author alone has the right, so that only the second signature is missing.

    Raises Refused for anything else.
    """
    try:
        judged(envelope)
    except Refused as refusal:
        if refusal.reason is not Reason.NOT_ENOUGH_SIGNERS or len(_persons(envelope.sigs)) != 1:
            raise


def with_papers(envelope: Envelope) -> Envelope:
    """The order with the delegations of its signers and of the registrars behind them, so that a
    device that has never heard of these persons can judge it by itself."""
    trust = trust_now()
    wanted: dict[str, Envelope] = {}
    for signature in envelope.sigs:
        for grant in _grants(trust, signature.kid):
            if envelope.kind in effective_kinds(grant):
                for paper in (*_registrars(trust, grant), grant):
                    wanted.setdefault(paper.envelope.id, paper.envelope)
    return envelope.with_chain(wanted.values())


def places_of(person: str, kind: Kind) -> tuple[str, ...]:
    """Where the person's standing delegations reach for orders of this kind, widest first."""
    now = clock.now()
    found = {
        grant.doc.path
        for grant in trust_now().state.grants.values()
        if grant.doc.subject.type == "person"
        and grant.doc.subject.id == person
        and kind in effective_kinds(grant)
        and grant.doc.from_ <= now < grant.doc.to
        and trust_now().state.revoked_since(grant) is None
    }
    return tuple(sorted(found, key=lambda path: (path.count("/"), path)))


def place_for(person: str, kind: Kind, targets: Iterable[str]) -> str | None:
    """From which of their places the person speaks for `targets`: the narrowest that covers all,
    or else the widest they have; None without any."""
    places = places_of(person, kind)
    wanted = tuple(targets)
    covering = [p for p in places if all(inside(target, p) for target in wanted)]
    return covering[-1] if covering else next(iter(places), None)


def entitled_with(kind: Kind, author: str, targets: Iterable[str]) -> Callable[[str], bool]:
    """Whether the author, and somebody else beside them, may sign this kind for `targets` and for
    a path besides."""
    now, trust = clock.now(), trust_now().state
    scopes: dict[str, list[str]] = {}
    for grant in trust.grants.values():
        holds = grant.doc.from_ <= now < grant.doc.to and trust.revoked_since(grant) is None
        if grant.doc.subject.type == "person" and kind in effective_kinds(grant) and holds:
            scopes.setdefault(grant.doc.subject.id, []).append(grant.doc.path)
    wanted = tuple(targets)
    own = scopes.pop(author, [])
    others = [scope for scope in scopes.values() if all(inside_any(p, scope) for p in wanted)]
    return lambda path: inside_any(path, own) and any(inside_any(path, s) for s in others)


def kids_of(person: str, kind: Kind) -> tuple[str, ...]:
    """The keys with which the person may sign this kind now."""
    now = clock.now()
    trust = trust_now().state
    return tuple(
        dict.fromkeys(
            grant.kid
            for grant in trust.grants.values()
            if grant.doc.subject.id == person
            and grant.doc.subject.type == "person"
            and kind in effective_kinds(grant)
            and grant.doc.from_ <= now < grant.doc.to
            and trust.revoked_since(grant) is None
        )
    )


def person_of_kid(kid: str) -> str | None:
    """Whose key a delegation says this is."""
    return next(
        (
            grant.doc.subject.id
            for grant in _grants(trust_now(), kid)
            if grant.doc.subject.type == "person"
        ),
        None,
    )


def _persons(sigs: Iterable[Signature]) -> set[str]:
    return {person for s in sigs if (person := person_of_kid(s.kid)) is not None}


def _grants(trust: Trust, kid: str) -> list[Grant]:
    return [grant for grant in trust.state.grants.values() if grant.kid == kid]


def _registrars(trust: Trust, person: Grant) -> list[Grant]:
    return [
        grant
        for signature in person.envelope.sigs
        for grant in _grants(trust, signature.kid)
        if grant.doc.subject.type == "registrar"
    ]
