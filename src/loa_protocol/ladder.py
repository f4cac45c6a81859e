"""Verification: from bytes to a payload that may be acted on (protocol page, section 6).

The order of the steps is the rule: size, form, kind and way in, signatures over the raw bytes, only
then the payload, then rights, then coverage and time. `replay` comes after.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from .authority import CLOCK_TOLERANCE, Authority, Signer
from .context import ORDER_KINDS, Channel, Context, Receiver, StoredTemplate, Verified
from .envelope import Envelope
from .fills import check_feed, check_fill, feed_key, template_key
from .keys import PublicKey
from .kinds import RULES, Kind, Signers
from .paths import covers, inside, outlet_address, station_address
from .payloads import (
    Assignment,
    Common,
    Fill,
    Open,
    Policy,
    Sounding,
    State,
    Template,
    TimeAnswer,
    Trust,
    parse_payload,
)
from .refusals import Reason, Refused
from .trust import Grant, TrustState, check_version_not_ahead

# The grace of a registrar's delegation holds only for these.
_REAL_ORDERS = frozenset({Kind.ALERT, Kind.UPDATE, Kind.CANCEL, Kind.MUTE, Kind.RESUME})
_NEEDS_TIME = ORDER_KINDS | {Kind.COMMAND}
_GIVES_TIME = frozenset({Kind.TIME, Kind.OPEN})
# Their dates are judged by the rules of delegations, or, for clock, not at all: it must work when
# time itself is wrong.
_UNDATED = frozenset({Kind.ROOT, Kind.DELEGATION, Kind.CLOCK})
# A list of revoked keys is for ever: a device that was off when it ended must still learn from it.
_WITHOUT_END = frozenset({Kind.TIME, Kind.TRUST})
_PARENT_TOO = frozenset({Kind.OPEN, Kind.ASSIGNMENT})
_NODE_SIGNED = frozenset({Signers.NODE, Signers.DEVICE_OR_NODE})
_PERSONS = {Signers.TWO_PERSONS: 2, Signers.ONE_PERSON: 1}


def verify(data: bytes | Envelope, channel: Channel, context: Context) -> Verified:
    """What `data` says, if those who signed it may say it, here and now.

    Pure: nothing is remembered but signature checks. Raises Refused with the first step that fails.
    """
    envelope = data if isinstance(data, Envelope) else Envelope.parse(data)
    if envelope.kind not in channel.value:
        raise Refused(Reason.WRONG_CHANNEL, f"{envelope.kind} by way of {channel.name.lower()}")
    if envelope.kind is Kind.ROOT:
        return _verify_root(envelope, context)
    authority = Authority(
        context.trust,
        envelope.chain,
        at=context.now,
        cache=context.cache,
        real_order=envelope.kind in _REAL_ORDERS,
        time_known=context.time_known,
    )
    if envelope.kind is Kind.DELEGATION:
        return _verify_delegation(envelope, authority, context)
    kids = _check_signatures(envelope, authority, context)
    payload = parse_payload(envelope.kind, envelope.payload)
    if envelope.kind in _GIVES_TIME and not context.time_known:
        # The device's own clock may be decades off either way; `TrustedTime` tests the answer
        # against the floor.
        authority.at = _time_of(payload)
    verified = _check_rights(envelope, payload, kids, authority, context)
    if isinstance(payload, Template):
        check_feed(payload)
    _check_covers(payload, context.receiver)
    _check_time(envelope.kind, payload, context)
    return verified


def verify_signed_by(envelope: Envelope, key: PublicKey, kind: Kind) -> Common:
    """The payload of an envelope of `kind` that `key` signed: receipts and requests of devices.

    The caller knows from elsewhere whose key it is, and checks issuer, target and dates.
    Raises Refused: wrong_channel, unknown_key, bad_signature, and as `parse_payload`.
    """
    if envelope.kind is not kind:
        raise Refused(Reason.WRONG_CHANNEL, f"{envelope.kind} where {kind} belongs")
    signature = next((s for s in envelope.sigs if s.kid == key.kid), None)
    if signature is None:
        raise Refused(Reason.UNKNOWN_KEY, "not signed with the known key")
    if not key.verify(envelope.signing_input, signature.sig):
        raise Refused(Reason.BAD_SIGNATURE, signature.kid)
    return parse_payload(kind, envelope.payload)


def _verify_root(envelope: Envelope, context: Context) -> Verified:
    trust = context.trust.with_root(envelope, _sure(context))
    return Verified(envelope, trust.root, trust)


def _verify_delegation(envelope: Envelope, authority: Authority, context: Context) -> Verified:
    _check_signatures(envelope, authority, context)
    grant = context.cache.grant(replace(envelope, chain=()))
    authority.add(grant)
    fault = authority.fault(grant)
    if fault is not None:
        raise fault
    trust = _learned(authority, context)
    return Verified(envelope, grant.doc, trust, alarms=frozenset(authority.alarms))


def _learned(authority: Authority, context: Context) -> TrustState:
    """What is known with the delegations that were used; expired ones go, if the time is sure."""
    return authority.trust.with_grants(authority.used.values(), _sure(context))


def _sure(context: Context) -> datetime | None:
    return context.now if context.time_known else None


def _time_of(payload: Common) -> datetime:
    return payload.now if isinstance(payload, TimeAnswer) else payload.issued


def _check_signatures(
    envelope: Envelope, authority: Authority, context: Context
) -> tuple[str, ...]:
    """The known kids among the signatures, all of which are good."""
    if not envelope.sigs:
        raise Refused(Reason.NOT_ENOUGH_SIGNERS, "not signed")
    known = []
    for signature in envelope.sigs:
        if envelope.kind is Kind.FILL:
            key = feed_key(signature.kid, context.templates)
        else:
            key = authority.key(signature.kid)
        if key is None:
            continue
        if not context.cache.check(envelope, signature, key):
            raise Refused(Reason.BAD_SIGNATURE, signature.kid)
        known.append(signature.kid)
    if not known:
        raise Refused(Reason.UNKNOWN_KEY, envelope.sigs[0].kid)
    return tuple(known)


def _check_rights(
    envelope: Envelope,
    payload: Common,
    kids: tuple[str, ...],
    authority: Authority,
    context: Context,
) -> Verified:
    rule = RULES[envelope.kind].signers
    if rule is Signers.FEED:
        return _check_feed(envelope, cast(Fill, payload), kids, context)
    by_root = rule is Signers.REGISTRAR_OR_ROOT and payload.issuer.root is not None
    if rule is Signers.ROOT or by_root:
        authority.check_root_signed(envelope)
        signers: tuple[Signer, ...] = ()
    else:
        signers = tuple(authority.signer(kid, envelope.kind) for kid in kids)
        _check_issuer_type(rule, payload)
    grants = _entitled(payload, envelope.kind, signers, context.receiver)
    if signers:
        _check_threshold(rule, signers)
        _check_issuer(payload, grants)
    if rule in _NODE_SIGNED:
        _check_node(envelope.kind, payload, context.receiver)
    trust = _learned(authority, context)
    if isinstance(payload, Trust):
        trust = trust.with_revocations(payload)
    return Verified(
        envelope,
        payload,
        trust,
        tuple(sorted(grants)),
        _ceiling(payload.target, grants) if rule in _PERSONS else 0,
        drill=bool(grants) and all(g.drill for found in grants.values() for g in found),
        alarms=frozenset(authority.alarms),
    )


def _check_issuer_type(rule: Signers, payload: Common) -> None:
    node = rule in _NODE_SIGNED
    if (payload.issuer.node if node else payload.issuer.person) is None:
        raise Refused(Reason.ISSUER_MISMATCH, "the issuer is not of this kind's sort")


def _entitled(
    payload: Common, kind: Kind, signers: tuple[Signer, ...], receiver: Receiver | None
) -> dict[str, tuple[Grant, ...]]:
    level = payload.class_ if isinstance(payload, Sounding | Template) else 0
    scope = payload.target
    if RULES[kind].signers in _NODE_SIGNED:
        scope = _node_scope(payload, receiver)
    grants: dict[str, tuple[Grant, ...]] = {}
    for signer in signers:
        found = signer.entitled(kind, level, scope)
        grants[signer.id] = (*grants.get(signer.id, ()), *found)
    return grants


def _node_scope(payload: Common, receiver: Receiver | None) -> tuple[str, ...]:
    if isinstance(payload, Assignment):
        return (*payload.paths, payload.area)
    if isinstance(payload, Open):
        return payload.target
    if receiver is not None and receiver.area is not None:
        return (receiver.area,)
    return (payload.issuer.path,)


def _check_threshold(rule: Signers, signers: tuple[Signer, ...]) -> None:
    persons = {signer.id for signer in signers}
    if len(persons) < _PERSONS.get(rule, 1):
        raise Refused(Reason.NOT_ENOUGH_SIGNERS, f"{len(persons)} of {_PERSONS[rule]} persons")


def _check_issuer(payload: Common, grants: dict[str, tuple[Grant, ...]]) -> None:
    issuer = payload.issuer
    own = grants.get(issuer.person or issuer.node or "", ())
    if not any(grant.doc.path == issuer.path for grant in own):
        raise Refused(Reason.ISSUER_MISMATCH, "the issuer did not sign, or not from that place")


def _ceiling(targets: tuple[str, ...], grants: dict[str, tuple[Grant, ...]]) -> int:
    return min(
        max(grant.doc.ceiling for grant in found if inside(target, grant.doc.path))
        for found in grants.values()
        for target in targets
    )


def _check_node(kind: Kind, payload: Common, receiver: Receiver | None) -> None:
    if receiver is None:
        return
    node = payload.issuer.node
    if node == receiver.node:
        return
    if node is None or node != receiver.parent or kind not in _PARENT_TOO:
        raise Refused(Reason.WRONG_NODE, str(node))
    if isinstance(payload, Open) and payload.floor is not None:
        raise Refused(Reason.BAD_FIELD, "a parent's open has no floor")


def _check_feed(
    envelope: Envelope, payload: Fill, kids: tuple[str, ...], context: Context
) -> Verified:
    template = context.templates.get(template_key(payload))
    if template is None:
        raise Refused(Reason.UNSUPPORTED, f"template {template_key(payload)} is not here")
    check_fill(payload, template.doc, kids)
    standing = _template_stands(template, context)
    return Verified(
        envelope,
        payload,
        standing.trust,
        standing.signers,
        payload.class_,
        alarms=standing.alarms,
    )


def _template_stands(template: StoredTemplate, context: Context) -> Verified:
    """The two persons who signed the template in advance must still have the right to."""
    envelope = template.envelope
    authority = Authority(
        context.trust, envelope.chain, at=context.now, cache=context.cache, real_order=True
    )
    kids = _check_signatures(envelope, authority, context)
    verified = _check_rights(envelope, template.doc, kids, authority, context)
    _check_time(envelope.kind, template.doc, context)
    return verified


def _check_covers(payload: Common, receiver: Receiver | None) -> None:
    if receiver is None:
        return
    if isinstance(payload, Open):
        mine = payload.target[0] == receiver.area
    elif isinstance(payload, Trust | Policy):
        mine = covers(payload.target, _places(receiver))
    elif payload.target[0].startswith("outlet:"):
        mine = payload.target[0] == outlet_address(receiver.outlet)
    elif payload.target[0].startswith("station:"):
        mine = payload.target[0] == station_address(receiver.station or "")
    elif payload.target[0].startswith("node:"):
        mine = False
    else:
        mine = covers(payload.target, receiver.paths)
    if not mine:
        raise Refused(Reason.NOT_FOR_ME, payload.target[0])


def _places(receiver: Receiver) -> tuple[str, ...]:
    return receiver.paths if receiver.area is None else (*receiver.paths, receiver.area)


def _check_time(kind: Kind, payload: Common, context: Context) -> None:
    if kind in _UNDATED:
        return
    if kind in _NEEDS_TIME and not context.time_known:
        raise Refused(Reason.NO_TIME, "no time answer yet")
    # What gives the time is not judged by it: `TrustedTime` says how far it may move. A `time`
    # answer is fresh by its nonce, an `open` at least no later than it says.
    gives_time = kind in _GIVES_TIME
    if not gives_time and payload.issued > context.now + CLOCK_TOLERANCE:
        raise Refused(Reason.NOT_YET, "issued in the future")
    judged = kind not in _WITHOUT_END and (context.time_known or not gives_time)
    if judged and payload.expires <= context.now:
        raise Refused(Reason.EXPIRED, f"at {payload.expires}")
    limit_s = RULES[kind].max_life_s
    if limit_s is not None and payload.expires - payload.issued > timedelta(seconds=limit_s):
        raise Refused(Reason.LIFETIME_TOO_LONG, f"more than {limit_s} s")
    if isinstance(payload, State) and not gives_time:
        check_version_not_ahead(payload.version, context.now)
