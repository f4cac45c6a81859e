"""`loa lane`: publishes urgent orders and `open`, and the tests that prove its way; nothing else.

A process, connection and loop of its own, with no dependence on media, jobs or console, and with
room on the disk held back for it. The database is the mailbox: what it publishes stands there, and
a lane that fell begins again from there.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from loa.alerts import selectors as alerts
from loa.alerts import services as alert_services
from loa.delivery import chain
from loa.delivery.models import OpenDocument
from loa.delivery.open_documents import due, open_issue
from loa.gateway.mqtt import Line
from loa.journal import services as journal
from loa.lib import clock, reserve
from loa.lib.changes import ChangeWatch
from loa.outlets.selectors import communes_with_devices, former_areas
from loa.people import events
from loa.people.authority import NoAuthority, NodeIdentity, node_identity
from loa.quarantine import selectors as quarantine
from loa.quarantine import services as rows
from loa.quarantine.rules import Queue
from loa_protocol import topics
from loa_protocol.paths import commune_code

if TYPE_CHECKING:
    from loa.alerts.models import Order

log = structlog.get_logger()

READER = "lane"
BATCH = 500
LOOK_EVERY_S = 0.05
"""One indexed look for a new order; it is the only wait between second signature and broker."""
TEND_EVERY_S, IDLE_TEND_S = 1.0, 5.0
"""How often everything else is looked after; the second one while nobody writes, no order is in
force and none waits for its second signature, so that only `open` and tests can fall due."""
CHAIN_EVERY_S = 15.0
REPEAT_FIRST_S, REPEAT_MOST_S = 10.0, 60.0


class Lane:
    """The lane's memory: only when to do what again. Everything that counts is in the database."""

    def __init__(self, line: Line, greet: threading.Event) -> None:
        self.line = line
        self.greet = greet
        self._tend_at_s = 0.0
        self._chain_at_s = 0.0
        self._repeats: dict[str, tuple[float, float]] = {}

    def turn(self) -> float:
        """New orders at once; everything else once a second. Returns how many seconds nothing more
        is to be done unless somebody writes."""
        rush(self.line)
        now_s = clock.current().monotonic()
        if self.greet.is_set():
            self.greet.clear()
            self.publish_all()
        if now_s < self._tend_at_s:
            return self._tend_at_s - now_s
        self._tend_at_s = now_s + TEND_EVERY_S
        chores = (
            lambda: refresh(self.line),
            lambda: self.repeat(now_s),
            alert_services.climb_due,
            lambda: self.test_chain(now_s),
            lambda: reserve.ensure(settings.ENV.data),
        )
        well = [_apart(chore) for chore in chores]
        if all(well) and not self._repeats and not alerts.is_any_proposed():
            return IDLE_TEND_S
        return TEND_EVERY_S

    def test_chain(self, now_s: float) -> None:
        """The daily silent and the weekly audible test go the way of an order, when none waits."""
        if now_s < self._chain_at_s:
            return
        self._chain_at_s = now_s + CHAIN_EVERY_S
        now = clock.now()
        chain.close_due(now)
        for ask in chain.begin_due(node_identity(), now):
            self.line.publish(topics.outlet_do(ask.wire_id), ask.data)

    def publish_all(self) -> None:
        """A broker that was away has forgotten everything: all orders in force, then `open`."""
        for order in alerts.in_force():
            with _isolated(order):
                _publish_into(self.line, order.pk, _bytes_of(order), _communes(order))
        for document in OpenDocument.objects.all():
            _apart(lambda document=document: _publish(self.line, document))  # type: ignore[misc]  # a default in a lambda

    def repeat(self, now_s: float) -> None:
        """Orders without receipts again, into the communes that owe some, until they expire. What
        a device has already, it refuses as seen."""
        live = alerts.in_force()
        for order in live:
            due_s, wait_s = self._repeats.get(order.pk, (now_s + REPEAT_FIRST_S, REPEAT_FIRST_S))
            if now_s >= due_s:
                wait_s = min(REPEAT_MOST_S, wait_s * 2)
                due_s = now_s + wait_s
                with _isolated(order):
                    silent = alerts.silent_areas(order)
                    areas = [*silent, *former_areas(silent)]
                    _publish_into(self.line, order.pk, _bytes_of(order), areas)
            self._repeats[order.pk] = (due_s, wait_s)
        for gone in self._repeats.keys() - {order.pk for order in live}:
            del self._repeats[gone]


def run(stop: threading.Event) -> int:
    """Keep orders and every commune's `open` out there until told to stop."""
    greet = threading.Event()
    line = Line("lane", subscribe=(), on_connect=greet.set)
    lane = Lane(line, greet)
    line.start()
    watch, idle_until_s = ChangeWatch(), 0.0
    while not stop.wait(LOOK_EVERY_S):
        close_old_connections()
        try:
            now_s = clock.current().monotonic()
            if watch.changed() or greet.is_set() or now_s >= idle_until_s:
                idle_until_s = now_s + TEND_EVERY_S
                idle_until_s = now_s + lane.turn()
        except NoAuthority as missing:
            log.warning("no open can be signed", why=str(missing))
            stop.wait(5.0)
        except DatabaseError:
            log.exception("database")
            stop.wait(1.0)
    line.stop()
    return 0


def _apart(chore: Callable[[], object]) -> bool:
    """Do one chore so that what breaks in it keeps neither the others nor the next order waiting:
    False, and it is tried again a second later. Where there is no database or no key, nothing can
    be done."""
    try:
        chore()
    except (DatabaseError, NoAuthority):
        raise
    except Exception:
        log.exception("a chore of the lane failed")
        return False
    return True


def rush(line: Line) -> int:
    """Publish every order that was issued since the last look: the exact bytes of each to every
    commune inside its places first, then those communes' `open`. Returns how many.

    An order or a commune at which this breaks keeps no other waiting. The order is set aside by
    name and tried again within seconds; into the commune it goes again as `repeat` has it.
    """
    waiting = alerts.unpublished()
    resting = quarantine.resting(Queue.ORDERS) if waiting else frozenset()
    told: dict[str, None] = {}
    published = 0
    for order in waiting:
        if order.pk in resting:
            continue
        with _isolated(order) as outcome:
            data, areas = _bytes_of(order), _communes(order)
            told |= dict.fromkeys(areas)
            try:
                _publish_into(line, order.pk, data, areas)
            finally:
                alert_services.published(order.pk)
            log.info("order published", order=order.pk[:12], kind=order.kind, communes=len(areas))
        published += outcome.error is None
    if told:
        node = node_identity()
        for area in told:
            _renew(line, node, area)
    return published


def _isolated(order: "Order") -> AbstractContextManager[rows.Outcome]:
    """What breaks inside is this order's: it is set aside, and the lane goes on."""
    return rows.isolated(Queue.ORDERS, order.pk, name=order.title, atomic=False)


def _communes(order: "Order") -> list[str]:
    return alerts.communes_of(alerts.targets_of(order))


def _bytes_of(order: "Order") -> bytes:
    data = bytes(order.envelope or b"")
    if not data:
        raise ValueError("an issued order without its signed bytes")
    return data


def _publish_into(line: Line, order_id: str, data: bytes, areas: Iterable[str]) -> None:
    """The order's bytes into each of the communes. Raises what the first one that breaks raised,
    after all others were done."""
    broken: Exception | None = None
    for area in dict.fromkeys(areas):
        try:
            _publish_order(line, data, area)
        except Exception as error:
            log.exception("no order into a commune", order=order_id[:12], area=area)
            broken = broken or error
    if broken is not None:
        raise broken


def refresh(line: Line) -> None:
    """Renew what is due; after a change of trust, everything at once."""
    changed = journal.next_batch(READER, {events.DOCUMENT_STORED}, BATCH)
    areas = communes_with_devices()
    for area in areas if changed and changed.facts else due(areas):
        _renew(line, node_identity(), area)
    if changed:
        journal.batch_done(changed)


def _renew(line: Line, node: NodeIdentity, area: str) -> None:
    """One commune's `open` anew. One that cannot be written must not keep the others, nor the next
    order, waiting: its last one stands on."""
    try:
        document = open_issue(node=node, area=area)
        _publish(line, document)
    except (DatabaseError, NoAuthority):
        raise
    except Exception:
        log.exception("no open", area=area)


def _publish_order(line: Line, data: bytes, area: str) -> None:
    code = commune_code(area)
    if code:
        line.publish(topics.area(code), data)


def _publish(line: Line, document: OpenDocument) -> None:
    code = commune_code(document.area)
    if code:
        line.publish(topics.area_open(code), bytes(document.envelope), retain=True)
