"""What an order changes among the orders that a device has (protocol page, section 4)."""

from dataclasses import replace
from datetime import datetime, timedelta

from .context import StoredTemplate, Verified
from .kinds import Kind
from .order_book import (
    PENDING_KEPT,
    PENDING_MAX,
    Order,
    Pending,
    Status,
    order_of,
    updated,
)
from .payloads import (
    Cancel,
    Common,
    DrillCancel,
    DrillMute,
    Mute,
    Resume,
)
from .refusals import Reason, Refused
from .replay_state import Changes, ReplayState


def decide_order(
    state: ReplayState, verified: Verified, now: datetime, template: StoredTemplate | None
) -> Changes:
    """The effect of a verified order or command. Raises Refused as `replay.decide`."""
    doc: Common = verified.payload
    match verified.envelope.kind:
        case Kind.ALERT | Kind.DRILL:
            return _open(state, order_of(verified), now)
        case Kind.FILL:
            return _fill(state, order_of(verified, template), template, now)
        case Kind.UPDATE:
            return _update(state, order_of(verified), now)
    if isinstance(doc, Cancel | DrillCancel):
        return _cancel(state, verified, doc, now)
    if isinstance(doc, Mute | DrillMute):
        return _mute(state, doc, now)
    if isinstance(doc, Resume):
        return _resume(state, doc, now, drill=verified.drill)
    return Changes()


def _open(state: ReplayState, order: Order, now: datetime) -> Changes:
    """An alert or drill comes; what came before it is judged."""
    early = [
        o
        for o in state.orders.values()
        if o.alert == order.alert and o.status in (Status.OPEN, Status.EXPIRED)
    ]
    entitled = [o for o in early if order.entitles(o.path)]
    newest = max(entitled, key=lambda o: o.revision, default=None)
    orders = {
        o.key: replace(o, status=Status.REPLACED if o in entitled else Status.REFUSED)
        for o in early
    }
    start: str | None = order.current
    if newest is not None:
        order = replace(
            updated(order, newest), played=newest.played, turn=newest.turn, begun=newest.begun
        )
        start = None
    if not order.live(now):
        order = replace(order, status=Status.EXPIRED)
    if any(p.ends(order) for p in state.pending):
        order = replace(order, status=Status.CANCELLED)
        start = None
    orders[order.key] = order
    ended = _drills_ended(state, order, now)
    orders |= {o.key: replace(o, status=Status.CANCELLED) for o in ended if o.key != order.key}
    if order in ended:
        orders[order.key], start = replace(order, status=Status.CANCELLED), None
    stopped = [o.key for o in early if o is not newest or order.status is not Status.OPEN]
    return Changes(
        orders=orders,
        pending=tuple(p for p in state.pending if p.alert != order.alert and p.until > now),
        start=start,
        stopped=(*stopped, *(o.key for o in ended if o.key != order.key)),
    )


def _drills_ended(state: ReplayState, order: Order, now: datetime) -> list[Order]:
    """A real order ends the drills that were issued before it, in whichever order they come."""
    live = [o for o in state.orders.values() if o.live(now)]
    if not order.live(now):
        return []
    if order.drill:
        over = any(not o.drill and o.issued > order.issued for o in live)
        return [order] if over else []
    return [o for o in live if o.drill and o.issued < order.issued]


def _fill(
    state: ReplayState, order: Order, template: StoredTemplate | None, now: datetime
) -> Changes:
    if template is None:
        raise Refused(Reason.UNSUPPORTED, "no template")
    begin = now - timedelta(days=1)
    today = [o for o in state.orders.values() if o.template == order.template and o.issued > begin]
    if len(today) >= template.doc.max_per_day:
        raise Refused(Reason.ABOVE_CEILING, "more than the template allows in a day")
    return _open(state, order, now)


def _update(state: ReplayState, update: Order, now: datetime) -> Changes:
    known = state.orders.get(update.alert)
    if known is None:
        return _early_update(state, update, now)
    if known.drill:
        raise Refused(Reason.UNKNOWN_ORDER, "an update is not for drills")
    if not known.entitles(update.path):
        raise Refused(Reason.NOT_ANCESTOR, update.path)
    if known.status is Status.CANCELLED:
        raise Refused(Reason.CANCELLED, known.key)
    if not known.live(now):
        raise Refused(Reason.EXPIRED, known.key)
    if update.revision <= known.revision:
        raise Refused(Reason.OLD_REVISION, f"{update.revision}, known is {known.revision}")
    return Changes(orders={known.key: updated(known, update)}, start=update.current)


def _early_update(state: ReplayState, update: Order, now: datetime) -> Changes:
    """An update whose alert has not come: it plays by itself until then."""
    if any(p.ends(update) for p in state.pending):
        raise Refused(Reason.CANCELLED, update.alert)
    _check_room(state, update.issuer, now)
    older = [
        o
        for o in state.orders.values()
        if o.alert == update.alert and o.path == update.path and o.live(now)
    ]
    if any(o.revision >= update.revision for o in older):
        raise Refused(Reason.OLD_REVISION, str(update.revision))
    orders = {o.key: replace(o, status=Status.REPLACED) for o in older}
    orders[update.key] = update
    return Changes(orders=orders, start=update.current, stopped=tuple(o.key for o in older))


def _check_room(state: ReplayState, issuer: str, now: datetime) -> None:
    waiting = sum(p.issuer == issuer and p.until > now for p in state.pending)
    alone = sum(
        o.issuer == issuer and o.key != o.alert and o.live(now) for o in state.orders.values()
    )
    if waiting + alone >= PENDING_MAX:
        raise Refused(Reason.STORE_FULL, f"{PENDING_MAX} wait already for {issuer}")


def _cancel(
    state: ReplayState, verified: Verified, doc: Cancel | DrillCancel, now: datetime
) -> Changes:
    cancel = Pending(
        verified.envelope.id,
        doc.alert,
        isinstance(doc, DrillCancel),
        doc.issuer.path,
        doc.issuer.person or "",
        verified.ceiling,
        now + PENDING_KEPT,
    )
    known = state.orders.get(doc.alert)
    if known is not None:
        return _cancel_known(known, cancel, now)
    _check_room(state, cancel.issuer, now)
    ended = {
        o.key: replace(o, status=Status.CANCELLED)
        for o in state.orders.values()
        if o.live(now) and cancel.ends(o)
    }
    kept = tuple(p for p in state.pending if p.until > now)
    return Changes(orders=ended, pending=(*kept, cancel), stopped=tuple(ended))


def _cancel_known(known: Order, cancel: Pending, now: datetime) -> Changes:
    if known.drill != cancel.drill:
        raise Refused(Reason.UNKNOWN_ORDER, "drills and alerts have cancels of their own")
    if not known.entitles(cancel.path):
        raise Refused(Reason.NOT_ANCESTOR, cancel.path)
    if cancel.ceiling < known.base_level:
        raise Refused(Reason.ABOVE_CEILING, f"class {known.base_level}")
    if known.status is Status.CANCELLED:
        raise Refused(Reason.CANCELLED, known.key)
    if not known.live(now):
        raise Refused(Reason.EXPIRED, known.key)
    return Changes(
        orders={known.key: replace(known, status=Status.CANCELLED)}, stopped=(known.key,)
    )


def _mute(state: ReplayState, doc: Mute | DrillMute, now: datetime) -> Changes:
    named = _named(state, doc.orders, now)
    if any(order.drill != isinstance(doc, DrillMute) for order in named):
        raise Refused(Reason.UNKNOWN_ORDER, "drills and alerts have mutes of their own")
    # In the window of a filled template one person stops it for good.
    waiting = [o for o in named if o.not_before is not None and now < o.not_before]
    orders = {o.key: replace(o, status=Status.CANCELLED) for o in waiting}
    sounding = dict.fromkeys(o.alert for o in named if o not in waiting)
    mutes = None
    if sounding:
        mutes = state.mutes.mute(sounding, doc.issuer.person or "", doc.seconds, now)
    return Changes(orders=orders, mutes=mutes, stopped=tuple(orders))


def _resume(state: ReplayState, doc: Resume, now: datetime, *, drill: bool) -> Changes:
    named = _named(state, doc.orders, now)
    if drill and not all(order.drill for order in named):
        raise Refused(Reason.UNKNOWN_ORDER, "not a drill")
    return Changes(mutes=state.mutes.resume([order.alert for order in named], now))


def _named(state: ReplayState, ids: tuple[str, ...], now: datetime) -> list[Order]:
    """The live orders that `ids` name. Raises Refused(unknown_order) if one names none."""
    live = [order for order in state.orders.values() if order.live(now)]
    found = []
    for id_ in ids:
        orders = [order for order in live if id_ in (order.alert, order.current)]
        if not orders:
            raise Refused(Reason.UNKNOWN_ORDER, id_)
        found.extend(orders)
    return found
