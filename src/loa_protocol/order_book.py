"""Orders that a device has accepted, and which of them sounds (protocol page, section 4)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .context import StoredTemplate, Verified
from .fills import template_key
from .kinds import Kind
from .mutes import Mutes
from .paths import inside
from .payloads import Fill, Sounding, Update

PENDING_MAX = 32
# An alert lives 72 h at most: whatever waits for one need not wait longer.
PENDING_KEPT = timedelta(hours=72, minutes=1)


class Status(StrEnum):
    """Open, then one of the others, all final."""

    OPEN = "open"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REFUSED = "refused"


@dataclass(frozen=True)
class Order:
    """An accepted order that sounds.

    `key` is its identity: the alert's id, or the update's own id while its alert has not come.
    `alert` is the alert that it is about, `current` the envelope whose text sounds, `level` its
    class and `base_level` the alert's own, `path` and `issuer` where and by whom it was opened,
    `template` the key of a filled template and `not_before` the end of its window. `turn` orders
    equals: the least recent plays first. `every_s` (0: never) is how often it is read once more
    after its `plays`, `begun` when its last reading began.
    """

    key: str
    alert: str
    current: str
    drill: bool
    level: int
    base_level: int
    path: str
    issuer: str
    issued: datetime
    expires: datetime
    speak_at: datetime
    plays: int
    revision: int = 0
    status: Status = Status.OPEN
    played: int = 0
    turn: int = 0
    not_before: datetime | None = None
    template: str | None = None
    every_s: int = 0
    begun: datetime | None = None

    def live(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.status is Status.OPEN and now < self.expires

    def due(self, now: datetime) -> bool:
        """Whether it still has something to say now."""
        waiting = self.not_before is not None and now < self.not_before
        return self.live(now) and not waiting and (not self.read_out() or self._turn_is_due(now))

    def read_out(self) -> bool:
        """Whether the readings that follow one another are over."""
        return self.plays > 0 and self.played >= self.plays

    def turn_at(self, now: datetime) -> datetime | None:
        """The newest moment, not after `now`, at which it is to be read once more; None for an
        order that is not read again. Counted from `speak_at`, so that neighbours read together."""
        if not self.every_s or not self.read_out():
            return None
        every = timedelta(seconds=self.every_s)
        return self.speak_at + (now - self.speak_at) // every * every

    def next_turn(self, now: datetime) -> datetime | None:
        """The first moment after `now` at which it is to be read once more."""
        turn = self.turn_at(now)
        return None if turn is None else turn + timedelta(seconds=self.every_s)

    def _turn_is_due(self, now: datetime) -> bool:
        turn = self.turn_at(now)
        if turn is None:
            return False
        # A reading that began shortly before the turn was that turn's.
        return self.begun is None or turn - self.begun >= timedelta(seconds=self.every_s) / 2

    def entitles(self, path: str) -> bool:
        """Whether an issuer at `path` may update or cancel it."""
        return inside(self.path, path)


@dataclass(frozen=True)
class Pending:
    """A cancel whose alert has not come."""

    id: str
    alert: str
    drill: bool
    path: str
    issuer: str
    ceiling: int
    until: datetime

    def ends(self, order: Order) -> bool:
        """Whether it cancels `order`."""
        return (
            self.alert == order.alert
            and self.drill == order.drill
            and order.entitles(self.path)
            and self.ceiling >= order.base_level
        )


@dataclass(frozen=True)
class Voice:
    """What is to be heard of the orders: one of them, or silence that lower sound must keep too.

    Neither means that no order has anything to say, and the programme may go on.
    """

    order: Order | None = None
    silence: bool = False


def order_of(verified: Verified, template: StoredTemplate | None = None) -> Order:
    """The order that a verified alert, drill, update or fill opens."""
    doc = verified.payload
    assert isinstance(doc, Sounding)  # noqa: S101 - the caller chose by kind
    own = verified.envelope.id
    order = Order(
        key=own,
        alert=doc.alert if isinstance(doc, Update) else own,
        current=own,
        drill=verified.envelope.kind is Kind.DRILL,
        level=doc.class_,
        base_level=doc.class_,
        path=doc.issuer.path,
        issuer=doc.issuer.person or "",
        issued=doc.issued,
        expires=doc.expires,
        speak_at=doc.speak_at,
        plays=doc.plays,
        every_s=doc.every_s or 0,
        revision=doc.revision if isinstance(doc, Update) else 0,
    )
    if isinstance(doc, Fill) and template is not None:
        window = timedelta(seconds=template.doc.cancel_s)
        return replace(order, not_before=doc.issued + window, template=template_key(doc))
    return order


def updated(order: Order, by: Order) -> Order:
    """`order` with the wording of the update `by`: it starts anew, with the same rights."""
    return replace(
        by,
        key=order.key,
        alert=order.alert,
        drill=order.drill,
        base_level=order.base_level,
        path=order.path,
        issuer=order.issuer,
        issued=order.issued,
        turn=order.turn,
    )


def voice(orders: Iterable[Order], mutes: Mutes, now: datetime) -> Voice:
    """Who speaks now: real before drill, higher class first, equals by turns, the wider first."""
    due = [order for order in orders if order.due(now)]
    if not due:
        return Voice()
    top = max((not order.drill, order.level) for order in due)
    group = [order for order in due if (not order.drill, order.level) == top]
    speaking = [order for order in group if not mutes.silent(order.alert, now)]
    if not speaking:
        return Voice(silence=True)
    return Voice(min(speaking, key=lambda o: (o.turn, o.path.count("/"), o.issued, o.key)))
