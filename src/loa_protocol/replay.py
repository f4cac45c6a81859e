"""Replay, order and effect (protocol page, section 4): what a verified envelope changes.

Pure and independent of storage. `decide` takes the state and a verified envelope and returns the
changes, all of which belong into one durable commit before anything is acted on; `apply` gives the
state after them. State kinds and events have different rules on purpose: order 5 before order 4
must not silence order 4.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from .context import StoredTemplate, Verified
from .fills import template_key
from .kinds import RULES, Kind, Nature
from .order_book import Status
from .order_rules import decide_order
from .payloads import Assignment, ClockReset, Open, Plan, State, Template
from .refusals import Reason, Refused
from .replay_state import Changes, ReplayState, Version, apply
from .trust import check_version_not_ahead, unix_ms

# After this long beyond its expiry an id may be forgotten: time does not go back so far, and a
# `clock` keeps the set.
SEEN_KEPT = timedelta(days=30)


def decide(
    state: ReplayState,
    verified: Verified,
    now: datetime,
    template: StoredTemplate | None = None,
) -> Changes:
    """What a verified envelope changes at trusted `now`; `template` for a `fill`.

    For an `open`, `now` is trusted time after `TrustedTime.seen_open` has taken it in.

    Raises Refused: old_version, version_ahead, floor_ahead, seen, below_floor, unknown_order,
    not_ancestor, old_revision, cancelled, expired, above_ceiling, mute_spent, store_full.
    """
    doc = verified.payload
    if isinstance(doc, State):
        return _decide_state(state, verified, doc, now)
    if RULES[verified.envelope.kind].nature is Nature.ANSWER:
        return Changes()
    if verified.envelope.id in state.seen:
        raise Refused(Reason.SEEN, verified.envelope.id)
    if isinstance(doc, ClockReset):
        changes = _reset(state, doc)
    else:
        if state.floor is not None and doc.issued < state.floor:
            raise Refused(Reason.BELOW_FLOOR, "issued before the floor")
        changes = decide_order(state, verified, now, template)
    return replace(changes, seen={verified.envelope.id: doc.expires})


def played(state: ReplayState, key: str, now: datetime) -> Changes:
    """One play of an order was begun at `now`: it counts, and equals have their turn next."""
    order = state.orders[key]
    turn = 1 + max(other.turn for other in state.orders.values())
    begun = replace(order, played=order.played + 1, turn=turn, begun=now)
    return Changes(orders={key: begun})


def expire(state: ReplayState, now: datetime) -> Changes:
    """The orders whose time is over."""
    over = {
        key: replace(order, status=Status.EXPIRED)
        for key, order in state.orders.items()
        if order.status is Status.OPEN and not order.live(now)
    }
    return Changes(orders=over, stopped=tuple(over))


def forgettable(state: ReplayState, now: datetime) -> tuple[str, ...]:
    """The ids in `seen` that may be dropped from the store."""
    return tuple(id_ for id_, expires in state.seen.items() if expires + SEEN_KEPT < now)


def forgettable_orders(state: ReplayState, now: datetime) -> tuple[str, ...]:
    """The keys in `orders` that may be dropped: a cancelled one is remembered for as long as ids,
    so that no late update revives it.
    """
    return tuple(
        key
        for key, order in state.orders.items()
        if order.status is not Status.OPEN and order.expires + SEEN_KEPT < now
    )


def _subject(doc: State) -> str:
    """What the version of a state document counts for, within its kind."""
    if isinstance(doc, Template):
        return template_key(doc)
    if isinstance(doc, Open):
        # A node's numbers must not lock out its parent's.
        return f"{doc.target[0]} {doc.issuer.node}"
    if isinstance(doc, Assignment | Plan):
        return doc.target[0].partition(":")[2]
    return doc.target[0]


def _decide_state(state: ReplayState, verified: Verified, doc: State, now: datetime) -> Changes:
    kind = verified.envelope.kind
    if kind in (Kind.ROOT, Kind.DELEGATION):
        # Their versions live in the trust state, which judged them.
        return Changes()
    subject = (kind, _subject(doc))
    new = Version(doc.version, verified.envelope.id)
    old = state.versions.get(subject)
    if old == new:
        return Changes()
    if old is not None and new.version <= old.version:
        raise Refused(Reason.OLD_VERSION, f"{new.version}, known is {old.version}")
    check_version_not_ahead(doc.version, now)
    floor = _new_floor(state, doc, now) if isinstance(doc, Open) else None
    return Changes(versions={subject: new}, floor=floor)


def _new_floor(state: ReplayState, doc: Open, now: datetime) -> datetime | None:
    if doc.floor is None:
        return None
    listed = set(doc.orders)
    issued = [
        order.issued
        for order in state.orders.values()
        if order.alert in listed or order.current in listed
    ]
    if doc.floor > min([now, *issued]):
        raise Refused(Reason.FLOOR_AHEAD, "beyond now, or beyond an order that it lists")
    return max(doc.floor, state.floor or doc.floor)


def _reset(state: ReplayState, doc: ClockReset) -> Changes:
    if doc.serial <= state.clock_serial:
        raise Refused(Reason.OLD_VERSION, f"clock {doc.serial}")
    cap = unix_ms(doc.floor)
    return Changes(
        versions={
            subject: replace(known, version=cap)
            for subject, known in state.versions.items()
            if known.version > cap
        },
        floor=None if state.floor is None else min(state.floor, doc.floor),
        clock_serial=doc.serial,
        mutes=state.mutes.after_reset(doc.floor),
        time_reset=doc.floor,
    )


__all__ = [
    "Changes",
    "ReplayState",
    "Version",
    "apply",
    "decide",
    "expire",
    "forgettable",
    "forgettable_orders",
    "played",
]
