"""Of issued orders, those that a device must still hear of: judged as devices judge them. Pure.

An order that came over a link was signed by people who may sign such orders somewhere, and may yet
be about an alert that is none of their business: a device refuses it, so it counts for nothing
here either.
"""

from collections.abc import Iterable, Sequence

from loa.alerts import rules
from loa.alerts.models import Order
from loa_protocol.kinds import Kind
from loa_protocol.paths import inside, inside_any

LISTED_MAX = 400
"""As many as an `open` may name (protocol, kind `open`). Absence stops nothing, so that what is cut
off costs latecomers at most."""
_RANK = {Kind.UPDATE: 1, **dict.fromkeys(rules.CANCELS, 2), **dict.fromkeys(rules.ONE_PERSON, 3)}


def rank(order: Order) -> int:
    """What is about an alert comes after it: a device must know whom to mute."""
    return _RANK.get(Kind(order.kind), 0)


def entitled(order: Order, alert: Order) -> bool:
    """Whether `order` may say what it says of `alert`: an update or cancel from the alert's own
    place or above, drill of drill and real of real, a cancel by people trusted with its class."""
    kind = Kind(order.kind)
    if kind in rules.CANCELS or kind is Kind.UPDATE:
        own_sort = alert.drill == (kind is Kind.DRILL_CANCEL)
        trusted = kind is Kind.UPDATE or order.level >= alert.level
        return own_sort and trusted and inside(alert.path, order.path)
    return kind not in rules.MUTES or alert.drill == (kind is Kind.DRILL_MUTE)


def halts(mute: Order, targets: Sequence[str], alert: Order, meant: Sequence[str]) -> bool:
    """Whether a mute of `targets` ends a filled template everywhere it is `meant` for: one that
    reaches only some of its places ends it on the devices there, and hides it from no others."""
    covers = all(inside_any(path, targets) for path in meant)
    return alert.kind == Kind.FILL.value and covers and entitled(mute, alert)


def counting(live: Sequence[Order]) -> list[Order]:
    """Those of the issued, unexpired orders in `live` that count, what is about an alert after it:
    alerts, drills and fills that stand, their newest update, and what ends or silences them."""
    alerts = {order.pk: order for order in live if Kind(order.kind) in rules.OPENING}
    heard = [one for one in live if one.alert not in alerts or entitled(one, alerts[one.alert])]
    ended = {order.alert for order in heard if Kind(order.kind) in rules.CANCELS}
    newest = {one.alert: one.revision for one in sorted(heard, key=lambda one: one.revision)}
    return sorted((one for one in heard if _counts(one, ended, newest)), key=rank)


def listed(orders: Sequence[Order]) -> list[Order]:
    """The most urgent LISTED_MAX, in the order they had."""
    if len(orders) <= LISTED_MAX:
        return list(orders)
    pressing = sorted(orders, key=_press)[:LISTED_MAX]
    kept = {order.pk for order in pressing}
    return [order for order in orders if order.pk in kept]


def issued_by_office(orders: Iterable[Order], path: str, *, fills: bool) -> int:
    """How many of `orders` two persons of one office issued, or how many fills came of its
    templates; a commune with its hamlets is one office."""
    own = [Kind(order.kind) for order in orders if _office(order.path) == _office(path)]
    return sum((kind is Kind.FILL) == fills and kind not in rules.ONE_PERSON for kind in own)


def _office(path: str) -> str:
    return "/".join(path.split("/")[:3])


def _press(order: Order) -> tuple[bool, bool, bool, int]:
    kind = Kind(order.kind)
    return kind in rules.ONE_PERSON, order.drill, kind is Kind.FILL, -order.level


def _counts(order: Order, ended: set[str], newest: dict[str, int]) -> bool:
    kind = Kind(order.kind)
    if kind in rules.CANCELS:
        return True
    if order.ended_at is not None or order.alert in ended:
        return False
    return kind is not Kind.UPDATE or order.revision == newest[order.alert]
